/**
 * Signed in-toto statements: a DSSE envelope in a Sigstore bundle. Verifying the bundle says nothing about any
 * artifact: which ones it is about stands in the statement, and has to be asked.
 */
import type { Check } from '../../formats/own/proof-chain.ts';
import { inTotoPayloadType, parseStatement, type Statement } from '../../formats/upstream/in-toto.ts';
import { digestAlgorithm, digestHex, type Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { assertMinted, mint, type Minted } from '../../model/minted.ts';
import { requireSameSource } from './source-agreement.ts';
import type { Digests } from './subject.ts';
import type { CertificatePolicy } from './identity.ts';
import { authenticate, type Authenticated, type BundleInput } from './verify-bundle.ts';

/** A statement that the signer made. Only `verifyStatement` makes one; ask it with `requireSubject`. */
export interface VerifiedStatement extends Authenticated, Minted<'VerifiedStatement'> {
  readonly statement: Statement;
  /** For messages. */
  readonly what: string;
}

export interface StatementInput extends BundleInput {
  /** What the statement may say of its subjects, by URI; `any` for who reads it themselves. */
  readonly predicateTypes: readonly string[] | 'any';
  /**
   * What a provenance says itself of its source must be what the certificate says. Always so where the policy asks for a
   * source; the public conformance suite has a bundle that must verify without.
   */
  readonly comparesSource?: boolean;
}

/**
 * A bundle with an envelope. Throws VerificationError as `verifyMessage` does, and `SUBJECT_MISMATCH` for another
 * predicate, or another source than the certificate's, `EVIDENCE_MALFORMED` for a payload that is no statement.
 */
export async function verifyStatement(input: StatementInput): Promise<VerifiedStatement> {
  const { what, bundle } = input.bundle;
  const { content } = bundle;
  if (content.$case !== 'dsseEnvelope') {
    throw new VerificationError(
      'EVIDENCE_MALFORMED',
      `${what} holds no statement but a signature over a file`,
    );
  }
  const { authenticated, certified } = await authenticate(input);
  // Only now is the payload known to be the signer's.
  const { payloadType, payload } = content.dsseEnvelope;
  if (payloadType !== inTotoPayloadType) {
    throw new VerificationError(
      'EVIDENCE_MALFORMED',
      `${what} holds a payload of the type ${JSON.stringify(payloadType)}, expected ${inTotoPayloadType}`,
    );
  }
  const statement = parseStatement(payload, `${what}: the statement`);
  const predicate = requirePredicate(statement, input.predicateTypes, what);
  if (certified !== undefined && (input.comparesSource ?? asksForSource(certified.policy))) {
    requireSameSource(statement, certified.claims, what);
  }
  const checks = [...authenticated.checks, ...predicate];
  return mint('VerifiedStatement', { ...authenticated, checks, statement, what });
}

function asksForSource(policy: CertificatePolicy): boolean {
  const { sourceRepository, sourceRef, sourceDigest, signerWorkflow } = policy;
  return (sourceRepository ?? sourceRef ?? sourceDigest ?? signerWorkflow) !== undefined;
}

export interface WantedSubject {
  readonly digest: Digest;
  /** Further digests of the same artifact, see `digestsOf`. */
  readonly digests?: Digests;
  /** The file's name as the statement has it; undefined where the digest alone is asked for. */
  readonly name: string | undefined;
}

/** The hashes that the statement names of a file, or where no name is given of all its subjects. */
export function namedAlgorithms(
  { statement }: VerifiedStatement,
  name: string | undefined,
): ReadonlySet<string> {
  return new Set(subjectsNamed(statement, name).flatMap(({ digest }) => Object.keys(digest ?? {})));
}

function subjectsNamed({ subject }: Statement, name: string | undefined): Statement['subject'] {
  return subject.filter((one) => name === undefined || one.name === name);
}

/**
 * Digests and name must be those of one subject: all digests that both sides have, and at least one. Throws
 * VerificationError `DIGEST_MISMATCH` where the name is there with other digests, else `SUBJECT_MISMATCH`.
 */
export function requireSubject(verified: VerifiedStatement, wanted: WantedSubject): void {
  assertMinted(verified, 'VerifiedStatement');
  const { statement, what } = verified;
  const { digest, digests, name } = wanted;
  const known: Digests = { ...digests, [digestAlgorithm(digest)]: digestHex(digest) };
  const named = subjectsNamed(statement, name);
  const isWanted = ({ digest: said = {} }: Statement['subject'][number]) => {
    const common = Object.keys(known).filter((algorithm) => Object.hasOwn(said, algorithm));
    return common.length > 0 && common.every((algorithm) => said[algorithm] === known[algorithm]);
  };
  if (named.some(isWanted)) return;
  const isNameKnown = name !== undefined && named.length > 0;
  const found = isNameKnown
    ? 'has it with another digest'
    : `has other subjects (${statement.subject.length})`;
  const asked = name === undefined ? digest : `${name} with the digest ${digest}`;
  throw new VerificationError(
    isNameKnown ? 'DIGEST_MISMATCH' : 'SUBJECT_MISMATCH',
    `${what} does not vouch for ${asked}: it ${found}`,
    {
      hint: 'A genuine statement of another artifact or release, or an artifact that was changed since.',
      context: { ...wanted },
    },
  );
}

function requirePredicate(
  { predicateType }: Statement,
  allowed: readonly string[] | 'any',
  what: string,
): readonly Check[] {
  if (allowed === 'any') return [];
  if (allowed.includes(predicateType)) {
    return [{ check: 'predicate type', value: predicateType, against: 'what the catalogue asks for' }];
  }
  throw new VerificationError(
    'SUBJECT_MISMATCH',
    `${what} makes a statement of the type ${JSON.stringify(predicateType)}, expected ${allowed.join(' or ')}`,
    {
      hint: 'A genuine statement that says something else: a vulnerability scan is no provenance.',
      context: { expected: allowed, found: predicateType },
    },
  );
}

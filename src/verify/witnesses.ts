/**
 * Witnesses: what else vouches for a file, independently of its verification, and has to give the same digest. Who makes
 * one chain say what they want has to make all of them say it.
 *
 * A witness is a verification like any other, gathered and judged in the same loop. It adds nothing to what the
 * verification proves (assurance and signers are that one's), and can only refuse.
 */
import { z } from 'zod';
import { digestAlgorithm, type Digest } from '../model/digest.ts';
import type { Artifact } from '../model/artifact.ts';
import { VerificationError } from '../model/errors.ts';
import type { Need } from '../model/need.ts';
import type { EvidenceDocument, Verified, Witness } from '../model/verification.ts';
import type { Asset, Documents, Matter, VerificationMethod } from './method.ts';
import { releaseRole } from './methods/github-digest.ts';
import { mintVerified } from './mint.ts';
import { Trail, type Link, type LinkEnd } from './trail.ts';

type Method = VerificationMethod<unknown>;
type AssetMatter = Matter<unknown, Asset>;

interface Spec {
  readonly method: string;
  readonly witnesses?: readonly Spec[];
}

/** What `Witness.method` says of the host that the file is on, which no catalogue names. */
export const hostWitness = 'host';

const maxWitnesses = 8;

/** The same methods, each with a field `witnesses` that takes any of them. */
export function withWitnesses(methods: readonly Method[]): readonly Method[] {
  const union = z.discriminatedUnion('method', methods.map(({ schema }) => schema) as never);
  const witnesses = z
    .array(union.meta({ id: 'witness' }))
    .min(1, { error: 'must not be empty' })
    .max(maxWitnesses)
    .exactOptional()
    .describe('further verifications, independent of this one: each has to give the same digest');
  return methods.map((method) => witnessed(method, methods, extended(method.schema, { witnesses })));
}

/** A schema is a map, or one of several by a tag. */
function extended(schema: z.ZodType, shape: z.ZodRawShape): z.ZodType {
  const { description = '' } = schema;
  if (schema instanceof z.ZodObject) {
    return schema.safeExtend(shape).superRefine(refuseTwins).describe(description);
  }
  if (!(schema instanceof z.ZodDiscriminatedUnion)) throw new TypeError('a schema that takes no witnesses');
  const forms = schema.options.map((form) => extended(form as z.ZodType, shape));
  return z.discriminatedUnion(schema.def.discriminator, forms as never).describe(description);
}

/** What is said twice by the same is said once. */
function refuseTwins(value: unknown, context: Pick<z.RefinementCtx, 'addIssue'>): void {
  const { witnesses = [], ...own } = value as Spec;
  for (const [index, witness] of witnesses.entries()) {
    if (![own, ...witnesses.slice(0, index)].some((one) => JSON.stringify(one) === JSON.stringify(witness)))
      continue;
    const message = 'is the verification itself, or another witness again: it is independent of neither';
    context.addIssue({ code: 'custom', path: ['witnesses', index], message, input: witness });
  }
}

function witnessed(method: Method, methods: readonly Method[], schema: z.ZodType): Method {
  const questioned = ({ spec, ...matter }: AssetMatter) => {
    const { witnesses = [], ...own } = spec as Spec;
    const others = witnesses.map((witness, index) => {
      const found = methods.find((one) => one.method === witness.method);
      if (found === undefined) throw new TypeError(`no witness ${witness.method}`);
      const prefix = prefixOf(index);
      const documents = apart(matter.documents, prefix);
      return { method: found, prefix, matter: { ...matter, spec: witness, documents } };
    });
    return { own: { ...matter, spec: own }, others };
  };
  return {
    method: method.method,
    schema,
    async next(matter) {
      const { own, others } = questioned(matter);
      const needs = [...(await method.next(own))];
      for (const other of others) {
        const more = await other.method.next(other.matter);
        needs.push(...more.map((need) => ownNeed(need, other.prefix)));
      }
      return needs;
    },
    async judge(matter) {
      const { own, others } = questioned(matter);
      let verified = await method.judge(own);
      for (const { method: other, matter: about } of others) {
        const trail = new Trail();
        try {
          const word = await other.judge({ ...about, trail });
          verified = agreed(verified, own.spec.method, word, other.method);
        } finally {
          addLinks(matter.trail, trail);
        }
      }
      return verified;
    },
  };
}

/** What is told of both is told once. What a witness leaves open is no matter of what it stands beside. */
function addLinks({ links }: Trail, more: Trail): void {
  const endsOf = ({ from, to }: Link) => `${nameOf(from)} ${nameOf(to)}`;
  for (const link of more.links) {
    const isTold = links.some((one) => endsOf(one) === endsOf(link));
    if (link.error !== undefined || !isTold) links.push(link);
  }
}

function nameOf(end: LinkEnd): string {
  if ('artifact' in end) return '';
  if ('anchor' in end) return `anchor ${end.anchor}`;
  return 'origin' in end ? `origin ${end.origin}` : `${end.role} ${end.url}`;
}

function prefixOf(index: number): string {
  return index === 0 ? 'witness-' : `witness-${String(index + 1)}-`;
}

/** All questions to a log have one URL: an answer is known by its role. */
function ownNeed(need: Need, prefix: string): Need {
  return need.kind === 'lookup' ? { ...need, role: prefix + need.role } : need;
}

function apart(documents: Documents, prefix: string): Documents {
  return {
    has: (need) => documents.has(ownNeed(need, prefix)),
    of: (need) => documents.of(ownNeed(need, prefix)),
    find: (need) => documents.find(ownNeed(need, prefix)),
  };
}

function agreed(
  verified: Verified<Artifact>,
  method: string,
  { result: word }: Verified<Artifact>,
  witness: string,
): Verified<Artifact> {
  const { subject, result } = verified;
  requireSame(subject, `the verification (${method})`, `the witness ${witness}`, word.digest);
  const said: Witness = {
    ...{ method: witness, digest: word.digest, assurance: word.assurance },
    ...(word.isDigestOnly && { isDigestOnly: true as const }),
    signers: word.signers,
  };
  const logSizes = [...(result.logSizes ?? []), ...(word.logSizes ?? [])];
  return mintVerified(subject, {
    ...result,
    documents: withoutTwins([...result.documents, ...word.documents]),
    witnesses: [...(result.witnesses ?? []), said],
    ...(logSizes.length > 0 && { logSizes }),
    ...(word.isUpToIndex && { isUpToIndex: true as const }),
  });
}

/** Two chains may go through one document. */
function withoutTwins(documents: readonly EvidenceDocument[]): readonly EvidenceDocument[] {
  const isSame = (one: EvidenceDocument, other: EvidenceDocument) =>
    one.role === other.role && one.url === other.url && one.digest === other.digest;
  return documents.filter((one, index) => documents.findIndex((other) => isSame(one, other)) === index);
}

/**
 * With what the host says of its file, where it says anything that can be compared. It proves nothing by it: but where it
 * disagrees, its file is not the one that was vouched for. Throws VerificationError `DIGEST_MISMATCH`.
 */
export function withHostsWord(verified: Verified<Artifact>, digest: Digest | undefined): Verified<Artifact> {
  const { subject, result } = verified;
  if (digest === undefined || digestAlgorithm(digest) !== digestAlgorithm(subject.digest)) return verified;
  const { host } = new URL(subject.url);
  requireSame(subject, `the verification (${result.method})`, `its host (${host})`, digest);
  // The host's word is all that there is: it is no witness of itself.
  if (result.assurance === 'checksum' && result.documents.some(({ role }) => role === releaseRole)) {
    return verified;
  }
  const said: Witness = { method: hostWitness, digest, signers: [] };
  return mintVerified(subject, { ...result, witnesses: [...(result.witnesses ?? []), said] });
}

function requireSame({ url, digest }: Artifact, one: string, other: string, said: Digest): void {
  if (said === digest) return;
  const context = { url, expected: digest, found: said };
  if (digestAlgorithm(said) !== digestAlgorithm(digest)) {
    throw new VerificationError(
      'ALGORITHM_REFUSED',
      `${url}: ${one} says ${digest}, and ${other} says ${said}: they cannot be compared`,
      { hint: 'Name a checksum file of the same algorithm in the catalogue.', context },
    );
  }
  throw new VerificationError('DIGEST_MISMATCH', `${url}: ${one} says ${digest}, and ${other} says ${said}`, {
    hint: 'They are to be about one file: one of them was replaced since, or is false. Ask the publisher.',
    context,
  });
}

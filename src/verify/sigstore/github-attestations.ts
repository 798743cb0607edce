/**
 * What GitHub's API answers about a digest ("Attestations" of its REST API): pages of bundles. In place of a bundle there
 * may be the URL where it is, at a blob store and packed with Snappy (`bundle_url`; `gh attestation` reads it so).
 */
import { z } from 'zod';
import { maxKeptBytes } from '../../formats/own/evidence.ts';
import { malformed, parseEvidenceJson, requireSize } from '../../formats/upstream/evidence-json.ts';
import { unpackSnappy } from '../../formats/upstream/snappy.ts';
import { splitJsonTexts } from '../../formats/text/json-sequence.ts';
import { VerificationError } from '../../model/errors.ts';
import type { FileNeed } from '../../model/need.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { documentOf } from '../evidence-document.ts';
import type { Documents } from '../method.ts';
import { anyOf } from './any-of.ts';
import { maxBundleBytes, parseBundle, type SigstoreBundle } from './bundle.ts';
import type { CertificatePolicy } from './identity.ts';
import { verifyStatement, type VerifiedStatement } from './in-toto.ts';
import type { TrustedRoot, Witnessing } from './trusted-root.ts';

/** Of one page: of one file there are few. */
const maxAttestations = 100;
const maxPages = 5;
/** Elsewhere, of one answer. */
const maxUrls = 100;
const maxUrlLength = 4096;

const answerSchema = z.object({
  attestations: z.array(z.object({ bundle: z.unknown().optional(), bundle_url: z.unknown().optional() })),
});

/** `subject`: a digest, `sha256:…`. That there are none, GitHub says with a 404. */
export function attestationsNeed(repository: string, subject: string, predicate?: string): FileNeed {
  const filter = predicate === undefined ? '' : `&predicate_type=${predicate}`;
  const path = `${repository}/attestations/${subject}?per_page=${String(maxAttestations)}${filter}`;
  const url = `https://api.github.com/repos/${path}`;
  const asked = { role: 'github-attestations', url, maxBytes: maxBundleBytes, maxPages };
  return { kind: 'file', ...asked, isOptional: true, withUserToken: true };
}

/** Untrusted. */
export interface ListedAttestation {
  /** For messages. */
  readonly what: string;
  readonly bundle: unknown;
  /** Undefined where the bundle stands in the answer. */
  readonly need: FileNeed | undefined;
}

/** Throws VerificationError `EVIDENCE_MALFORMED` and `LIMIT_EXCEEDED` for the answer as a whole. */
export function listedAttestations({
  bytes,
  url,
}: Pick<EvidenceDocument, 'bytes' | 'url'>): readonly ListedAttestation[] {
  const pages = splitJsonTexts(bytes);
  if (pages.length > maxPages) throw tooMany(url, maxPages, 'pages');
  const all = pages.flatMap((page) => {
    const { attestations } = parseEvidenceJson(answerSchema, page, url, { maxBytes: maxBundleBytes });
    if (attestations.length > maxAttestations) throw tooMany(url, maxAttestations, 'attestations in a page');
    return attestations;
  });
  const listed = all.map(({ bundle, bundle_url: place }, index) => {
    const what = `${url}, attestation ${String(index + 1)}`;
    return { what, bundle, need: bundle === null || bundle === undefined ? bundleNeed(place) : undefined };
  });
  if (listed.filter(({ need }) => need !== undefined).length > maxUrls) {
    throw tooMany(url, maxUrls, 'bundles elsewhere');
  }
  return listed;
}

/** Any server's: whoever answers for GitHub may name it, and what is there proves itself. */
function bundleNeed(place: unknown): FileNeed | undefined {
  if (typeof place !== 'string' || place.length > maxUrlLength) return undefined;
  const url = URL.parse(place);
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '' || url.hash !== '')
    return undefined;
  const asked = { role: 'github-attestation-bundle', url: url.href, maxBytes: maxKeptBytes };
  return { kind: 'file', ...asked, isOptional: true };
}

/** Where those bundles are that do not stand in the answer `need`. Throws as `listedAttestations` does. */
export function bundleNeeds(need: FileNeed, documents: Documents): readonly FileNeed[] {
  const answer = documents.find(need);
  return answer === undefined ? [] : listedAttestations(answer).flatMap((one) => one.need ?? []);
}

export interface AttestationPolicy {
  /** Whose word counts: it says, too, what has to witness a bundle. */
  readonly trustedRoot: TrustedRoot;
  readonly certificate: CertificatePolicy;
  readonly predicateTypes: readonly string[];
  /** Throws where a verified statement is not about what is wanted. */
  readonly accept: (statement: VerifiedStatement) => unknown;
  /** Says that there are none. */
  readonly none: () => VerificationError;
}

export interface FoundStatement {
  readonly statement: VerifiedStatement;
  /** The answer as it is kept, and the bundle, where that is elsewhere. */
  readonly documents: readonly EvidenceDocument[];
}

/** One of the answer `need` that vouches, wherever it stands. Untrusted. Throws as `anyOf` does, and `none`. */
export async function verifyListed(
  need: FileNeed,
  documents: Documents,
  { trustedRoot, certificate, predicateTypes, accept, none }: AttestationPolicy,
): Promise<FoundStatement> {
  const answer = documents.find(need);
  const listed = answer === undefined ? [] : listedAttestations(answer);
  if (answer === undefined || listed.length === 0) throw none();
  return anyOf(
    listed,
    async (one) => {
      const read = readAttestation(one, documents, trustedRoot.witnessedBy);
      const given = { bundle: read.bundle, signer: { certificate }, trustedRoot, predicateTypes };
      const statement = await verifyStatement(given);
      return { statement, documents: [keptAnswer(answer, one), ...read.documents] };
    },
    { noun: 'attestations', accept: ({ statement }) => accept(statement) },
  );
}

/**
 * The answer as it is kept: with the attestation that counted alone. Of the others nothing is to be judged again, and
 * whoever may add to them would change what is kept. Throws VerificationError `LIMIT_EXCEEDED`.
 */
function keptAnswer({ role, url }: EvidenceDocument, { bundle, need }: ListedAttestation): EvidenceDocument {
  const attestation = need === undefined ? { bundle } : { bundle: null, bundle_url: need.url };
  const bytes = Buffer.from(JSON.stringify({ attestations: [attestation] }));
  requireSize(bytes, maxKeptBytes, `the attestation of ${url}`);
  return documentOf(role, url, bytes);
}

/**
 * Throws VerificationError as `parseBundle` does, and `EVIDENCE_MISSING` for one that is not where the answer says. Of
 * `documents`, what it needs is at hand.
 */
function readAttestation(
  { what, bundle, need }: ListedAttestation,
  documents: Documents,
  witnessedBy: Witnessing,
): { readonly bundle: SigstoreBundle; readonly documents: readonly EvidenceDocument[] } {
  if (bundle !== null && bundle !== undefined) {
    return { bundle: parseBundle(Buffer.from(JSON.stringify(bundle)), what, witnessedBy), documents: [] };
  }
  if (need === undefined) throw malformed(what, 'has neither a bundle nor an https URL of one');
  const packed = documents.find(need);
  if (packed === undefined) {
    throw new VerificationError('EVIDENCE_MISSING', `${what} is not at its bundle_url`, {
      hint: 'Such URLs hold for some minutes: run it again.',
    });
  }
  const bytes = unpackSnappy(packed.bytes, what, maxBundleBytes);
  return { bundle: parseBundle(bytes, what, witnessedBy), documents: [packed] };
}

function tooMany(url: string, limit: number, noun: string): VerificationError {
  return new VerificationError('LIMIT_EXCEEDED', `${url} has more than ${String(limit)} ${noun}`);
}

/**
 * What assay remembers beside the manifests (`manifests/evidence/`): why each entry is believed, what
 * upstream looked like then, and how new the signed metadata was.
 *
 * Written by assay and reviewed with the manifests; as trusted as they are. What is missing here costs
 * a fresh resolution, never a check.
 */
import { z } from 'zod';
import type { Artifact } from '../../model/artifact.ts';
import { digestSchema } from '../../model/digest.ts';
import { UsageError } from '../../model/errors.ts';
import type { Signer, VerificationResult } from '../../model/verification.ts';

const timeSchema = z.iso.datetime({ precision: 3 });

const signerSchema = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('openpgp'),
    fingerprint: z.string(),
    primaryFingerprint: z.string(),
    signedAt: timeSchema,
    anchor: z.string().exactOptional(),
  }),
  z.strictObject({
    method: z.literal('sigstore'),
    identity: z.string(),
    issuer: z.string(),
    signedAt: timeSchema,
  }),
]);

const entrySchema = z.strictObject({
  /** As upstream orders it: a Debian version keeps its epoch, which the manifest drops. */
  version: z.string(),
  url: z.string(),
  digest: digestSchema,
  size: z.int().min(1),
  assurance: z.enum(['attested', 'signed', 'checksum']),
  method: z.string(),
  /** Name and version are covered by no signature: see `VerificationResult.isDigestOnly`. */
  digestOnly: z.literal(true).exactOptional(),
  signers: z.array(signerSchema),
  documents: z.array(
    z.strictObject({ role: z.string(), url: z.string(), digest: digestSchema, size: z.int().min(0) }),
  ),
  /** Of what the catalogue asked for: another question needs another answer. */
  request: digestSchema,
  watermark: z.record(z.string(), z.string()),
});

const evidenceSchema = z.strictObject({ version: z.literal(1), entries: z.record(z.string(), entrySchema) });
const metadataDatesSchema = z.strictObject({
  version: z.literal(1),
  dates: z.record(z.string(), timeSchema),
});

export type EvidenceEntry = z.infer<typeof entrySchema>;
/** By the dependency's key. */
export type EvidenceFile = Readonly<Record<string, EvidenceEntry>>;

/** Throws UsageError `STATE_INVALID`. */
export function parseEvidence(bytes: Uint8Array, file: string): EvidenceFile {
  return parse(evidenceSchema, bytes, file).entries;
}

export function renderEvidence(entries: EvidenceFile): Uint8Array {
  return render({ version: 1, entries: sorted(entries) });
}

/** By the URL of signed metadata, its date. Throws UsageError `STATE_INVALID`. */
export function parseMetadataDates(bytes: Uint8Array, file: string): ReadonlyMap<string, Date> {
  const { dates } = parse(metadataDatesSchema, bytes, file);
  return new Map(Object.entries(dates).map(([url, date]) => [url, new Date(date)]));
}

export function renderMetadataDates(dates: ReadonlyMap<string, Date>): Uint8Array {
  const entries = [...dates].map(([url, date]) => [url, date.toISOString()] as const);
  return render({ version: 1, dates: sorted(Object.fromEntries(entries)) });
}

/** A verification result as it is remembered: documents by digest, without their bytes. */
export function evidenceOf(
  { version, url, sizeBytes }: Pick<Artifact, 'version' | 'url' | 'sizeBytes'>,
  result: VerificationResult,
  asked: Pick<EvidenceEntry, 'request' | 'watermark'>,
): EvidenceEntry {
  return {
    version,
    url,
    digest: result.digest,
    size: sizeBytes,
    assurance: result.assurance,
    method: result.method,
    ...(result.isDigestOnly === true ? { digestOnly: true } : {}),
    signers: result.signers.map(signerOf),
    documents: result.documents.map(({ role, url, digest, sizeBytes }) => ({
      role,
      url,
      digest,
      size: sizeBytes,
    })),
    request: asked.request,
    watermark: sorted(asked.watermark),
  };
}

function signerOf(signer: Signer): EvidenceEntry['signers'][number] {
  return { ...signer, signedAt: signer.signedAt.toISOString() };
}

function parse<T>(schema: z.ZodType<T>, bytes: Uint8Array, file: string): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    throw new UsageError('STATE_INVALID', `${file} is not what assay writes there`, {
      hint: 'Restore it from version control, or delete it: the entries are then resolved afresh.',
      cause: error,
    });
  }
}

function render(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

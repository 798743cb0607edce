/**
 * What assay remembers beside the manifests (`manifests/evidence/`): of each entry its proof, which can be judged again;
 * what upstream looked like then, and how new the signed metadata was.
 *
 * A proof is the question in clear, the documents that were read to answer it, and when it was judged. Small documents
 * are kept by digest beside it, and so are the files of the anchors that it rests on. What is missing here costs a
 * fresh resolution, never a check.
 */
import { z } from 'zod';
import { architectureSchema, artifactTypeSchema, type Artifact } from '../../model/artifact.ts';
import { digestSchema } from '../../model/digest-schema.ts';
import { UsageError } from '../../model/errors.ts';
import {
  assurances,
  type EvidenceDocument,
  type Signer,
  type VerificationResult,
  type Witness,
} from '../../model/verification.ts';
import { byKey, sorted } from '../text/record.ts';
import { parseStrictJson } from '../text/strict-json.ts';
import { readUtf8, Utf8Writer } from '../text/utf8.ts';

export const timeSchema = z.iso.datetime({ precision: 3 });

/** See `BuildClaims`. */
const buildSchema = z.strictObject({
  sourceRepository: z.string().exactOptional(),
  sourceRepositoryId: z.string().exactOptional(),
  sourceRef: z.string().exactOptional(),
  sourceDigest: z.string().exactOptional(),
  signerWorkflow: z.string().exactOptional(),
  buildConfig: z.string().exactOptional(),
  runnerEnvironment: z.string().exactOptional(),
  trigger: z.string().exactOptional(),
  run: z.string().exactOptional(),
});

export const signerSchema = z.discriminatedUnion('method', [
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
    build: buildSchema.exactOptional(),
  }),
  z.strictObject({
    method: z.literal('public-key'),
    fingerprint: z.string(),
    anchor: z.string(),
    signedAt: timeSchema.exactOptional(),
  }),
]);

/** What the catalogue asked, in its own words: another question needs another answer. */
const questionSchema = z.strictObject({
  name: z.string(),
  type: artifactTypeSchema,
  os: z.string(),
  arch: architectureSchema,
  /** The VM kind, where the answer depends on it. */
  kind: z.string().exactOptional(),
  providers: z.array(z.string()).exactOptional(),
  /** Where it comes from, what is asked for there, and the proof that it must come with. */
  source: z.looseObject({ type: z.string() }),
  entry: z.looseObject({ from: z.string() }),
  verification: z.looseObject({ method: z.string() }),
});

export const witnessSchema = z.strictObject({
  method: z.string().describe("as the catalogue's `method` names it; `host` for what the file's host said"),
  digest: digestSchema,
  assurance: z.enum(assurances).exactOptional(),
  digestOnly: z.literal(true).exactOptional(),
  signers: z.array(signerSchema),
});

const documentSchema = z.strictObject({
  role: z.string(),
  url: z.string(),
  digest: digestSchema,
  size: z.int().min(0),
  /** The lines of an excerpt, which no other proof needs. What was published is a file in `documents`. */
  text: z.array(z.string()).exactOptional(),
});

export const entrySchema = z.strictObject({
  /** As upstream orders it: a Debian version keeps its epoch, which the manifest drops. */
  version: z.string(),
  url: z.string(),
  digest: digestSchema,
  size: z.int().min(1),
  assurance: z.enum(assurances),
  method: z.string(),
  /** Name and version are covered by no signature: see `VerificationResult.isDigestOnly`. */
  digestOnly: z.literal(true).exactOptional(),
  signers: z.array(signerSchema),
  /**
   * What gave the same digest besides, see `Witness`. Those that the question names are judged again from `documents`; what
   * the host said cannot be, and is as good as this file.
   */
  witnesses: z.array(witnessSchema).exactOptional(),
  documents: z.array(documentSchema),
  /** Files of trust anchors, by the digests that they had. */
  anchors: z.array(z.strictObject({ name: z.string(), digest: digestSchema, size: z.int().min(0) })),
  question: questionSchema,
  judgedAt: timeSchema,
  watermark: z.record(z.string(), z.string()),
  /**
   * The digest of all of the above but the watermark, and what digests stand for: an edit is noticed that nobody meant to
   * be. It is no signature: who can write here can make it anew, and the proof is judged for what it says then.
   */
  seal: digestSchema,
});

const evidenceSchema = z.strictObject({ version: z.literal(3), entries: z.record(z.string(), entrySchema) });
const metadataDatesSchema = z.strictObject({
  version: z.literal(1),
  dates: z.record(z.string(), timeSchema),
  logs: z.record(z.string(), z.int().min(1)).exactOptional(),
});

/** What bounds replays, in a fresh checkout as well: how new upstreams' signed metadata was when it was accepted last. */
export interface Remembered {
  /** By the URL of signed metadata, its date. */
  readonly dates: ReadonlyMap<string, Date>;
  /** By a log and its tree (`LogSize`), how many entries it had when it was asked last. */
  readonly logs: ReadonlyMap<string, number>;
}

export const nothingRemembered: Remembered = { dates: new Map(), logs: new Map() };

export type Question = z.infer<typeof questionSchema>;
export type NamedDocument = z.infer<typeof documentSchema>;
export type EvidenceEntry = z.infer<typeof entrySchema>;
export type UnsealedEntry = Omit<EvidenceEntry, 'seal'>;
/** By the dependency's key. */
export type EvidenceFile = Readonly<Record<string, EvidenceEntry>>;

/** Throws UsageError `STATE_INVALID`. */
export function parseEvidence(bytes: Uint8Array, file: string): EvidenceFile {
  const hint = 'Restore it from version control, or delete it: the entries are then resolved afresh.';
  return parseState(evidenceSchema, bytes, file, hint).entries;
}

/** Entry by entry: in one string, a single character that is not Latin-1 would double the length of all. */
export function renderEvidence(entries: EvidenceFile): Uint8Array {
  const all = Object.entries(entries).sort(byKey);
  if (all.length === 0) return renderState({ version: 3, entries });
  const [head, tail] = ['{\n  "version": 3,\n  "entries": {', '\n  }\n}'];
  const out = new Utf8Writer(all.length * 6000); // an entry of a Debian package has 4 kB
  let before = head;
  for (const [name, entry] of all) {
    const one = JSON.stringify({ version: 3, entries: { [name]: entry } }, null, 2);
    out.write(before);
    out.write(one.slice(head.length, -tail.length));
    before = ',';
  }
  out.write(`${tail}\n`);
  return out.bytes();
}

/** Of `metadata-dates.json`. Throws UsageError `STATE_INVALID`. */
export function parseRemembered(bytes: Uint8Array, file: string): Remembered {
  const hint =
    'Restore it from version control. Deleting it loses the memory of the newest metadata that was seen.';
  const { dates, logs = {} } = parseState(metadataDatesSchema, bytes, file, hint);
  return {
    dates: new Map(Object.entries(dates).map(([url, date]) => [url, new Date(date)])),
    logs: new Map(Object.entries(logs)),
  };
}

export function renderRemembered({ dates, logs }: Remembered): Uint8Array {
  const entries = [...dates].map(([url, date]) => [url, date.toISOString()] as const);
  const sizes = logs.size === 0 ? {} : { logs: sorted(Object.fromEntries(logs)) };
  return renderState({ version: 1, dates: sorted(Object.fromEntries(entries)), ...sizes });
}

/** What is larger is named by digest and address: who judges again gets it there. In bytes. */
export const maxKeptBytes = 1 << 20;

/** A verification result as it is remembered: documents by digest, without their bytes. */
export function evidenceOf(
  { version, url, sizeBytes }: Pick<Artifact, 'version' | 'url' | 'sizeBytes'>,
  result: VerificationResult,
  asked: Pick<EvidenceEntry, 'question' | 'watermark' | 'anchors'>,
): UnsealedEntry {
  return {
    version,
    url,
    digest: result.digest,
    size: sizeBytes,
    assurance: result.assurance,
    method: result.method,
    ...(result.isDigestOnly === true ? { digestOnly: true } : {}),
    signers: result.signers.map(signerOf),
    ...(result.witnesses && { witnesses: result.witnesses.map(witnessOf) }),
    documents: result.documents.map(namedDocument),
    anchors: [...asked.anchors],
    question: asked.question,
    judgedAt: result.verifiedAt.toISOString(),
    watermark: sorted(asked.watermark),
  };
}

function namedDocument(document: EvidenceDocument): NamedDocument {
  const { role, url, digest, sizeBytes: size } = document;
  const text = document.isExcerpt ? readUtf8(document.bytes)?.split('\n') : undefined;
  return { role, url, digest, size, ...(text && { text }) };
}

function witnessOf({ method, digest, assurance, isDigestOnly, signers }: Witness) {
  return {
    ...{ method, digest },
    ...(assurance && { assurance }),
    ...(isDigestOnly && { digestOnly: true as const }),
    signers: signers.map(signerOf),
  };
}

function signerOf(signer: Signer): EvidenceEntry['signers'][number] {
  // In its place, as it is read back.
  const signedAt = signer.signedAt && { signedAt: signer.signedAt.toISOString() };
  return { ...signer, ...signedAt } as EvidenceEntry['signers'][number];
}

/** Of files that assay alone writes. Throws UsageError `STATE_INVALID`; `hint` says what to do then. */
export function parseState<T>(schema: z.ZodType<T>, bytes: Uint8Array, file: string, hint: string): T {
  try {
    return schema.parse(
      parseStrictJson(bytes, (message, line) => new Error(`line ${String(line)} ${message}`)),
    );
  } catch (cause) {
    throw new UsageError('STATE_INVALID', `${file} is not what assay writes there`, { hint, cause });
  }
}

export function renderState(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}

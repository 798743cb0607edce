/**
 * The trusted root's file (protobuf-specs, `sigstore_trustroot.proto`, in JSON), strictly: the library reads a validity
 * without a start as one since 1970, and base64 however it comes. Such a root is refused here.
 *
 * A root gains logs and authorities of new kinds before everybody can read them. What is not known about one makes that
 * one unusable, since it might restrict what it stands in, and is no reason to doubt the others.
 */
import { Buffer } from 'node:buffer';
import { z } from 'zod';
import { base64Schema } from '../../formats/text/base64.ts';
import { parseEvidenceJson, requireSize } from '../../formats/upstream/evidence-json.ts';
import { show } from '../../formats/text/problems.ts';
import { absent, absentAs } from '../../formats/upstream/protobuf-json.ts';
import { VerificationError } from '../../model/errors.ts';
import { lazily } from '../../model/once-per.ts';

/** The public-good root has 7 kB. */
export const maxTrustedRootBytes = 1 << 20;

const bytesSchema = base64Schema.transform((text) => Buffer.from(text, 'base64'));

const timeSchema = z.iso
  .datetime({
    error: ({ input }) =>
      typeof input === 'string' ? 'must be a time in UTC, like 2026-11-20T12:00:00Z' : undefined,
  })
  .transform((text) => new Date(text));

const validityShape = { start: timeSchema, end: absent(timeSchema) };
const validitySchema = z
  .looseObject(validityShape)
  .refine(({ start, end }) => end === undefined || start <= end, { error: 'must not end before it starts' });

/** By the names of protobuf-specs. The deprecated ones are those of certificate transparency logs of 2021. */
export const keyDetails = {
  PKCS1_RSA_PKCS1V5: 1,
  PKIX_ECDSA_P256_SHA_256: 5,
  PKIX_ED25519: 7,
  PKIX_ECDSA_P384_SHA_384: 12,
  PKIX_ECDSA_P521_SHA_512: 13,
} as const;

/** With a scheme or without: a log's name is its host, and what follows that. */
export function logUrl(baseUrl: string): URL | undefined {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(baseUrl) ? baseUrl : `https://${baseUrl}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.host === '' ? undefined : url;
}

const logIdShape = { keyId: bytesSchema };
const keyShape = { rawBytes: bytesSchema, keyDetails: z.string(), validFor: validitySchema };
const logShape = {
  baseUrl: absentAs(z.string(), ''),
  hashAlgorithm: z.string(),
  publicKey: z.looseObject(keyShape),
  logId: z.looseObject(logIdShape),
  checkpointKeyId: absent(z.looseObject(logIdShape)),
  operator: absent(z.string()),
};

/** `problem`: why it cannot be used here. */
const logSchema = z.looseObject(logShape).transform((log) => {
  const { publicKey, logId, checkpointKeyId, hashAlgorithm } = log;
  const fields = [
    ...unknownFields(log, logShape),
    ...unknownFields(publicKey, keyShape),
    ...unknownFields(publicKey.validFor, validityShape),
    ...unknownFields(logId, logIdShape),
    ...unknownFields(checkpointKeyId ?? {}, logIdShape),
  ];
  const problem = !Object.hasOwn(keyDetails, publicKey.keyDetails)
    ? `its key is of the type ${show(publicKey.keyDetails)}, which is not known`
    : hashAlgorithm !== 'SHA2_256'
      ? `its hash is ${show(hashAlgorithm)}, which is not known`
      : problemOf(fields);
  return { ...log, problem };
});

const subjectShape = { organization: absent(z.string()), commonName: absent(z.string()) };
const certificateShape = { rawBytes: bytesSchema };
const chainShape = {
  certificates: z.array(z.looseObject(certificateShape)).min(1, { error: 'must not be empty' }).max(16),
};
const authorityShape = {
  subject: absent(z.looseObject(subjectShape)),
  uri: absent(z.string()),
  certChain: z.looseObject(chainShape),
  validFor: validitySchema,
  operator: absent(z.string()),
};

const authoritySchema = z.looseObject(authorityShape).transform((authority) => {
  const { subject, certChain, validFor } = authority;
  const fields = [
    ...unknownFields(authority, authorityShape),
    ...unknownFields(subject ?? {}, subjectShape),
    ...unknownFields(certChain, chainShape),
    ...certChain.certificates.flatMap((certificate) => unknownFields(certificate, certificateShape)),
    ...unknownFields(validFor, validityShape),
  ];
  return { ...authority, problem: problemOf(fields) };
});

function unknownFields(value: object, shape: object): readonly string[] {
  return Object.keys(value).filter((key) => !Object.hasOwn(shape, key));
}

function problemOf([field]: readonly string[]): string | undefined {
  return field === undefined ? undefined : `it has the field ${show(field)}, which is not known`;
}

const notEmpty = { error: 'must not be empty: nobody could be trusted' };

const rootShape = {
  mediaType: z.enum([
    'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    'application/vnd.dev.sigstore.trustedroot.v0.2+json',
  ]),
  certificateAuthorities: z.array(authoritySchema).min(1, notEmpty),
};

const rootSchema = lazily(() =>
  z.strictObject({
    ...rootShape,
    tlogs: z
      .array(logSchema.refine(({ baseUrl }) => logUrl(baseUrl), { error: 'must be at a URL, or a host' }))
      .min(1, notEmpty),
    ctlogs: z.array(logSchema).min(1, notEmpty),
    /** An instance whose log signs the time needs none. */
    timestampAuthorities: absentAs(z.array(authoritySchema), []),
  }),
);

export type TrustedRootDocument = z.output<ReturnType<typeof rootSchema>>;
export type RootLog = TrustedRootDocument['tlogs'][number];
export type RootAuthority = TrustedRootDocument['certificateAuthorities'][number];

/**
 * Bytes to the document, its keys and certificates not looked at; `what` is for messages. Throws VerificationError
 * `LIMIT_EXCEEDED`, `EVIDENCE_MALFORMED`.
 */
export function parseTrustedRootDocument(bytes: Uint8Array, what: string): TrustedRootDocument {
  return parseEvidenceJson(rootSchema(), bytes, what, { maxBytes: maxTrustedRootBytes, numbers: 'exact' });
}

const noLogs = { error: 'must be empty: of an instance with logs, signatures have to be in them' };

/** Of an instance without logs: what it signs has a timestamp. */
const stampedRootSchema = lazily(() =>
  z.strictObject({
    ...rootShape,
    tlogs: absentAs(z.array(logSchema).max(0, noLogs), []),
    ctlogs: absentAs(z.array(logSchema).max(0, noLogs), []),
    timestampAuthorities: z.array(authoritySchema).min(1, notEmpty),
  }),
);

/**
 * The roots of instances without logs in a file of roots, one a line (`gh attestation trusted-root`), as one; those of
 * others are not read. Throws as `parseTrustedRootDocument` does, and `EVIDENCE_MISSING` where there is none.
 */
export function parseStampedRootDocument(bytes: Uint8Array, what: string): TrustedRootDocument {
  const limit = { maxBytes: maxTrustedRootBytes, numbers: 'exact' } as const;
  requireSize(bytes, limit.maxBytes, what);
  const lines = linesOf(bytes).filter((line) => {
    const { tlogs, ctlogs } = parseEvidenceJson(logsSchema(), line, what, limit);
    return tlogs.length === 0 && ctlogs.length === 0;
  });
  const roots = lines.map((line) => parseEvidenceJson(stampedRootSchema(), line, what, limit));
  const [first] = roots;
  if (first === undefined) {
    throw new VerificationError('EVIDENCE_MISSING', `${what} has only roots of instances with logs`, {
      hint: "GitHub's own Sigstore has none: gh attestation trusted-root prints its root behind that of the public one.",
    });
  }
  return {
    ...first,
    certificateAuthorities: roots.flatMap((root) => root.certificateAuthorities),
    timestampAuthorities: roots.flatMap((root) => root.timestampAuthorities),
  };
}

const logsSchema = lazily(() =>
  z.looseObject({
    tlogs: absentAs(z.array(z.unknown()), []),
    ctlogs: absentAs(z.array(z.unknown()), []),
  }),
);

/** One document over several lines is one. */
function linesOf(bytes: Uint8Array): readonly Buffer[] {
  const lines = Buffer.from(bytes)
    .toString('latin1')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const isLines = lines.every((line) => line.startsWith('{') && line.endsWith('}'));
  return isLines ? lines.map((line) => Buffer.from(line, 'latin1')) : [Buffer.from(bytes)];
}

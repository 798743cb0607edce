/**
 * The trusted root's file (protobuf-specs, `sigstore_trustroot.proto`, in JSON), strictly: the library reads a validity
 * without a start as one since 1970, and base64 however it comes. Such a root is refused here; so is a field that is
 * not known, since it might restrict what it stands beside.
 */
import { Buffer } from 'node:buffer';
import { z } from 'zod';
import { base64Schema } from '../../formats/base64.ts';
import { parseEvidenceJson } from '../../formats/evidence-json.ts';

/** The public-good root has 7 kB. */
export const maxTrustedRootBytes = 1 << 20;

const bytesSchema = base64Schema.transform((text) => Buffer.from(text, 'base64'));

const timeSchema = z.iso
  .datetime({
    error: ({ input }) =>
      input === undefined ? undefined : 'must be a time in UTC, like 2026-11-20T12:00:00Z',
  })
  .transform((text) => new Date(text));

const validitySchema = z
  .strictObject({ start: timeSchema, end: timeSchema.optional() })
  .refine(({ start, end }) => end === undefined || start <= end, { error: 'must not end before it starts' });

/** By the names of protobuf-specs. The deprecated ones are those of certificate transparency logs of 2021. */
export const keyDetails = {
  PKCS1_RSA_PKCS1V5: 1,
  PKIX_ECDSA_P256_SHA_256: 5,
  PKIX_ED25519: 7,
  PKIX_ECDSA_P384_SHA_384: 12,
  PKIX_ECDSA_P521_SHA_512: 13,
} as const;

const logIdSchema = z.strictObject({ keyId: bytesSchema });

const logSchema = z.strictObject({
  baseUrl: z.string().refine((text) => URL.canParse(text), { error: 'must be a URL' }),
  hashAlgorithm: z.literal('SHA2_256'),
  publicKey: z.strictObject({
    rawBytes: bytesSchema,
    keyDetails: z.enum(Object.keys(keyDetails) as (keyof typeof keyDetails)[]),
    validFor: validitySchema,
  }),
  logId: logIdSchema,
  checkpointKeyId: logIdSchema.optional(),
  operator: z.string().optional(),
});

const authoritySchema = z.strictObject({
  subject: z
    .strictObject({ organization: z.string().optional(), commonName: z.string().optional() })
    .optional(),
  uri: z.string().optional(),
  certChain: z.strictObject({
    certificates: z.array(z.strictObject({ rawBytes: bytesSchema })).min(1, { error: 'must not be empty' }),
  }),
  validFor: validitySchema,
  operator: z.string().optional(),
});

const notEmpty = { error: 'must not be empty: nobody could be trusted' };

const rootSchema = z.strictObject({
  mediaType: z.enum([
    'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    'application/vnd.dev.sigstore.trustedroot.v0.2+json',
  ]),
  tlogs: z.array(logSchema).min(1, notEmpty),
  certificateAuthorities: z.array(authoritySchema).min(1, notEmpty),
  ctlogs: z.array(logSchema).min(1, notEmpty),
  /** An instance whose log signs the time needs none. */
  timestampAuthorities: z.array(authoritySchema).default([]),
});

export type TrustedRootDocument = z.output<typeof rootSchema>;
export type RootLog = TrustedRootDocument['tlogs'][number];
export type RootAuthority = TrustedRootDocument['certificateAuthorities'][number];

/**
 * Bytes to the document, its keys and certificates not looked at; `what` is for messages. Throws VerificationError
 * `LIMIT_EXCEEDED`, `EVIDENCE_MALFORMED`.
 */
export function parseTrustedRootDocument(bytes: Uint8Array, what: string): TrustedRootDocument {
  return parseEvidenceJson(rootSchema, bytes, what, { maxBytes: maxTrustedRootBytes, numbers: 'exact' });
}

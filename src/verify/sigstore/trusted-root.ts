/**
 * The trusted root: the certificate authorities, transparency logs and timestamp authorities of a Sigstore instance
 * (protobuf-specs, `sigstore_trustroot.proto`, in JSON). Pinned in `trust/`, never refreshed by a verification.
 *
 * The library reads a validity without a start as one since 1970, and base64 however it comes. Such a root is
 * refused here, when it is loaded; so is a field that is not known, since it might restrict what it stands beside.
 */
import { Buffer } from 'node:buffer';
import { toTrustMaterial, type TrustMaterial } from '@sigstore/verify';
import { z } from 'zod';
import { base64Schema } from '../../formats/base64.ts';
import { parseEvidenceJson } from '../../formats/evidence-json.ts';
import type { Digest } from '../../model/digest.ts';
import { AssayError, VerificationError } from '../../model/errors.ts';
import { digestOf } from '../digest.ts';

declare const trustedRoot: unique symbol;

/** Only `parseTrustedRoot` makes one. */
export interface TrustedRoot {
  readonly [trustedRoot]: true;
  /** Of the file. */
  readonly digest: Digest;
  /** As the library wants it; its key finder knows no keys. */
  readonly material: TrustMaterial;
  /** Every certificate of the authorities that issue to signers, in DER. */
  readonly authorityCertificates: readonly Buffer[];
}

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
const keyDetails = {
  PKCS1_RSA_PKCS1V5: 1,
  PKIX_ECDSA_P256_SHA_256: 5,
  PKIX_ED25519: 7,
  PKIX_ECDSA_P384_SHA_384: 12,
  PKIX_ECDSA_P521_SHA_512: 13,
} as const;

const sha256 = 1;

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

/**
 * The user's own trust, as bytes of a file; `what` is for messages. Throws VerificationError `SIGNER_UNTRUSTED`:
 * with a root that cannot be relied on, nobody is left who could vouch.
 */
export function parseTrustedRoot(bytes: Uint8Array, what: string): TrustedRoot {
  try {
    const root = parseEvidenceJson(rootSchema, bytes, what, {
      maxBytes: maxTrustedRootBytes,
      numbers: 'exact',
    });
    const material = toTrustMaterial({
      mediaType: root.mediaType,
      tlogs: root.tlogs.map(toLog),
      ctlogs: root.ctlogs.map(toLog),
      certificateAuthorities: root.certificateAuthorities.map(toAuthority),
      timestampAuthorities: root.timestampAuthorities.map(toAuthority),
    });
    const authorityCertificates = root.certificateAuthorities.flatMap(({ certChain }) =>
      certChain.certificates.map(({ rawBytes }) => rawBytes),
    );
    const parsed = { digest: digestOf('sha256', bytes), material, authorityCertificates };
    return Object.freeze(parsed) as unknown as TrustedRoot;
  } catch (cause) {
    // Besides our own: what the library and OpenSSL throw at a key or certificate that is none.
    const problem =
      cause instanceof AssayError ? cause.message : `${what} holds a key or certificate that is none`;
    throw new VerificationError('SIGNER_UNTRUSTED', `trusted root ${problem}`, {
      hint: 'Restore trust/ from version control, or fetch the root again with assay update-trust.',
      cause,
    });
  }
}

type LibraryRoot = Parameters<typeof toTrustMaterial>[0];
type LibraryLog = LibraryRoot['tlogs'][number];

function toLog(log: z.output<typeof logSchema>): LibraryLog {
  const { publicKey, logId, checkpointKeyId, baseUrl, operator = '' } = log;
  const { rawBytes, keyDetails: details, validFor } = publicKey;
  // Numbers of protobuf's enumerations, whose names are in a package that is the library's own affair.
  const numbers: unknown = { hashAlgorithm: sha256, keyDetails: keyDetails[details] };
  const { hashAlgorithm, keyDetails: number } = numbers as Pick<LibraryLog, 'hashAlgorithm'> &
    Pick<NonNullable<LibraryLog['publicKey']>, 'keyDetails'>;
  return {
    baseUrl,
    hashAlgorithm,
    publicKey: { rawBytes, keyDetails: number, validFor: toRange(validFor) },
    logId,
    checkpointKeyId,
    operator,
  };
}

function toAuthority(
  authority: z.output<typeof authoritySchema>,
): LibraryRoot['certificateAuthorities'][number] {
  const { subject, uri = '', certChain, validFor, operator = '' } = authority;
  const { organization = '', commonName = '' } = subject ?? {};
  return { subject: { organization, commonName }, uri, certChain, validFor: toRange(validFor), operator };
}

function toRange({ start, end }: z.output<typeof validitySchema>): { start: Date; end: Date | undefined } {
  return { start, end };
}

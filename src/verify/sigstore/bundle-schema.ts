/**
 * The JSON of a Sigstore bundle (protobuf-specs, `sigstore_bundle.proto`, versions 0.1 to 0.3). Unknown fields are
 * refused, as Go's reader of protobuf JSON does: what is not understood might be meant to be checked.
 */
import { z } from 'zod';
import { base64Schema } from '../../formats/text/base64.ts';
import { absent, absentAs } from '../../formats/upstream/protobuf-json.ts';

/**
 * protobuf's JSON writes 64-bit integers as text, and may read them as numbers. None here comes near 2^53, beyond
 * which the library would round.
 */
const countSchema = z
  .union([z.string().regex(/^(?:0|[1-9]\d{0,15})$/, { error: 'must be digits' }), z.int().min(0)])
  .transform(String)
  .refine((digits) => Number.isSafeInteger(Number(digits)), { error: 'must be less than 2^53' });

/** Seconds since 1970, up to the year 9999. */
const timeSchema = countSchema.refine((digits) => Number(digits) <= 253_402_300_799, {
  error: 'must be a time in seconds',
});

const certificateSchema = z.strictObject({ rawBytes: base64Schema });

const inclusionProofSchema = z.strictObject({
  logIndex: absentAs(countSchema, '0'),
  rootHash: base64Schema,
  treeSize: countSchema,
  /** A path through a tree of 2^64 leaves has no more. */
  hashes: absentAs(z.array(base64Schema).max(64), []),
  checkpoint: absent(z.strictObject({ envelope: z.string().max(16_384) })),
});

const logEntrySchema = z.strictObject({
  logIndex: absentAs(countSchema, '0'),
  logId: z.strictObject({ keyId: base64Schema }),
  kindVersion: z.strictObject({ kind: z.string(), version: z.string() }),
  integratedTime: absentAs(timeSchema, '0'),
  inclusionPromise: absent(z.strictObject({ signedEntryTimestamp: base64Schema })),
  inclusionProof: absent(inclusionProofSchema),
  canonicalizedBody: base64Schema,
});

const timestampsSchema = z
  .array(z.strictObject({ signedTimestamp: base64Schema }))
  .max(8)
  .refine((list) => new Set(list.map((one) => one.signedTimestamp)).size === list.length, {
    error: 'must not have the same timestamp twice',
  });

const materialSchema = z
  .strictObject({
    certificate: absent(certificateSchema),
    x509CertificateChain: absent(
      z.strictObject({
        certificates: z.array(certificateSchema).min(1, { error: 'must not be empty' }).max(8),
      }),
    ),
    publicKey: absent(z.strictObject({ hint: absent(z.string()) })),
    tlogEntries: absentAs(z.array(logEntrySchema).max(8), []),
    timestampVerificationData: absent(
      z.strictObject({
        rfc3161Timestamps: absentAs(timestampsSchema, []),
      }),
    ),
  })
  .refine(
    ({ certificate, x509CertificateChain, publicKey }) =>
      hasOne(certificate, x509CertificateChain, publicKey),
    { error: 'must have one of certificate, x509CertificateChain and publicKey' },
  );

export const bundleSchema = z
  .strictObject({
    mediaType: z.enum([
      'application/vnd.dev.sigstore.bundle+json;version=0.1',
      'application/vnd.dev.sigstore.bundle+json;version=0.2',
      'application/vnd.dev.sigstore.bundle+json;version=0.3',
      'application/vnd.dev.sigstore.bundle.v0.3+json',
    ]),
    verificationMaterial: materialSchema,
    messageSignature: absent(
      z.strictObject({
        messageDigest: z.strictObject({
          algorithm: z.enum(['SHA2_256', 'SHA2_384', 'SHA2_512']),
          digest: base64Schema,
        }),
        signature: base64Schema,
      }),
    ),
    dsseEnvelope: absent(
      z.strictObject({
        payload: base64Schema,
        payloadType: z.string().min(1),
        signatures: z.array(z.strictObject({ sig: base64Schema, keyid: absent(z.string()) })).length(1),
      }),
    ),
  })
  .refine(({ messageSignature, dsseEnvelope }) => hasOne(messageSignature, dsseEnvelope), {
    error: 'must have one of messageSignature and dsseEnvelope',
  });

export type BundleJson = z.input<typeof bundleSchema>;
export type ParsedBundleJson = z.output<typeof bundleSchema>;

function hasOne(...alternatives: readonly unknown[]): boolean {
  return alternatives.filter((value) => value !== undefined).length === 1;
}

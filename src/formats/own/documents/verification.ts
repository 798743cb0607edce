/** What commands print that verify by hand: verify-bundle, verify-blob, verify-release, verify-checksums, fetch-deb. */
import { z } from 'zod';
import { digestSchema } from '../../../model/digest-schema.ts';
import { assurances } from '../../../model/verification.ts';
import { timeSchema } from '../evidence.ts';
import { failureOfSchema } from './error.ts';
import { printedSignerSchema } from './signer.ts';

const signatureSigner = z.union([
  z.strictObject({ identity: z.string(), issuer: z.string() }),
  z.strictObject({ publicKeySha256: z.string() }),
]);

const logEntry = {
  logIndex: z.number().nullable().describe('null where no log was asked for a word'),
  logId: z.string().nullable(),
  integratedTime: timeSchema
    .nullable()
    .describe('null of Rekor v2, which signs no times: there `signedAt` is the only one'),
  signedAt: timeSchema,
};

export const signatureSchema = z.strictObject({
  verified: z.literal(true),
  digest: digestSchema.describe('of the file'),
  signer: signatureSigner,
  ...logEntry,
  assurance: z.enum(assurances),
  predicateType: z.string().optional().describe('of an attestation'),
});

export type SignatureVerdict = z.output<typeof signatureSchema>;

const ignoredSchema = z
  .array(
    z.strictObject({
      keyId: z.string().describe('upper-case hex; sixteen zeros where the signature names none'),
      fingerprint: z.string().optional().describe('where that key is in the keyring'),
      reason: z.string(),
      why: z.string().describe('for people'),
    }),
  )
  .describe('signatures by other keys, and worthless ones');

export const releaseSchema = z.strictObject({
  verified: z.literal(true),
  signedTextSha256: z.string().describe('lower-case hex'),
  signers: z.array(printedSignerSchema),
  ignored: ignoredSchema,
  verifiedAt: timeSchema,
});

export const checksumsSchema = z.strictObject({
  verified: z.boolean().describe('every file is what the checksum file says'),
  assurance: z.enum(assurances).describe('`checksum`: nobody signed the checksum file'),
  signer: signatureSigner.optional().describe('of a Sigstore bundle'),
  logIndex: logEntry.logIndex.optional(),
  logId: logEntry.logId.optional(),
  integratedTime: logEntry.integratedTime.optional(),
  signedAt: logEntry.signedAt.optional(),
  signers: z.array(printedSignerSchema).optional().describe('of OpenPGP; empty where nobody signed'),
  ignored: ignoredSchema.optional(),
  verifiedAt: timeSchema.optional(),
  files: z.array(
    z.strictObject({
      file: z.string(),
      name: z.string().describe('in the checksum file'),
      digest: digestSchema.nullable().describe('that it was found to have; null where it was not read'),
      verified: z.boolean(),
    }),
  ),
  failures: z.array(failureOfSchema),
});

export const fetchDebSchema = z.strictObject({
  package: z.string(),
  version: z.string().describe('with its epoch'),
  architecture: z.string(),
  filename: z.string().describe('below the repository'),
  size: z.int().describe('in bytes'),
  sha256: z.string().optional().describe('lower-case hex, as the index has it'),
  sha512: z.string().optional(),
  url: z.string(),
});

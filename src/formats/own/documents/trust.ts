/** What commands print about trust anchors: update-trust, trust add, verify-keys. */
import { z } from 'zod';
import { digestSchema } from '../../../model/digest-schema.ts';
import { timeSchema } from '../evidence.ts';
import { errorSchema } from './error.ts';

const until = {
  expires: timeSchema.nullable().describe('null for never'),
  expiresInDays: z.int().nullable().describe('negative for what has expired; null for never'),
};
const algorithm = {
  algorithm: z.string().describe('`rsa`, `ed25519`, `ecdsa nistP256`'),
  bits: z.int().nullable().describe('of the modulus; null for elliptic curves'),
  created: timeSchema,
  ...until,
};

const keySchema = z.strictObject({
  fingerprint: z.string().describe('of the primary, upper-case hex: what a pin names'),
  ...algorithm,
  status: z.enum(['usable', 'expired']),
  userIds: z.array(z.string()),
  signingSubkeys: z.array(
    z.strictObject({
      fingerprint: z.string(),
      ...algorithm,
      revoked: z.boolean(),
      status: z.enum(['usable', 'expired', 'revoked', 'weak', 'from-future', 'weakly-bound', 'unbound']),
    }),
  ),
});

const listChanges = z.strictObject({ added: z.array(z.string()), removed: z.array(z.string()) });

const rootEntrySchema = z.strictObject({
  kind: z.string().describe('`transparency-log`, `certificate-authority`, `timestamp-authority`'),
  fingerprint: z.string().describe("SHA-256 of a log's key, or of an authority's own certificate"),
  logId: z.string().optional(),
  certificates: z.array(z.string()).describe("of an authority's chain, SHA-256 of each"),
  url: z.string().optional(),
  subject: z.string().optional(),
  validFrom: timeSchema,
  validUntil: timeSchema.optional(),
  problem: z.string().optional().describe('why nothing that rests on it is believed here'),
});

const tufKeySchema = z.strictObject({ id: z.string(), holder: z.string().optional() });

const trustedRootSchema = z
  .strictObject({
    tufRoots: z.array(
      z.strictObject({
        version: z.int(),
        digest: digestSchema,
        expires: timeSchema,
        expiresInDays: z.int(),
        keyIds: z.array(z.string()),
        threshold: z.int(),
        changes: z.array(
          z.strictObject({
            role: z.string(),
            added: z.array(tufKeySchema),
            removed: z.array(tufKeySchema),
            threshold: z.strictObject({ before: z.int(), after: z.int() }),
          }),
        ),
      }),
    ),
    entries: z.array(rootEntrySchema).describe('as it is to be'),
    changes: z.array(
      z.strictObject({
        kind: z.string(),
        fingerprint: z.string(),
        before: rootEntrySchema.optional(),
        after: rootEntrySchema.optional(),
        effects: z.array(z.string()),
        needsAcceptance: z.boolean().describe('--accept has to name the fingerprint'),
      }),
    ),
  })
  .describe("of Sigstore's");

const anchorSchema = z.strictObject({
  name: z.string().describe('as pins.yaml names it'),
  type: z.string().describe('its kind'),
  file: z.string(),
  status: z
    .enum(['unchanged', 'changed', 'missing', 'refused'])
    .describe('`missing`: pinned, and its file is not there'),
  needs: z.array(z.string()).describe('what --accept has to name before this is taken'),
  accepted: z.array(z.string()),
  notes: z.array(z.string()).describe('for the reviewer'),
  keys: z.array(
    z.strictObject({
      change: z.enum(['none', 'changed', 'added', 'removed']),
      ...keySchema.shape,
      changes: z.strictObject({
        expiresBefore: timeSchema.nullable().optional().describe('absent of a key that is new'),
        userIds: listChanges,
        signingSubkeys: listChanges,
      }),
    }),
  ),
  trustedRoot: trustedRootSchema.optional(),
  holds: z.array(z.string()).optional().describe('what else is to be known of the file'),
  error: errorSchema.optional(),
});

export const updateTrustSchema = z.strictObject({
  anchors: z.array(anchorSchema),
  changed: z.array(z.string()).describe('paths of files that are other than they were'),
  written: z.array(z.string()).describe('those of them that were written: none with --check'),
  expiring: z.array(
    z.strictObject({
      anchor: z.string(),
      what: z.string().describe('`key`, `signing subkey`, …'),
      id: z.string(),
      expires: timeSchema,
      expiresInDays: z.int(),
    }),
  ),
});

export const trustAddSchema = z.strictObject({
  name: z.string(),
  type: z.string().describe('the kind of anchor'),
  fingerprints: z.array(z.string()),
  scope: z.array(z.string()).describe('URL prefixes that it may vouch for'),
  outcome: z.enum(['added', 'there already']),
});

export const verifyKeysSchema = z.strictObject({
  verified: z.literal(true),
  keys: z.array(keySchema),
  notes: z.array(z.string()),
  verifiedAt: timeSchema,
});

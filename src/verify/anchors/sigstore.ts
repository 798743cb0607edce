/**
 * A Sigstore trusted root as a trust anchor: one file, pinned by its digest since each key in it counts, and the root
 * of the TUF repository that publishes it, pinned by version and digest, where an update starts from.
 */
import { z } from 'zod';
import { freeTextSchema, listOf } from '../../formats/own/names.ts';
import { httpsUrlSchema } from '../../formats/text/https-url.ts';
import { VerificationError } from '../../model/errors.ts';
import type { Expiring } from '../../model/trust-review.ts';
import { digestOf } from '../digest.ts';
import { verifyPinned } from '../pinned.ts';
import { reviewTrustedRoot } from '../sigstore/trusted-root-review.ts';
import { parseTrustedRoot, type TrustedRoot } from '../sigstore/trusted-root.ts';
import { describeTufRoot, type TufRootVersion } from '../tuf/root-version.ts';
import { openPinnedTufRoot } from '../tuf/update.ts';
import { fileSchema, sha256Schema, type Anchor, type AnchorKind } from './anchor.ts';

const jsonFileSchema = fileSchema('json');

const schema = z.strictObject({
  type: z.literal('sigstore'),
  file: jsonFileSchema,
  /** Of the file, whole: it holds keys of several kinds, and each counts. */
  digest: sha256Schema,
  /** Of files that were pinned before: what was judged by one of them is judged by it again, as far as today's has it. */
  former: z.array(sha256Schema).max(1000).exactOptional(),
  /** The root of the TUF repository that publishes it. */
  root: z.strictObject({ file: jsonFileSchema, version: z.int().min(1), digest: sha256Schema }),
  /** What the TUF repository calls the trusted root; in no directory and under no delegation. */
  target: z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, { error: 'must be a plain file name' }),
  /** The versions of TUF metadata that were seen last; written by update-trust. */
  seen: jsonFileSchema,
  /** Where the TUF repository is published. */
  sources: listOf(httpsUrlSchema),
  /** Where the digest was learnt, other than from there. */
  learnt: freeTextSchema,
});

export type SigstorePin = z.output<typeof schema>;

/** What keyless methods rest on, by its name in the pins. */
export const publicGood = 'sigstore';

export const sigstoreRoot: AnchorKind<SigstorePin, TrustedRoot> = {
  type: 'sigstore',
  what: 'trusted root',
  schema,
  reference: { field: 'issuer', needs: { name: publicGood, what: "Sigstore's trusted root" } },
  files: ({ file, root, seen }) => [
    [['file'], file],
    [['root', 'file'], root.file],
    [['seen'], seen],
  ],
  // It vouches for identities, wherever the document is.
  scope: () => undefined,
  open: (bytes, anchor) => Promise.resolve(readPinnedRoot(bytes, anchor)),
  reopen: (kept, anchor) => Promise.resolve(readFormerRoot(kept, anchor)),
  report(bytes, anchor, now) {
    readPinnedRoot(bytes, anchor);
    const tufRoot = readPinnedTufRoot(anchor);
    const { entries, changes } = reviewTrustedRoot(bytes, bytes, now);
    return Promise.resolve({
      root: { entries, changes, tufRoots: [tufRoot] },
      expiring: [tufRootExpiry(anchor.name, tufRoot)],
    });
  },
};

/** Throws VerificationError `PIN_MISMATCH`, and as `parseTrustedRoot` does. */
export function readPinnedRoot(bytes: Uint8Array, { pin, file }: Anchor<SigstorePin>): TrustedRoot {
  const { path } = file(pin.file);
  verifyPinned(bytes, pin.digest, path);
  return parseTrustedRoot(bytes, path);
}

/** Throws VerificationError `PIN_MISMATCH`, and as `parseTrustedRoot` does. */
function readFormerRoot(kept: Uint8Array, anchor: Anchor<SigstorePin>): TrustedRoot {
  const { pin, file } = anchor;
  const digest = digestOf('sha256', kept);
  if (digest === pin.digest || pin.former?.includes(digest) !== true) return readPinnedRoot(kept, anchor);
  const { path, bytes } = file(pin.file);
  if (bytes === undefined) throw notThere(path, 'the trusted root');
  verifyPinned(bytes, pin.digest, path);
  return parseTrustedRoot(kept, `${path} of then`, bytes);
}

/**
 * The pinned root of the TUF repository, whole and signed by its own keys; it may have expired. Throws UsageError
 * `FILE_UNREADABLE`, and VerificationError `EVIDENCE_MISSING`, and as `openPinnedTufRoot` does.
 */
export function readPinnedTufRoot({ pin, file }: Anchor<SigstorePin>): TufRootVersion {
  const { path, bytes } = file(pin.root.file);
  if (bytes === undefined) throw notThere(path, 'the pinned root of the TUF repository');
  return describeTufRoot(openPinnedTufRoot(bytes, pin.root, path), bytes);
}

function notThere(path: string, what: string): VerificationError {
  return new VerificationError('EVIDENCE_MISSING', `${what}: there is no ${path}`, {
    hint: 'Restore it from version control: an update of the trusted root starts from it.',
  });
}

/** Sigstore renews its TUF root within the last weeks of its half-year. */
const noticeDays = 14;

/** When the newest known TUF root will no longer do as the last of a chain. */
export function tufRootExpiry(anchor: string, { version, expires }: TufRootVersion): Expiring {
  return { anchor, what: 'TUF root', id: `version ${String(version)}`, expires, noticeDays };
}

/**
 * A Sigstore trusted root as a trust anchor: one file, pinned by its digest since each key in it counts, and the root
 * of the TUF repository that publishes it, pinned by version and digest, where an update starts from. What an update kept
 * of that repository's signed metadata proves the file without the repository; the digest counts all the same.
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
import {
  newestOf,
  verifyKeptRoots,
  verifyKeptTarget,
  type KeptFile,
  type RootChain,
} from '../tuf/kept-metadata.ts';
import { describeTufRoot, type TufRootVersion } from '../tuf/root-version.ts';
import { maxRootRotations, openPinnedTufRoot } from '../tuf/update.ts';
import { fileSchema, formerSchema, sha256Schema, type Anchor, type AnchorKind } from './anchor.ts';
import { publicGood } from './public-good.ts';

const jsonFileSchema = fileSchema('json');

const schema = z
  .strictObject({
    type: z.literal('sigstore'),
    file: jsonFileSchema.describe('the trusted root, beside pins.yaml'),
    digest: sha256Schema.describe('of the file, whole: it holds keys of several kinds, and each counts'),
    former: formerSchema,
    root: z
      .strictObject({
        file: jsonFileSchema.describe('the root metadata'),
        version: z.int().min(1).describe('its version'),
        digest: sha256Schema.describe('of that file'),
      })
      .describe(
        'the root of the TUF repository that publishes it, as a person compared it: it stays where newer ones follow it',
      ),
    signed: z
      .array(jsonFileSchema)
      .min(1)
      .max(1 + maxRootRotations)
      .exactOptional()
      .describe(
        'signed metadata of that repository that proves the file: the targets, then each root since `root`, oldest first. Written by update-trust',
      ),
    target: z
      .string()
      .max(100)
      .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, { error: 'must be a plain file name' })
      .describe('what the TUF repository calls the trusted root; in no directory and under no delegation'),
    seen: jsonFileSchema.describe(
      'the versions of TUF metadata that were seen last. Written by update-trust',
    ),
    sources: listOf(httpsUrlSchema).describe('where the TUF repository is published'),
    learnt: freeTextSchema.describe('where the digest was learnt, other than from there'),
  })
  .describe("Sigstore's trusted root, by the digest of its file, and where updates of it start");

export type SigstorePin = z.output<typeof schema>;

export const sigstoreRoot: AnchorKind<SigstorePin, TrustedRoot> = {
  type: 'sigstore',
  what: 'trusted root',
  schema,
  reference: {
    field: 'issuer',
    needs: { name: publicGood, what: "Sigstore's trusted root" },
    unless: 'githubRoot',
  },
  files: ({ file, root, seen, signed = [] }) => [
    [['file'], file],
    [['root', 'file'], root.file],
    [['seen'], seen],
    ...signed.map((name, index): [PropertyKey[], string] => [['signed', index], name]),
  ],
  proof: (pin, digest) => (digest === pin.digest ? proofOf(pin) : `${pinAlone}: it is a former one`),
  // It vouches for identities, wherever the document is.
  scope: () => undefined,
  open: (bytes, anchor) => Promise.resolve(readPinnedRoot(bytes, anchor)),
  reopen: (kept, anchor) => Promise.resolve(readFormerRoot(kept, anchor)),
  report(bytes, anchor, now) {
    readPinnedRoot(bytes, anchor);
    const tufRoot = readTufRoots(anchor).newest;
    const { entries, changes } = reviewTrustedRoot(bytes, bytes, now);
    return Promise.resolve({
      root: { entries, changes, tufRoots: [tufRoot] },
      holds: [proofLine(anchor.pin)],
      expiring: [tufRootExpiry(anchor.name, tufRoot)],
    });
  },
};

/**
 * What vouches for the file besides the person who pinned it, for people: of an anchor whose metadata was judged, as it
 * is when it is opened.
 */
export function proofLine(pin: SigstorePin): string {
  return `proof: ${proofOf(pin)}`;
}

const pinAlone = 'its digest in the pins alone';

function proofOf({ signed, root }: SigstorePin): string {
  if (signed === undefined) return `${pinAlone}: no signed TUF metadata is kept`;
  const newest = root.version + signed.length - 1;
  const chain = newest === root.version ? 'is pinned' : `follows the pinned version ${String(root.version)}`;
  return `signed by the targets role of its TUF repository, under root version ${String(newest)}, which ${chain}`;
}

/**
 * Throws VerificationError `PIN_MISMATCH`, `EVIDENCE_MISSING`, and as `parseTrustedRoot`, `verifyKeptRoots` and
 * `verifyKeptTarget` do.
 */
function readPinnedRoot(bytes: Uint8Array, anchor: Anchor<SigstorePin>): TrustedRoot {
  requirePinned(bytes, anchor);
  return parseTrustedRoot(bytes, anchor.file(anchor.pin.file).path);
}

/** That a person pinned it, and that the repository's signers meant it, where there is metadata to see that by. */
function requirePinned(bytes: Uint8Array, anchor: Anchor<SigstorePin>): void {
  const { digest, file, signed: [targets] = [], target: name } = anchor.pin;
  verifyPinned(bytes, digest, anchor.file(file).path);
  if (targets === undefined) return;
  verifyKeptTarget(readTufRoots(anchor).chain, readKept(anchor, targets), { name, bytes });
}

/** Throws as `readPinnedRoot` does. */
function readFormerRoot(kept: Uint8Array, anchor: Anchor<SigstorePin>): TrustedRoot {
  const { pin, file } = anchor;
  const digest = digestOf('sha256', kept);
  if (digest === pin.digest || pin.former?.includes(digest) !== true) return readPinnedRoot(kept, anchor);
  const { path, bytes } = file(pin.file);
  if (bytes === undefined) throw notThere(path, 'the trusted root');
  requirePinned(bytes, anchor);
  return parseTrustedRoot(kept, `${path} of then`, bytes);
}

interface TufRoots {
  readonly chain: RootChain;
  readonly newest: TufRootVersion;
  /** The pinned one. */
  readonly pinned: KeptFile;
  /** Those that follow it, oldest first. */
  readonly kept: readonly KeptFile[];
}

/**
 * The pinned root of the TUF repository, whole and signed by its own keys, and those that were kept since; they may have
 * expired. Throws UsageError `FILE_UNREADABLE`, and VerificationError `EVIDENCE_MISSING`, and as `openPinnedTufRoot` and
 * `verifyKeptRoots` do.
 */
export function readTufRoots(anchor: Anchor<SigstorePin>): TufRoots {
  const { root, signed: [, ...names] = [] } = anchor.pin;
  const pinned = readKept(anchor, root.file, 'the pinned root of the TUF repository');
  const start = openPinnedTufRoot(pinned.bytes, root, pinned.path);
  const kept = names.map((name) => readKept(anchor, name));
  const chain = verifyKeptRoots(start, kept);
  const { bytes } = kept.at(-1) ?? pinned;
  return { chain, newest: describeTufRoot(newestOf(chain), bytes), pinned, kept };
}

function readKept(
  { file }: Anchor<SigstorePin>,
  name: string,
  what = 'signed metadata of the TUF repository',
): KeptFile {
  const { path, bytes } = file(name);
  if (bytes === undefined) throw notThere(path, what);
  return { path, bytes };
}

function notThere(path: string, what: string): VerificationError {
  return new VerificationError('EVIDENCE_MISSING', `${what}: there is no ${path}`, {
    hint: 'Restore it from version control: an update of the trusted root starts from it, or it proves the last one.',
  });
}

/** Sigstore renews its TUF root within the last weeks of its half-year. */
const noticeDays = 14;

/** When the newest known TUF root will no longer do as the last of a chain. */
export function tufRootExpiry(anchor: string, { version, expires }: TufRootVersion): Expiring {
  return { anchor, what: 'TUF root', id: `version ${String(version)}`, expires, noticeDays };
}

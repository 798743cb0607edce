/**
 * The trusted root of GitHub's own Sigstore as a trust anchor: what signs for private repositories and immutable releases.
 * It has a certificate authority and a timestamp authority, and no logs: a signed time is all that witnesses its
 * signatures. That holds for this kind of anchor and no other; the public instance's root is none of it.
 *
 * `gh attestation trusted-root` prints it, one root a line: those of instances with logs are passed over.
 */
import { z } from 'zod';
import { freeTextSchema } from '../../formats/own/names.ts';
import { digestOf } from '../digest.ts';
import { verifyPinned } from '../pinned.ts';
import { parseStampedRoot, type TrustedRoot } from '../sigstore/trusted-root.ts';
import { fileSchema, formerSchema, sha256Schema, type Anchor, type AnchorKind } from './anchor.ts';

const schema = z
  .strictObject({
    type: z.literal('github-sigstore'),
    file: fileSchema('jsonl', 'json').describe(
      'the trusted root, or several, one a line (`gh attestation trusted-root`); beside pins.yaml',
    ),
    digest: sha256Schema.describe('of the file, whole: it holds keys of several kinds, and each counts'),
    former: formerSchema,
    learnt: freeTextSchema.describe('where the digest was learnt'),
  })
  .describe("the trusted root of GitHub's own Sigstore, by the digest of its file");

type GithubSigstorePin = z.output<typeof schema>;

export const githubSigstore: AnchorKind<GithubSigstorePin, TrustedRoot> = {
  type: 'github-sigstore',
  what: "root of GitHub's Sigstore",
  schema,
  reference: { field: 'githubRoot' },
  files: ({ file }) => [[['file'], file]],
  // It vouches for identities, wherever the document is.
  scope: () => undefined,
  open: (bytes, anchor) => Promise.resolve(readPinnedRoot(bytes, anchor)),
  reopen: (kept, anchor) => Promise.resolve(readFormerRoot(kept, anchor)),
  report(bytes, anchor) {
    const { certificateAuthorities, timestampAuthorities } = readPinnedRoot(bytes, anchor);
    const until = (end: Date) =>
      end.getUTCFullYear() > 9999 ? 'without an end' : `until ${end.toISOString()}`;
    const line = (what: string, { start, end }: { readonly start: Date; readonly end: Date }) =>
      `${what}, believed from ${start.toISOString()} ${until(end)}`;
    return Promise.resolve({
      holds: [
        ...certificateAuthorities.map(({ validFor }) => line('certificate authority', validFor)),
        ...timestampAuthorities.map(({ issuer }) => line('timestamp authority', issuer.validFor)),
        'no logs: a signed time is what witnesses its signatures',
      ],
    });
  },
};

/** Throws VerificationError `PIN_MISMATCH`, and as `parseStampedRoot` does. */
function readPinnedRoot(bytes: Uint8Array, { pin, file }: Anchor<GithubSigstorePin>): TrustedRoot {
  const { path } = file(pin.file);
  verifyPinned(bytes, pin.digest, path);
  return parseStampedRoot(bytes, path);
}

/** Throws as `readPinnedRoot` does. */
function readFormerRoot(kept: Uint8Array, anchor: Anchor<GithubSigstorePin>): TrustedRoot {
  const { pin, file } = anchor;
  const digest = digestOf('sha256', kept);
  const { path, bytes } = file(pin.file);
  if (digest === pin.digest || pin.former?.includes(digest) !== true || bytes === undefined) {
    return readPinnedRoot(kept, anchor);
  }
  readPinnedRoot(bytes, anchor);
  return parseStampedRoot(kept, `${path} of then`, bytes);
}

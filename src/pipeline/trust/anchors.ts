/**
 * The trust anchors of `trust/`: pinned keys, each good for its scope only, and Sigstore's trusted root. A key file
 * that does not hold exactly the pinned keys is refused whole, and so is a root with another digest.
 */
import {
  parseTrustPins,
  inScope,
  type OpenpgpAnchor,
  type SigstoreAnchor,
  type TrustPins,
} from '../../formats/own/trust-pins.ts';
import { decodeUtf8 } from '../../formats/text/utf8.ts';
import { UsageError, VerificationError } from '../../model/errors.ts';
import type { Fetcher, FileStore, Reporter } from '../../model/ports.ts';
import type { Anchors } from '../../sources/source.ts';
import { namingDocument } from '../../verify/naming.ts';
import { prepareFetchedKeys } from '../../verify/openpgp/fetched-keys.ts';
import { verifyKeyBlock } from '../../verify/openpgp/key-block.ts';
import { readPinnedKeyring, type Keyring } from '../../verify/openpgp/keyring.ts';
import { maxKeyFileBytes } from '../../verify/openpgp/read-keys.ts';
import { verifyPinned } from '../../verify/pinned.ts';
import { parseTrustedRoot, type TrustedRoot } from '../../verify/sigstore/trusted-root.ts';

/** Throws UsageError `TRUST_INVALID`, `FILE_UNREADABLE`. */
export async function readPins(trustDir: string, files: FileStore): Promise<TrustPins> {
  const pinsFile = pinsFileOf(trustDir);
  const bytes = await files.read(pinsFile);
  if (bytes === undefined) {
    throw new UsageError('TRUST_INVALID', `${pinsFile} does not exist`, {
      hint: "Run it from the checkout. Or name the directory of trust anchors with --trust-dir. Or give Sigstore's trusted root with --trusted-root.",
    });
  }
  return parseTrustPins(decodeUtf8(bytes, pinsFile, 'TRUST_INVALID'), pinsFile);
}

/** What fetches keys that are pinned and not committed yet. */
export interface KeySource {
  readonly fetcher: Fetcher;
  readonly reporter: Reporter;
}

/**
 * Throws as `readPins` does. Keys are read when they are first asked for. Those that are pinned and have no file yet
 * are fetched, where there is a `keySource`: full fingerprints say which keys they have to be, wherever they come from.
 */
export async function openAnchors(
  trustDir: string,
  files: FileStore,
  now: Date,
  keySource?: KeySource,
): Promise<Anchors> {
  const pins = await readPins(trustDir, files);
  const pinsFile = pinsFileOf(trustDir);
  const opened = new Map<string, Promise<Keyring>>();
  let root: Promise<TrustedRoot> | undefined;
  return {
    trustedRoot() {
      root ??= openTrustedRoot(trustDir, files);
      return root;
    },
    async keyring(anchor, url) {
      const pinned = requireScope(pins, anchor, url, pinsFile);
      const open = async () => {
        const file = `${trustDir}/${pinned.file}`;
        const bytes = await files.read(file);
        if (bytes !== undefined) return openKeyring(bytes, pinned, anchor, file, now);
        if (keySource === undefined) throw notThere('the keys', anchor, file);
        return fetchKeyring(pinned, anchor, file, now, keySource);
      };
      const keyring = opened.get(anchor) ?? open();
      opened.set(anchor, keyring);
      return keyring;
    },
  };
}

/**
 * Sigstore's trusted root, as it is pinned: never fetched. Throws UsageError `TRUST_INVALID`, `FILE_UNREADABLE`, and
 * VerificationError `EVIDENCE_MISSING`, `PIN_MISMATCH`, and as `parseTrustedRoot` does.
 */
export async function openTrustedRoot(
  trustDir: string,
  files: FileStore,
  name = 'sigstore',
): Promise<TrustedRoot> {
  const anchor = (await readPins(trustDir, files)).anchors[name];
  if (anchor?.type !== 'sigstore') {
    throw new UsageError('TRUST_INVALID', `${pinsFileOf(trustDir)} has no Sigstore trusted root ${name}`);
  }
  const file = `${trustDir}/${anchor.file}`;
  const bytes = await files.read(file);
  if (bytes === undefined) throw notThere('the trusted root', name, file);
  return readPinnedRoot(bytes, anchor, file);
}

/** Throws VerificationError `PIN_MISMATCH`, and as `parseTrustedRoot` does. */
export function readPinnedRoot(bytes: Uint8Array, anchor: SigstoreAnchor, file: string): TrustedRoot {
  verifyPinned(bytes, anchor.digest, file);
  return parseTrustedRoot(bytes, file);
}

function requireScope(pins: TrustPins, name: string, url: string, pinsFile: string): OpenpgpAnchor {
  const anchor = pins.anchors[name];
  if (anchor?.type !== 'openpgp') {
    throw new UsageError('TRUST_INVALID', `${pinsFile} has no keys ${name}, which the catalogue names`, {
      hint: `It has: ${Object.keys(pins.anchors).join(', ')}.`,
    });
  }
  if (inScope(anchor, url)) return anchor;
  throw new VerificationError(
    'SIGNER_UNTRUSTED',
    `the anchor ${name} may not vouch for ${url}: its scope is ${anchor.scope.join(', ')}`,
    { hint: `Name the right anchor in the catalogue, or widen the scope in ${pinsFile}.` },
  );
}

async function openKeyring(
  bytes: Uint8Array,
  anchor: OpenpgpAnchor,
  name: string,
  file: string,
  now: Date,
): Promise<Keyring> {
  await namingDocument(file, () => verifyKeyBlock(bytes, anchor, now));
  return readPinnedKeyring({ name: file, bytes }, anchor, name);
}

/** As `update-trust` would fetch and check them; nothing is written. */
async function fetchKeyring(
  anchor: OpenpgpAnchor,
  name: string,
  file: string,
  now: Date,
  { fetcher, reporter }: KeySource,
): Promise<Keyring> {
  const copies = await fetchKeyFiles(anchor.sources, fetcher);
  const from = anchor.sources.join(' and ');
  const { bytes } = await namingDocument(from, () => prepareFetchedKeys(copies, anchor, undefined, now));
  reporter.warn(
    `there is no ${file}: the keys of ${name} came from ${from}, and are the pinned ones; keep them with update-trust`,
  );
  return readPinnedKeyring({ name: from, bytes }, anchor, name);
}

/** A copy from each source: all of them have to answer. Untrusted. Throws TransportError. */
export function fetchKeyFiles(sources: readonly string[], fetcher: Fetcher): Promise<readonly Uint8Array[]> {
  return Promise.all(
    sources.map(async (url) => (await fetcher.get({ url, maxBytes: maxKeyFileBytes })).bytes),
  );
}

export function notThere(what: string, name: string, file: string): VerificationError {
  return new VerificationError('EVIDENCE_MISSING', `${what} of the anchor ${name}: there is no ${file}`, {
    hint: 'Restore it from version control, or fetch it with update-trust, which compares it with the pin.',
  });
}

export function pinsFileOf(trustDir: string): string {
  return `${trustDir}/pins.yaml`;
}

/**
 * The trust anchors of `trust/`: pinned keys, each good for its scope only. A key file that does not hold
 * exactly the pinned keys is refused whole.
 */
import { parseTrustPins, inScope, type TrustPins } from '../formats/trust-pins.ts';
import { decodeUtf8 } from '../formats/utf8.ts';
import { UsageError, VerificationError } from '../model/errors.ts';
import type { FileStore } from '../model/ports.ts';
import type { Anchors } from '../sources/source.ts';
import { namingDocument } from '../verify/naming.ts';
import { verifyKeyBlock } from '../verify/openpgp/key-block.ts';
import { readKeyring, type Keyring } from '../verify/openpgp/keyring.ts';

/** Throws UsageError `TRUST_INVALID`, `FILE_UNREADABLE`. */
export async function readPins(trustDir: string, files: FileStore): Promise<TrustPins> {
  const pinsFile = pinsFileOf(trustDir);
  const bytes = await files.read(pinsFile);
  if (bytes === undefined) {
    throw new UsageError('TRUST_INVALID', `${pinsFile} does not exist`, {
      hint: 'Run from the checkout, or name the directory of trust anchors with --trust-dir.',
    });
  }
  return parseTrustPins(decodeUtf8(bytes, pinsFile, 'TRUST_INVALID'), pinsFile);
}

/** Throws as `readPins` does. Keys are read when they are first asked for. */
export async function openAnchors(trustDir: string, files: FileStore, now: Date): Promise<Anchors> {
  const pins = await readPins(trustDir, files);
  const pinsFile = pinsFileOf(trustDir);
  const opened = new Map<string, Promise<Keyring>>();
  return {
    async keyring(anchor, url) {
      requireScope(pins, anchor, url, pinsFile);
      const keyring = opened.get(anchor) ?? openKeyring(pins, anchor, trustDir, files, now);
      opened.set(anchor, keyring);
      return keyring;
    },
  };
}

function requireScope(pins: TrustPins, name: string, url: string, pinsFile: string): void {
  const anchor = pins.anchors[name];
  if (anchor === undefined) {
    throw new UsageError('TRUST_INVALID', `${pinsFile} has no anchor ${name}, which the catalogue names`, {
      hint: `It has: ${Object.keys(pins.anchors).join(', ')}.`,
    });
  }
  if (inScope(anchor, url)) return;
  throw new VerificationError(
    'SIGNER_UNTRUSTED',
    `the anchor ${name} may not vouch for ${url}: its scope is ${anchor.scope.join(', ')}`,
    { hint: `Name the right anchor in the catalogue, or widen the scope in ${pinsFile}.` },
  );
}

async function openKeyring(
  pins: TrustPins,
  name: string,
  trustDir: string,
  files: FileStore,
  now: Date,
): Promise<Keyring> {
  const anchor = pins.anchors[name];
  if (anchor === undefined) throw new TypeError(`no anchor ${name}`);
  const file = `${trustDir}/${anchor.file}`;
  const bytes = await files.read(file);
  if (bytes === undefined) {
    throw new VerificationError('EVIDENCE_MISSING', `the keys of the anchor ${name} are not at ${file}`, {
      hint: `Fetch them from ${anchor.sources.join(' or ')} and compare the fingerprint with the pin.`,
    });
  }
  await namingDocument(file, () => verifyKeyBlock(bytes, anchor.fingerprints, now));
  return readKeyring([{ name: file, bytes }]);
}

function pinsFileOf(trustDir: string): string {
  return `${trustDir}/pins.yaml`;
}

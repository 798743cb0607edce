/** A new trust anchor: a key that a person has compared, its pin and its file. */
import { addToPins } from '../../formats/own/edit-catalogue.ts';
import { PolicyError, UsageError, VerificationError } from '../../model/errors.ts';
import type { FileContent } from '../../model/ports.ts';
import type { Anchor, TrustFile } from '../../verify/anchors/anchor.ts';
import { isSameFingerprint, readFoundKey, type FoundKey } from '../../verify/anchors/found-key.ts';
import { createTrust, openTrust, type Trust } from '../../verify/anchors/trust.ts';
import { withFiles } from './anchors.ts';

export interface NewAnchor {
  readonly name: string;
  /** Where the key was read. */
  readonly source: string;
  /** URL prefixes that it may vouch for; none where identities are asked for. */
  readonly scope: readonly string[];
  readonly learnt: string;
}

export interface AddedAnchor {
  readonly key: FoundKey;
  /** With it. */
  readonly trust: Trust;
  /** To be written; none where it was there already. */
  readonly files: readonly FileContent[];
}

/**
 * Adds `bytes` as an anchor. With `fingerprints`, each key must be named by one of them, and each of them name a key.
 * Throws VerificationError `PIN_MISMATCH` where not, and as the kind does for a key that cannot vouch; PolicyError
 * `TRUST_CHANGED` for a name that is taken by another one; UsageError `TRUST_INVALID` for what is no key.
 */
export async function addAnchor(
  trust: Trust,
  bytes: Uint8Array,
  { name, source, scope, learnt }: NewAnchor,
  { now, fingerprints }: { readonly now: Date; readonly fingerprints?: readonly string[] | undefined },
): Promise<AddedAnchor> {
  const key = await readFoundKey(bytes, source);
  if (fingerprints !== undefined) requireNamed(key, fingerprints, source);
  const { pinsFile } = trust;
  const isUrl = source.startsWith('https://');
  if (key.type === 'openpgp' && !isUrl) {
    throw new UsageError('USAGE', `${source}: pins of OpenPGP keys name where the keys are published`, {
      hint: 'Give its https URL in place of the file.',
    });
  }
  // Of a trusted root, whoever asks for it says whose word counts.
  const isScoped = key.type !== 'github-sigstore';
  if (scope.length > 0 !== isScoped) {
    const what = isScoped ? 'a key needs a scope' : 'a trusted root has no scope';
    throw new UsageError('USAGE', `${source}: ${what}`, {
      hint: 'Give --scope for a key: the URLs that it may vouch for. For a trusted root, leave it out.',
    });
  }
  const file = `${name}.${key.extension}`;
  const pin = {
    ...{ type: key.type, file },
    ...(isScoped ? { scope } : {}),
    ...(key.type === 'openpgp' ? { sources: [source] } : {}),
    ...key.pinned,
    learnt,
  };
  const known = trust.anchors.get(name);
  if (known !== undefined) {
    if (isSamePin(known, key, scope)) {
      const { path: pinnedPath, bytes: there } = trust.file(known.pin.file);
      return { key, trust, files: there === undefined ? [{ path: pinnedPath, bytes: key.bytes }] : [] };
    }
    throw new PolicyError(
      'TRUST_CHANGED',
      `${pinsFile.path} has another anchor ${name}, of other keys or scope`,
      {
        hint: 'Choose another name, or change that pin by review.',
        context: { anchor: name },
      },
    );
  }
  const directory = pinsFile.path.replace(/\/?[^/]*$/, '');
  const path = directory === '' ? file : `${directory}/${file}`;
  const text = addToPins(Buffer.from(pinsFile.bytes).toString('utf8'), name, pin, pinsFile.path);
  // What is named first: should the machine stop between them, nothing names what is not there.
  const changes: Required<TrustFile>[] = [
    { name: file, path, bytes: key.bytes },
    { name: pinsFile.name, path: pinsFile.path, bytes: Buffer.from(text) },
  ];
  const added = withFiles(trust, changes);
  const anchor = added.anchors.get(name);
  if (anchor === undefined) throw new TypeError(`${name} was not added`);
  // As it will be opened: a key that is expired, or a file of more than it, is refused now.
  await openTrust(added, now).material(anchor.kind, name, scope[0]);
  return {
    key,
    trust: added,
    files: changes.map(({ path: to, bytes: content }) => ({ path: to, bytes: content ?? new Uint8Array() })),
  };
}

function isSamePin({ kind, pin }: Anchor, key: FoundKey, scope: readonly string[]): boolean {
  const isEqual = (
    some: readonly string[],
    others: readonly string[],
    isSame: (a: string, b: string) => boolean,
  ) => some.length === others.length && some.every((one) => others.some((other) => isSame(one, other)));
  return (
    pin.type === key.type &&
    isEqual(pinnedOf(kind, pin), key.fingerprints, isSameFingerprint) &&
    isEqual(kind.scope(pin) ?? [], scope, (one, other) => one === other)
  );
}

/** Where no fingerprints are compared, the digest of the file is. */
function pinnedOf(kind: Anchor['kind'], pin: Anchor['pin']): readonly string[] {
  return kind.pinned?.(pin) ?? ('digest' in pin && typeof pin.digest === 'string' ? [pin.digest] : []);
}

function requireNamed({ fingerprints: found }: FoundKey, wanted: readonly string[], source: string): void {
  const unnamed = found.filter((one) => !wanted.some((other) => isSameFingerprint(one, other)));
  const missing = wanted.filter((one) => !found.some((other) => isSameFingerprint(one, other)));
  if (unnamed.length === 0 && missing.length === 0) return;
  throw new VerificationError(
    'PIN_MISMATCH',
    `${source} has the key ${found.join(' and ')}, expected ${wanted.join(' and ')}`,
    {
      hint: 'Somebody put another key there, or the fingerprint is of another one. Nothing was written.',
      context: { found, expected: wanted },
    },
  );
}

/** Where there is no trust directory yet. */
export function emptyTrust(trustDir: string, kinds: Trust['kinds']): Trust {
  const bytes = Buffer.from('version: 1\nanchors: {}\n');
  const missing = (name: string) => ({ name, path: `${trustDir}/${name}`, bytes: undefined });
  return createTrust({
    pinsFile: { name: 'pins.yaml', path: `${trustDir}/pins.yaml`, bytes },
    kinds,
    file: missing,
  });
}

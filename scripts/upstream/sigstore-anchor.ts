/** The anchor of a throwaway Sigstore in a trust directory: its trusted root, and the TUF root that updates it. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildTufRepository, generateTufKeys, tufHost } from './tuf-repository.ts';

/** Of a TUF repository, as an update starts from it. */
export interface PinnedTufRoot {
  readonly bytes: Uint8Array;
  readonly version: number;
}

/** What `pins.yaml` says of the two. */
export function sigstoreAnchor(trustedRoot: string, tufRoot: PinnedTufRoot) {
  return {
    type: 'sigstore' as const,
    file: 'sigstore-trusted-root.json',
    digest: sha256(trustedRoot),
    root: { file: 'sigstore-root.json', version: tufRoot.version, digest: sha256(tufRoot.bytes) },
    target: 'trusted_root.json',
    seen: 'sigstore-tuf.json',
    sources: [`https://${tufHost}`],
    learnt: 'Made for a rehearsal: it vouches for nothing real.',
  };
}

/** Writes both files, and returns the anchor. Without a TUF root, one that nobody has the keys of. */
export async function writeSigstoreAnchor(
  directory: string,
  trustedRoot: string,
  tufRoot: PinnedTufRoot = lostTufRoot(trustedRoot),
): Promise<ReturnType<typeof sigstoreAnchor>> {
  const anchor = sigstoreAnchor(trustedRoot, tufRoot);
  await writeFile(join(directory, anchor.file), trustedRoot);
  await writeFile(join(directory, anchor.root.file), tufRoot.bytes);
  return anchor;
}

function lostTufRoot(trustedRoot: string): PinnedTufRoot {
  const target = { name: 'trusted_root.json', bytes: Buffer.from(trustedRoot) };
  const generations = [generateTufKeys()];
  // The root that an update starts from may have expired, so that its date is of no account.
  const [bytes = Buffer.alloc(0)] = buildTufRepository({ now: new Date(0), generations, target }).roots;
  return { bytes, version: 1 };
}

function sha256(content: string | Uint8Array): `sha256:${string}` {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

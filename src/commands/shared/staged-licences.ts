/** The licences that staged .debs say they have. A staged file is believed to be what its manifest says once it was compared. */
import { join } from 'node:path';
import { licencesIn } from '../../formats/upstream/debian-copyright.ts';
import { dataArchiveOf } from '../../formats/upstream/debian-package.ts';
import { decompressCopies } from '../../formats/upstream/decompress.ts';
import { entriesOf } from '../../formats/own/manifest-entries.ts';
import type { Manifest } from '../../formats/own/manifest.ts';
import { stagedName } from '../../formats/own/vm-paths.ts';
import { createFileStore } from '../../io/file-store.ts';
import { readTar } from '../../io/tar-reading.ts';
import { verifyBytes } from '../../verify/digest.ts';

/** Of what a .deb unpacks to. */
const maxUnpackedBytes = 4 * 2 ** 30;
const maxCopyrightBytes = 4 << 20;

/**
 * By the artifact's digest; nothing of a .deb that is not there. Throws VerificationError `DIGEST_MISMATCH`, `SIZE_MISMATCH`
 * for another file than the manifest's, `EVIDENCE_MALFORMED` and `LIMIT_EXCEEDED`.
 */
export async function readLicences(
  directory: string,
  manifests: readonly { readonly manifest: Manifest }[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const licences = new Map<string, readonly string[]>();
  const files = createFileStore();
  for (const entry of manifests.flatMap(({ manifest }) => entriesOf(manifest))) {
    if (entry.slot !== 'dependency' || entry.entry.type !== 'deb' || licences.has(entry.entry.digest))
      continue;
    const path = join(directory, stagedName(entry.key, 'deb'));
    const bytes = await files.read(path);
    if (bytes === undefined) continue;
    const { digest, size: sizeBytes } = entry.entry;
    verifyBytes(bytes, { digest, sizeBytes }, path);
    licences.set(digest, licencesIn(await copyrightIn(bytes, path)));
  }
  return licences;
}

/** `usr/share/doc/<package>/copyright`, whichever package it is; empty where there is none. */
async function copyrightIn(deb: Uint8Array, what: string): Promise<Uint8Array> {
  const { bytes, compression } = dataArchiveOf(deb, what);
  if (compression === undefined) return new Uint8Array();
  for await (const member of readTar(decompressCopies(bytes, compression, maxUnpackedBytes, what), what)) {
    const isIt = /^(?:\.\/)?usr\/share\/doc\/[^/]+\/copyright$/.test(member.name) && member.type === 'file';
    if (!isIt || member.sizeBytes > maxCopyrightBytes) continue;
    const chunks: Uint8Array[] = [];
    for await (const chunk of member.content) chunks.push(new Uint8Array(chunk));
    return Buffer.concat(chunks);
  }
  return new Uint8Array();
}

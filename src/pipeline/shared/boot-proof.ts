/**
 * Does `os.boot` follow from what was read out of the image? The boot loader's configuration was kept, and says again what
 * is started; that it was in the image, and what kernel and initrd were, is the proof's own word.
 */
import { isDeepStrictEqual } from 'node:util';
import type { BootProof, BootProofs } from '../../formats/own/boot-proofs.ts';
import { parseBootProofs } from '../../formats/own/boot-proofs.ts';
import type { Manifest } from '../../formats/own/manifest.ts';
import { show } from '../../formats/text/problems.ts';
import {
  keyOf,
  type BootDocuments,
  type BootEntry,
  type BootNeed,
} from '../../formats/upstream/boot/boot-disk.ts';
import { defaultBoot } from '../../formats/upstream/boot/default-boot.ts';
import { VerificationError } from '../../model/errors.ts';
import type { FileStore } from '../../model/ports.ts';
import type { KeptDocuments } from './kept-documents.ts';
import { bootProofsFile } from './remembered.ts';

type Os = Manifest['vmconfig']['os'];
export type OsBoot = NonNullable<Os['boot']>;

/** Throws UsageError `STATE_INVALID`, `FILE_UNREADABLE`. */
export async function readBootProofs(
  manifestsDir: string,
  files: Pick<FileStore, 'read'>,
): Promise<BootProofs | undefined> {
  const file = bootProofsFile(manifestsDir);
  const bytes = await files.read(file);
  return bytes && parseBootProofs(bytes, file);
}

/** What a manifest says by it. */
export function osBootOf({ cmdline, kernel, initrd }: BootProof): OsBoot {
  const fileOf = ({ partition, path, digest }: BootProof['kernel']) => ({ partition, path, digest });
  return { cmdline, kernel: fileOf(kernel), initrd: fileOf(initrd) };
}

/** How often a configuration may ask for another file. */
const maxReads = 500;

/** Throws VerificationError `EVIDENCE_MALFORMED`, `LIMIT_EXCEEDED`, and what `read` throws. */
export async function bootEntryOf(
  { partitions, arch }: Pick<BootProof, 'partitions' | 'arch'>,
  read: (need: BootNeed) => Promise<Uint8Array | readonly string[] | undefined>,
): Promise<BootEntry> {
  const documents = new Map<string, Uint8Array | readonly string[] | undefined>();
  for (let count = 0; count < maxReads; count += 1) {
    const found = defaultBoot(partitions, documents satisfies BootDocuments, arch);
    if (!('need' in found)) return found;
    documents.set(keyOf(found.need), await read(found.need));
  }
  throw new VerificationError('LIMIT_EXCEEDED', 'the boot loader of the image asks for too many files');
}

/**
 * Of a manifest with `os.boot`. Throws VerificationError: `EVIDENCE_MISSING` where nothing was read out of its image,
 * `SUBJECT_MISMATCH`, and as `KeptDocuments` and `bootEntryOf` do.
 */
export async function verifyBoot(
  os: Os,
  proofs: BootProofs,
  documents: Pick<KeptDocuments, 'read'>,
): Promise<BootProof> {
  const proof = os.image === undefined ? undefined : proofs[os.image.digest];
  if (proof === undefined || os.boot === undefined) {
    throw new VerificationError(
      'EVIDENCE_MISSING',
      'it has no evidence: nothing says that it was read out of the image of this manifest',
      { hint: 'Read it out of the image: update-manifests --boot.' },
    );
  }
  const kept = await entryAgain(proof, documents);
  const stated = osBootOf(proof);
  const named = (file: BootProof['kernel']) => ({ partition: file.partition, path: file.named });
  requireSame("boot loader's command line", kept.cmdline, stated.cmdline);
  requireSame("boot loader's kernel", kept.kernel, named(proof.kernel));
  requireSame("boot loader's initrd", kept.initrd, named(proof.initrd));
  requireSame('command line', os.boot.cmdline, stated.cmdline);
  requireSame('kernel', os.boot.kernel, stated.kernel);
  requireSame('initrd', os.boot.initrd, stated.initrd);
  return proof;
}

/** What was not kept was not there. */
async function entryAgain(proof: BootProof, documents: Pick<KeptDocuments, 'read'>): Promise<BootEntry> {
  return bootEntryOf(proof, async ({ what, partition, path }) => {
    const here = proof.documents.filter((one) => one.partition === partition);
    if (what === 'folder') {
      const names = here.filter((one) => one.path.slice(0, one.path.lastIndexOf('/')) === path);
      return names.map((one) => one.path.slice(path.length + 1));
    }
    const found = here.find((one) => one.path === path);
    return found && documents.read({ role: `${path} of the image`, digest: found.digest, size: found.size });
  });
}

function requireSame(what: string, found: object | string, expected: object | string): void {
  if (isDeepStrictEqual(found, expected)) return;
  const [is, wanted] = [found, expected].map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
  throw new VerificationError('SUBJECT_MISMATCH', `its ${what} is ${show(is)}, expected ${show(wanted)}`, {
    hint: 'Restore manifest and evidence from version control. Or read it out of the image again: update-manifests --boot.',
    context: { expected: wanted, found: is },
  });
}

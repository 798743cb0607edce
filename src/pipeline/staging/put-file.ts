/** A small file of a mirror, whole or as it was. */
import type { MirrorTree } from '../../model/mirror-tree.ts';
import type { Digest } from '../../model/digest.ts';
import { isExpected, verifyFound } from '../../verify/digest.ts';

export interface SmallFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Of `bytes`. */
  readonly digest: Digest;
}

/** Throws UsageError `FILE_UNWRITABLE` and `NO_SPACE`. */
export async function putFile(
  { path, bytes, digest }: SmallFile,
  tree: MirrorTree,
): Promise<'kept' | 'written'> {
  const expected = { digest, sizeBytes: bytes.length };
  const found = await tree.find(path, expected);
  if (found !== undefined && isExpected(found, expected)) return 'kept';
  const file = await tree.receive(path, expected);
  try {
    await file.restart();
    await file.write([bytes]);
    verifyFound(await file.finish(), expected, path);
    await file.commit();
  } finally {
    await file.discard();
  }
  return 'written';
}

/**
 * Is a file what its type says? By its first bytes, before it has its name: whoever unpacks it then gets what the
 * catalogue spoke of. A digest does not say that: it is as right of a web page that was published as an archive.
 *
 * For the types that no install script on a VM unpacks: those that one does are judged by that, whatever they hold.
 */
import type { archiveTypes, FileType } from '../model/artifact.ts';
import { VerificationError } from '../model/errors.ts';

type Bytes = readonly number[];

/** Any of them. Zip: APPNOTE.TXT 4.3.7, and 4.3.16 for an empty one; Zstandard: RFC 8878, 3.1.1; gzip: RFC 1952, 2.3.1. */
const signatures: Partial<Readonly<Record<FileType, readonly Bytes[]>>> &
  Readonly<Record<(typeof archiveTypes)[number], readonly Bytes[]>> = {
  zip: [
    [0x50, 0x4b, 0x03, 0x04],
    [0x50, 0x4b, 0x05, 0x06],
  ],
  ...same(['gz', 'helm-chart'], [[0x1f, 0x8b, 0x08]]),
  ...same(['xz', 'tar.xz'], [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]]),
  ...same(['zst', 'tar.zst'], [[0x28, 0xb5, 0x2f, 0xfd]]),
  // "BZh", and how large its blocks are: 1 to 9.
  ...same(
    ['bz2', 'tar.bz2'],
    Array.from({ length: 9 }, (_, index) => [0x42, 0x5a, 0x68, 0x31 + index]),
  ),
};

function same<T extends FileType>(
  types: readonly T[],
  starts: readonly Bytes[],
): Record<T, readonly Bytes[]> {
  return Object.fromEntries(types.map((type) => [type, starts])) as Record<T, readonly Bytes[]>;
}

/** So many bytes of a file's beginning are enough, whatever its type. */
export const headBytes = 6;

/** Must the first bytes of such a file be looked at? */
export function hasSignature(type: FileType | undefined): type is FileType {
  return type !== undefined && signatures[type] !== undefined;
}

/** `head`: the first `headBytes`, fewer of a shorter file. Throws VerificationError `TYPE_MISMATCH`. */
export function verifyFileType(head: Uint8Array, type: FileType, what: string): void {
  const starts = signatures[type];
  if (starts === undefined) return;
  if (starts.some((start) => start.every((byte, index) => head[index] === byte))) return;
  const [first = []] = starts;
  const [expected, found] = [first, [...head]].map((bytes) => Buffer.from(bytes).toString('hex'));
  throw new VerificationError(
    'TYPE_MISMATCH',
    `${what} is no ${type}: expected ${expected ?? ''} at its beginning, found ${found === '' ? 'nothing' : (found ?? '')}`,
    {
      hint: 'Its digest is the right one: it was published so, or the "type" in the catalogue is wrong. Look at the file at its origin.',
      context: { type, found },
    },
  );
}

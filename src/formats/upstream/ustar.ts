/**
 * Headers of a tar archive (POSIX.1-2024 pax, "ustar Interchange Format") of regular files that depend on nothing but name
 * and size: mode 0644, owner and group 0 without names, the time 1970.
 *
 * Written here byte by byte, since a shell that has no tar of its own kind writes the same archive (src/render).
 */
import { VerificationError } from '../../model/errors.ts';

export const ustarBlockBytes = 512;

/** What the octal digits of the field for it can say. */
const maxMemberBytes = 8 ** 11 - 1;

/** Where the fields are that differ from header to header; the others are `fixedFields`. */
const at = { name: 0, size: 124, checksum: 148 } as const;
const nameBytes = 100;

const fixedFields: readonly (readonly [offset: number, text: string])[] = [
  [100, '0000644\0'],
  [108, '0000000\0'],
  [116, '0000000\0'],
  [136, '00000000000\0'],
  [156, '0'],
  [257, 'ustar\0'],
  [263, '00'],
];

/** `name`: of at most 100 ASCII characters. Throws VerificationError `LIMIT_EXCEEDED` for what a header cannot say. */
export function ustarHeader(name: string, sizeBytes: number): Uint8Array {
  const { size, checksum } = ustarFields(name, sizeBytes);
  const header = headerWithoutChecksum(name, size);
  header.write(`${checksum}\0 `, at.checksum, 'latin1');
  return header;
}

/** As the fields have them, in octal digits. Throws as `ustarHeader` does. */
export function ustarFields(
  name: string,
  sizeBytes: number,
): { readonly size: string; readonly checksum: string } {
  if (name.length > nameBytes || sizeBytes > maxMemberBytes) {
    throw new VerificationError(
      'LIMIT_EXCEEDED',
      `${name} with ${String(sizeBytes)} bytes is more than a member of a tar archive can be`,
    );
  }
  const size = sizeBytes.toString(8).padStart(11, '0');
  const sum = headerWithoutChecksum(name, size).reduce((total, byte) => total + byte, 0);
  return { size, checksum: sum.toString(8).padStart(6, '0') };
}

function headerWithoutChecksum(name: string, size: string): Buffer {
  const header = Buffer.alloc(ustarBlockBytes);
  for (const [offset, text] of fixedFields) header.write(text, offset, 'latin1');
  header.write(name, at.name, 'latin1');
  header.write(`${size}\0`, at.size, 'latin1');
  header.write(' '.repeat(8), at.checksum, 'latin1');
  return header;
}

/** The size that `header` gives its member, in bytes; undefined where it is not one that `ustarHeader` makes of `name`. */
export function sizeInUstarHeader(header: Uint8Array, name: string): number | undefined {
  const digits = Buffer.from(header.subarray(at.size, at.size + 11)).toString('latin1');
  if (!/^[0-7]{11}$/.test(digits)) return undefined;
  const sizeBytes = parseInt(digits, 8);
  return Buffer.from(ustarHeader(name, sizeBytes)).equals(header) ? sizeBytes : undefined;
}

/** Zeros between a member's last byte and the next block. */
export function ustarPadding(sizeBytes: number): number {
  return (ustarBlockBytes - (sizeBytes % ustarBlockBytes)) % ustarBlockBytes;
}

/** Two blocks of zeros. */
export const ustarEndBytes = 2 * ustarBlockBytes;

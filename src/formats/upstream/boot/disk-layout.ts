/**
 * The first bytes of things that a disk is made of: qcow2's header (QEMU's docs/interop/qcow2), a GUID partition table
 * (UEFI 2.10, chapter 5) and the superblocks of ext2-4 and FAT. All of it is a stranger's: sizes and counts are bounded.
 */
import { VerificationError } from '../../../model/errors.ts';
import type { BootPartition } from './boot-disk.ts';

/** What of an image file has to be at hand for `verifyPlainQcow2`, in bytes. */
export const qcow2HeaderBytes = 104;

/** In bytes: the largest disk that is taken out of an image. */
export const maxDiskBytes = 64 * 2 ** 30;

const sectorBytes = 512;
/** Its header, and as many entries as there are by default. */
export const tableBytes = 34 * sectorBytes;

/** Of a partition's file system, up to the end of what `fileSystemOf` looks at. */
export const superblockBytes = 2048;

/**
 * An image that is whole by itself: no program that reads it may be led to another file of this machine. Returns the size
 * of the disk in bytes. Throws VerificationError `EVIDENCE_MALFORMED`, `LIMIT_EXCEEDED`.
 */
export function verifyPlainQcow2(header: Uint8Array, what: string): number {
  const view = viewOf(header);
  const refuse = (why: string) => malformed(`${what} ${why}`);
  if (header.length < qcow2HeaderBytes || view.getUint32(0) !== 0x514649fb) throw refuse('is no qcow2 image');
  const version = view.getUint32(4);
  if (version !== 2 && version !== 3) throw refuse(`is qcow2 of version ${String(version)}, expected 2 or 3`);
  if (view.getBigUint64(8) !== 0n) throw refuse('is made on top of another file (backing file)');
  if (view.getUint32(32) !== 0) throw refuse('is encrypted');
  // Bit 2: the data are in another file.
  if (version === 3 && (view.getBigUint64(72) & 4n) !== 0n) throw refuse('has its data in another file');
  const sizeBytes = view.getBigUint64(24);
  if (sizeBytes > BigInt(maxDiskBytes)) {
    throw new VerificationError(
      'LIMIT_EXCEEDED',
      `${what} is a disk of ${String(sizeBytes)} bytes, expected at most ${String(maxDiskBytes)}`,
    );
  }
  return Number(sizeBytes);
}

export interface TablePartition extends Pick<BootPartition, 'number' | 'partitionUuid'> {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

/** In the order of their numbers. `table`: the first bytes of the disk. Throws VerificationError `EVIDENCE_MALFORMED`. */
export function parsePartitionTable(table: Uint8Array, diskBytes: number): readonly TablePartition[] {
  const header = table.subarray(sectorBytes, 2 * sectorBytes);
  if (header.length < sectorBytes || Buffer.from(header.subarray(0, 8)).toString('latin1') !== 'EFI PART') {
    throw malformed('the disk has no GUID partition table (GPT)');
  }
  const view = viewOf(header);
  const [firstEntry, count, entryBytes] = [
    view.getBigUint64(72, true),
    view.getUint32(80, true),
    view.getUint32(84, true),
  ];
  if (firstEntry !== 2n || count > 128 || entryBytes !== 128) {
    throw malformed('its partition table (GPT) is laid out in another way than programs write it');
  }
  return [...Array(count).keys()].flatMap((index): readonly TablePartition[] => {
    const at = 2 * sectorBytes + index * entryBytes;
    const entry = table.subarray(at, at + entryBytes);
    if (entry.length < entryBytes || entry.subarray(0, 16).every((byte) => byte === 0)) return [];
    const own = viewOf(entry);
    const [first, last] = [own.getBigUint64(32, true), own.getBigUint64(40, true)];
    const number = index + 1;
    if (first < 34n || last < first || (last + 1n) * BigInt(sectorBytes) > BigInt(diskBytes)) {
      throw malformed(`partition ${String(number)} is not within the disk`);
    }
    const offsetBytes = Number(first) * sectorBytes;
    const sizeBytes = Number(last - first + 1n) * sectorBytes;
    return [{ number, partitionUuid: mixedUuid(entry.subarray(16, 32)), offsetBytes, sizeBytes }];
  });
}

export interface FileSystem extends Pick<BootPartition, 'uuid' | 'label'> {
  readonly type: 'ext' | 'fat';
}

/** Undefined for a file system of another kind. `bytes`: the first ones of a partition. */
export function fileSystemOf(bytes: Uint8Array): FileSystem | undefined {
  if (bytes.length < superblockBytes) return undefined;
  const view = viewOf(bytes);
  if (view.getUint16(1024 + 0x38, true) === 0xef53) {
    const uuid = uuidText(Buffer.from(bytes.subarray(1024 + 0x68, 1024 + 0x78)).toString('hex'));
    return { type: 'ext', uuid, ...labelOf(bytes.subarray(1024 + 0x78, 1024 + 0x88)) };
  }
  const isFat32 = textAt(bytes, 82, 5) === 'FAT32';
  if (view.getUint16(510) !== 0x55aa || (!isFat32 && !textAt(bytes, 54, 5).startsWith('FAT1')))
    return undefined;
  const at = isFat32 ? 67 : 39;
  const serial = view.getUint32(at, true).toString(16).padStart(8, '0').toUpperCase();
  const label = labelOf(bytes.subarray(at + 4, at + 15));
  return { type: 'fat', uuid: `${serial.slice(0, 4)}-${serial.slice(4)}`, ...label };
}

function labelOf(bytes: Uint8Array): { readonly label?: string } {
  const label = Buffer.from(bytes)
    .toString('latin1')
    .replace(/\0[^]*$/, '')
    .trimEnd();
  return /^[\x21-\x7e][\x20-\x7e]*$/.test(label) ? { label } : {};
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return Buffer.from(bytes.subarray(at, at + length)).toString('latin1');
}

/** The first three fields are little-endian. */
function mixedUuid(bytes: Uint8Array): string {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return uuidText(Buffer.from(order.map((at) => bytes[at] ?? 0)).toString('hex'));
}

function uuidText(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function malformed(message: string): VerificationError {
  return new VerificationError('EVIDENCE_MALFORMED', message);
}

import { describe, expect, it } from 'vitest';
import {
  fileSystemOf,
  maxDiskBytes,
  parsePartitionTable,
  tableBytes,
  verifyPlainQcow2,
} from '../../../../../src/formats/upstream/boot/disk-layout.ts';
import { VerificationError, type VerificationCode } from '../../../../../src/model/errors.ts';
import { refusal } from '../../../../support/refusals.ts';

type Edit = (bytes: Buffer) => unknown;

function header(edit: Edit = () => undefined): Buffer {
  const bytes = Buffer.alloc(104);
  bytes.writeUInt32BE(0x514649fb, 0);
  bytes.writeUInt32BE(3, 4);
  bytes.writeBigUInt64BE(1n << 31n, 24);
  edit(bytes);
  return bytes;
}

describe('a qcow2 image', () => {
  it('says how large its disk is', () => {
    expect(verifyPlainQcow2(header(), 'x')).toBe(2 ** 31);
    expect(
      verifyPlainQcow2(
        header((one) => one.writeUInt32BE(2, 4)),
        'x',
      ),
    ).toBe(2 ** 31);
  });

  it.each<[what: string, edit: Edit, code?: VerificationCode]>([
    ['another format', (one) => one.write('KDMV')],
    ['another version', (one) => one.writeUInt32BE(4, 4)],
    ['a backing file', (one) => one.writeBigUInt64BE(200n, 8)],
    ['encryption', (one) => one.writeUInt32BE(1, 32)],
    ['a data file', (one) => one.writeBigUInt64BE(4n, 72)],
    ['a disk too large', (one) => one.writeBigUInt64BE(BigInt(maxDiskBytes) + 1n, 24), 'LIMIT_EXCEEDED'],
  ])('is refused: %s', async (_, edit, code = 'EVIDENCE_MALFORMED') => {
    await refusal(() => verifyPlainQcow2(header(edit), 'x'), VerificationError, code);
  });

  it('is refused: less than its header', async () => {
    await refusal(
      () => verifyPlainQcow2(header().subarray(0, 100), 'x'),
      VerificationError,
      'EVIDENCE_MALFORMED',
    );
  });
});

function table(edit: Edit = () => undefined): Buffer {
  const bytes = Buffer.alloc(tableBytes);
  bytes.write('EFI PART', 512, 'latin1');
  bytes.writeBigUInt64LE(2n, 512 + 72);
  bytes.writeUInt32LE(128, 512 + 80);
  bytes.writeUInt32LE(128, 512 + 84);
  for (const [index, first, last] of [
    [0, 262144n, 300000n],
    [14, 2048n, 8191n],
  ] as const) {
    const entry = bytes.subarray(1024 + index * 128);
    Buffer.from('4f68bce3e8cd4db196e7fbcaf984b709', 'hex').copy(entry);
    Buffer.from('f7e10f8c15a3d2469b0c00112233aabb', 'hex').copy(entry, 16);
    entry.writeBigUInt64LE(first, 32);
    entry.writeBigUInt64LE(last, 40);
  }
  edit(bytes);
  return bytes;
}
const diskBytes = 512 * 300_100;

describe('a partition table', () => {
  it('has partitions by their numbers', () => {
    const partitionUuid = '8c0fe1f7-a315-46d2-9b0c-00112233aabb';
    expect(parsePartitionTable(table(), diskBytes)).toEqual([
      { number: 1, partitionUuid, offsetBytes: 262144 * 512, sizeBytes: 37857 * 512 },
      { number: 15, partitionUuid, offsetBytes: 2048 * 512, sizeBytes: 6144 * 512 },
    ]);
  });

  it.each<[what: string, edit: Edit]>([
    ['none', (one) => one.fill(0)],
    ['entries elsewhere', (one) => one.writeBigUInt64LE(3n, 512 + 72)],
    ['too many entries', (one) => one.writeUInt32LE(129, 512 + 80)],
    ['entries of another size', (one) => one.writeUInt32LE(256, 512 + 84)],
    ['a partition over the table', (one) => one.writeBigUInt64LE(1n, 1024 + 32)],
    ['a partition that ends before it begins', (one) => one.writeBigUInt64LE(1n, 1024 + 40)],
    ['a partition beyond the disk', (one) => one.writeBigUInt64LE(1n << 40n, 1024 + 40)],
    ['a partition beyond all numbers', (one) => one.writeBigUInt64LE((1n << 64n) - 1n, 1024 + 40)],
  ])('is refused: %s', async (_, edit) => {
    await refusal(() => parsePartitionTable(table(edit), diskBytes), VerificationError, 'EVIDENCE_MALFORMED');
  });
});

it('tells file systems by what is at their beginning', () => {
  const ext = Buffer.alloc(4096);
  ext.writeUInt16LE(0xef53, 1024 + 0x38);
  ext.fill(0x11, 1024 + 0x68, 1024 + 0x78);
  ext.write('BOOT', 1024 + 0x78);
  expect(fileSystemOf(ext)).toEqual({
    type: 'ext',
    uuid: '11111111-1111-1111-1111-111111111111',
    label: 'BOOT',
  });
  ext.write('a\nb', 1024 + 0x78);
  expect(fileSystemOf(ext)?.label).toBeUndefined();
  const fat = Buffer.alloc(4096);
  fat.writeUInt16BE(0x55aa, 510);
  fat.write('FAT32', 82);
  fat.writeUInt32LE(0xabcd1234, 67);
  fat.write('UEFI       ', 71);
  expect(fileSystemOf(fat)).toEqual({ type: 'fat', uuid: 'ABCD-1234', label: 'UEFI' });
  expect(fileSystemOf(Buffer.alloc(4096))).toBeUndefined();
  expect(fileSystemOf(ext.subarray(0, 1500))).toBeUndefined();
});

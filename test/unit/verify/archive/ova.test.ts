/** An OVA, whole and spoilt. The archives are made by tar-stream and read as the command reads them. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readTar } from '../../../../src/io/tar-reading.ts';
import { verifyOva } from '../../../../src/verify/archive/ova.ts';
import { makeTar, type MadeMember } from '../../../support/tarball-maker.ts';

const ovf = { name: 'vm.ovf', content: '<Envelope/>' };
const disk = { name: 'vm-disk1.vmdk', content: Buffer.alloc(100_000, 'disk') };

function line({ name, content }: typeof ovf | typeof disk, algorithm = 'sha256'): string {
  return `${algorithm.toUpperCase()}(${name})= ${createHash(algorithm).update(content).digest('hex')}\n`;
}

const mf = (...lines: readonly string[]): MadeMember => ({ name: 'vm.mf', content: lines.join('') });
const manifest = mf(line(ovf), line(disk));

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}

async function judge(members: readonly MadeMember[]) {
  const asked: string[] = [];
  const result = await verifyOva(
    readTar(once(await makeTar(members)), 'vm.ova'),
    (text, what) => {
      asked.push(what);
      return Promise.resolve({ text });
    },
    'vm.ova',
  );
  expect(asked).toEqual(['vm.mf in vm.ova']);
  return result.members.map(({ name, error }) => [name, error?.code]);
}

describe('an OVA', () => {
  it.each([
    ['in the order of the specification', [ovf, manifest, disk]],
    ['with its manifest at the end', [ovf, disk, manifest]],
    ['with its manifest at the beginning', [manifest, ovf, disk]],
    ['with a certificate', [ovf, manifest, { name: 'vm.cert', content: 'unread' }, disk]],
    ['of SHA-512', [ovf, mf(line(ovf, 'sha512'), line(disk, 'sha512')), disk]],
    ['with SHA-1 beside SHA-256', [ovf, mf(line(ovf, 'sha1'), line(ovf), line(disk)), disk]],
    ['with names that begin with a dot and a slash', [{ ...ovf, name: './vm.ovf' }, manifest, disk]],
  ] as const)('is verified %s', async (_, members) => {
    expect(await judge(members)).toEqual([
      ['vm.ovf', undefined],
      ['vm-disk1.vmdk', undefined],
    ]);
  });

  const changed = { ...disk, content: Buffer.alloc(100_000, 'disc') };
  it.each([
    ['a changed disk', [ovf, manifest, changed], 'DIGEST_MISMATCH'],
    ['a disk cut short', [ovf, manifest, { ...disk, content: disk.content.subarray(1) }], 'DIGEST_MISMATCH'],
    ['a disk without a line', [ovf, mf(line(ovf)), disk], 'EVIDENCE_MISSING'],
    ['a disk with SHA-1 only', [ovf, mf(line(ovf), line(disk, 'sha1')), disk], 'ALGORITHM_REFUSED'],
    ['a disk with two lines', [ovf, mf(line(ovf), line(disk), line(changed)), disk], 'EVIDENCE_MALFORMED'],
  ] as const)('has %s, which is its verdict', async (_, members, code) => {
    expect(await judge(members)).toEqual([
      ['vm.ovf', undefined],
      ['vm-disk1.vmdk', code],
    ]);
  });

  it('has a changed descriptor, and a disk that is right', async () => {
    expect(await judge([{ ...ovf, content: '<Other/>' }, manifest, disk])).toEqual([
      ['vm.ovf', 'DIGEST_MISMATCH'],
      ['vm-disk1.vmdk', undefined],
    ]);
  });

  it.each([
    ['without manifest', [ovf, disk], 'EVIDENCE_MISSING'],
    ['with an empty manifest', [ovf, mf(), disk], undefined],
    ['without descriptor', [mf(line(disk)), disk], 'EVIDENCE_MISSING'],
    ['without the disk that is listed', [ovf, manifest], 'EVIDENCE_MISSING'],
    ['with a disk twice', [ovf, manifest, disk, changed], 'EVIDENCE_MALFORMED'],
    [
      'with a disk twice, once as ./',
      [ovf, manifest, disk, { ...changed, name: './vm-disk1.vmdk' }],
      'EVIDENCE_MALFORMED',
    ],
    ['with two manifests', [ovf, manifest, disk, { ...manifest, name: 'b.mf' }], 'EVIDENCE_MALFORMED'],
    [
      'with another manifest first',
      [ovf, { ...mf(), name: 'vm.2.mf' }, manifest, disk],
      'EVIDENCE_MALFORMED',
    ],
    ['with two descriptors', [ovf, manifest, disk, { ...ovf, name: 'b.ovf' }], 'EVIDENCE_MALFORMED'],
    ['with a manifest of another name', [ovf, { ...manifest, name: 'b.mf' }, disk], 'EVIDENCE_MALFORMED'],
    ['with a certificate of another name', [ovf, manifest, disk, { name: 'b.cert' }], 'EVIDENCE_MALFORMED'],
    [
      'with a name that leads out',
      [ovf, manifest, { ...disk, name: '../vm-disk1.vmdk' }],
      'EVIDENCE_MALFORMED',
    ],
    ['with a folder', [ovf, manifest, disk, { name: 'd/', type: 'directory' }], 'EVIDENCE_MALFORMED'],
    [
      'with a link',
      [ovf, manifest, { name: disk.name, type: 'symlink', linkname: '/etc/passwd' }],
      'EVIDENCE_MALFORMED',
    ],
    [
      'with a hard link',
      [ovf, manifest, { name: disk.name, type: 'link', linkname: 'vm.ovf' }],
      'EVIDENCE_MALFORMED',
    ],
    ['with a device', [ovf, manifest, { name: disk.name, type: 'character-device' }], 'EVIDENCE_MALFORMED'],
    ['with a digest of no file', [ovf, mf(`${'a'.repeat(64)}\n`), disk], 'EVIDENCE_MALFORMED'],
    ['with a page as manifest', [ovf, mf('<html>\n'), disk], 'EVIDENCE_MALFORMED'],
    ['with a manifest of 5 MB', [ovf, mf(line(ovf).repeat(60_000)), disk], 'LIMIT_EXCEEDED'],
  ] as const)('is refused %s', async (_, members, code) => {
    if (code !== undefined) {
      await expect(judge(members)).rejects.toThrow(expect.objectContaining({ code, exitCode: 5 }) as Error);
      return;
    }
    const codes = (await judge(members)).map(([, found]) => found);
    expect(codes).toEqual(['EVIDENCE_MISSING', 'EVIDENCE_MISSING']);
  });

  it.each([
    ['what is no digest', 'SHA256(vm.ovf)\n', 'vm.mf in vm.ova, line 2, is no digest of a file'],
    ['a digest alone', `${'a'.repeat(64)}\n`, 'vm.mf in vm.ova has a digest that is of no file'],
  ])('is refused by name with %s', async (_, odd, message) => {
    await expect(judge([ovf, mf(line(ovf), odd), disk])).rejects.toThrow(message);
  });

  it('with more members than any', async () => {
    const many = Array.from({ length: 1001 }, (_, index) => ({ name: `f${index}` }));
    await expect(judge([ovf, ...many])).rejects.toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }) as Error,
    );
  });

  it('is refused where the one who is asked refuses the manifest', async () => {
    const refusal = new Error('not signed');
    const verdict = verifyOva(
      readTar(once(await makeTar([ovf, manifest, disk])), 'vm.ova'),
      () => Promise.reject(refusal),
      'vm.ova',
    );
    await expect(verdict).rejects.toBe(refusal);
  });
});

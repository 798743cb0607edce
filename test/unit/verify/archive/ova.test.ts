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

const judge = async (members: readonly MadeMember[]) => judgeAs(members, 'vm.mf');

async function judgeAs(members: readonly MadeMember[], manifestName: string) {
  const asked: string[] = [];
  const result = await verifyOva(
    readTar(once(await makeTar(members)), 'vm.ova'),
    (text, what) => {
      asked.push(what);
      return Promise.resolve({ text });
    },
    'vm.ova',
  );
  expect(asked).toEqual([`${manifestName} in vm.ova`]);
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
    ['as contiguous files', [ovf, manifest, { ...disk, type: 'contiguous-file' }]],
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
    [
      'a disk that one of two digests is of',
      [ovf, mf(line(ovf), line(disk), line(changed, 'sha512')), disk],
      'DIGEST_MISMATCH',
    ],
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
    ['with a manifest of half its name', [ovf, { ...manifest, name: 'vm.2.mf' }, disk], 'EVIDENCE_MALFORMED'],
    ['with a certificate of another name', [ovf, manifest, disk, { name: 'b.cert' }], 'EVIDENCE_MALFORMED'],
    [
      'with a name that leads out',
      [ovf, manifest, { ...disk, name: '../vm-disk1.vmdk' }],
      'EVIDENCE_MALFORMED',
    ],
    ['with a file in a folder', [ovf, manifest, { ...disk, name: 'd/vm-disk1.vmdk' }], 'EVIDENCE_MALFORMED'],
    [
      'with a file that is the archive itself',
      [ovf, manifest, { ...disk, name: './' }],
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
    const many = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `f${index}` }));
    expect(await judge([ovf, manifest, disk, ...many(997)])).toHaveLength(999);
    await expect(judge([ovf, manifest, disk, ...many(998)])).rejects.toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }) as Error,
    );
  });

  it('with a manifest that is larger than any, which nobody is asked about', async () => {
    const lines = line(ovf) + line(disk);
    const most = 4 << 20;
    const sized = (size: number) => mf(lines, '#'.padEnd(size - lines.length, 'x'));
    expect(await judge([ovf, sized(most), disk])).toEqual([
      ['vm.ovf', undefined],
      ['vm-disk1.vmdk', undefined],
    ]);
    const bytes = await makeTar([ovf, sized(most + 1), disk]);
    const unasked = () => expect.fail('it was asked about');
    await expect(verifyOva(readTar(once(bytes), 'vm.ova'), unasked, 'vm.ova')).rejects.toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }) as Error,
    );
  });

  it('is called after its descriptor, whatever that is called', async () => {
    const [odd, oddManifest] = [
      { ...ovf, name: 'vm.ovf2.ovf' },
      { ...mf(line({ ...ovf, name: 'vm.ovf2.ovf' }), line(disk)), name: 'vm.ovf2.mf' },
    ];
    expect(await judgeAs([odd, oddManifest, disk], 'vm.ovf2.mf')).toHaveLength(2);
  });

  it('may have files that are called after certificates', async () => {
    const notes = { name: 'b.cert.txt', content: 'notes' };
    const listed = mf(line(ovf), line(disk), line(notes));
    expect((await judge([ovf, listed, disk, notes])).map(([, code]) => code)).toEqual(
      Array(3).fill(undefined),
    );
  });

  it('is refused by the name of what is not there', async () => {
    await expect(judge([ovf, manifest])).rejects.toThrow('names "vm-disk1.vmdk", which is not there');
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

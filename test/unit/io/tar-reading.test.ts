import { describe, expect, it } from 'vitest';
import { readTar } from '../../../src/io/tar-reading.ts';
import { forgeHeader, makeTar } from '../../support/tarball-maker.ts';

async function* inPieces(bytes: Uint8Array, sizeBytes = 700): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (let offset = 0; offset < bytes.length; offset += sizeBytes) {
    yield Uint8Array.from(bytes.subarray(offset, offset + sizeBytes));
  }
}

/** Names and contents; with `skip`, no content is read. */
async function read(bytes: Uint8Array, skip = false): Promise<(readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  for await (const { name, content } of readTar(inPieces(bytes), 'a.tar')) {
    const chunks: Uint8Array[] = [];
    if (!skip) for await (const chunk of content) chunks.push(chunk);
    found.push([name, Buffer.concat(chunks).toString()]);
  }
  return found;
}

const long = 'x'.repeat(3000);
const members = [
  { name: 'one', content: 'first' },
  { name: 'empty' },
  { name: 'dir/', type: 'directory' },
  { name: 'link', type: 'symlink', linkname: 'one' },
  { name: `é/${'n'.repeat(200)}`, content: long },
] as const;
const refusal = (code: string) => expect.objectContaining({ code, exitCode: 5 }) as Error;

describe('members of a tar archive', () => {
  it('come one after the other', async () => {
    expect(await read(await makeTar(members))).toEqual([
      ['one', 'first'],
      ['empty', ''],
      ['dir/', ''],
      ['link', ''],
      [`é/${'n'.repeat(200)}`, long],
    ]);
  });

  it('are skipped where nobody reads them', async () => {
    const names = (await read(await makeTar(members), true)).map(([name]) => name);
    expect(names).toEqual(members.map(({ name }) => name));
  });

  it('tell their headers', async () => {
    const tar = await makeTar([{ name: 'f', content: 'abc', mode: 0o4755, uid: 7, gid: 8 }]);
    for await (const header of readTar(inPieces(tar), 'a.tar')) {
      expect(header).toMatchObject({
        ...{ name: 'f', type: 'file', mode: 0o4755, uid: 7, gid: 8, sizeBytes: 3, linkTarget: null },
      });
    }
    expect.assertions(1);
  });
});

describe('refused are', async () => {
  const tar = await makeTar(members);
  const big = await makeTar([{ name: 'big', content: Buffer.alloc(2000) }]);
  it.each([
    ['an archive cut in a member', big.subarray(0, 1500)],
    ['an archive cut in a header', tar.subarray(0, 1024 + 300)],
    ['an archive cut between two members', tar.subarray(0, 1024)],
    ['an archive with half of its end', tar.subarray(0, -512)],
    ['nothing at all', Buffer.alloc(0)],
    ['text', Buffer.from('no archive'.repeat(200))],
    ['a web page of whole blocks', Buffer.alloc(2048, '<html>')],
    [
      'a header with a wrong checksum',
      Buffer.from(tar.map((byte, index) => (index === 0 ? byte ^ 1 : byte))),
    ],
    ['a directory with a body', forgeHeader(big, 0, (header) => header.write('5', 156))],
    ['a link with a body', forgeHeader(big, 0, (header) => header.write('2', 156))],
    [
      'an extended header of 100 MB',
      forgeHeader(tar, 0, (header) => {
        header.write('x', 156);
        header.write('00575360400 ', 124);
      }),
    ],
    ['a size below zero', forgeHeader(tar, 0, (header) => header.fill(0xff, 124, 136))],
  ])('%s', async (_, bytes) => {
    await expect(read(bytes)).rejects.toThrow(refusal('EVIDENCE_MALFORMED'));
  });

  it('every single byte of a header that is another', async () => {
    const small = await makeTar([{ name: 'f', content: 'abc' }]);
    for (let index = 0; index < 500; index += 7) {
      const flipped = Buffer.from(small);
      flipped[index] = flipped[index]! ^ 4;
      // What ends the checksum itself does not count.
      if (index < 148 || index > 155) await expect(read(flipped), String(index)).rejects.toThrow();
    }
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openExtractedTree } from '../../../../src/io/extracted-tree.ts';
import { readTar } from '../../../../src/io/tar-reading.ts';
import type { ExtractedTree } from '../../../../src/model/archive.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import { compareTree } from '../../../../src/pipeline/package/compare-tree.ts';
import { refusal } from '../../../support/refusals.ts';
import { makeTar } from '../../../support/tarball-maker.ts';

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), 'assay-test-'))));
afterEach(() => rm(root, { recursive: true }));

const unreadable = (found: string) =>
  new UsageError('FILE_UNREADABLE', `cannot read it: ${found}`, { context: { found } });

async function* chunksOf(tar: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < tar.length; offset += 512) {
    yield await Promise.resolve(tar.subarray(offset, offset + 512));
  }
}

const names = ['a', 'b', 'c', 'd'];
const bytes = Buffer.alloc(5000, 'x');
const tarball = () => makeTar(names.map((name) => ({ name, content: bytes, mode: 0o600 })));

async function compare(tree: ExtractedTree, members: AsyncIterable<Uint8Array>) {
  return compareTree({ members: readTar(members, 't.tar'), tree, what: 't.tar', withOwner: false });
}

describe('a tree of which something cannot be read', () => {
  it('is compared to its end, and what cannot be read is a difference', async () => {
    for (const name of names)
      await writeFile(join(root, name), bytes, { mode: name === 'b' ? 0o644 : 0o600 });
    await writeFile(join(root, 'd'), Buffer.alloc(5000, 'y'));
    const real = await openExtractedTree(root);
    const tree: ExtractedTree = {
      inspect: (path) => (path === 'a' ? Promise.reject(unreadable('EIO')) : real.inspect(path)),
      hasContent: (path, expected) =>
        path === 'b' ? Promise.reject(unreadable('EACCES')) : real.hasContent(path, expected),
    };
    const { comparedCount, differences } = await compare(tree, chunksOf(await tarball()));
    expect(comparedCount).toBe(4);
    expect(differences.map(({ path, about, found }) => [path, about, found])).toEqual([
      ['a', 'access', 'EIO'],
      ['b', 'mode', '0644'],
      ['b', 'access', 'EACCES'],
      ['d', 'content', 'other bytes'],
    ]);
  });

  it('is no excuse for an archive that cannot be read', async () => {
    for (const name of names) await writeFile(join(root, name), bytes, { mode: 0o600 });
    const tar = await tarball();
    async function* cut(): AsyncGenerator<Uint8Array> {
      yield* chunksOf(tar.subarray(0, 2048));
      throw unreadable('EIO');
    }
    await refusal(compare(await openExtractedTree(root), cut()), UsageError, 'FILE_UNREADABLE');
  });
});

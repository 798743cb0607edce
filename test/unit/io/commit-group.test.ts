import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCommitGroup } from '../../../src/io/commit-group.ts';

let directory: string;
let told: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-group-'));
  told = [];
});
afterEach(() => rm(directory, { recursive: true }));

/** Committed as `name`, with what is done to it told in order. */
async function placing(name: string, { fault }: { readonly fault?: Error } = {}) {
  const [path, finalPath] = [join(directory, `.${name}`), join(directory, name)];
  await writeFile(path, name);
  return {
    finalPath,
    flush: () => {
      told.push(`flush ${name}`);
      return fault === undefined ? Promise.resolve() : Promise.reject(fault);
    },
    rename: () => {
      told.push(`rename ${name}`);
      return rename(path, finalPath);
    },
  };
}
const several = (count: number) =>
  Promise.all(Array.from({ length: count }, (_, at) => placing(`file-${String(at)}`)));

const syncing = (answer: boolean) => (path: string) => {
  told.push(`sync ${String(path === directory)}`);
  return Promise.resolve(answer);
};

describe('files that are given their names together', () => {
  it('are on the disk by one flush of their file system, before any has its name', async () => {
    const group = createCommitGroup(syncing(true));
    await Promise.all((await several(20)).map((one) => group.commit(one)));
    expect(told[0]).toBe('sync true');
    expect(told.slice(1).every((one) => one.startsWith('rename '))).toBe(true);
    expect((await readdir(directory)).filter((name) => !name.startsWith('.'))).toHaveLength(20);
  });

  it('are flushed each by itself where the file system cannot be relied on, and where they are few', async () => {
    for (const [answer, count] of [
      [false, 20],
      [true, 3],
    ] as const) {
      told = [];
      const group = createCommitGroup(syncing(answer));
      const files = await several(count);
      await Promise.all(files.map((one) => group.commit(one)));
      for (let at = 0; at < count; at++) {
        const flushed = told.indexOf(`flush file-${String(at)}`);
        expect(flushed).toBeGreaterThanOrEqual(0);
        expect(flushed).toBeLessThan(told.indexOf(`rename file-${String(at)}`));
      }
    }
  });

  it('have no name where the disk did not take them, and the others have theirs', async () => {
    const fault = new Error('ENOSPC');
    const group = createCommitGroup(syncing(true));
    const [bad, good] = [await placing('bad', { fault }), await placing('good')];
    const outcomes = await Promise.allSettled([group.commit(bad), group.commit(good)]);
    expect(outcomes).toEqual([
      { status: 'rejected', reason: fault },
      { status: 'fulfilled', value: undefined },
    ]);
    expect((await readdir(directory)).sort()).toEqual(['.bad', 'good']);
  });

  it('are told of a flush that went wrong in a way that nobody foresaw', async () => {
    const fault = new Error('statfs');
    const group = createCommitGroup(() => Promise.reject(fault));
    const outcomes = await Promise.allSettled((await several(9)).map((one) => group.commit(one)));
    expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(told.filter((one) => one.startsWith('flush '))).toHaveLength(9);
  });

  it('by the real system call', async () => {
    const group = createCommitGroup();
    await Promise.all((await several(12)).map((one) => group.commit(one)));
    expect((await readdir(directory)).filter((name) => !name.startsWith('.'))).toHaveLength(12);
  });
});

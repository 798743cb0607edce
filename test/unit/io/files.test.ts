import { execFile } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureDirectory, readFileCapped, readRegularFile } from '../../../src/io/files.ts';
import { replaceFile, replaceFiles } from '../../../src/io/replace-files.ts';
import { UsageError } from '../../../src/model/errors.ts';
import { refusal } from '../../support/refusals.ts';

const exec = promisify(execFile);

const old = Buffer.from('old bytes\n');
const fresh = Buffer.from('fresh bytes\n');

let directory: string;
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), 'assay-test-'))));
afterEach(() => rm(directory, { recursive: true }));
const at = (...names: string[]) => join(directory, ...names);
const textOf = (name: string) => readFile(at(name), 'utf8');

describe('readFileCapped', () => {
  it('reads a file of exactly the cap, and an empty one', async () => {
    await writeFile(at('a'), old);
    await writeFile(at('empty'), '');
    expect(Buffer.compare(await readFileCapped(at('a'), old.byteLength), old)).toBe(0);
    expect(await readFileCapped(at('empty'), 0)).toHaveLength(0);
  });

  it('reads more than one chunk, each its own', async () => {
    const large = Buffer.from(Array.from({ length: 700_000 }, (_, n) => [n & 255, n >> 8, n >> 16]).flat());
    await writeFile(at('a'), large);
    expect(Buffer.compare(await readFileCapped(at('a'), large.byteLength), large)).toBe(0);
  });

  it('refuses one byte more than the cap', async () => {
    await writeFile(at('a'), old);
    await refusal(readFileCapped(at('a'), old.byteLength - 1), UsageError, 'FILE_UNREADABLE');
  });

  it('refuses a file that has no end', async () => {
    await refusal(readFileCapped('/dev/zero', 3_000_000), UsageError, 'FILE_UNREADABLE');
  });

  it('refuses what is not there, and a directory, with a hint', async () => {
    for (const path of [at('none'), directory, at('none', 'x')]) {
      const error = await refusal(readFileCapped(path, 100), UsageError, 'FILE_UNREADABLE');
      expect(error.message).toContain(path);
      expect(error.hint).toBeDefined();
    }
  });
});

describe('readRegularFile', () => {
  it('reads what is large, what is empty, and what says that it is empty', async () => {
    const large = Buffer.alloc(300_000, 'large');
    await writeFile(at('large'), large);
    await writeFile(at('empty'), '');
    expect(Buffer.compare(await readRegularFile(at('large'), 300_000, 'refused'), large)).toBe(0);
    await refusal(readRegularFile(at('large'), 299_999, 'refused'), UsageError, 'FILE_UNREADABLE');
    expect(await readRegularFile(at('empty'), 0, 'refused')).toHaveLength(0);
    if (process.platform !== 'linux') return;
    const status = Buffer.from(await readRegularFile('/proc/self/status', 100_000, 'refused'));
    expect(status.toString()).toContain('VmHWM');
  });

  it('reads a file, and follows a link only where that is wanted', async () => {
    await writeFile(at('a'), old);
    await symlink('a', at('link'));
    expect(Buffer.from(await readRegularFile(at('a'), 100, 'refused'))).toEqual(old);
    expect(Buffer.from(await readRegularFile(at('link'), 100, 'followed'))).toEqual(old);
    await refusal(readRegularFile(at('link'), 100, 'refused'), UsageError, 'FILE_UNREADABLE');
    await refusal(readRegularFile(at('a'), 3, 'refused'), UsageError, 'FILE_UNREADABLE');
  });

  it('waits for nothing: a pipe, a socket, a device and a directory are refused', async () => {
    await exec('mkfifo', [at('pipe')]);
    await symlink('pipe', at('link'));
    const server = createServer().listen(at('socket'));
    await once(server, 'listening');
    try {
      for (const path of [at('pipe'), at('link'), at('socket'), '/dev/zero', directory, at('none')]) {
        for (const links of ['followed', 'refused'] as const) {
          await refusal(readRegularFile(path, 100, links), UsageError, 'FILE_UNREADABLE');
        }
      }
    } finally {
      server.close();
    }
  });
});

describe('replaceFile', () => {
  it('writes a new file, and replaces an old one', async () => {
    expect(await replaceFile(at('a'), old)).toBe('written');
    expect(await replaceFile(at('a'), fresh)).toBe('written');
    expect(await textOf('a')).toBe(fresh.toString());
    expect(await readdir(directory)).toEqual(['a']);
  });

  it('leaves a file alone that has these bytes', async () => {
    await writeFile(at('a'), old);
    const { ino, mtimeMs } = await stat(at('a'));
    expect(await replaceFile(at('a'), old)).toBe('unchanged');
    expect(await stat(at('a'))).toMatchObject({ ino, mtimeMs });
  });

  it('keeps the mode of the old file, or sets the one that it is given', async () => {
    await writeFile(at('a'), old);
    await chmod(at('a'), 0o640);
    await replaceFile(at('a'), fresh);
    expect((await stat(at('a'))).mode & 0o7777).toBe(0o640);
    expect(await replaceFile(at('a'), fresh, { mode: 0o755 })).toBe('written');
    expect((await stat(at('a'))).mode & 0o7777).toBe(0o755);
  });

  it('replaces a symbolic link, and leaves what it points to', async () => {
    // As long as the link itself, and what a reader through it would find: it is a link all the same.
    const bytes = Buffer.from('target');
    await writeFile(at('target'), bytes);
    await symlink('target', at('a'));
    expect(await replaceFile(at('a'), bytes)).toBe('written');
    expect((await lstat(at('a'))).isFile()).toBe(true);
    await writeFile(at('a'), old);
    expect(await textOf('target')).toBe('target');
  });

  it('takes the place of no pipe, socket or device, nor of a link to one', async () => {
    await exec('mkfifo', [at('pipe')]);
    await symlink('pipe', at('link-to-pipe'));
    // Links to them alone: whoever is root and fails this test keeps the machine's own.
    await symlink('/dev/null', at('link-to-device'));
    await symlink('/proc/self/fd/1', at('stdout'));
    const server = createServer().listen(at('socket'));
    await once(server, 'listening');
    const names = (await readdir(directory)).sort();
    expect(names).toHaveLength(5);
    try {
      for (const name of names) {
        const { ino } = await lstat(at(name));
        const error = await refusal(replaceFile(at(name), fresh), UsageError, 'FILE_UNWRITABLE');
        expect(error.message).toMatch(
          /it is (?:a pipe|a socket|a device|an open file of a process), and no file$/,
        );
        const all = replaceFiles([
          { path: at('other'), bytes: fresh },
          { path: at(name), bytes: fresh },
        ]);
        await refusal(all, UsageError, 'FILE_UNWRITABLE');
        expect((await lstat(at(name))).ino).toBe(ino);
      }
      expect((await readdir(directory)).sort()).toEqual(names);
    } finally {
      server.close();
    }
  });

  it('takes the place of no open file by its number', async () => {
    for (const path of ['/proc/self/fd/1', '/dev/fd/1']) {
      const error = await refusal(replaceFile(path, fresh), UsageError, 'FILE_UNWRITABLE');
      expect(error.message).toContain('an open file of a process');
    }
  });

  it('never writes through a dangling link', async () => {
    await symlink('elsewhere', at('a'));
    await replaceFile(at('a'), fresh);
    expect((await readdir(directory)).sort()).toEqual(['a']);
  });

  it.each([
    ['a directory', ['dir']],
    ['below a file', ['file', 'x']],
    ['below nothing', ['none', 'x']],
    ['a name that is too long', ['x'.repeat(250)]],
  ])('refuses %s, and leaves nothing behind', async (_how, names) => {
    await mkdir(at('dir'));
    await writeFile(at('file'), old);
    const error = await refusal(replaceFile(at(...names), fresh), UsageError, 'FILE_UNWRITABLE');
    expect(error.context).toMatchObject({ path: at(...names) });
    expect(error.message).toMatch(/: E[A-Z]+$/);
    expect((await readdir(directory)).sort()).toEqual(['dir', 'file']);
    expect(await textOf('file')).toBe(old.toString());
  });
});

describe('replaceFiles', () => {
  it('replaces all, and says which of them changed', async () => {
    await writeFile(at('a'), old);
    const outcomes = await replaceFiles([
      { path: at('a'), bytes: old },
      { path: at('b'), bytes: fresh },
    ]);
    expect(outcomes).toEqual(['unchanged', 'written']);
    expect((await readdir(directory)).sort()).toEqual(['a', 'b']);
  });

  it('replaces none where one cannot be prepared', async () => {
    await writeFile(at('a'), old);
    await mkdir(at('dir'));
    const replacements = ['a', 'b', 'dir'].map((name) => ({ path: at(name), bytes: fresh }));
    await refusal(replaceFiles(replacements), UsageError, 'FILE_UNWRITABLE');
    expect(await textOf('a')).toBe(old.toString());
    expect((await readdir(directory)).sort()).toEqual(['a', 'dir']);
  });

  it('replaces none of many at once where one cannot be prepared, whichever it is', async () => {
    await mkdir(at('dir'));
    for (const place of [0, 20, 40]) {
      const names = Array.from({ length: 41 }, (_, number) =>
        number === place ? 'dir' : `n${String(number)}`,
      );
      const replacements = names.map((name) => ({ path: at(name), bytes: fresh }));
      await refusal(replaceFiles(replacements), UsageError, 'FILE_UNWRITABLE');
      expect(await readdir(directory)).toEqual(['dir']);
    }
  });

  it('undoes what it did where a rename fails', async () => {
    await writeFile(at('a'), old);
    await mkdir(at('dir'));
    await symlink('dir', at('link'));
    // Both can be prepared, but once the link is a file, nothing can be renamed below it.
    const replacements = [['a'], ['new'], ['link'], ['link', 'x']].map((names) => ({
      path: at(...names),
      bytes: fresh,
    }));
    const error = await refusal(replaceFiles(replacements), UsageError, 'FILE_UNWRITABLE');
    expect(error.context).toMatchObject({ path: at('link', 'x'), errno: 'ENOTDIR' });
    expect(await textOf('a')).toBe(old.toString());
    expect((await lstat(at('link'))).isSymbolicLink()).toBe(true);
    expect((await readdir(directory)).sort()).toEqual(['a', 'dir', 'link']);
    expect(await readdir(at('dir'))).not.toContain('x');
  });
});

it('ensureDirectory creates what is missing, and refuses what cannot be', async () => {
  await ensureDirectory(at('a', 'b'), 0o700);
  await ensureDirectory(at('a', 'b'), 0o700);
  expect((await stat(at('a', 'b'))).mode & 0o777).toBe(0o700);
  await writeFile(at('file'), '');
  await refusal(ensureDirectory(at('file', 'x')), UsageError, 'FILE_UNWRITABLE');
});

it('ensureDirectory is for several at once, whoever makes which part', async () => {
  for (let round = 0; round < 50; round++) {
    const path = at(`${round}`, 'b', 'c');
    await Promise.all(Array.from({ length: 4 }, () => ensureDirectory(path)));
    expect((await stat(path)).isDirectory()).toBe(true);
  }
});

it.skipIf(process.platform !== 'linux')('ensureDirectory ends where there are no new names', async () => {
  for (const path of ['/proc/assay', '/proc/assay/below']) {
    await refusal(ensureDirectory(path), UsageError, 'FILE_UNWRITABLE');
  }
});

import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTemporarySibling, isTemporaryName, orUnwritable } from '../../../src/io/temporary-file.ts';
import { UsageError } from '../../../src/model/errors.ts';
import { refusal } from '../../support/refusals.ts';

let directory: string;
let final: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-test-'));
  final = join(directory, 'final');
});
afterEach(() => rm(directory, { recursive: true }));

describe('a temporary sibling', () => {
  it('is hidden, ours by its name, and not the final file before it is committed', async () => {
    const temporary = await createTemporarySibling(final);
    await temporary.write(Buffer.from('one '));
    await temporary.write(Buffer.from('two'));
    const [name, ...others] = await readdir(directory);
    expect(others).toEqual([]);
    expect(name).toMatch(/^\.final\.assay-/);
    expect(isTemporaryName(name!)).toBe(true);
    await temporary.commit();
    expect(await readdir(directory)).toEqual(['final']);
    expect(await readFile(final, 'utf8')).toBe('one two');
  });

  it('begins again after truncate', async () => {
    const temporary = await createTemporarySibling(final);
    await temporary.write(Buffer.from('a long first attempt'));
    await temporary.truncate();
    await temporary.write(Buffer.from('short'));
    await temporary.commit();
    expect(await readFile(final, 'utf8')).toBe('short');
  });

  it('is gone after discard, and the old file as it was; discard may come twice, and after commit', async () => {
    await writeFile(final, 'old');
    const temporary = await createTemporarySibling(final);
    await temporary.write(Buffer.from('new'));
    await temporary.discard();
    await temporary.discard();
    expect(await readdir(directory)).toEqual(['final']);
    expect(await readFile(final, 'utf8')).toBe('old');

    const other = await createTemporarySibling(final);
    await other.commit();
    await other.discard();
    expect(await readFile(final, 'utf8')).toBe('');
  });

  it('has the mode that it is given, once in place', async () => {
    const temporary = await createTemporarySibling(final, { mode: 0o777 });
    await temporary.commit();
    // Whatever the umask, which would take some of these bits away.
    expect((await stat(final)).mode & 0o7777).toBe(0o777);
  });

  it('replaces a link, and does not follow it', async () => {
    await writeFile(join(directory, 'target'), 'target');
    await symlink('target', final);
    const temporary = await createTemporarySibling(final);
    await temporary.write(Buffer.from('new'));
    await temporary.commit();
    expect(await readFile(join(directory, 'target'), 'utf8')).toBe('target');
    expect(await readFile(final, 'utf8')).toBe('new');
  });

  it('cannot replace a directory, and leaves nothing behind', async () => {
    await mkdir(final);
    const temporary = await createTemporarySibling(final);
    const error = await refusal(temporary.commit(), UsageError, 'FILE_UNWRITABLE');
    expect(error.context).toMatchObject({ path: final, errno: 'EISDIR' });
    expect(await readdir(directory)).toEqual(['final']);
  });

  it('cannot be created where there is no directory', async () => {
    await refusal(createTemporarySibling(join(directory, 'none', 'x')), UsageError, 'FILE_UNWRITABLE');
  });
});

it('isTemporaryName takes nobody else’s files for ours', () => {
  for (const name of ['final', '.final', '.final.assay', '.final.assay-xyz', 'x.assay-0123456789abcdef']) {
    expect(isTemporaryName(name)).toBe(false);
  }
});

describe('orUnwritable', () => {
  const failure = (code: string) => Promise.reject(Object.assign(new Error(code), { code, errno: -1 }));

  it.each([
    ['ENOSPC', 'NO_SPACE'],
    ['EDQUOT', 'NO_SPACE'],
    ['EROFS', 'FILE_UNWRITABLE'],
    ['EACCES', 'FILE_UNWRITABLE'],
    ['EIO', 'FILE_UNWRITABLE'],
  ] as const)('names the path, %s and what to do', async (errno, code) => {
    const error = await refusal(orUnwritable('/x', failure(errno)), UsageError, code);
    expect(error.message).toBe(`cannot write /x: ${errno}`);
    expect(error.hint).toMatch(/\.$/);
  });

  it('leaves what is no system error alone', async () => {
    const bug = new TypeError('x is undefined');
    await expect(orUnwritable('/x', Promise.reject(bug))).rejects.toBe(bug);
  });
});

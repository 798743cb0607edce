import { spawn } from 'node:child_process';
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { enterPrivateDirectory as enter } from '../../../src/io/private-directory.ts';
import { UsageError } from '../../../src/model/errors.ts';
import { makePipe } from '../../support/make-pipe.ts';
import { refusal } from '../../support/refusals.ts';

let directory: string;
let own: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-test-'));
  own = join(directory, '.assay');
});
afterEach(() => rm(directory, { recursive: true }));

const atOnce = { timeoutMs: 0 };
const patiently = { timeoutMs: 120_000 };

describe('the lock of a directory', () => {
  it('is for one, until it is released, and leaves nothing', async () => {
    const lock = await enter(directory, atOnce);
    await refusal(enter(directory, atOnce), UsageError, 'LOCKED');
    expect(await readdir(directory)).toEqual(['.assay']);
    await lock.release();
    expect(await readdir(directory)).toEqual([]);
    await (await enter(directory, atOnce)).release();
  });

  it('is waited for, once told', async () => {
    const first = await enter(directory, atOnce);
    let told = 0;
    const second = enter(directory, { ...patiently, onWait: () => (told += 1) });
    await expect.poll(() => told).toBe(1);
    await first.release();
    await (await second).release();
    expect(told).toBe(1);
    expect(await readdir(directory)).toEqual([]);
  });

  it('is for one at a time, however many wait, though each removes what it leaves empty', async () => {
    let inside = 0;
    let most = 0;
    const turn = async () => {
      const lock = await enter(directory, patiently);
      most = Math.max(most, (inside += 1));
      await writeFile(join(lock.path, 'mine'), '', { flag: 'wx' });
      await rm(join(lock.path, 'mine'));
      inside -= 1;
      await lock.release();
    };
    await Promise.all(Array.from({ length: 12 }, turn));
    expect(most).toBe(1);
    expect(await readdir(directory)).toEqual([]);
  });

  it('is waited for no longer than said, or than wanted', async () => {
    const lock = await enter(directory, atOnce);
    await refusal(enter(directory, { timeoutMs: 100 }), UsageError, 'LOCKED');
    const given = AbortSignal.timeout(100);
    await refusal(enter(directory, { ...patiently, signal: given }), UsageError, 'LOCKED');
    await lock.release();
  });

  it('ends with a process that is killed, and is the one that shell scripts take', async () => {
    await mkdir(own, 0o700);
    const holder = spawn('flock', [own, 'sh', '-c', 'echo held; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    await refusal(enter(directory, atOnce), UsageError, 'LOCKED');
    // The group: flock and the program that it runs.
    process.kill(-holder.pid!, 'SIGKILL');
    await (await enter(directory, patiently)).release();
  });

  it('is no lock on the directory itself, which whoever may read it could hold', async () => {
    const reader = spawn('flock', [directory, 'sh', '-c', 'echo held; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    await new Promise((resolve) => reader.stdout.once('data', resolve));
    await (await enter(directory, atOnce)).release();
    process.kill(-reader.pid!, 'SIGKILL');
  });

  it('needs a directory', async () => {
    await refusal(enter(join(directory, 'none'), atOnce), UsageError, 'FILE_UNWRITABLE');
  });
});

describe('the private directory', () => {
  it("is this user's alone, and stays while there is something in it", async () => {
    const entered = await enter(directory, atOnce);
    expect((await stat(own)).mode & 0o077).toBe(0);
    await writeFile(join(entered.path, 'half'), '');
    await entered.release();
    expect(await readdir(own)).toEqual(['half']);
    await chmod(own, 0o755);
    await (await enter(directory, atOnce)).release();
    expect((await stat(own)).mode & 0o077).toBe(0);
  });

  it('stays the one that was entered, whatever becomes of its name', async ({ skip }) => {
    const entered = await enter(directory, atOnce);
    skip(entered.path === own, 'the system has no names for open directories');
    await rename(own, join(directory, 'moved'));
    await mkdir(own);
    await writeFile(join(entered.path, 'half'), '');
    expect(await readdir(join(directory, 'moved'))).toEqual(['half']);
    expect(await readdir(own)).toEqual([]);
    await entered.release();
  });

  it.each([
    ['a link to a directory', (elsewhere: string) => symlink(elsewhere, own)],
    ['a link to nothing', () => symlink('nothing', own)],
    ['a file', () => writeFile(own, 'x')],
    ['a second name of a file', (elsewhere: string) => link(join(elsewhere, 'file'), own)],
    ['a pipe', () => makePipe(own)],
  ])('takes the place of %s, and goes through none', async (_what, plant) => {
    const elsewhere = join(directory, 'elsewhere');
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, 'file'), 'untouched');
    await plant(elsewhere);
    const entered = await enter(directory, atOnce);
    expect((await lstat(own)).isDirectory()).toBe(true);
    await writeFile(join(entered.path, 'half'), '');
    await entered.release();
    expect(await readdir(elsewhere)).toEqual(['file']);
    expect((await stat(join(elsewhere, 'file'))).size).toBe(9);
  });

  it("is refused where it is somebody else's, unless there is nothing in it", async ({ skip }) => {
    skip(process.getuid?.() !== 0, 'only root can give a directory away');
    await mkdir(own, 0o700);
    await chown(own, 65534, 65534);
    await (await enter(directory, atOnce)).release();
    await mkdir(own, 0o700);
    await writeFile(join(own, 'bait'), 'x');
    await chown(own, 65534, 65534);
    const { message } = await refusal(enter(directory, atOnce), UsageError, 'FILE_UNWRITABLE');
    expect(message).toContain("another user's");
    expect(await readdir(own)).toEqual(['bait']);
  });
});

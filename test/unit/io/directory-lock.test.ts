import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDirectory } from '../../../src/io/directory-lock.ts';
import { UsageError } from '../../../src/model/errors.ts';
import { refusal } from '../../support/refusals.ts';

let directory: string;
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), 'assay-test-'))));
afterEach(() => rm(directory, { recursive: true }));

const atOnce = { timeoutMs: 0 };
const patiently = { timeoutMs: 20_000 };

describe('the lock of a directory', () => {
  it('is for one, until it is released, and leaves no file', async () => {
    const lock = await lockDirectory(directory, atOnce);
    await refusal(lockDirectory(directory, atOnce), UsageError, 'LOCKED');
    expect(await readdir(directory)).toEqual([]);
    await lock.release();
    await (await lockDirectory(directory, atOnce)).release();
  });

  it('is waited for, once told', async () => {
    const first = await lockDirectory(directory, atOnce);
    let told = 0;
    const second = lockDirectory(directory, { ...patiently, onWait: () => (told += 1) });
    await expect.poll(() => told, { timeout: 10_000 }).toBe(1);
    await first.release();
    await (await second).release();
    expect(told).toBe(1);
  });

  it('is waited for no longer than said, or than wanted', async () => {
    const lock = await lockDirectory(directory, atOnce);
    await refusal(lockDirectory(directory, { timeoutMs: 100 }), UsageError, 'LOCKED');
    const given = AbortSignal.timeout(100);
    await refusal(lockDirectory(directory, { ...patiently, signal: given }), UsageError, 'LOCKED');
    await lock.release();
  });

  it('ends with a process that is killed, and is the one that shell scripts take', async () => {
    const holder = spawn('flock', [directory, 'sh', '-c', 'echo held; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    await refusal(lockDirectory(directory, atOnce), UsageError, 'LOCKED');
    // The group: flock and the program that it runs.
    process.kill(-holder.pid!, 'SIGKILL');
    await (await lockDirectory(directory, patiently)).release();
  });

  it('needs a directory', async () => {
    await refusal(lockDirectory(join(directory, 'none'), atOnce), UsageError, 'FILE_UNWRITABLE');
  });
});

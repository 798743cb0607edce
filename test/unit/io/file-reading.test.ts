import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashFile, readFileStart, streamFile } from '../../../src/io/file-reading.ts';
import { UsageError } from '../../../src/model/errors.ts';
import { refusal } from '../../support/refusals.ts';

const exec = promisify(execFile);
let folder: string;
const content = Buffer.alloc(3_000_000, 'assay');
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-reading-'));
  await writeFile(join(folder, 'file'), content);
});
afterAll(() => rm(folder, { recursive: true }));

describe('hashFile', () => {
  it.each([0, 1, 1024 * 1024, 1024 * 1024 * 2 + 1])('hashes %i bytes', async (sizeBytes) => {
    const bytes = Buffer.alloc(sizeBytes, 'ab c');
    await writeFile(join(folder, 'a'), bytes);
    for (const algorithm of ['sha256', 'sha512'] as const) {
      const hex = createHash(algorithm).update(bytes).digest('hex');
      expect(await hashFile(join(folder, 'a'), algorithm)).toBe(`${algorithm}:${hex}`);
    }
  });

  it('refuses what is not a regular file', async () => {
    for (const path of [folder, join(folder, 'none'), '/dev/null']) {
      await refusal(hashFile(path, 'sha256'), UsageError, 'FILE_UNREADABLE');
    }
  });
});

describe('readFileStart', () => {
  it.each([1, 1_048_576, 1_500_000, 3_000_000])('reads %i bytes and no more', async (maxBytes) => {
    const bytes = await readFileStart(join(folder, 'file'), maxBytes);
    expect(content.subarray(0, maxBytes).equals(bytes)).toBe(true);
  });

  it('reads the whole of a shorter file', async () => {
    expect(await readFileStart(join(folder, 'file'), 9_000_000)).toHaveLength(content.length);
  });

  it('reads what is written into a pipe that has a name', async () => {
    const pipe = join(folder, 'pipe');
    await exec('mkfifo', [pipe]);
    const writing = writeFile(pipe, 'text');
    expect(Buffer.from(await readFileStart(pipe, 9)).toString()).toBe('text');
    await writing;
  });

  it('refuses what is not there, and a directory', async () => {
    await refusal(readFileStart(join(folder, 'nowhere'), 1), UsageError, 'FILE_UNREADABLE');
    await refusal(readFileStart(folder, 1), UsageError, 'FILE_UNREADABLE');
  });
});

describe('streamFile', () => {
  it('gives every byte once, in order', async () => {
    const copies: Buffer[] = [];
    for await (const chunk of streamFile(join(folder, 'file'))) copies.push(Buffer.from(chunk));
    expect(Buffer.concat(copies).equals(content)).toBe(true);
    expect(copies.length).toBeGreaterThan(1);
  });

  it('refuses what is not there', async () => {
    await refusal(streamFile(join(folder, 'nowhere')).next(), UsageError, 'FILE_UNREADABLE');
  });
});

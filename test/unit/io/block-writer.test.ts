import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readFile, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBlockWriter } from '../../../src/io/block-writer.ts';

const mebibyte = 1024 * 1024;

let directory: string;
let file: FileHandle;
let flushes: number;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-test-'));
  file = await open(join(directory, 'file'), 'w+');
  flushes = 0;
  countFlushes();
});
afterEach(async () => {
  await file.close();
  await rm(directory, { recursive: true });
});

const written = () => readFile(join(directory, 'file'));

/** `meanwhile`: what the disk takes its time for. */
function countFlushes(meanwhile: () => Promise<void> = () => Promise.resolve()): void {
  const datasync = file.datasync.bind(file);
  file.datasync = async () => {
    flushes++;
    await meanwhile();
    await datasync();
  };
}

describe.each([
  ['its own thread', 1e9],
  ['another thread, where the storage is slow', 0],
])('by %s', (_which, slowMs) => {
  it('a file holds what was appended, from where it ended before', async () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.array(lengths, { maxLength: 30 }), async (blocks) => {
        await file.truncate(0);
        await file.write(Buffer.from('before '), 0, 7, 0);
        const writer = openBlockWriter(file, 7, { slowMs });
        const pieces = blocks.map((block) => block.map((length) => randomBytes(length)));
        for (const block of pieces) await writer.append(block);
        await writer.flush();
        const expected = Buffer.concat([Buffer.from('before '), ...pieces.flat()]);
        expect(writer.sizeBytes).toBe(expected.length);
        expect((await written()).equals(expected)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('one that is begun again holds nothing of before', async () => {
    const writer = openBlockWriter(file, 0, { slowMs });
    for (let count = 0; count < 3; count++) await writer.append([Buffer.from('first')]);
    await writer.truncate(0);
    await writer.append([Buffer.from('second')]);
    await writer.flush();
    expect((await written()).toString()).toBe('second');
  });
});

describe('the disk', () => {
  const append = async (writer: ReturnType<typeof openBlockWriter>, mebibytes: number) => {
    const block = Buffer.alloc(mebibyte, 1);
    for (let count = 0; count < mebibytes; count++) await writer.append([block]);
  };

  it('is set to work every 16 MiB, one flush at a time, and again after a restart', async () => {
    const writer = openBlockWriter(file, 0);
    await append(writer, 15);
    expect(flushes).toBe(0);
    await append(writer, 1);
    expect(flushes).toBe(1);
    expect(await writer.isSound()).toBe(true);
    await writer.truncate(0);
    await append(writer, 16);
    expect(flushes).toBe(2);
  });

  it('is waited for where it falls 64 MiB behind', async () => {
    let go = (): void => undefined;
    countFlushes(() => new Promise((resolve) => (go = resolve)));
    const writer = openBlockWriter(file, 0);
    let isDone = false;
    const appending = append(writer, 16 + 64 + 1).then(() => (isDone = true));
    await expect.poll(() => writer.sizeBytes).toBe(80 * mebibyte);
    await sleep(100);
    expect({ isDone, size: writer.sizeBytes }).toEqual({ isDone: false, size: 80 * mebibyte });
    countFlushes();
    go();
    await appending;
    expect(writer.sizeBytes).toBe(81 * mebibyte);
  });

  it('that fails is told of by the next block and by flush, and leaves nothing that is sound', async () => {
    // A device that takes everything and cannot be flushed.
    const device = await open('/dev/null', 'w');
    const writer = openBlockWriter(device, 0);
    await append(writer, 16);
    expect(await writer.isSound()).toBe(false);
    await expect(append(writer, 1)).rejects.toMatchObject({ code: 'EINVAL' });
    await expect(writer.flush()).rejects.toMatchObject({ code: 'EINVAL' });
    await device.close();
  });

  it('that is full is told of by the block', async () => {
    const device = await open('/dev/full', 'w');
    const writer = openBlockWriter(device, 0);
    await expect(append(writer, 1)).rejects.toMatchObject({ code: 'ENOSPC' });
    await device.close();
  });
});

/** Standard output: whole, or known not to be. */
import { closeSync, constants, createReadStream, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStandardOutput } from '../../../src/io/standard-output.ts';
import { runProgram } from '../../support/run-assay.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-output-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function fifo(name: string): Promise<string> {
  const path = join(directory, name);
  expect(await runProgram('mkfifo', [path])).toMatchObject({ exitCode: 0 });
  return path;
}

describe('openStandardOutput', () => {
  it('writes text and bytes, one after the other', async () => {
    const path = join(directory, 'file');
    const fd = openSync(path, 'w');
    const output = openStandardOutput(fd);
    await output.write('ü\n');
    await output.write(Uint8Array.of(0, 255));
    closeSync(fd);
    expect(readFileSync(path)).toEqual(Buffer.from([0xc3, 0xbc, 0x0a, 0, 255]));
    expect(output.failure()).toBeUndefined();
  });

  it('goes on after a part of a write, and where a pipe is full that does not block', async () => {
    const path = await fifo('slow');
    const opened = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    // The reader blocks: there is a writer now, so that opening does not.
    const reading = openSync(path, constants.O_RDONLY);
    closeSync(opened);
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
    const written = openStandardOutput(fd).write(bytes);
    // More than a pipe holds: it has to wait for us.
    await pause(50);
    const chunks: Buffer[] = [];
    let count = 0;
    for await (const chunk of createReadStream(path, { fd: reading }) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      count += chunk.length;
      if (count === bytes.length) break;
    }
    await written;
    closeSync(fd);
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  });

  it('many short answers to a reader that does not read keep nothing else waiting', async () => {
    const path = await fifo('unread');
    const opened = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const fd = openSync(path, constants.O_WRONLY);
    const reading = openSync(path, constants.O_RDONLY);
    closeSync(opened);
    const output = openStandardOutput(fd);
    const line = Buffer.alloc(1000, 'a');
    let isOver = false;
    const written = (async () => {
      // More than a pipe holds.
      for (let count = 0; count < 200; count += 1) await output.write(line);
      isOver = true;
    })();
    await pause(50);
    expect(isOver).toBe(false);
    let count = 0;
    for await (const chunk of createReadStream(path, { fd: reading }) as AsyncIterable<Buffer>) {
      count += chunk.length;
      if (count === 200 * line.length) break;
    }
    await written;
    closeSync(fd);
  });

  it('says what could not be written, and writes no more', async () => {
    const fd = openSync('/dev/full', 'w');
    const output = openStandardOutput(fd);
    await output.write('');
    expect(output.failure()).toBeUndefined();
    await output.write('a');
    closeSync(fd);
    await output.write('b');
    expect(output.failure()).toMatchObject({
      code: 'NO_SPACE',
      exitCode: 2,
      message: 'cannot write standard output: ENOSPC',
    });
  });

  it('takes a reader that has gone for one that has seen enough', async () => {
    const path = await fifo('gone');
    const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const fd = openSync(path, 'w');
    const output = openStandardOutput(fd);
    await output.write('a');
    closeSync(reading);
    await output.write('b');
    await output.write('c');
    closeSync(fd);
    expect(output.failure()).toBeUndefined();
  });
});

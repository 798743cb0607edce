import { createHash } from 'node:crypto';
import { link, mkdir, mkdtemp, open, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCommitGroup } from '../../../src/io/commit-group.ts';
import { createHashPool, type HashPool } from '../../../src/io/hash-pool.ts';
import { openPartialFile, partialName, partialOf } from '../../../src/io/partial-file.ts';
import { UsageError } from '../../../src/model/errors.ts';
import type { PartialFile } from '../../../src/model/staging-ports.ts';
import { refusal } from '../../support/refusals.ts';

const digest = `sha256:${'ab'.repeat(32)}` as const;
const name = '.tool.abababababababab.partial';
const versionName = '.tool.abababababababab.version';
const version = { url: 'https://origin.example/tool', validator: '"one"' };

let directory: string;
let pool: HashPool;
let partial: PartialFile;
let opened: PartialFile | undefined;
beforeAll(() => void (pool = createHashPool(1)));
afterAll(() => pool.close());
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), 'assay-test-'))));
afterEach(async () => {
  await opened?.discard();
  opened = undefined;
  await rm(directory, { recursive: true });
});

const at = (file: string) => join(directory, file);
const place = () => ({ directory, name: 'tool', finalPath: at('tool') });
const reopen = async () =>
  (opened = partial = await openPartialFile(place(), digest, pool, createCommitGroup()));
const digestOf = (bytes: string | Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const write = (text: string) => partial.write([Buffer.from(text)]);

it('names say what they are for', () => {
  expect(partialName('tool', digest)).toBe(name);
  expect([name, versionName].map(partialOf)).toEqual(['tool', 'tool']);
  for (const other of [
    'tool',
    '.tool.partial',
    '.tool.ABABABABABABABAB.partial',
    'tool.abababababababab.partial',
  ]) {
    expect(partialOf(other)).toBeUndefined();
  }
});

describe('a partial file', () => {
  it('has the hidden name until it is committed, and then no other', async () => {
    await reopen();
    await partial.begin?.(version);
    await write('some ');
    await write('bytes');
    expect(await partial.finish()).toEqual({ sizeBytes: 10, digest: digestOf('some bytes') });
    expect((await readdir(directory)).sort()).toEqual([name, versionName]);
    await partial.commit();
    await partial.discard();
    expect(await readdir(directory)).toEqual(['tool']);
    expect(await readFile(at('tool'), 'utf8')).toBe('some bytes');
  });

  it('is gone on from in a later run, with the hash of all of it', async () => {
    await reopen();
    await partial.begin?.(version);
    await write('half, ');
    await partial.keep();
    await reopen();
    expect(partial.left).toEqual({ sizeBytes: 6, version });
    await write('whole');
    expect(await partial.finish()).toEqual({ sizeBytes: 11, digest: digestOf('half, whole') });
  });

  it('is not kept where nothing says of which version it is', async () => {
    await reopen();
    await partial.begin?.(version);
    await partial.begin?.(undefined);
    await write('half');
    await partial.keep();
    expect(await readdir(directory)).toEqual([]);
  });

  it('is not kept where the disk did not take it: the next run would not be told', async () => {
    const probe = await open(directory);
    const handles = Object.getPrototypeOf(probe) as typeof probe;
    await probe.close();
    const fault = Object.assign(new Error('EIO'), { code: 'EIO', errno: -5 });
    const datasync = vi.spyOn(handles, 'datasync').mockRejectedValue(fault);
    try {
      await reopen();
      await partial.begin?.(version);
      await partial.write([Buffer.alloc(16 * 1024 * 1024)]);
      expect(datasync).toHaveBeenCalledOnce();
      await partial.keep();
    } finally {
      datasync.mockRestore();
    }
    expect(await readdir(directory)).toEqual([]);
  });

  it('begins again after restart, and knows no version then', async () => {
    await reopen();
    await partial.begin?.(version);
    await write('wrong');
    await partial.restart();
    expect(await readdir(directory)).toEqual([name]);
    await write('right');
    expect(await partial.finish()).toEqual({ sizeBytes: 5, digest: digestOf('right') });
  });

  it('is hashed as it stands on the disk: what others write there shows', async () => {
    await reopen();
    await write('what was received');
    await partial.finish();
    await partial.restart();
    await write('what was received');
    await partial.keep();
    await writeFile(at(name), 'what was tampered');
    await reopen();
    expect(await partial.finish()).toEqual({ sizeBytes: 17, digest: digestOf('what was tampered') });
  });

  it('holds what was written, however it was cut into chunks', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        await reopen();
        const chunks = lengths.map((length, index) => Buffer.alloc(length, `${index} `));
        await partial.write(chunks.slice(0, 3));
        for (const chunk of chunks.slice(3)) await partial.write([chunk]);
        const whole = Buffer.concat(chunks);
        expect(await partial.finish()).toEqual({ sizeBytes: whole.length, digest: digestOf(whole) });
        await partial.discard();
        expect(await readdir(directory)).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });
});

describe('what is under the name already', () => {
  it.each([
    ['a link', () => symlink(at('elsewhere'), at(name))],
    ['a link to nothing', () => symlink(at('nothing'), at(name))],
    ['a second name of another file', () => link(at('elsewhere'), at(name))],
  ])('is not written through: %s', async (_what, make) => {
    await writeFile(at('elsewhere'), 'untouched');
    await make();
    await reopen();
    expect(partial.left.sizeBytes).toBe(0);
    await write('ours');
    await partial.finish();
    await partial.commit();
    expect(await readFile(at('elsewhere'), 'utf8')).toBe('untouched');
    expect(await readFile(at('tool'), 'utf8')).toBe('ours');
    expect((await readdir(directory)).sort()).toEqual(['elsewhere', 'tool']);
  });

  it('is refused where it is a directory', async () => {
    await mkdir(at(name));
    await refusal(openPartialFile(place(), digest, pool, createCommitGroup()), UsageError, 'FILE_UNWRITABLE');
    await rm(at(name), { recursive: true });
    await reopen();
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['no version', '{"url":1,"validator":"\\"a\\""}'],
    ['a header of its own', JSON.stringify({ ...version, validator: '"a"\r\nx: y' })],
    ['a weak ETag', JSON.stringify({ ...version, validator: 'W/"a"' })],
  ])('is of no known version where beside it is %s', async (_what, text) => {
    await writeFile(at(name), 'half');
    await writeFile(at(versionName), text);
    await reopen();
    expect(partial.left).toEqual({ sizeBytes: 4, version: undefined });
  });
});

it('cannot replace a directory, and leaves nothing behind', async () => {
  await mkdir(at('tool'));
  await reopen();
  await write('x');
  await partial.finish();
  await refusal(partial.commit(), UsageError, 'FILE_UNWRITABLE');
  expect(await readdir(directory)).toEqual(['tool']);
});

import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCompiler } from '../../../src/io/kept-code.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-kept-code-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const file = () => join(directory, 'kept/code');

/** Runs scripts as one process does, and says of each whether V8 took code that was kept. */
async function run(scripts: Readonly<Record<string, string>>) {
  const { compile, keep } = createCompiler(file());
  const told: Record<string, unknown> = {};
  for (const [name, source] of Object.entries(scripts)) {
    const path = join(directory, name);
    await writeFile(path, source);
    const script = compile(path);
    const module: { exports: unknown } = { exports: undefined };
    const wrapper = script.runInThisContext() as (
      exports: unknown,
      require: unknown,
      module: unknown,
    ) => void;
    wrapper(module.exports, undefined, module);
    told[name] = [module.exports, script.cachedDataRejected];
  }
  keep();
  return told;
}

// Of one length: V8 itself would not notice the difference.
const [one, other] = ['module.exports = 1;', 'module.exports = 2;'];

describe('code that is kept', () => {
  it('is taken in the next run, and stays as it is', async () => {
    expect(await run({ 'a.cjs': one })).toEqual({ 'a.cjs': [1, undefined] });
    const kept = await readFile(file());
    expect(await run({ 'a.cjs': one })).toEqual({ 'a.cjs': [1, false] });
    expect(await readFile(file())).toEqual(kept);
    expect(await readdir(join(directory, 'kept'))).toEqual(['code']);
  });

  it('counts for the source that it was made of alone', async () => {
    await run({ 'a.cjs': one });
    expect(await run({ 'a.cjs': other })).toEqual({ 'a.cjs': [2, undefined] });
    expect(await run({ 'a.cjs': other })).toEqual({ 'a.cjs': [2, false] });
  });

  it('is that of several lines of commands together', async () => {
    await run({ 'a.cjs': one });
    expect(await run({ 'b.cjs': other })).toEqual({ 'b.cjs': [2, undefined] });
    expect(await run({ 'a.cjs': one, 'b.cjs': other })).toEqual({ 'a.cjs': [1, false], 'b.cjs': [2, false] });
  });

  it('goes with the build that it was made of', async () => {
    await run({ 'a.cjs': one, 'b.cjs': one });
    const { length } = await readFile(file());
    await run({ 'a.cjs': other });
    expect((await readFile(file())).length).toBeLessThan(length);
  });

  it.each([
    ['a bit of it was changed', (kept: Buffer) => kept.with(-1, (kept.at(-1) ?? 0) ^ 1)],
    ['a bit of its digest was changed', (kept: Buffer) => kept.with(0, (kept.at(0) ?? 0) ^ 1)],
    ['its end is missing', (kept: Buffer) => kept.subarray(0, -1)],
    ['it is empty', () => new Uint8Array()],
  ])('is not looked at where %s, and made anew', async (_, spoil) => {
    await run({ 'a.cjs': one });
    await writeFile(file(), spoil(await readFile(file())));
    expect(await run({ 'a.cjs': one })).toEqual({ 'a.cjs': [1, undefined] });
    expect(await run({ 'a.cjs': one })).toEqual({ 'a.cjs': [1, false] });
  });

  it('is none where it cannot be written', async () => {
    await writeFile(join(directory, 'kept'), '');
    expect(await run({ 'a.cjs': one })).toEqual({ 'a.cjs': [1, undefined] });
    expect(await readFile(join(directory, 'kept'), 'utf8')).toBe('');
  });
});

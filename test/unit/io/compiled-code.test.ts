import { chmod, mkdtemp, mkdir, realpath, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { config } from 'zod';
import { directoryFor } from '../../../src/io/compiled-code.ts';

let home: string;

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'assay-compiled-')));
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe('where compiled code is kept', () => {
  it('is a directory of its own in the cache of this user, and nobody else may look into it', async () => {
    const directory = directoryFor({ HOME: home });
    expect(directory).toBe(join(home, '.cache/assay/compiled'));
    expect((await stat(directory ?? '')).mode & 0o777).toBe(0o700);
    expect(directoryFor({ HOME: '/nowhere', XDG_CACHE_HOME: home })).toBe(join(home, 'assay/compiled'));
  });

  it('is nowhere without a home, or with one that cannot be written', () => {
    expect(directoryFor({})).toBeUndefined();
    expect(directoryFor({ HOME: 'relative', XDG_CACHE_HOME: 'relative' })).toBeUndefined();
    expect(directoryFor({ HOME: '/proc/none' })).toBeUndefined();
  });

  it.each(['.cache/assay/compiled', '.cache/assay', '.cache', ''])(
    'is nowhere that others can write to: %s',
    async (open) => {
      expect(directoryFor({ HOME: home })).toBeDefined();
      await chmod(join(home, open), 0o777);
      expect(directoryFor({ HOME: home })).toBeUndefined();
    },
  );

  it('is judged by where links lead, and named without them', async () => {
    await mkdir(join(home, 'real'));
    await symlink(join(home, 'real'), join(home, 'link'));
    const env = { XDG_CACHE_HOME: join(home, 'link') };
    expect(directoryFor(env)).toBe(join(home, 'real/assay/compiled'));
    await chmod(join(home, 'real'), 0o777);
    expect(directoryFor(env)).toBeUndefined();
  });
});

describe('what zod is told before it is loaded', () => {
  it('is its own setting, by the name that it has for it', () => {
    const { __zod_globalConfig: known } = globalThis as { readonly __zod_globalConfig?: unknown };
    expect(config()).toBe(known);
    expect(config({ jitless: false })).toMatchObject({ jitless: false });
  });
});

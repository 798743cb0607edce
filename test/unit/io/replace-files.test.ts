import { link, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { removeLeftovers, replaceFiles } from '../../../src/io/replace-files.ts';

let directory: string;
const at = (name: string) => join(directory, name);
const suffix = '.assay-0123456789abcdef';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-test-'));
});
afterEach(() => rm(directory, { recursive: true }));

it('leaves what another run may be making of the same file now, also by a link to an old one', async () => {
  await writeFile(at(`.one${suffix}`), 'in the making');
  await writeFile(at('one'), 'old');
  await utimes(at('one'), 0, 0);
  await link(at('one'), at(`.one${suffix.replace('0', '1')}`));
  await replaceFiles([{ path: at('one'), bytes: Buffer.from('new') }]);
  expect(await readdir(directory)).toEqual([`.one${suffix}`, `.one${suffix.replace('0', '1')}`, 'one']);
});

it('removes what a killed run left of a file that is written, and nothing else', async () => {
  const others = [`.two${suffix}`, '.one.assay-0', `one${suffix}`, '.one'];
  for (const name of [`.one${suffix}`, `..one${suffix}`, ...others]) await writeFile(at(name), '');
  await removeLeftovers([at('one'), at('.one'), join(directory, 'none/one')], 0);
  expect(await readdir(directory)).toEqual([...others].sort());
});

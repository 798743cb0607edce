import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openAdvisories } from '../../../../src/commands/shared/advisories.ts';

const directory = mkdtempSync(join(tmpdir(), 'assay-advisories-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const asked = { ecosystem: 'Go', name: 'a.example/a' };
const nobody = { fetcher: { post: () => Promise.reject(new Error('asked for nothing')) } };

/** Writes files, and gives the path of the first one's folder. */
function folder(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(directory, name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

const record = (id: string, about = asked) => JSON.stringify({ id, affected: [{ package: about }] });

async function idsIn(path: string): Promise<readonly string[]> {
  const records = await (await openAdvisories(path, nobody)).recordsOf(asked);
  return records.map(({ id }) => id);
}

it('reads a file, or all of a folder, without a network', async () => {
  const other = record('A-3', { ecosystem: 'Go', name: 'a.example/b' });
  const path = folder('all', {
    'b.json': record('A-2'),
    'a.json': record('A-1'),
    'c.json': other,
    README: 'x',
  });
  expect(await idsIn(path)).toEqual(['A-1', 'A-2']);
  expect(await idsIn(join(path, 'b.json'))).toEqual(['A-2']);
});

it.each([
  ['what is not there', () => join(directory, 'missing')],
  ['a folder without records', () => folder('other', { README: 'x' })],
  ['an empty folder', () => folder('empty', {})],
  ["a file that is not OSV's", () => folder('odd', { 'a.json': record('A-1'), 'b.json': '[1]' })],
])('refuses %s: nothing found there would say that there is nothing', async (_, path) => {
  await expect(openAdvisories(path(), nobody)).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    exitCode: 2,
  });
});

it('asks OSV by its name alone', async () => {
  const source = await openAdvisories('osv', nobody);
  await expect(source.recordsOf(asked)).rejects.toThrow('asked for nothing');
});

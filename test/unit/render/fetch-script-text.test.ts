/** The fetch script as text; what it does is in test/e2e/fetch-script*.test.ts. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  defaultFetchOptions,
  renderFetchScript,
  type FetchItem,
} from '../../../src/render/fetch-script/fetch-script.ts';
import { posixShells, shareOf } from '../../support/posix-shells.ts';

const work = mkdtempSync(join(tmpdir(), 'assay-fetch-text-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const digest = `sha256:${'0'.repeat(64)}` as const;
const item: FetchItem = { name: 'a', url: 'https://127.0.0.1:1/a', digest, sizeBytes: 1 };
const options = {
  ...{ ...defaultFetchOptions, attempts: 1, retryPauseMs: 0 },
  directory: join(work, 'artifacts'),
  installedFile: join(work, 'installed.json'),
};
const script = renderFetchScript([item], options, 'A title.');

test.each(posixShells)(
  'cut anywhere on its way to $name, nothing of it is run, and it does not end well',
  (shell) => {
    const [program, ...args] = shell.argv;
    const begin = script.indexOf('\n{\n') + '\n{\n'.length;
    // The last one lacks a brace.
    const lengths = [begin, script.length - 2];
    for (let length = begin + 1; length < script.length - 2; length += 397) lengths.push(length);
    for (const length of shareOf(shell, lengths)) {
      const { status } = spawnSync(program, args, { input: script.slice(0, length), cwd: work });
      expect(status, `the first ${length} of ${script.length}`).not.toBe(0);
      expect(readdirSync(work)).toEqual([]);
    }
  },
);

test('the same entries give the same bytes, whatever their order', () => {
  const other = { ...item, name: 'b', sizeBytes: 2 };
  const both = renderFetchScript([item, other], options, 'A title.');
  expect(renderFetchScript([other, item], options, 'A title.')).toBe(both);
  expect(both.indexOf("item 'b'")).toBeLessThan(both.indexOf("item 'a'"));
});

test('without entries there is nothing to do, and that is done', () => {
  const empty = renderFetchScript([], { ...options, directory: join(work, 'none') }, 'A title.');
  const { status, stderr } = spawnSync('sh', { input: empty });
  expect(status, String(stderr)).toBe(0);
  expect(readdirSync(join(work, 'none'))).toEqual([]);
  rmSync(join(work, 'none'), { recursive: true });
});

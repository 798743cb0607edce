/** Where a command writes: never over what it reads, and JSON that acts on nothing. */
import { link, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runInProcess } from '../../support/command-in-process.ts';
import { root } from '../../support/run-assay.ts';

const fileName = 'knc.debian-13.amd64.json';
let directory: string;
let manifest: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-output-'));
  manifest = join(directory, fileName);
  await writeFile(manifest, await readFile(join(root, 'test/fixtures/golden', fileName)));
  return () => rm(directory, { recursive: true });
});

async function expectRefused(args: readonly string[]): Promise<void> {
  const before = await readFile(manifest);
  const { exitCode, stdout, stderr } = await runInProcess(args);
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain('is what is read, and would be overwritten [USAGE]');
  expect(await readFile(manifest)).toEqual(before);
}

describe('an output that is an input', () => {
  it.each([
    ['report', '--out'],
    ['sbom', '-o'],
    ['attest', '-o'],
    ['render install-plan', '-o'],
    ['render fetch-script', '-o'],
    ['render user-data', '-o'],
    ['render image-refs --registry r.example', '-o'],
  ])('is refused: %s', async (command, flag) => {
    await expectRefused([...command.split(' '), manifest, flag, manifest]);
  });

  it('is refused by whatever name', async () => {
    await mkdir(join(directory, 'sub'));
    await symlink(manifest, join(directory, 'symbolic'));
    await link(manifest, join(directory, 'hard'));
    for (const name of [`sub/../${fileName}`, `./${fileName}`, 'symbolic', 'hard']) {
      await expectRefused(['sbom', manifest, '-o', `${directory}/${name}`]);
    }
  });

  it('is refused where it is what a report compares with, or the policy of a statement', async () => {
    const other = join(directory, 'old.json');
    await writeFile(other, await readFile(manifest));
    await expectRefused(['report', manifest, '--since', other, '--out', other]);
    await expectRefused(['attest', manifest, '--catalogue', other, '-o', other]);
  });
});

it('a bill is written where nothing is in the way, or over another file', async () => {
  const file = join(directory, 'bill.json');
  for (const args of [
    ['sbom', manifest, '-o', file],
    ['sbom', manifest, '-o', file],
  ]) {
    expect(await runInProcess(args)).toMatchObject({ exitCode: 0 });
  }
  expect(await readFile(file, 'utf8')).toBe((await runInProcess(['sbom', manifest])).stdout);
});

it.each([
  ['--allow-partial', []],
  ['--trust-dir', ['trust']],
])('verify %s with a manifest chooses no mode', async (flag, values) => {
  const { exitCode, stderr } = await runInProcess(['verify', flag, ...values, manifest]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('No mode is given');
  expect(stderr).not.toContain('Two modes');
});

it('verify with two modes says so', async () => {
  const { exitCode, stderr } = await runInProcess(['verify', '--offline', '--upstream', manifest]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('Two modes are given');
});

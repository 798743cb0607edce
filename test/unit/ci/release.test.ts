/** The job that signs and publishes: what it takes of what the other job built. `gh` hands that out, and does nothing else. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from '../../support/run-assay.ts';

const run = promisify(execFile);
let work: string;
const built = (name: string) => join(work, 'built', name);
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'assay-release-'));
  for (const directory of ['bin', 'built']) await mkdir(join(work, directory));
  // gh run download RUN --name release --dir release
  await writeFile(join(work, 'bin/gh'), '#!/bin/sh\ncp -R "$(dirname "$0")/../built" "$7"\n');
  await chmod(join(work, 'bin/gh'), 0o755);
  const digest = createHash('sha256').update('tool').digest('hex');
  await writeFile(built('assay-linux-amd64'), 'tool');
  await writeFile(built('SHA256SUMS'), `${digest}  assay-linux-amd64\n`);
});
afterEach(() => rm(work, { recursive: true }));

async function isTaken(): Promise<boolean> {
  const text = await readFile(join(root, '.github/workflows/release.yml'), 'utf8');
  const { jobs } = parse(text) as { jobs: { publish: { steps: { name?: string; run?: string }[] } } };
  const script = jobs.publish.steps.find(({ name }) => name?.startsWith('Take ') === true)!.run!;
  const env = { PATH: `${join(work, 'bin')}:${process.env['PATH'] ?? ''}`, GITHUB_RUN_ID: '1' };
  return run('bash', ['-e', '-o', 'pipefail', '-c', script], { cwd: work, env }).then(
    () => true,
    () => false,
  );
}

it('takes what the checksums name', async () => {
  expect(await isTaken()).toBe(true);
});

it.each([
  ['another file under a name of theirs', () => writeFile(built('assay-linux-amd64'), 'fool')],
  ['a file that they do not name', () => writeFile(built('install.sh'), '')],
  ['a link', () => symlink('/etc/passwd', built('more'))],
  ['a folder', () => mkdir(built('more'))],
  ['less than they name', () => rm(built('assay-linux-amd64'))],
  ['a name that leaves the folder', () => writeFile(built('SHA256SUMS'), `${'0'.repeat(64)}  ../bin/gh\n`)],
])('refuses %s', async (_what, change) => {
  await change();
  expect(await isTaken()).toBe(false);
});

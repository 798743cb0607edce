/** What `make install` puts where. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { root } from '../../../support/run-assay.ts';

const run = promisify(execFile);
let work: string;
beforeEach(async () => void (work = await mkdtemp(join(tmpdir(), 'assay install '))));
afterEach(() => rm(work, { recursive: true }));

const install = () =>
  run(
    join(root, 'scripts/install.sh'),
    ['assay-linux-amd64', 'dist', 'stage/usr'].map((path) => join(work, path)),
  );

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(work, path)), { recursive: true });
  await writeFile(join(work, path), text);
}

async function installed(): Promise<readonly string[]> {
  const found = await readdir(join(work, 'stage'), { recursive: true, withFileTypes: true });
  const files = found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  return files.map((path) => path.slice(work.length + '/stage/usr/'.length)).sort();
}

it('installs the executable alone where the build has no more', async () => {
  await write('assay-linux-amd64', 'new');
  await write('stage/usr/bin/assay', 'old');
  await chmod(join(work, 'stage/usr/bin/assay'), 0o444);
  await install();
  expect(await installed()).toEqual(['bin/assay']);
  expect(await readFile(join(work, 'stage/usr/bin/assay'), 'utf8')).toBe('new');
  expect((await stat(join(work, 'stage/usr/bin/assay'))).mode & 0o777).toBe(0o755);
});

it('installs manual pages and completion where each is looked for', async () => {
  await write('assay-linux-amd64', '');
  for (const path of ['man/man1/assay.1', 'man/man1/assay-stage.1']) await write(`dist/${path}`, '');
  for (const path of ['assay.bash', '_assay', 'assay.fish']) await write(`dist/completion/${path}`, '');
  await install();
  expect(await installed()).toEqual([
    'bin/assay',
    'share/bash-completion/completions/assay',
    'share/fish/vendor_completions.d/assay.fish',
    'share/man/man1/assay-stage.1',
    'share/man/man1/assay.1',
    'share/zsh/site-functions/_assay',
  ]);
});

it('fails where there is no executable', async () => {
  await expect(install()).rejects.toMatchObject({ code: 1 });
});

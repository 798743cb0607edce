/**
 * The jobs that may write: what they take of what the other job made. Their own scripts, run in a repository with a
 * remote beside it; `gh` hands out a proposal, and does nothing else.
 */
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from '../../support/run-assay.ts';

const run = promisify(execFile);
const directories: string[] = [];

afterEach(async () => {
  await Promise.all(directories.splice(0).map((one) => rm(one, { recursive: true, force: true })));
});

interface Outcome {
  readonly isRefused: boolean;
  /** What the pushed branch changes; undefined where nothing was pushed. */
  readonly pushed: readonly string[] | undefined;
}

/** `edit` makes the proposal out of a copy of `folder` as it stands in the repository. */
async function propose(
  workflow: string,
  folder: string,
  files: Readonly<Record<string, string>>,
  edit: (proposed: string) => Promise<void>,
): Promise<Outcome> {
  const work = await mkdtemp(join(tmpdir(), 'assay-propose-'));
  directories.push(work);
  const [checkout, remote, temp, bin] = ['checkout', 'remote', 'temp', 'bin'].map((name) => join(work, name));
  for (const directory of [checkout!, temp!, bin!]) await mkdir(directory);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(checkout!, path, '..'), { recursive: true });
    await writeFile(join(checkout!, path), text);
  }
  const env = {
    ...{ PATH: `${bin!}:${process.env['PATH'] ?? ''}`, HOME: work, RUNNER_TEMP: temp!, BRANCH: workflow },
    ...{ GITHUB_RUN_ID: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
  };
  const git = (...args: string[]) => run('git', args, { cwd: checkout!, env });
  await git('init', '--quiet', '--initial-branch', 'main');
  await git('add', '--all');
  await git(
    '-c',
    'user.name=t',
    '-c',
    'user.email=t@example.org',
    'commit',
    '--quiet',
    '--message',
    'before',
  );
  await run('git', ['init', '--quiet', '--bare', remote!], { env });
  await git('remote', 'add', 'origin', remote!);
  await mkdir(join(temp!, 'handed'));
  await cp(join(checkout!, folder), join(temp!, 'handed', folder), { recursive: true });
  await edit(join(temp!, 'handed', folder));
  await writeFile(join(bin!, 'gh'), '#!/bin/sh\ncp -R "$RUNNER_TEMP/handed" "$RUNNER_TEMP/proposal"\n');
  await chmod(join(bin!, 'gh'), 0o755);
  const script = await takingStep(workflow);
  const isRefused = await run('bash', ['-e', '-c', script], { cwd: checkout!, env }).then(
    () => false,
    () => true,
  );
  const pushed = await git('diff', '--name-only', 'main', `refs/remotes/origin/${workflow}`).then(
    ({ stdout }) => stdout.split('\n').filter((line) => line !== ''),
    () => undefined,
  );
  return { isRefused, pushed };
}

async function takingStep(workflow: string): Promise<string> {
  const text = await readFile(join(root, `.github/workflows/${workflow}.yml`), 'utf8');
  const { jobs } = parse(text) as { jobs: { propose: { steps: { name?: string; run?: string }[] } } };
  const step = jobs.propose.steps.find(({ name }) => name?.startsWith('Take ') === true);
  return step!.run!;
}

describe('update-manifests', () => {
  const files = {
    'manifests/catalogue.yaml': 'version: 1\n',
    'manifests/knd.debian-13.amd64.json': '{}\n',
    'manifests/evidence/knd.debian-13.amd64.json': '{}\n',
    'manifests/evidence/documents/sha256-aa': 'a',
    'src/cli.ts': '// code\n',
  };
  const proposing = (edit: (proposed: string) => Promise<void>) =>
    propose('update-manifests', 'manifests', files, edit);
  const add =
    (path: string, text = 'new') =>
    async (proposed: string) => {
      await mkdir(join(proposed, path, '..'), { recursive: true });
      await writeFile(join(proposed, path), text);
    };

  it('takes manifests and evidence, also what is gone', async () => {
    const { isRefused, pushed } = await proposing(async (proposed) => {
      await add('knd.debian-13.amd64.json')(proposed);
      await add('evidence/documents/sha256-bb')(proposed);
      await rm(join(proposed, 'evidence/documents/sha256-aa'));
    });
    expect(isRefused).toBe(false);
    expect(pushed).toEqual([
      'manifests/evidence/documents/sha256-aa',
      'manifests/evidence/documents/sha256-bb',
      'manifests/knd.debian-13.amd64.json',
    ]);
  });

  it('leaves what is no manifest where it is', async () => {
    const { pushed } = await proposing(async (proposed) => {
      await add('knd.debian-13.amd64.json')(proposed);
      await add('install.sh')(proposed);
    });
    expect(pushed).toEqual(['manifests/knd.debian-13.amd64.json']);
  });

  it.each<[string, (proposed: string) => Promise<void>]>([
    ['another catalogue', add('catalogue.yaml', 'version: 1\nkinds: [evil]\n')],
    ['no catalogue', (proposed) => rm(join(proposed, 'catalogue.yaml'))],
    ['a link', (proposed) => symlink('/etc/passwd', join(proposed, 'knc.debian-13.amd64.json'))],
    ['a link among the documents', (proposed) => symlink('..', join(proposed, 'evidence/documents/up'))],
    ['a document with a name that none has', add('evidence/documents/RUN ME')],
  ])('refuses %s', async (_what, edit) => {
    expect(await proposing(edit)).toEqual({ isRefused: true, pushed: undefined });
  });
});

describe('update-trust', () => {
  const one = '0123456789ABCDEF0123456789ABCDEF01234567';
  const other = one.replace('0', '1');
  const files = {
    'trust/pins.yaml': `fingerprints: [${one}]\ndigest: sha256:aa\n`,
    'trust/debian.asc': 'a key\n',
  };
  const proposing = (edit: (proposed: string) => Promise<void>) =>
    propose('update-trust', 'trust', files, edit);
  const write = (path: string, text: string) => (proposed: string) => writeFile(join(proposed, path), text);

  it('takes renewed keys, and another digest of a trusted root', async () => {
    const { isRefused, pushed } = await proposing(async (proposed) => {
      await write('debian.asc', 'the key, renewed\n')(proposed);
      await write('pins.yaml', `fingerprints: [${one}]\ndigest: sha256:bb\n`)(proposed);
    });
    expect(isRefused).toBe(false);
    expect(pushed).toEqual(['trust/debian.asc', 'trust/pins.yaml']);
  });

  it.each<[string, (proposed: string) => Promise<void>]>([
    ['another fingerprint', write('pins.yaml', `fingerprints: [${other}]\n`)],
    ['one fingerprint more', write('pins.yaml', `fingerprints: [${one}, ${other}]\n`)],
    ['no pins', (proposed) => rm(join(proposed, 'pins.yaml'))],
    ['a link', (proposed) => symlink('/etc/passwd', join(proposed, 'debian-security.asc'))],
    ['a folder', (proposed) => mkdir(join(proposed, 'more'))],
  ])('refuses %s', async (_what, edit) => {
    expect(await proposing(edit)).toEqual({ isRefused: true, pushed: undefined });
  });
});

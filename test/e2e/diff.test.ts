/** `assay diff` with the built command, between revisions of a real repository: what a reviewer reads of an update. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import { readDocument } from '../support/json-documents.ts';
import { git } from '../support/git.ts';
import { expectDone } from '../support/outcomes.ts';
import { removeSeed, test as rehearsed, type Rehearsal } from '../support/rehearsal.ts';
import { runAssay } from '../support/run-assay.ts';

const later = '2026-11-21T12:00:00Z';
const name = 'knc.debian-13.amd64.json';

afterAll(removeSeed);

/** A repository whose first commit has the good run, and whose second a security update. */
async function withHistory(rehearsal: Rehearsal): Promise<void> {
  const { directory } = rehearsal;
  await writeFile(join(directory, '.gitignore'), 'cache\n');
  git(directory, 'init');
  git(directory, 'add', '--all');
  git(directory, 'commit', '--message', 'good');
  await rehearsal.publish({ at: later, versions: { libpq5Security: '17.13-0+deb13u1' } });
  expectDone(await rehearsal.update(['--now', later]));
  git(directory, 'commit', '--all', '--message', 'update');
  git(directory, 'tag', 'updated');
}

describe('diff', () => {
  rehearsed('tells of an update between revisions, folders and files', async ({ seeded }) => {
    await withHistory(seeded);
    const { directory, manifestsDir } = seeded;
    const diff = (args: readonly string[], cwd = directory) => runAssay(['diff', ...args], { cwd });
    const update = [
      ...['knc, knd · debian-13 · amd64, arm64: 1 update', '', 'updates'],
      '  libpq5  17.12-0+deb13u1 → 17.13-0+deb13u1  signed  same signer',
      ...['    https://tracker.debian.org/pkg/postgresql-17', ''],
    ].join('\n');
    expect(expectDone(await diff(['HEAD~1:', 'manifests/'])).stdout).toBe(update);
    // By the path that git has it at; and where the caller stands.
    expect(expectDone(await diff(['HEAD~1:manifests', 'updated:./'], manifestsDir)).stdout).toBe(update);
    const one = `HEAD~1:manifests/${name}`;
    const json = await diff(['--json', '--exit-code', one, join(manifestsDir, name)]);
    expect(json).toMatchObject({ exitCode: 3, stderr: '' });
    const document = readDocument('changes', json.stdout);
    expect(document).toMatchObject({ version: 1, changes: [{ name: 'libpq5', uncompared: [] }] });
    const about = { ecosystem: 'Debian:13', name: 'postgresql-17' };
    const events = [{ introduced: '0' }, { fixed: '17.13-0+deb13u1' }];
    const affected = [{ package: about, ranges: [{ type: 'ECOSYSTEM', events }] }];
    await writeFile(join(directory, 'osv.json'), JSON.stringify({ id: 'DSA-6100-1', affected }));
    const known = ['--advisories', 'osv.json', '--catalogue', 'catalogue.yaml', 'HEAD~1:', 'manifests'];
    expect(expectDone(await diff(known)).stdout).toBe(
      `${update}\nadvisories\nlibpq5 17.12-0+deb13u1 -> 17.13-0+deb13u1: fixes DSA-6100-1 https://osv.dev/vulnerability/DSA-6100-1\n`,
    );
    const told = readDocument('changes', expectDone(await diff(['--json', ...known])).stdout);
    expect(told).toMatchObject({ advisories: [{ finding: { status: 'looked-up' } }] });
    expect(expectDone(await diff(['--markdown', ...known])).stdout).toContain('### Advisories\n\n| ENTRY');
    expect(await diff(known.with(1, 'nowhere'))).toMatchObject({ exitCode: 2, stdout: '' });
    expect(expectDone(await diff(['--markdown', 'HEAD~1:', 'HEAD:'])).stdout).toContain('| libpq5 |');
    expect(expectDone(await diff(['--exit-code', 'HEAD:', name], manifestsDir)).stdout).toBe(
      'knc · debian-13 · amd64: nothing changed\n',
    );

    const refused = async (args: readonly string[], said: string, cwd = directory) => {
      const outcome = await diff(args, cwd);
      expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
      expect(outcome.stderr).toContain(said);
    };
    await refused(['HEAD~9:', 'manifests'], 'revision HEAD~9: git knows no such revision here');
    await refused(['--', '--output=x:', 'manifests'], 'revision --output=x: git knows no such revision');
    await refused(['HEAD:elsewhere', 'manifests'], 'HEAD:elsewhere does not exist');
    await refused(['HEAD:trust', 'manifests'], 'HEAD:trust has no manifests');
    await refused([one, 'manifests'], 'one is a file and the other a folder');
    await refused(['nowhere', 'manifests'], 'nowhere does not exist');
    await refused(['HEAD:x', manifestsDir], 'not a git repository', '/');
    expect(await diff(['--json', '--markdown', 'manifests', 'manifests'])).toMatchObject({ exitCode: 2 });
    const noGit = await runAssay(['diff', 'HEAD:', 'manifests'], {
      cwd: directory,
      env: { PATH: '/nowhere' },
    });
    expect(noGit).toMatchObject({ exitCode: 2 });
    expect(noGit.stderr).toContain('there is no git to ask');
    await writeFile(join(manifestsDir, name), '{');
    await refused(['HEAD:', 'manifests'], `manifests/${name}:1:2`);
  });
});

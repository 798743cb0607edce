/** `assay report` with the built command, over the manifests of a real run and their history. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import { git } from '../support/git.ts';
import { expectDone } from '../support/outcomes.ts';
import { now, removeSeed, test as rehearsed, type Rehearsal } from '../support/rehearsal.ts';
import { runAssay } from '../support/run-assay.ts';

afterAll(removeSeed);

const later = '2026-11-21T12:00:00Z';
const files = ['knc', 'knd'].map((kind) => `manifests/${kind}.debian-13.amd64.json`);

function report({ directory }: Rehearsal, ...args: readonly string[]) {
  return runAssay(['report', ...files, '--out', 'report.html', ...args], { cwd: directory });
}

const pageIn = ({ directory }: Rehearsal) => readFile(join(directory, 'report.html'), 'utf8');

describe.concurrent('report', () => {
  rehearsed(
    'is the same page for the same files and time; an entry of two kinds is one line',
    async ({ seeded }) => {
      const { stderr } = expectDone(await report(seeded, '--now', now));
      expect(stderr).toBe('3 entries in report.html\n');
      const page = await pageIn(seeded);
      expect(page).toContain('2026-11-20 12:00 UTC: all hold');
      expect(page).toContain('knc, knd · debian-13 · amd64');
      expectDone(await report(seeded, '--now', now));
      expect(await pageIn(seeded)).toBe(page);
      expect(await readdir(seeded.directory)).not.toContain('.assay');
    },
  );

  rehearsed('says what has expired since, and what differs from a revision', async ({ seeded }) => {
    git(seeded.directory, 'init');
    git(seeded.directory, 'add', 'manifests');
    git(seeded.directory, 'commit', '--message', 'good');
    await seeded.publish({ at: later, versions: { libpq5Security: '17.13-0+deb13u1' } });
    expectDone(await seeded.update(['--now', later]));
    expectDone(await report(seeded, '--now', '2031-11-20T12:00:00Z', '--since', 'HEAD'));
    const page = await pageIn(seeded);
    expect(page).toContain('UTC: all hold');
    expect(page).toContain('Held then, and not by now');
    expect(page).toContain('<h2 id="since">Since HEAD</h2>');
    expect(page).toMatch(/<th scope="row">libpq5<\/th>.*17\.12-0\+deb13u1<\/td><td>17\.13-0\+deb13u1<\/td>/);
  });

  rehearsed('shows what is refused first, with exit code 5', async ({ seeded }) => {
    const documents = join(seeded.manifestsDir, 'evidence/documents');
    const evidence = await readFile(join(seeded.manifestsDir, 'evidence/knc.debian-13.amd64.json'), 'utf8');
    const [, digest = ''] = /"role": "inrelease",[^}]*"digest": "sha256:(\w+)"/.exec(evidence) ?? [];
    await rm(join(documents, `sha256-${digest}`));
    const { exitCode, stderr } = await report(seeded, '--now', now);
    expect(exitCode).toBe(5);
    expect(stderr).toContain('[EVIDENCE_MISSING]');
    const page = await pageIn(seeded);
    expect(page).not.toContain('all hold');
    const groups = [...page.matchAll(/<h2 id="group-(\w+)"/g)].map(([, name]) => name);
    expect(groups[0]).toBe('refused');
    expect(page).toContain('its inrelease is not in evidence/documents');
  });

  rehearsed('leaves what was there where it cannot be made', async ({ seeded }) => {
    await writeFile(join(seeded.directory, 'report.html'), 'before');
    for (const [args, code] of [
      [['--since', 'nowhere'], 2],
      [['--trust-dir', 'nowhere'], 2],
      [['--now', 'yesterday'], 2],
      [['--out', 'manifests'], 2],
    ] as const) {
      expect((await report(seeded, '--now', now, ...args)).exitCode).toBe(code);
      expect(await pageIn(seeded)).toBe('before');
    }
  });
});

/** `--advisories` with the built command: what an update of libpq5 fixes, asked of a loopback OSV and read from a file. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect } from 'vitest';
import { refuse, type Behaviour } from '../../scripts/upstream/behaviours.ts';
import { expectDone } from '../support/outcomes.ts';
import { removeSeed, test, type Rehearsal } from '../support/rehearsal.ts';

afterAll(removeSeed);

const later = '2026-11-21T12:00:00Z';
const path = 'api.osv.dev/v1/query';
const libpq5 = { ecosystem: 'Debian:13', name: 'postgresql-17' };
const events = [{ introduced: '0' }, { fixed: '17.13-0+deb13u1' }];
const fixed = {
  id: 'DSA-6100-1',
  summary: 'postgresql-17 <script>',
  affected: [{ package: libpq5, ranges: [{ type: 'ECOSYSTEM', events }] }],
};

/** Says what is known of a package, and notes which was asked about. */
function osv(asked: unknown[]): Behaviour {
  return (request, response) => {
    void text(request).then((body) => {
      asked.push(JSON.parse(body));
      response.writeHead(200).end(JSON.stringify({ vulns: [fixed] }));
    });
  };
}

async function update(
  rehearsal: Rehearsal,
  args: readonly string[],
  summary = join(rehearsal.directory, 's.md'),
) {
  await rehearsal.publish({ at: later, versions: { libpq5Security: '17.13-0+deb13u1' } });
  const mirror = ['--mirror', `https://api.osv.dev=${rehearsal.server.url}/api.osv.dev`];
  const env = { GITHUB_STEP_SUMMARY: summary };
  return rehearsal.update(['--now', later, ...mirror, ...args], { env });
}

describe.concurrent('update-manifests --advisories', () => {
  test('asks OSV through the mirror, once a package, and tells what the change fixes', async ({ seeded }) => {
    const asked: unknown[] = [];
    seeded.server.override(path, osv(asked));
    const summary = join(seeded.directory, 'summary.md');
    const { stdout, stderr } = expectDone(await update(seeded, ['--advisories', 'osv', '--json'], summary));
    expect(asked).toEqual([{ package: libpq5 }]);
    expect(stderr).toContain(
      'libpq5 17.12-0+deb13u1 -> 17.13-0+deb13u1: fixes DSA-6100-1 postgresql-17 <script> https://osv.dev/vulnerability/DSA-6100-1',
    );
    const { advisories } = JSON.parse(stdout) as { readonly advisories: readonly object[] };
    expect(advisories).toMatchObject([
      { name: 'libpq5', finding: { status: 'looked-up', fixes: [{ id: 'DSA-6100-1' }], brings: [] } },
    ]);
    const markdown = await readFile(summary, 'utf8');
    expect(markdown).toContain('| libpq5 | 17.12-0+deb13u1 | 17.13-0+deb13u1 | fixes | DSA-6100-1 |');
    expect(markdown).not.toContain('<script>');
  });

  test('updates all the same where nobody answers, and does not call that none', async ({ seeded }) => {
    seeded.server.override(path, refuse(400));
    const { stderr } = expectDone(await update(seeded, ['--advisories', 'osv']));
    expect(stderr).toContain('4 entries in 4 manifests written');
    expect(stderr).toContain('could not be looked up (HTTP_STATUS)');
    expect(stderr).not.toContain('nothing that is known');
  });

  test('reads a file without asking anybody; says of what nobody names that it was not looked up', async ({
    seeded,
  }) => {
    await seeded.editCatalogue(({ dependencies }) => delete dependencies['libpq5']?.['advisories']);
    const file = join(seeded.directory, 'osv.json');
    await writeFile(file, JSON.stringify([fixed]));
    const { stderr } = expectDone(await update(seeded, ['--advisories', file]));
    expect(stderr).toContain('not looked up: the catalogue names no package of OSV for it');
    expect(seeded.server.log.filter((request) => request.path === path)).toEqual([]);
  });

  test('refuses a file that is not of OSV before anything is written', async ({ seeded }) => {
    const { exitCode, stderr } = await update(seeded, ['--advisories', seeded.catalogue]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('is not what OSV writes');
    expect(seeded.server.log).toEqual([]);
  });
});

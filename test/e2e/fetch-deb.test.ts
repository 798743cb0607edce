/** `assay fetch-deb` with the built command: one package through the whole chain, without a catalogue. */
import { createHash } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { substitute } from '../../scripts/upstream/behaviours.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { now, test, type Rehearsal } from '../support/rehearsal.ts';
import { runAssay, type Outcome } from '../support/run-assay.ts';
import { snapshot } from '../support/snapshot.ts';

const deb = 'pool/main/s/shadow/uidmap_4.17.4-2_arm64.deb';
const path = `ftp.debian.org/debian/${deb}`;

async function fetchDeb(rehearsal: Rehearsal, ...args: readonly string[]): Promise<Outcome> {
  return runAssay([
    ...['fetch-deb', '--repo', 'https://ftp.debian.org/debian/', '--suite', 'trixie', '--component', 'main'],
    ...[
      '--arch',
      'arm64',
      '--package',
      'uidmap',
      '--keyring',
      join(rehearsal.trustDir, 'debian-archive.asc'),
    ],
    ...['--now', now, '--cache-dir', join(rehearsal.directory, 'cache'), ...rehearsal.mirrorArgs, ...args],
  ]);
}

describe.concurrent('fetch-deb', () => {
  test('prints what the chain vouches for, and downloads it where --dir says', async ({ fresh }) => {
    const bytes = fresh.files.get(path)!;
    const directory = join(fresh.directory, 'debs');
    const args = ['--json', '--dir', directory, '--codename', 'trixie', '--version', '1:4.17.4-2'];
    const { stdout } = expectDone(await fetchDeb(fresh, ...args));
    expect(JSON.parse(stdout)).toEqual({
      package: 'uidmap',
      version: '1:4.17.4-2',
      architecture: 'arm64',
      filename: deb,
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      url: `https://${path}`,
    });
    expect(await snapshot(directory)).toEqual({ 'uidmap_4.17.4-2_arm64.deb': bytes.toString('hex') });
  });

  test('downloads nothing without --dir', async ({ fresh }) => {
    const { stdout } = expectDone(await fetchDeb(fresh));
    expect(stdout).toContain('version: 1:4.17.4-2\n');
    expect(fresh.server.log.filter((request) => request.path.endsWith('.deb'))).toEqual([]);
  });

  test.for([
    ['a package that nobody vouches for', ['--package', 'uidmapp'], 5, 'EVIDENCE_MISSING'],
    ['another codename', ['--codename', 'forky'], 5, 'RELEASE_MISMATCH'],
    ['a suite that is not there', ['--suite', 'forky'], 4, 'NOT_FOUND'],
    ['a repository over plain HTTP', ['--repo', 'http://ftp.debian.org/debian'], 4, 'URL_REFUSED'],
  ] as const)('refuses %s', async ([, args, exitCode, code], { fresh }) => {
    expectRefused(await fetchDeb(fresh, '--json', ...args), exitCode, code);
  });

  test('refuses keys that did not sign it', async ({ fresh }) => {
    await writeFile(join(fresh.trustDir, 'debian-archive.asc'), fresh.keys['fluent-bit'].publicKeyArmored);
    expectRefused(await fetchDeb(fresh, '--json'), 5, 'SIGNER_UNTRUSTED');
  });

  test('refuses other bytes than the index names, and leaves none behind', async ({ fresh }) => {
    const bytes = Buffer.from(fresh.files.get(path)!);
    bytes[200] = bytes[200]! ^ 1;
    fresh.server.override(path, substitute(bytes));
    const directory = join(fresh.directory, 'debs');
    expectRefused(await fetchDeb(fresh, '--json', '--dir', directory), 5, 'DIGEST_MISMATCH');
    expect(await readdir(directory)).toEqual([]);
  });
});

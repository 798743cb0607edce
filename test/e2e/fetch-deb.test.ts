/** `assay fetch-deb` with the built command: one package through the whole chain, without a catalogue. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { refuse, substitute } from '../../scripts/upstream/behaviours.ts';
import { startUpstreamServer } from '../../scripts/upstream/server.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { now, test, type Rehearsal } from '../support/rehearsal.ts';
import { root, runAssay, type Outcome } from '../support/run-assay.ts';
import { republishIndexes, republishRelease, type SignedSuite } from '../support/republish.ts';
import { snapshot } from '../support/snapshot.ts';
import { readDocument } from '../support/json-documents.ts';

const deb = 'pool/main/s/shadow/uidmap_4.17.4-2_arm64.deb';
const path = `ftp.debian.org/debian/${deb}`;

async function fetchDeb(rehearsal: Rehearsal, ...args: readonly string[]): Promise<Outcome> {
  return runInProcess([
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
    expect(readDocument('fetch-deb', stdout)).toEqual({
      schema: 'assay/fetch-deb/v1',
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
    ['a suite without components', ['--component', ''], 2, 'USAGE'],
    ['components of a flat repository', ['--suite', './'], 2, 'USAGE'],
    ['a suite that leads up', ['--suite', '../', '--component', ''], 2, 'USAGE'],
    ['a flat repository that is none', ['--suite', './', '--component', ''], 4, 'NOT_FOUND'],
    ['a repository over plain HTTP', ['--repo', 'http://ftp.debian.org/debian'], 4, 'URL_REFUSED'],
  ] as const)('refuses %s', async ([, args, exitCode, code], { fresh }) => {
    expectRefused(await fetchDeb(fresh, '--json', ...args), exitCode, code);
  });

  test('takes a flat repository, and Release with Release.gpg where there is no InRelease', async ({
    fresh,
  }) => {
    const { files, keys, server } = fresh;
    const key = keys['debian-archive'];
    const signedOn = new Date('2026-11-19T12:00:00Z');
    const stanza = `Package: uidmap\nVersion: 9\nArchitecture: arm64\nFilename: ./${deb}\nSize: 1\nSHA256: ${'0'.repeat(64)}\n`;
    const digest = createHash('sha256').update(stanza).digest('hex');
    const release = `Origin: x\nDate: Thu, 19 Nov 2026 12:00:00 UTC\nSHA256:\n ${digest} ${String(stanza.length)} Packages\n`;
    const put = (name: string, text: string) =>
      files.set(`ftp.debian.org/debian/flat/${name}`, Buffer.from(text));
    put('Packages', stanza);
    put('Release', release);
    put('Release.gpg', await key.signDetached(Buffer.from(release), signedOn));
    const flat = ['--json', '--suite', 'flat/', '--component', ''];
    const { stdout } = expectDone(await fetchDeb(fresh, ...flat));
    expect(JSON.parse(stdout)).toMatchObject({ version: '9', url: `https://${path}` });
    // An InRelease that is there counts, whatever stands beside it.
    put(
      'InRelease',
      await key.clearsign(`${release}\n`, signedOn).then((text) => text.replace('Origin: x', 'Origin: y')),
    );
    expectRefused(await fetchDeb(fresh, ...flat), 5, 'SIGNATURE_INVALID');
    server.override('ftp.debian.org/debian/flat/InRelease', refuse(403));
    expectRefused(await fetchDeb(fresh, ...flat), 4, 'HTTP_STATUS');
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

const suitePath = 'ftp.debian.org/debian/dists/trixie';

/** The signer of trixie at work again. */
function signed({ files, keys }: Rehearsal): SignedSuite {
  const signedAt = new Date('2026-11-19T12:00:00Z');
  return { files, path: suitePath, key: keys['debian-archive'], signedAt };
}

/** uidmap's stanza once more in front, edited. */
function withOther(edit: (stanza: string) => string) {
  return (packages: string): string => {
    const stanza = packages.split('\n\n').find((one) => one.startsWith('Package: uidmap\n'))!;
    return `${edit(`${stanza.trimEnd()}\n`)}\n${packages}`;
  };
}

const sha512 = (bytes: Buffer) => createHash('sha512').update(bytes).digest('hex');
const version = (to: string) => (stanza: string) => stanza.replace(/^Version: .*$/m, `Version: ${to}`);

/** Real repositories are so, and apt takes them: each verdict is that of apt 2.6 and 3.0 on the same shape. */
describe.concurrent('fetch-deb takes what apt takes', () => {
  test.for([
    ['CRs at line ends', (index: string) => index.replaceAll('\n', '\r\n')],
    ['a field twice alike', (index: string) => index.replaceAll(/^Size: (.*)$/gm, '$&\nsize:  $1 ')],
    ['a digest twice alike', (index: string) => index.replaceAll(/^SHA256: .*$/gm, '$&\n$&')],
    [
      'an older stanza without a digest',
      withOther((stanza) => version('1:0.1')(stanza.replace(/^SHA256.*\n/m, ''))),
    ],
    [
      'an older stanza without a size',
      withOther((stanza) => version('1:0.1')(stanza.replace(/^Size.*\n/m, ''))),
    ],
    [
      'an older stanza of a file elsewhere',
      withOther((stanza) => version('0.9-1')(stanza.replace('Filename: ', 'Filename: ../'))),
    ],
    [
      'an older stanza with a field of two values',
      withOther((stanza) => `${version('0.9-1')(stanza)}Size: 1\n`),
    ],
    ['an older version that is none', withOther(version('0.9_1'))],
  ] as const)('an index with %s', async ([, edit], { fresh }) => {
    await republishIndexes(signed(fresh), edit);
    const { stdout } = expectDone(await fetchDeb(fresh));
    expect(stdout).toContain('version: 1:4.17.4-2\n');
  });

  test.for([
    ['the Date twice alike', (release: string) => release.replace(/^Date: .*$/m, '$&\n$&')],
    ['all of its list twice alike', (release: string) => release.replace(/^SHA256:\n(?: .*\n)+/m, '$&$&')],
    [
      'every line of its list twice alike',
      (release: string) => release.replaceAll(/^ [0-9a-f]{64} .*\n/gm, '$&$&'),
    ],
  ] as const)('a Release with %s', async ([, edit], { fresh }) => {
    await republishRelease(signed(fresh), edit);
    expectDone(await fetchDeb(fresh));
  });

  test('SHA512 without SHA256, in the Release and in the index: in a manifest, too, and staged', async ({
    fresh,
  }) => {
    const bytes = fresh.files.get(path)!;
    const folder = `${suitePath}/main/binary-arm64`;
    await republishIndexes(signed(fresh), (index) =>
      index.replaceAll(/^(Package: (?:uidmap)\n(?:.+\n)*?)SHA256: .*$/gm, `$1SHA512: ${sha512(bytes)}`),
    );
    const index = fresh.files.get(`${folder}/Packages.gz`)!;
    const line = ` ${sha512(index)} ${String(index.length)} main/binary-arm64/Packages.gz\n`;
    await republishRelease(signed(fresh), (release) =>
      release.replace(/^SHA256:\n(?: .*\n)+/m, `SHA512:\n${line}`),
    );
    fresh.files.set(`${folder}/by-hash/SHA512/${sha512(index)}`, index);
    const args = ['--only', 'uidmap', '--arch', 'arm64', '--kind', 'knd'];
    expectDone(await fresh.update(args));
    const manifest = join(fresh.manifestsDir, 'knd.debian-13.arm64.json');
    const directory = join(fresh.directory, 'staged');
    expectDone(await runAssay(['stage', manifest, '--dir', directory, ...fresh.mirrorArgs]));
    expect(await snapshot(directory)).toEqual({ 'uidmap.deb': bytes.toString('hex') });
    const { stdout } = expectDone(await fetchDeb(fresh));
    expect(stdout).toContain(`sha512: ${sha512(bytes)}\n`);
  });

  test('a form that it can read, where another one is beyond it', async ({ fresh }) => {
    const name = 'main/binary-arm64/Packages.gz';
    const unreadable = gzipSync('').subarray(0, 12);
    fresh.files.set(`${suitePath}/${name}`, unreadable);
    const hex = createHash('sha256').update(unreadable).digest('hex');
    fresh.files.set(`${suitePath}/main/binary-arm64/by-hash/SHA256/${hex}`, unreadable);
    await republishRelease(signed(fresh), (release) =>
      release.replace(new RegExp(`^ .* ${name}$`, 'm'), ` ${hex} ${String(unreadable.length)} ${name}`),
    );
    expectDone(await fetchDeb(fresh));
    expect(fresh.server.log.map((request) => request.path)).toContainEqual(
      expect.stringContaining('by-hash'),
    );
  });
});

describe.concurrent('without --keyring', () => {
  const wanted = [
    'fetch-deb',
    '--suite',
    'trixie',
    '--component',
    'main',
    '--arch',
    'arm64',
    '--package',
    'uidmap',
  ];
  const from = (repository: string, { mirrorArgs }: Rehearsal) => [
    ...[...wanted, '--json', '--now', now, '--repo', repository, '--cache-dir', '/dev/null/none'],
    ...mirrorArgs,
  ];

  test('the keys count that are pinned for the repository in trust/', async ({ fresh }) => {
    const args = from('https://ftp.debian.org/debian', fresh);
    expectDone(await runAssay(args, { cwd: fresh.directory }));
  });

  test('elsewhere, those that assay was released with: no others', async ({ fresh }) => {
    const args = from('https://ftp.debian.org/debian', fresh);
    const cwd = tmpdir();
    expectRefused(await runAssay(args, { cwd }), 5, 'SIGNER_UNTRUSTED');
    const real = await startUpstreamServer({ directory: join(root, 'test/fixtures/debian') });
    try {
      const mirrored = ['--mirror', `https://ftp.debian.org/debian=${real.url}`, '--suite', 'trixie-updates'];
      const named = [...args, ...mirrored, '--arch', 'amd64', '--package', 'tzdata'];
      expectDone(await runAssay(named, { cwd }));
    } finally {
      await real.close();
    }
  });

  test('none vouch for another repository', async ({ fresh }) => {
    const args = from('https://deb.example/debian', fresh);
    const refused = await runAssay(args, { cwd: fresh.directory });
    expectRefused(refused, 2, 'USAGE');
    expect(refused.stdout + refused.stderr).toContain('no keys for https://deb.example/debian');
  });
});

describe.concurrent('fetch-deb refuses', () => {
  test.for([
    ['a field with two values', (index: string) => index.replaceAll(/^Section: .*$/gm, '$&\nSection: other')],
    [
      'a digest with two values',
      (index: string) => index.replaceAll(/^SHA256: .*$/gm, `$&\nSHA256: ${'0'.repeat(64)}`),
    ],
    [
      'a newer stanza without a digest',
      withOther((stanza) => version('2:1')(stanza.replace(/^SHA256.*\n/m, ''))),
    ],
    [
      'a newer stanza of a file elsewhere',
      withOther((stanza) => version('2:1')(stanza.replace('Filename: ', 'Filename: ../'))),
    ],
    ['a version that is none, and newer', withOther(version('x:1'))],
  ] as const)('an index with %s', async ([, edit], { fresh }) => {
    await republishIndexes(signed(fresh), edit);
    expectRefused(await fetchDeb(fresh, '--json'), 5, 'EVIDENCE_MALFORMED');
  });

  test.for([
    [
      'two Dates',
      (release: string) => release.replace(/^Date: .*$/m, '$&\nDate: Thu, 01 Jan 2026 00:00:00 UTC'),
    ],
    [
      'an index with two digests',
      (release: string) => release.replaceAll(/^ [0-9a-f]{64}( .*\n)/gm, `$& ${'0'.repeat(64)}$1`),
    ],
  ] as const)('a Release with %s', async ([, edit], { fresh }) => {
    await republishRelease(signed(fresh), edit);
    expectRefused(await fetchDeb(fresh, '--json'), 5, 'EVIDENCE_MALFORMED');
  });

  test.for([
    ['an empty line behind its signature', (text: string) => `${text}\n`],
    ['a blank behind its signature', (text: string) => `${text} `],
    [
      'an empty line between two signatures',
      (text: string) => `${text}\n${text.slice(text.indexOf('-----BEGIN PGP SIG'))}`,
    ],
  ] as const)('an InRelease with %s', async ([, edit], { fresh }) => {
    const inRelease = fresh.files.get(`${suitePath}/InRelease`)!.toString();
    fresh.files.set(`${suitePath}/InRelease`, Buffer.from(edit(inRelease)));
    expectRefused(await fetchDeb(fresh, '--json'), 5, 'EVIDENCE_MALFORMED');
  });
});

/** `verify --upstream` over the production catalogue's manifests: what a nightly job is told of each thing that can happen. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { refuse, type Behaviour } from '../../scripts/upstream/behaviours.ts';
import { flipBit } from '../../scripts/upstream/bits.ts';
import { buildDebianUpstream } from '../../scripts/upstream/debian.ts';
import { publishRegistry } from '../../scripts/upstream/oci-registry.ts';
import { publicationMirrorArgs, type Publication } from '../../scripts/upstream/publication.ts';
import type { UpstreamServer } from '../../scripts/upstream/server.ts';
import { unsignedHosts } from '../../scripts/upstream/sigstore/catalogue-upstream.ts';
import { publishGithub } from '../../scripts/upstream/sigstore/github.ts';
import { publishKubernetes } from '../../scripts/upstream/sigstore/kubernetes.ts';
import { releasePause } from '../../scripts/upstream/sigstore/pause.ts';
import { releaseRunc } from '../../scripts/upstream/sigstore/releases.ts';
import { readContent } from '../../scripts/upstream/virtual-file.ts';
import { parseManifest, type Manifest } from '../../src/formats/own/manifest.ts';
import type { UpstreamEntry } from '../../src/formats/own/upstream-verdicts.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { now, openProductionUpstream, type ProductionUpstream } from '../support/production-upstream.ts';
import { runAssay } from '../support/run-assay.ts';
import { snapshot } from '../support/snapshot.ts';
import { readDocument } from '../support/json-documents.ts';

let directory: string;
let upstream: ProductionUpstream;
let publication: Publication;
let server: UpstreamServer;
let mirrors: readonly string[];
let undo: (() => void)[] = [];
/** Without one, GitHub answers sixty requests. */
const env = { GITHUB_TOKEN: 'token-for-tests' };

const path = (name: string) => join(directory, 'manifests', name);
const everyManifest = ['knc', 'knd'].flatMap((kind) =>
  ['amd64', 'arm64'].map((arch) => `${kind}.debian-13.${arch}.json`),
);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-verify-upstream-'));
  upstream = await openProductionUpstream(directory);
  ({ publication, server } = upstream);
  mirrors = publicationMirrorArgs(publication, server.url, unsignedHosts);
  const args = ['--manifests-dir', join(directory, 'manifests'), '--trust-dir', join(directory, 'trust')];
  expectDone(
    await runInProcess(['update-manifests', ...args, '--cache-dir', cacheDir(), '--now', now, ...mirrors]),
  );
});
afterEach(() => {
  for (const one of undo.toReversed()) one();
  undo = [];
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

function cacheDir(): string {
  return join(directory, 'cache');
}

function args(files: readonly string[], network: readonly string[] = mirrors): readonly string[] {
  const trust = ['--trust-dir', join(directory, 'trust'), '--cache-dir', cacheDir()];
  return ['verify', '--upstream', ...files, ...trust, '--now', now, ...network];
}

interface Told {
  readonly exitCode: number;
  readonly stderr: string;
  /** By name: of every entry that is not the same. */
  readonly entries: Readonly<Record<string, UpstreamEntry>>;
}

async function verify(file = 'knc.debian-13.amd64.json', network = mirrors): Promise<Told> {
  const { exitCode, stdout, stderr } = await runInProcess([...args([path(file)], network), '--json'], {
    env,
  });
  const document = readDocument('verify-upstream', stdout);
  expect(document.exitCode).toBe(exitCode);
  const entries = document.manifests.flatMap((one) => one.entries);
  const others = entries.filter(({ verdict }) => verdict !== 'same' && verdict !== 'stub');
  return { exitCode, stderr, entries: Object.fromEntries(others.map((one) => [one.name, one])) };
}

/** What upstream has besides, or in place of it, until the test is over. */
function publish(files: Publication['files'], routes: Publication['routes'] = new Map()): void {
  overlay(publication.files, files);
  overlay(publication.routes, routes);
}

function overlay<T>(all: Map<string, T>, added: ReadonlyMap<string, T>): void {
  for (const [at, value] of added) {
    const before = all.get(at);
    undo.push(() => (before === undefined ? all.delete(at) : all.set(at, before)));
    all.set(at, value);
  }
}

function misbehave(at: string, behaviour: Behaviour): void {
  undo.push(() => server.override(at));
  server.override(at, behaviour);
}

it('finds everything as it was, asks for no artifact, and writes nothing', async () => {
  const before = await snapshot(join(directory, 'manifests'));
  const from = server.log.length;
  const outcome = await runAssay(args(everyManifest.map(path)), { env });
  expectDone(outcome);
  expect(outcome.stderr).toBe('66 entries in 4 manifests: 62 the same, 4 stub\n');
  expect(outcome.stdout).toBe('');
  expect(await snapshot(join(directory, 'manifests'))).toEqual(before);
  const got = server.log.slice(from).filter(({ method, range }) => method === 'GET' && range === undefined);
  const artifacts = /\.deb$|\.qcow2$|\/kubelet$|\.tar\.gz$|\.tgz$|runc\.(?:amd|arm)64$/;
  expect(got.filter(({ path: one }) => artifacts.test(one))).toEqual([]);
});

it('says with --advisories what an update would fix', async () => {
  const versions = { libpq5Security: '17.13-0+deb13u1' };
  publish(await buildDebianUpstream({ now: new Date(now), keys: upstream.keys, versions }));
  const file = join(directory, 'osv.json');
  const events = [{ introduced: '0' }, { fixed: '17.13-0+deb13u1' }];
  const affected = [
    { package: { ecosystem: 'Debian:13', name: 'postgresql-17' }, ranges: [{ type: 'ECOSYSTEM', events }] },
  ];
  await writeFile(file, JSON.stringify({ id: 'DSA-6100-1', affected }));
  const asked = [...args([path('knc.debian-13.amd64.json')]), '--advisories', file];
  const { exitCode, stdout, stderr } = await runInProcess([...asked, '--json'], { env });
  expect(exitCode).toBe(3);
  const { advisories } = readDocument('verify-upstream', stdout);
  const finding = { status: 'looked-up', fixes: [{ id: 'DSA-6100-1' }], brings: [], undecided: [] };
  expect(advisories).toMatchObject([
    { name: 'libpq5', before: '17.12-0+deb13u1', after: '17.13-0+deb13u1', finding },
  ]);
  expect(stderr).toContain('libpq5 17.12-0+deb13u1 -> 17.13-0+deb13u1: fixes DSA-6100-1');
  const other = await runInProcess([...asked, '--catalogue', join(directory, 'nowhere.yaml')], { env });
  expect(other).toMatchObject({ exitCode: 2, stdout: '' });
});

describe('superseded, and signed anew: exit code 3', () => {
  it('by a security update, a release, an image', async () => {
    const versions = { libpq5Security: '17.13-0+deb13u1' };
    publish(await buildDebianUpstream({ now: new Date(now), keys: upstream.keys, versions }));
    const newer = { version: '1.37.1', at: new Date('2026-11-19T09:00:00Z') };
    const { files } = publishKubernetes(upstream.sigstore, {
      releases: [newer, { ...newer, version: '1.37.0' }],
    });
    // The older one stays as it was signed.
    publish(new Map([...files].filter(([at]) => !at.includes('/v1.37.0/'))));
    const { exitCode, entries, stderr } = await verify();
    expect(exitCode).toBe(3);
    expect(entries['libpq5']).toMatchObject({
      verdict: 'superseded',
      newer: { version: '17.13-0+deb13u1', security: true },
    });
    expect(entries['kubelet']).toMatchObject({
      verdict: 'superseded',
      version: '1.37.0',
      newer: { version: '1.37.1', security: false },
    });
    expect(Object.keys(entries)).toHaveLength(6);
    expect(stderr).toContain(
      'libpq5 17.12-0+deb13u1 superseded: upstream has 17.13-0+deb13u1, a security update',
    );
  });

  it('a newer version that does not count is none, where the catalogue holds or names one', async () => {
    const versions = { libpq5Security: '17.13-0+deb13u1' };
    publish(await buildDebianUpstream({ now: new Date(now), keys: upstream.keys, versions }));
    const file = await edited('held', (evidence) => {
      evidence['libpq5']!.question.entry['versions'] = { range: '<< 17.13' };
      evidence['libsubid5']!.question.entry['versions'] = { hold: 'tested with this one' };
    });
    const { exitCode, entries } = await verify(file);
    expect(exitCode).toBe(3);
    // The index has nothing of that version any more, so that nobody vouches for it today.
    expect(entries['libpq5']).toMatchObject({
      verdict: 'superseded',
      findings: [{ code: 'VERSION_UNAVAILABLE' }],
    });
    expect(entries['libsubid5']).toBeUndefined();
  });

  it('the same bytes under another signature', async () => {
    const later = new Date('2026-11-19T09:00:00Z');
    const runc = await releaseRunc(upstream.runcKey, { version: '1.4.2', at: later });
    publish(publishGithub({ releases: [runc] }).files);
    const { exitCode, entries } = await verify();
    expect(exitCode).toBe(3);
    expect(entries).toMatchObject({ runc: { verdict: 'signed-anew' } });
    expect(Object.keys(entries)).toEqual(['runc']);
  });
});

describe('mutated, gone or refused: exit code 5', () => {
  it('other bytes, other sizes, and what is not there', async () => {
    const crictl =
      'github.com/kubernetes-sigs/cri-tools/releases/download/v1.36.0/crictl-v1.36.0-linux-amd64.tar.gz';
    // Nobody signs it: the checksum follows the bytes, and the host's own digest does not.
    publish(new Map([[`${crictl}.sha256`, Buffer.from('ab'.repeat(32))]]));
    const kubelet = 'dl.k8s.io/release/v1.37.0/bin/linux/amd64/kubelet';
    publish(new Map([[kubelet, Buffer.from('other bytes')]]));
    const zot = 'github.com/project-zot/zot/releases/download/v2.1.17/zot-linux-amd64-minimal';
    misbehave(zot, refuse(404));
    const { url } = await entryOf('libpq5');
    misbehave(url.replace('https://', ''), refuse(404));
    const kubectl = 'dl.k8s.io/release/v1.37.0/bin/linux/amd64/kubectl';
    misbehave(`${kubectl}.sig`, refuse(404));
    const scheduler = 'dl.k8s.io/release/v1.37.0/bin/linux/amd64/kube-scheduler';
    publish(new Map([[`${scheduler}.sig`, flipBit(published(`${scheduler}.sig`), 40)]]));
    misbehave('cloud.debian.org/images/cloud/trixie/20261112-2590/SHA512SUMS', refuse(400));
    const { exitCode, entries } = await verify();
    expect(exitCode).toBe(5);
    const verdicts = Object.fromEntries(
      Object.entries(entries).map(([name, { verdict }]) => [name, verdict]),
    );
    expect(verdicts).toEqual({
      ...{ crictl: 'mutated', kubelet: 'mutated', 'kube-scheduler': 'mutated' },
      ...{ zot: 'gone', libpq5: 'gone', kubectl: 'gone' },
      'os-image': 'unasked',
    });
  });

  it('a tag that leads to another image', async () => {
    const at = new Date('2026-11-18T09:00:00Z');
    const repository = releasePause(upstream.sigstore, { version: '3.10.2', at }, { version: '3.10.3', at });
    repository.tags.set('3.10.2', repository.tags.get('3.10.3')!);
    repository.tags.delete('3.10.3');
    const other = publishRegistry(repository);
    publish(other.files, other.routes);
    const { exitCode, entries } = await verify();
    expect(exitCode).toBe(5);
    expect(entries).toMatchObject({ pause: { verdict: 'mutated' } });
  });

  it('an index that went back, and stable.txt as well', async () => {
    const signed = { version: '1.36.9', at: new Date('2026-11-10T09:00:00Z') };
    publish(publishKubernetes(upstream.sigstore, { releases: [signed] }).files);
    const older = { libpq5Security: '17.11-0+deb13u2' };
    publish(
      await buildDebianUpstream({
        now: new Date('2026-11-19T12:00:00Z'),
        keys: upstream.keys,
        versions: older,
      }),
    );
    const { exitCode, entries } = await verify();
    expect(exitCode).toBe(5);
    expect(entries['libpq5']).toMatchObject({
      verdict: 'refused',
      findings: [{ code: 'METADATA_ROLLBACK' }],
    });
    expect(entries['kubelet']).toMatchObject({
      verdict: 'refused',
      findings: [{ code: 'VERSION_DOWNGRADED' }],
    });
  });

  it('an entry without a proof, or with that of another; a question that nobody can have asked', async () => {
    const file = await edited('edited', (evidence) => {
      delete evidence['runc'];
      evidence['zot']!.digest = `sha256:${'ee'.repeat(32)}`;
      evidence['crictl']!.question.source['type'] = 'ftp';
      evidence['containerd']!.assurance = 'signed';
    });
    const { exitCode, entries } = await verify(file);
    expect(exitCode).toBe(5);
    const codes = Object.entries(entries).map(([name, { verdict, findings }]) => [
      name,
      verdict,
      findings[0]?.code,
    ]);
    expect(codes.sort()).toEqual([
      ['containerd', 'refused', 'ASSURANCE_LOWERED'],
      ['crictl', 'refused', 'EVIDENCE_MALFORMED'],
      ['runc', 'refused', 'EVIDENCE_MISSING'],
      ['zot', 'refused', 'SUBJECT_MISMATCH'],
    ]);
  });
});

it('refuses a proof of another architecture also beside the manifest that it is of', async () => {
  const [own, other] = ['knc.debian-13.amd64.json', 'knc.debian-13.arm64.json'];
  const file = await edited('mixed', () => undefined);
  const read = async (name: string) => JSON.parse(await readFile(path(name), 'utf8')) as unknown;
  const manifest = (await read(other)) as Manifest;
  const evidence = (await read(`evidence/${other}`)) as { entries: Record<string, unknown> };
  manifest.vmconfig.dependencies['runc'] = ((await read(own)) as Manifest).vmconfig.dependencies['runc']!;
  evidence.entries['runc'] = ((await read(`evidence/${own}`)) as typeof evidence).entries['runc'];
  await writeFile(path(`mixed/${other}`), JSON.stringify(manifest));
  await writeFile(path(`mixed/evidence/${other}`), JSON.stringify(evidence));
  const outcome = await runInProcess([...args([path(file), path(`mixed/${other}`)]), '--json'], { env });
  expect(outcome.exitCode).toBe(5);
  const { manifests } = readDocument('verify-upstream', outcome.stdout);
  const verdicts = manifests.map(({ entries }) => entries.find(({ name }) => name === 'runc')?.verdict);
  expect(verdicts).toEqual(['same', 'refused']);
});

describe('what bounds replays in a fresh checkout', () => {
  const file = 'knc.debian-13.amd64.json';
  const update = (...more: readonly string[]) =>
    runInProcess([
      ...[
        'update-manifests',
        '--trust-dir',
        join(directory, 'trust'),
        '--cache-dir',
        join(directory, 'none'),
      ],
      ...['--json', ...mirrors, ...more],
    ]);

  it('a log that had more entries when it was asked before', async () => {
    const dates = JSON.parse(await readFile(path('evidence/metadata-dates.json'), 'utf8')) as Dates;
    const [[log, size] = ['', 0], ...others] = Object.entries(dates.logs);
    expect(others).toEqual([]);
    expect(log).toBe(`${upstream.sigstore.rekor.id.toString('hex')} ${log.slice(65)}`);
    await edited('shrunk', () => undefined);
    const write = (logs: Dates['logs']) =>
      writeFile(path('shrunk/evidence/metadata-dates.json'), JSON.stringify({ ...dates, logs }));
    await write({ [log]: size, [`${log}0`]: size + 1 });
    expect((await verify(`shrunk/${file}`)).exitCode).toBe(0);
    await write({ [log]: size + 1000 });
    const { exitCode, entries } = await verify(`shrunk/${file}`);
    expect(exitCode).toBe(5);
    const kubernetes = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl', 'kubelet'];
    expect(Object.keys(entries).sort()).toEqual(kubernetes);
    expect(entries['kubelet']).toMatchObject({
      verdict: 'refused',
      findings: [{ code: 'METADATA_ROLLBACK' }],
    });

    const before = await snapshot(path('shrunk'));
    const args = ['--manifests-dir', path('shrunk'), '--refresh', 'kubelet', '--now', now, '--kind', 'knc'];
    expectRefused(await update(...args, '--arch', 'amd64', '--only', 'kubelet'), 5, 'METADATA_ROLLBACK');
    expect(await snapshot(path('shrunk'))).toEqual(before);
  });

  it('a stable.txt that has not moved for longer than the catalogue allows is said', async () => {
    const at = async (time: string) => {
      const only = ['--only', 'kubelet', '--dry-run', '--manifests-dir', path('.'), '--now', time];
      const { exitCode, stdout, stderr } = await update(...only);
      expect(exitCode, stderr).toBe(0);
      return { stale: (JSON.parse(stdout) as { stale: unknown[] }).stale, stderr };
    };
    expect((await at('2027-01-17T08:00:00Z')).stale).toEqual([]);
    const { stale, stderr } = await at('2027-01-17T10:00:00Z');
    const url = 'https://dl.k8s.io/release/stable.txt';
    expect(stale).toMatchObject([
      {
        source: 'kubernetes',
        url,
        version: '1.37.0',
        since: expect.stringMatching(/^2026-11-18T09:00:/) as unknown,
      },
    ]);
    expect(stderr).toContain(`${url} names 1.37.0 as the newest, which is of 2026-11-18T09:00:`);
  });
});

describe('who could not be asked: exit code 4', () => {
  it('a server that fails, and a mirror whose word does not count', async () => {
    misbehave('dl.k8s.io/release/stable.txt', refuse(400));
    const { exitCode, entries } = await verify(
      'knd.debian-13.amd64.json',
      publicationMirrorArgs(publication, server.url),
    );
    expect(exitCode).toBe(4);
    expect(entries['kubelet']).toMatchObject({ verdict: 'unasked', findings: [{ code: 'HTTP_STATUS' }] });
    expect(entries['crictl']).toMatchObject({ verdict: 'unasked', findings: [{ code: 'UNTRUSTED_MIRROR' }] });
    expect(entries['runc']).toBeUndefined();
  });
});

it('annotates the manifests for a runner, each value escaped by its rules', async () => {
  misbehave(
    'github.com/opencontainers/runc/releases/download/v1.4.2/runc.sha256sum',
    (_request, response) => {
      response.writeHead(200).end('100% of\n::error::this');
    },
  );
  const { exitCode, stderr } = await runInProcess(args([path('knd.debian-13.amd64.json')]), {
    env: { ...env, GITHUB_ACTIONS: 'true' },
  });
  expect(exitCode).toBe(5);
  const [first = '', ...others] = stderr.trimEnd().split('\n');
  expect(first).toMatch(
    /^::error file=[^:]*knd\.debian-13\.amd64\.json,title=runc 1\.4\.2 mutated::runc 1\.4\.2 mutated: https:/,
  );
  expect(first).toContain('%0A');
  expect(others).toEqual(['14 entries in 1 manifest: 1 mutated, 12 the same, 1 stub']);
});

interface Dates {
  readonly logs: Readonly<Record<string, number>>;
}

interface Evidence {
  digest: string;
  assurance: string;
  readonly question: { readonly source: Record<string, unknown>; readonly entry: Record<string, unknown> };
}

/** The knc manifest in a folder of its own, with other evidence. */
async function edited(folder: string, edit: (evidence: Record<string, Evidence>) => void): Promise<string> {
  const file = 'knc.debian-13.amd64.json';
  await mkdir(path(`${folder}/evidence`), { recursive: true });
  await cp(path(file), path(`${folder}/${file}`));
  const evidence = JSON.parse(await readFile(path(`evidence/${file}`), 'utf8')) as {
    entries: Record<string, Evidence>;
  };
  edit(evidence.entries);
  await writeFile(path(`${folder}/evidence/${file}`), JSON.stringify(evidence));
  return `${folder}/${file}`;
}

async function entryOf(name: string): Promise<{ readonly url: string }> {
  const manifest = parseManifest(await readFile(path('knc.debian-13.amd64.json')), 'manifest');
  return manifest.vmconfig.dependencies[name]!;
}

function published(at: string): Uint8Array {
  return readContent(publication.files.get(at)!);
}

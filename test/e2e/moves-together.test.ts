/**
 * One file of a Kubernetes release that upstream signed badly, as v1.35.0's kubectl was: no manifest moves ahead of
 * another, the way out is told and works, and what shares no version goes on.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateDebianKeys, writeDebianTrust } from '../../scripts/upstream/debian.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { createSigstore } from '../../scripts/upstream/sigstore/instance.ts';
import { kubernetesBinaryPath, publishKubernetes } from '../../scripts/upstream/sigstore/kubernetes.ts';
import { contentHex, virtualFile, type Content } from '../../scripts/upstream/virtual-file.ts';
import { parseManifest } from '../../src/formats/own/manifest.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { changedPaths, snapshot } from '../support/snapshot.ts';

const now = '2026-11-20T12:00:00Z';
const at = new Date('2026-11-18T09:00:00Z');
const sigstore = createSigstore({ validFrom: new Date('2026-01-01T00:00:00Z') });
const manifests = ['knc', 'knd'].flatMap((kind) => ['amd64', 'arm64'].map((arch) => `${kind}.${arch}`));

const catalogue = (source: string) => `version: 1
kinds: [knd, knc]
platforms: [{ os: debian-13, architectures: [amd64, arm64] }]
sources:
  kubernetes:
    type: release-server
    uri: https://dl.k8s.io/release
    tag: v{version}
    path: '{tag}/bin/linux/{arch}'
    ${source}
  tools:
    type: release-server
    uri: https://tools.example.org
    latest: latest.txt
    tag: '{version}'
    path: '{tag}'
dependencies:
  kubelet:
    kinds: [knd, knc]
    type: binary
    source: { from: kubernetes, asset: kubelet }
    verification: &kubernetes
      method: cosign-signature
      checksum: '{asset}.sha256'
      signature: '{asset}.sig'
      certificate: '{asset}.cert'
      rekor: https://rekor.sigstore.dev
      identity: krel-staging@k8s-releng-prod.iam.gserviceaccount.com
      issuer: https://accounts.google.com
  kubectl:
    kinds: [knc]
    type: binary
    source: { from: kubernetes, asset: kubectl }
    verification: *kubernetes
  tool:
    kinds: [knd, knc]
    type: binary
    source: { from: tools, asset: 'tool-{arch}' }
    verification: { method: checksum, checksums: '{asset}.sha256', reason: nobody signs this one }
`;

let directory: string;
let server: UpstreamServer;
const files = new Map<string, Content>();

/** In this order, the first is stable. */
function publish(...versions: readonly string[]): void {
  const releases = versions.map((version) => ({ version, at }));
  const publication = publishKubernetes(sigstore, { releases });
  for (const [path, content] of publication.files) files.set(path, content);
  for (const [path, behaviour] of publication.routes) server.override(path, behaviour);
}

function publishTool(version: string, architectures = ['amd64', 'arm64']): void {
  files.set('tools.example.org/latest.txt', Buffer.from(version));
  for (const arch of architectures) {
    const tool = virtualFile(`tool ${version} ${arch}`, 1000);
    files.set(`tools.example.org/${version}/tool-${arch}`, tool);
    files.set(`tools.example.org/${version}/tool-${arch}.sha256`, Buffer.from(contentHex(tool, 'sha256')));
  }
}

function breakKubectl(version: string): void {
  const path = kubernetesBinaryPath(version, 'amd64', 'kubectl');
  files.set(`${path}.sig`, files.get(`${kubernetesBinaryPath(version, 'amd64', 'kubelet')}.sig`)!);
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-moves-together-'));
  const keys = await generateDebianKeys(new Date(now));
  await writeDebianTrust(join(directory, 'trust'), keys, sigstore.trustedRoot());
  server = await startUpstreamServer({ files });
  publish('1.36.1');
  publishTool('1.0.0');
  await describeCatalogue('latest: stable.txt');
  expectDone(await update());
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

function describeCatalogue(source: string): Promise<void> {
  return writeFile(join(directory, 'catalogue.yaml'), catalogue(source));
}

function update(args: readonly string[] = []) {
  const hosts = ['dl.k8s.io', 'rekor.sigstore.dev', 'tools.example.org'];
  return runInProcess([
    ...['update-manifests', '--now', now, '--catalogue', join(directory, 'catalogue.yaml'), '--json'],
    ...['--trust-dir', join(directory, 'trust'), '--cache-dir', join(directory, 'cache')],
    ...hosts.flatMap((host) => ['--trusted-mirror', `https://${host}=${server.url}/${host}`]),
    ...args,
  ]);
}

/** The version of an entry in each manifest that has it. */
async function versionsOf(name: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const manifest of manifests) {
    const [kind = '', arch = ''] = manifest.split('.');
    const file = join(directory, `${kind}.debian-13.${arch}.json`);
    const entry = parseManifest(await readFile(file), file).vmconfig.dependencies[name];
    if (entry !== undefined) found[manifest] = entry.version;
  }
  return found;
}

const everywhere = (version: string) => Object.fromEntries(manifests.map((one) => [one, version]));

describe('a kubectl for amd64 whose signature does not fit', () => {
  beforeAll(() => {
    publish('1.37.0', '1.36.1');
    breakKubectl('1.37.0');
  });

  it.each([
    ['without --keep-going', []],
    ['with it', ['--keep-going']],
  ])('leaves every kubelet where the control plane is, %s', async (_, args) => {
    const before = await snapshot(directory);
    const outcome = await update(args);
    expectRefused(outcome, 5, 'SIGNATURE_INVALID');
    expect(await versionsOf('kubelet')).toEqual(everywhere('1.36.1'));
    expect(outcome.stderr).toContain('"latest: stable-1.36.txt" follows 1.36, "version: 1.36.1" stays there');
    expect(outcome.stderr).toContain(
      'knd.debian-13.amd64.json: as before: kubelet. What comes from kubernetes',
    );
    const changed = changedPaths(before, await snapshot(directory));
    // How large the log was, which answered, is remembered whatever became of its answer.
    expect(changed.filter((path) => !/^cache|evidence\/metadata-dates\.json$/.test(path))).toEqual([]);
  });

  it('holds back nothing else', async () => {
    publishTool('1.1.0');
    expectRefused(await update(['--keep-going']), 5, 'SIGNATURE_INVALID');
    expect(await versionsOf('tool')).toEqual(everywhere('1.1.0'));
    publishTool('1.2.0', ['amd64']);
    expectRefused(await update(['--keep-going']), 5, 'SIGNATURE_INVALID');
    expect(await versionsOf('tool')).toEqual({
      ...{ 'knc.amd64': '1.2.0', 'knd.amd64': '1.2.0' },
      ...{ 'knc.arm64': '1.1.0', 'knd.arm64': '1.1.0' },
    });
    publishTool('1.2.0');
    expect(await versionsOf('kubelet')).toEqual(everywhere('1.36.1'));
  });

  it.each(['latest: stable-1.36.txt', 'version: 1.36.1'])('is gone around by %s', async (source) => {
    await describeCatalogue(source);
    expectDone(await update());
    expect(await versionsOf('kubelet')).toEqual(everywhere('1.36.1'));
    await describeCatalogue('latest: stable.txt');
  });

  it('waits for nothing once upstream has mended it', async () => {
    publish('1.37.0', '1.36.1');
    expectDone(await update());
    expect(await versionsOf('kubelet')).toEqual(everywhere('1.37.0'));
    expect(await versionsOf('kubectl')).toEqual({ 'knc.amd64': '1.37.0', 'knc.arm64': '1.37.0' });
  });

  it('keeps a first run from beginning with some of them', async () => {
    breakKubectl('1.37.0');
    const empty = await mkdtemp(join(directory, 'empty-'));
    const outcome = await update(['--manifests-dir', empty, '--keep-going']);
    expectRefused(outcome, 5, 'SIGNATURE_INVALID');
    expect(await snapshot(empty)).toEqual({});
    expect(outcome.stderr).toContain('"version" of an older one stays there');
  });
});

describe('a control plane that cannot be written for another reason', () => {
  it('keeps the kubelet of the data plane back, and nothing else of it', async () => {
    publish('1.37.1');
    publishTool('2.0.0');
    const file = join(directory, 'knc.debian-13.amd64.json');
    const text = await readFile(file, 'utf8');
    // As if another tool 2.0.0 had been there before.
    const changed = text.replace('"1.2.0"', '"9.0.0"').replaceAll('/1.2.0/', '/9.0.0/');
    expect(changed).not.toBe(text);
    await writeFile(file, changed);
    await rm(join(directory, 'evidence'), { recursive: true });
    expectRefused(await update(), 6, 'VERSION_DOWNGRADED');
    const kubelets = await versionsOf('kubelet');
    expect(kubelets).toEqual(everywhere('1.37.0'));
    expect(await versionsOf('tool')).toMatchObject({ 'knd.amd64': '2.0.0', 'knd.arm64': '2.0.0' });
  });
});

describe('nodes and servers from sources of their own', () => {
  const apart = (nodes: string) =>
    catalogue('version: 1.37.0')
      .replaceAll('kubectl', 'kube-apiserver')
      .replace('from: kubernetes, asset: kubelet', 'from: nodes, asset: kubelet')
      .replace(
        '  tools:\n',
        `  nodes:\n    type: release-server\n    uri: https://dl.k8s.io/release\n    tag: v{version}\n    path: '{tag}/bin/linux/{arch}'\n    version: ${nodes}\n  tools:\n`,
      );
  let kept: string;
  const updateNodes = async (version: string, args: readonly string[] = []) => {
    await writeFile(join(directory, 'catalogue.yaml'), apart(version));
    return update(['--manifests-dir', kept, '--arch', 'amd64', ...args]);
  };

  beforeAll(async () => {
    kept = await mkdtemp(join(directory, 'apart-'));
    publish('1.38.0', '1.37.0', '1.34.2', '1.33.4');
  });

  it('are refused on a first run where no node may be that old', async () => {
    expectRefused(await updateNodes('1.33.4'), 6, 'CROSS_CHECK_FAILED');
    expect(await snapshot(kept)).toEqual({});
  });

  it('go together as far as Kubernetes says', async () => {
    expectDone(await updateNodes('1.34.2'));
  });

  it('are held against the manifests of other kinds, which the run does not touch', async () => {
    const before = await snapshot(kept);
    const outcome = await updateNodes('1.38.0', ['--kind', 'knd']);
    expectRefused(outcome, 6, 'CROSS_CHECK_FAILED');
    expect(outcome.stderr).toContain(
      'kubelet 1.38.0 of knd.debian-13.amd64.json and kube-apiserver 1.37.0 of knc.debian-13.amd64.json do not go together',
    );
    expect(await snapshot(kept)).toEqual(before);
  });
});

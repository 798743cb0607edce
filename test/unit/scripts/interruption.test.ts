/** `make interruption`: which commands it interrupts, and what it calls wrong after it. */
import { createHash } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { danglingIn } from '../../../scripts/interruption/dangling.ts';
import { startRemoteRegistry } from '../../../scripts/interruption/remote.ts';
import { makeScenarios } from '../../../scripts/interruption/scenarios.ts';
import { createWholeProgram } from '../../../src/commands/program.ts';
import { renderEvidence, type EvidenceEntry } from '../../../src/formats/own/evidence.ts';
import { renderManifest, type Manifest } from '../../../src/formats/own/manifest.ts';
import type { Digest } from '../../../src/model/digest.ts';
import { proven } from '../../support/question-sample.ts';

/** They write nothing but what they print. */
const readers = [
  ...['verify', 'diff', 'explain', 'verify-release', 'verify-keys', 'verify-bundle', 'verify-checksums'],
  ...['doctor', 'help', '__names'],
];

it('interrupts every command that writes', async () => {
  const { scenarios, close } = await makeScenarios();
  onTestFinished(close);
  const interrupted = new Set(scenarios.map(({ args }) => args[0]));
  const program = await createWholeProgram(undefined as never);
  const names = program.commands.map((command) => command.name());
  expect(names.filter((name) => !interrupted.has(name)).sort()).toEqual(readers.sort());
});

const base64 = (bytes: string | Uint8Array) => Buffer.from(bytes).toString('base64');
const digestOf = (bytes: string | Uint8Array): Digest =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const blob = 'a blob';
const named = { digest: digestOf(blob), size: blob.length };
const hex = named.digest.slice('sha256:'.length);
const missing = (path: string, name: string) => `${path} names ${name}, which is not there`;

/** The file that names and the one that is named. */
function expectNamed(path: string, bytes: string | Uint8Array, name: string): void {
  const file = [path, base64(bytes)] as const;
  expect(danglingIn(new Map([file, [name, base64(blob)]]))).toEqual([]);
  expect(danglingIn(new Map([file]))).toEqual([missing(path, name)]);
}

it('finds what a registry does not hold, and what its manifests and tags name', () => {
  const repository = 'registry/team/assay';
  const child = JSON.stringify({ schemaVersion: 2 });
  for (const [document, at, bytes] of [
    [{ config: named }, `blobs/${named.digest}`, blob],
    [{ layers: [named] }, `blobs/${named.digest}`, blob],
    [{ manifests: [{ digest: digestOf(child) }] }, `manifests/${digestOf(child)}`, child],
  ] as const) {
    const text = JSON.stringify(document);
    const manifest = [`${repository}/manifests/${digestOf(text)}`, base64(text)] as const;
    const name = `${repository}/${at}`;
    expect(danglingIn(new Map([manifest, [name, base64(bytes)]]))).toEqual([]);
    expect(danglingIn(new Map([manifest]))).toEqual([missing(manifest[0], name)]);
    const tag = [`${repository}/tags/v1`, base64(digestOf(text))] as const;
    expect(danglingIn(new Map([tag, manifest, [name, base64(bytes)]]))).toEqual([]);
    expect(danglingIn(new Map([tag]))).toEqual([missing(tag[0], manifest[0])]);
  }
});

it('finds bytes that are others than their digest says', () => {
  for (const path of [`registry/a/blobs/${named.digest}`, `mirror/images/blobs/sha256/${hex}`]) {
    expect(danglingIn(new Map([[path, base64(blob)]]))).toEqual([]);
    expect(danglingIn(new Map([[path, base64('others')]]))).toEqual([`${path} has other bytes`]);
  }
});

it('finds what a mirror names and has not', () => {
  const manifest: Manifest = {
    vmconfig: {
      ...{ version: 'dev', kind: 'knc', os: { name: 'debian-13', arch: 'amd64' }, images: [] },
      dependencies: {
        tool: { version: '1', url: 'https://a.example/tool', type: 'binary', ...named },
      },
    },
  };
  const path = 'mirror/manifests/vmconfig_knc_debian-13_amd64.json';
  expectNamed(path, renderManifest(manifest), 'mirror/vmconfig/artifacts/tool/1/tool');
  const image = { image: 'a.example/b:1', ...named, platform: 'linux/amd64' };
  const ofImage = { vmconfig: { ...manifest.vmconfig, dependencies: {}, images: [image] } };
  expectNamed(path, renderManifest(ofImage), `mirror/images/blobs/sha256/${hex}`);
  const layout = JSON.stringify({ manifests: [named] });
  expectNamed('mirror/images/index.json', layout, `mirror/images/blobs/sha256/${hex}`);
});

it('finds a proof without its documents, and a pin without its file', () => {
  const document = { role: 'inrelease', url: 'https://a.example/InRelease', ...named };
  const proof: EvidenceEntry = {
    ...{ version: '1', url: 'https://a.example/foo.deb', ...named, assurance: 'signed', method: 'apt' },
    ...{ signers: [], watermark: {}, documents: [document], ...proven },
  };
  const path = 'manifests/evidence/knc.debian-13.amd64.json';
  expectNamed(path, renderEvidence({ foo: proof }), `manifests/evidence/documents/sha256-${hex}`);
  expectNamed('trust/pins.yaml', 'anchors:\n  a:\n    file: a.asc\n', 'trust/a.asc');
});

it('gives each run a registry of its own, with what was there before', async () => {
  const remote = await startRemoteRegistry({ isCredulous: true });
  onTestFinished(() => remote.close());
  const put = (host: string, path: string, body: string) =>
    fetch(`http://${host}/v2/a/${path}`, { method: 'PUT', body, headers: { 'content-type': 'x/y' } });
  const dangling = JSON.stringify({ layers: [named] });
  expect((await put(remote.host, 'manifests/v1', dangling)).status).toBe(201);
  const copy = await remote.copy();
  onTestFinished(() => copy.close());
  expect(copy.held()).toEqual(remote.held());
  expect(danglingIn(copy.held())).toHaveLength(1);
  expect((await put(copy.host, 'manifests/v2', '{}')).status).toBe(201);
  expect(copy.held().size).toBe(remote.held().size + 2);
});

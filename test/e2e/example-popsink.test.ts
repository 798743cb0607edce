/** The example of Popsink, with the built command: an appliance and a chart, from an upstream on loopback. */
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { publishPopsink, popsinkImages, type PopsinkUpstream } from '../../scripts/upstream/popsink.ts';
import { ociDigest } from '../../scripts/upstream/oci-image.ts';
import { publicationMirrorArgs } from '../../scripts/upstream/publication.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { contentHex, readContent } from '../../scripts/upstream/virtual-file.ts';
import { parseManifest } from '../../src/formats/own/manifest.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { root, runAssay } from '../support/run-assay.ts';
import { snapshot } from '../support/snapshot.ts';

const now = '2026-11-20T12:00:00Z';
const at = new Date('2026-11-18T09:00:00Z');
const example = join(root, 'examples/popsink');
const hosts = ['downloads.example.org', 'github.com', 'registry.example.org'];
/** As Google's registry wants it: the key's own text is the password. */
const login = { username: '_json_key', password: '{"type":"service_account","private_key":"-----BEGIN…"}' };
const pullSecret = (password = login.password) =>
  JSON.stringify({
    auths: {
      'registry.example.org': { auth: Buffer.from(`${login.username}:${password}`).toString('base64') },
    },
  });

let directory: string;
let upstream: PopsinkUpstream;
let server: UpstreamServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-popsink-'));
  await writeFile(join(directory, 'pull-secret.json'), pullSecret());
  await writeFile(join(directory, 'other-secret.json'), pullSecret('{"type":"service_account"}'));
  upstream = await publishPopsink({ at, login });
  server = await startUpstreamServer(upstream.publication);
  expectDone(await update());
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

const manifestsDir = () => join(directory, 'manifests');
const mirrors = () => publicationMirrorArgs(upstream.publication, server.url, hosts);
const env = (secret = 'pull-secret.json') => ({ REGISTRY_AUTH_FILE: join(directory, secret) });

function update(args: readonly string[] = [], secret?: string) {
  return runAssay(
    [
      ...['update-manifests', '--catalogue', join(example, 'catalogue.yaml'), '--now', now],
      ...['--manifests-dir', manifestsDir(), '--cache-dir', join(directory, 'cache')],
      ...['--trust-dir', join(example, 'trust'), ...mirrors(), ...args],
    ],
    { env: env(secret) },
  );
}

const manifestPath = (kind: string) => join(manifestsDir(), `${kind}.ubuntu-24.04.amd64.json`);
async function manifestOf(kind: string) {
  return parseManifest(await readFile(manifestPath(kind)), kind).vmconfig;
}
async function assurancesOf(kind: string) {
  const text = await readFile(join(manifestsDir(), 'evidence', `${kind}.ubuntu-24.04.amd64.json`), 'utf8');
  const { entries } = JSON.parse(text) as { entries: Record<string, { assurance: string }> };
  return Object.fromEntries(Object.entries(entries).map(([name, one]) => [name, one.assurance]));
}

function chartArchive() {
  const [content] = [...upstream.chart.blobs].slice(-1);
  return { digest: content![0], bytes: readContent(content![1]) };
}

describe('examples/popsink', () => {
  it('resolves the appliance, each image by the digest beside it', async () => {
    const place = `downloads.example.org/popsink/2.4.0/popsink-deploy-vm-2.4.0`;
    const file = (suffix: string) => ({
      ...{ version: '2.4.0', url: `https://${place}.${suffix}`, size: 2_000_000 },
      digest: `sha256:${contentHex(upstream.publication.files.get(`${place}.${suffix}`)!, 'sha256')}`,
    });
    expect(await manifestOf('appliance')).toEqual({
      ...{ version: 'dev', kind: 'appliance', images: [] },
      os: { name: 'ubuntu-24.04', arch: 'amd64', image: { ...file('qcow2'), type: 'qcow2' } },
      dependencies: { 'popsink-ova': { ...file('ova'), type: 'binary' } },
    });
    expect(await assurancesOf('appliance')).toEqual({ 'os-image': 'checksum', 'popsink-ova': 'checksum' });
  });

  it('resolves the chart and its images, from a registry that wants the pull secret', async () => {
    const { dependencies, images } = await manifestOf('cluster');
    const { digest, bytes } = chartArchive();
    expect(dependencies['popsink-chart']).toEqual({
      ...{ version: '2.4.0', type: 'helm-chart', digest, size: bytes.length },
      url: `https://registry.example.org/v2/popsink/charts/popsink/blobs/${digest}`,
    });
    expect(dependencies['k3s']).toMatchObject({ version: '1.35.5+k3s1', type: 'binary' });
    expect(images.map(({ image, index }) => [image, index]).sort()).toEqual(
      upstream.images
        .flatMap(({ registry, repository, tags }) =>
          [...tags].map(([tag, top]) => [`${registry}/${repository}:${tag}`, ociDigest(top)]),
        )
        .sort(),
    );
    const pinned = Object.keys(popsinkImages).map((name) => [name, 'pinned']);
    expect(await assurancesOf('cluster')).toEqual({
      ...{ k3s: 'checksum', 'popsink-chart': 'pinned' },
      ...Object.fromEntries(pinned),
    });
  });

  it('has nothing new to say when it is asked again, and holds without a network', async () => {
    const before = await snapshot(manifestsDir());
    expectDone(await update(['--check']));
    expect(await snapshot(manifestsDir())).toEqual(before);
    const paths = ['appliance', 'cluster'].map(manifestPath);
    const { stdout } = expectDone(
      await runAssay(['verify', '--offline', ...paths, '--trust-dir', join(example, 'trust'), '--now', now]),
    );
    expect(stdout).toMatch(/recorded +popsink-chart +2\.4\.0 +pinned/);
  });

  it('is put below everything else: the report, statements, diff', async () => {
    const trust = ['--trust-dir', join(example, 'trust'), '--now', now];
    const page = join(directory, 'report.html');
    expectDone(await runAssay(['report', manifestPath('cluster'), ...trust, '-o', page]));
    const html = await readFile(page, 'utf8');
    expect(html.indexOf('Pinned by hand')).toBeGreaterThan(0);
    expect(html.indexOf('Pinned by hand')).toBeLessThan(html.indexOf('Nobody signed these'));
    expect(html).toContain('The digest is from the release mail');
    const catalogue = ['--catalogue', join(example, 'catalogue.yaml')];
    const { stdout } = expectDone(
      await runAssay(['attest', manifestPath('cluster'), ...catalogue, ...trust]),
    );
    expect(JSON.parse(stdout)).toMatchObject({
      predicate: {
        verifiedLevels: ['ASSAY_PINNED'],
        dependencyLevels: { ASSAY_PINNED: 7, ASSAY_CHECKSUM: 1 },
      },
    });
  });

  it('stages the chart from its registry, as bytes', async () => {
    const dir = join(directory, 'staged');
    const args = ['stage', manifestPath('cluster'), '--dir', dir, '--only', 'popsink-chart', ...mirrors()];
    expectDone(await runAssay(args, { env: env() }));
    expect(await readFile(join(dir, 'popsink-chart.tgz'))).toEqual(chartArchive().bytes);
  });

  it('pins every image that the chart names in its values, and in those of the chart in it', async () => {
    const { outcome, images } = await compareChart();
    expectDone(outcome);
    expect(images.map(({ path }) => path).sort()).toEqual(
      ['data-plane', 'kafkaUi', 'karapace', 'metrics-exporter', 'postgresql', 'tansu'].map(
        (one) => `${one}.image`,
      ),
    );
  });
});

interface ComparedImage {
  readonly path: string;
  readonly error?: { readonly code: string; readonly message: string };
}

/** `edit`: of the manifest. `bytes`: in place of the chart's archive. */
async function compareChart(
  edit: (text: string) => string = (text) => text,
  { bytes = chartArchive().bytes, args = [] }: { bytes?: Uint8Array; args?: readonly string[] } = {},
) {
  const [file, chart] = [join(directory, 'edited.json'), join(directory, 'chart.tgz')];
  await writeFile(file, edit(await readFile(manifestPath('cluster'), 'utf8')));
  await writeFile(chart, bytes);
  const outcome = await runInProcess(['verify', file, '--chart', chart, '--json', ...args]);
  const { images = [] } = JSON.parse(outcome.stdout) as { images?: readonly ComparedImage[] };
  return { outcome, images };
}

describe('a chart and the images of its manifest', () => {
  it.each([
    ['that has one under another tag', 'popsink/kafka-ui:1.3.0', 'popsink/kafka-ui:1.2.9', 'pins 1.2.9'],
    ['that lacks one', 'popsink/kafka-ui:1.3.0', 'popsink/other:1.3.0', 'no entry of'],
    [
      'that has it from elsewhere',
      'registry.example.org/popsink/kafka-ui',
      'docker.io/x/kafka-ui',
      'no entry of',
    ],
  ])('are refused of a manifest %s', async (_, from, to, message) => {
    const { outcome, images } = await compareChart((text) => text.replace(from, to));
    expect(outcome.exitCode).toBe(6);
    const bad = images.filter(({ error }) => error !== undefined);
    expect(bad.map(({ path, error }) => [path, error?.code])).toEqual([
      ['kafkaUi.image', 'CROSS_CHECK_FAILED'],
    ]);
    expect(bad[0]?.error?.message).toContain(message);
  });

  it('are compared as they are installed', async () => {
    const values = join(directory, 'values.yaml');
    await writeFile(
      values,
      'postgresql: { metrics: { enabled: true } }\ntansu: { image: { tag: latest } }\n',
    );
    const { outcome, images } = await compareChart(undefined, { args: ['--chart-values', values] });
    expect(outcome.exitCode).toBe(6);
    expect(
      images
        .filter(({ error }) => error !== undefined)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['postgresql.metrics.image', 'tansu.image']);
  });

  it("are not compared with a chart that is not the manifest's", async () => {
    const bytes = Uint8Array.from(chartArchive().bytes);
    bytes[100]! ^= 1;
    expectRefused((await compareChart(undefined, { bytes })).outcome, 5, 'DIGEST_MISMATCH');
    const none = await runInProcess([
      'verify',
      manifestPath('appliance'),
      '--chart',
      manifestPath('appliance'),
      '--json',
    ]);
    expectRefused(none, 2, 'USAGE');
    expectRefused(await runInProcess(['verify', '--chart', manifestPath('cluster'), '--json']), 2, 'USAGE');
  });
});

describe('examples/popsink, attacked', () => {
  const undo: (() => void)[] = [];
  afterEach(() => {
    for (const one of undo.splice(0)) one();
  });

  async function expectUnchanged(
    outcome: Promise<Parameters<typeof expectRefused>[0]>,
    exitCode: number,
    code: Parameters<typeof expectRefused>[2],
  ) {
    const before = await snapshot(manifestsDir());
    const { stderr } = await outcome;
    expectRefused(await outcome, exitCode, code);
    expect(stderr).not.toContain('BEGIN');
    expect(await snapshot(manifestsDir())).toEqual(before);
  }

  it.each([
    ['another secret', 'other-secret.json', 4, 'HTTP_STATUS'],
    ['a secret that is not there', 'no-secret.json', 2, 'FILE_UNREADABLE'],
  ] as const)('with %s: %4$s', async (_, secret, exitCode, code) => {
    await expectUnchanged(update(['--refresh', 'tansu', '--json'], secret), exitCode, code);
  });

  it('with a tag that was moved: DIGEST_MISMATCH', async () => {
    const [{ tags } = { tags: new Map<string, Uint8Array>() }, other] = upstream.images;
    const [[tag, top] = ['', new Uint8Array()]] = [...tags];
    tags.set(tag, [...other!.tags.values()][0]!);
    undo.push(() => tags.set(tag, top));
    await expectUnchanged(update(['--refresh', 'data-plane', '--json']), 5, 'DIGEST_MISMATCH');
  });

  it('with another chart under its version: DIGEST_MISMATCH', async () => {
    const { tags } = upstream.chart;
    const top = tags.get('2.4.0')!;
    const manifest = JSON.parse(Buffer.from(top).toString()) as { layers: { size: number }[] };
    manifest.layers[0]!.size += 1;
    tags.set('2.4.0', Buffer.from(JSON.stringify(manifest)));
    undo.push(() => tags.set('2.4.0', top));
    await expectUnchanged(update(['--refresh', 'popsink-chart', '--json']), 5, 'DIGEST_MISMATCH');
  });

  it('leaves the example as it is', async () => {
    expect((await readdir(example)).sort()).toEqual(['README.md', 'catalogue.yaml', 'trust']);
  });
});

/**
 * The commands that write, each with a directory to begin in and what it is asked for. All of it is of a miniature on
 * loopback; what a run may leave as it likes is in `cache/`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import {
  buildDebianUpstream,
  debianMirrors,
  generateDebianKeys,
  writeDebianTrust,
} from '../upstream/debian.ts';
import { startUpstreamServer, type UpstreamServer } from '../upstream/server.ts';
import { publicationMirrorArgs } from '../upstream/publication.ts';
import { createSigstore } from '../upstream/sigstore/instance.ts';
import { writeSigstoreAnchor } from '../upstream/sigstore-anchor.ts';
import { generateSigningKey } from '../upstream/signing-key.ts';
import { publishTools } from '../upstream/toolbox.ts';
import { deliveryScenarios } from './delivery-scenarios.ts';
import { documentScenarios } from './document-scenarios.ts';
import type { Run, Scenario } from './scenario.ts';

const now = '2026-11-20T12:00:00Z';
const earlier = '2026-11-19T12:00:00Z';
const suite = { codename: 'trixie', components: ['main'], maxAge: '400d' };
const at = new Date('2026-11-20T10:00:00Z');

const catalogue = stringify({
  version: 1,
  kinds: ['knd', 'knc'],
  platforms: [{ os: 'debian-13', architectures: ['amd64', 'arm64'] }],
  sources: {
    debian: {
      type: 'apt',
      suites: [
        { ...suite, uri: 'https://ftp.debian.org/debian', suite: 'trixie', signedBy: 'debian-archive' },
        {
          ...{ ...suite, codename: 'trixie-security', suite: 'trixie-security' },
          ...{ uri: 'https://security.debian.org/debian-security', signedBy: 'debian-security' },
        },
      ],
    },
  },
  dependencies: Object.fromEntries(
    ['libpq5', 'libsubid5', 'uidmap'].map((name) => [
      name,
      {
        ...{ type: 'deb', kinds: ['knd', 'knc'] },
        ...{ source: { from: 'debian', package: name }, verification: { method: 'apt' } },
      },
    ]),
  ),
});

/** Servers have to be closed. */
export async function makeScenarios(): Promise<{
  readonly scenarios: readonly Scenario[];
  /** Their URLs. */
  readonly servers: readonly string[];
  readonly close: () => Promise<void>;
}> {
  const keys = await generateDebianKeys(new Date(now));
  const publish = async (options: object) =>
    startUpstreamServer({ files: await buildDebianUpstream({ now: new Date(now), keys, ...options }) });
  const [old, current, large] = [
    await publish({ now: new Date(earlier), versions: { libpq5Security: '17.4-0+deb13u9' } }),
    await publish({}),
    // Its main index is more than is kept beside a proof, those of the other suites are less.
    await publish({ fillers: 4, fillerStanzaBytes: 280_000 }),
  ];
  const toolKey = await generateSigningKey({ owner: 'tools', createdAt: new Date('2026-01-01T00:00:00Z') });
  const sigstore = createSigstore({ validFrom: new Date('2026-01-01T00:00:00Z') });
  const tools = await publishTools(
    sigstore,
    [
      {
        at: 'owner/tool',
        tag: 'v1.2.3',
        files: ['tool-linux-amd64', 'tool-linux-arm64'],
        proof: 'keyless sums',
      },
    ],
    { openpgp: toolKey, at },
  );
  const toolServer = await startUpstreamServer(tools);
  const toolMirrors = publicationMirrorArgs(tools, toolServer.url, ['github.com', 'api.github.com']);

  const mirrors = ({ url }: UpstreamServer) => debianMirrors(url).flatMap((one) => ['--mirror', one]);
  const cache = ['--cache-dir', 'cache'];
  const trust = ['--trust-dir', 'trust', '--now', now];
  const manifest = 'manifests/knc.debian-13.amd64.json';
  const update = (server: UpstreamServer, time = now) => [
    ...['update-manifests', '--catalogue', 'manifests/catalogue.yaml', '--manifests-dir', 'manifests'],
    ...[...trust, ...cache, '--now', time, ...mirrors(server)],
  ];
  const begun = async (directory: string) => {
    await mkdir(join(directory, 'manifests'));
    await writeFile(join(directory, 'manifests/catalogue.yaml'), catalogue);
    await writeDebianTrust(join(directory, 'trust'), keys);
  };
  const resolved = (server: UpstreamServer, time: string) => async (directory: string, run: Run) => {
    await begun(directory);
    await run(update(server, time));
  };
  const tooled = async (directory: string) => {
    await mkdir(join(directory, 'trust'));
    const anchor = await writeSigstoreAnchor(join(directory, 'trust'), sigstore.trustedRoot());
    await writeFile(
      join(directory, 'trust/pins.yaml'),
      stringify({ version: 1, anchors: { sigstore: anchor } }),
    );
    const empty = { version: 1, kinds: ['tools'], platforms: [], sources: {}, dependencies: {} };
    const platforms = [{ os: 'debian-13', architectures: ['amd64', 'arm64'] }];
    await writeFile(join(directory, 'catalogue.yaml'), stringify({ ...empty, platforms }));
  };
  const identity = 'https://github.com/owner/tool/.github/workflows/release.yml@refs/tags/v{version}';

  const scenarios: readonly Scenario[] = [
    { name: 'update-manifests, at first', prepare: begun, args: update(current) },
    {
      name: 'update-manifests, with news',
      prepare: resolved(old, earlier),
      args: update(current),
    },
    {
      name: 'update-manifests, with an evidence store',
      prepare: begun,
      args: [...update(large), '--evidence-store', 'store'],
    },
    {
      name: 'fetch-evidence',
      prepare: resolved(large, now),
      args: [
        ...['fetch-evidence', manifest, manifest.replace('amd64', 'arm64'), '--evidence-store', 'store'],
        ...[...cache, ...mirrors(large)],
      ],
    },
    {
      name: 'update-trust',
      prepare: async (directory) => {
        await begun(directory);
        await writeFile(join(directory, 'trust/debian-archive.asc'), 'not the key');
      },
      args: ['update-trust', '--only', 'debian-archive', ...trust, ...cache, ...mirrors(current)],
    },
    {
      name: 'package',
      prepare: async (directory, run) => {
        await resolved(current, now)(directory, run);
        await mkdir(join(directory, 'tree/etc'), { recursive: true });
        await writeFile(join(directory, 'tree/etc/tool.conf'), 'x'.repeat(100_000));
      },
      args: [
        ...['package', '--kind', 'knc', '--arch', 'amd64', '--version', '1.4.0', '--tree', 'tree'],
        ...['--out', 'out', '--base-url', 'https://releases.example/v1.4.0'],
      ],
    },
    {
      name: 'report',
      prepare: resolved(current, now),
      args: ['report', manifest, '--out', 'report.html', ...trust],
    },
    {
      name: 'attest',
      prepare: resolved(current, now),
      args: ['attest', manifest, '--output', 'statement.json', '--allow-partial', ...trust],
    },
    {
      name: 'add',
      prepare: tooled,
      args: [
        ...['add', 'github:owner/tool', '--catalogue', 'catalogue.yaml', '--accept', identity],
        ...[...trust, ...cache, ...toolMirrors],
      ],
    },
    {
      name: 'trust add',
      prepare: tooled,
      args: [
        ...['trust', 'add', 'debian', 'https://ftp-master.debian.org/keys/archive-key-13.asc'],
        ...['--scope', 'https://deb.example', '--fingerprint', keys['debian-archive'].fingerprint],
        ...[...trust, ...cache, ...mirrors(current)],
      ],
    },
    {
      name: 'fetch-deb',
      prepare: begun,
      args: [
        ...[
          'fetch-deb',
          '--repo',
          'https://ftp.debian.org/debian',
          '--suite',
          'trixie',
          '--component',
          'main',
        ],
        ...[
          '--arch',
          'amd64',
          '--package',
          'uidmap',
          '--keyring',
          'trust/debian-archive.asc',
          '--dir',
          'deb',
        ],
        ...['--now', now, ...cache, ...mirrors(current)],
      ],
    },
    { name: 'init', prepare: () => Promise.resolve(), args: ['init', 'new'] },
  ];
  const state = (server: UpstreamServer, time: string) => ({
    ...{ resolved: resolved(server, time), update: update(server, time), mirrors: mirrors(server) },
  });
  const delivery = await deliveryScenarios({
    ...{ manifest, cache, before: state(old, earlier), current: state(current, now) },
  });
  const servers = [old, current, large, toolServer, delivery.server];
  return {
    scenarios: [
      ...[...scenarios, ...delivery.scenarios].map((one): Scenario =>
        one.args.includes('--mirror') ? { ...one, fetches: true } : one,
      ),
      ...documentScenarios({ manifest, tooled, now, resolved: resolved(current, now), sigstore, at }),
    ],
    servers: servers.map(({ url }) => url),
    async close() {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

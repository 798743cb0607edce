/** The main job with the built command and the production catalogue, against everything that it names. */
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { substitute } from '../../scripts/upstream/behaviours.ts';
import { flipBit } from '../../scripts/upstream/bits.ts';
import {
  buildDebianUpstream,
  generateDebianKeys,
  runcAnchor,
  writeDebianTrust,
  type DebianKeys,
} from '../../scripts/upstream/debian.ts';
import {
  mergePublications,
  publicationMirrorArgs,
  publicationMirrors,
  type Publication,
} from '../../scripts/upstream/publication.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import {
  publishCatalogueUpstream,
  unsignedHosts,
} from '../../scripts/upstream/sigstore/catalogue-upstream.ts';
import { createSigstore } from '../../scripts/upstream/sigstore/instance.ts';
import { kubernetesSigner, publishKubernetes } from '../../scripts/upstream/sigstore/kubernetes.ts';
import { retrieveEntries, retrievePath } from '../../scripts/upstream/sigstore/rekor-api.ts';
import { generateSigningKey, type SigningKey } from '../../scripts/upstream/signing-key.ts';
import { contentHex, contentSize, readContent } from '../../scripts/upstream/virtual-file.ts';
import { parseManifest } from '../../src/formats/own/manifest.ts';
import type { ErrorCode } from '../../src/model/errors.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { changedPaths, snapshot } from '../support/snapshot.ts';

const now = '2026-11-20T12:00:00Z';
const at = new Date('2026-11-18T09:00:00Z');
const validFrom = new Date('2026-01-01T00:00:00Z');
const sigstore = createSigstore({ validFrom });

const unattested = ['cni-plugins', 'crictl', 'runc', 'zot'];
const debs = ['fluent-bit', 'libpq5', 'libsubid5', 'uidmap'];
const dependencies: Readonly<Record<string, readonly string[]>> = {
  knc: [
    ...['containerd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl', 'kubelet'],
    ...['netsy', 'nstance-agent', ...unattested, ...debs],
  ],
  knd: ['containerd', 'kubelet', 'nstance-agent', ...unattested, ...debs],
};
const manifestNames = ['knc', 'knd'].flatMap((kind) =>
  ['amd64', 'arm64'].map((arch) => `${kind}.debian-13.${arch}.json`),
);

let directory: string;
let keys: DebianKeys;
let runcKey: SigningKey;
let publication: Publication;
let server: UpstreamServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-keyless-'));
  keys = await generateDebianKeys(new Date(now));
  runcKey = await generateSigningKey({ owner: 'runc', createdAt: at });
  publication = mergePublications(
    { files: await buildDebianUpstream({ now: new Date(now), keys }) },
    await publishCatalogueUpstream(sigstore, { at, runcKey }),
  );
  server = await startUpstreamServer(publication);
  await writeTrust(join(directory, 'trust'));
  expectDone(await update());
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

const manifestsDir = () => join(directory, 'manifests');

function writeTrust(trustDir: string): Promise<void> {
  return writeDebianTrust(trustDir, keys, sigstore.trustedRoot(), { runc: runcAnchor(runcKey) });
}

function update(args: readonly string[] = []) {
  return updateThrough(publicationMirrorArgs(publication, server.url, unsignedHosts), args);
}

function updateThrough(mirrors: readonly string[], args: readonly string[], env = {}) {
  return runInProcess(
    [
      ...['update-manifests', '--now', now, '--manifests-dir', manifestsDir()],
      ...['--trust-dir', join(directory, 'trust'), '--cache-dir', join(directory, 'cache')],
      ...[...mirrors, ...args],
    ],
    { env },
  );
}

const pathOf = (url: string) => url.replace('https://', '');

describe('the production catalogue', () => {
  it('resolves to four manifests of what upstream has, at the origins', async () => {
    const names = await readdir(manifestsDir());
    expect(names.filter((name) => name.endsWith('.json')).sort()).toEqual(manifestNames);
    for (const name of manifestNames) {
      const [kind = '', , arch = ''] = name.split('.');
      const { vmconfig } = parseManifest(await readFile(join(manifestsDir(), name)), name);
      const { vmconfig: stub, ...files } = vmconfig.dependencies;
      expect(stub).toEqual({ version: 'dev', url: '', type: 'tar.gz', digest: '', size: 0 });
      expect(Object.keys(files).sort()).toEqual(dependencies[kind]?.toSorted());
      const entries = Object.entries({ ...files, 'os-image': vmconfig.os.image! });
      for (const [key, { url, digest, size }] of entries) {
        const content = publication.files.get(pathOf(url))!;
        const algorithm = ['netsy', 'nstance-agent', 'os-image'].includes(key) ? 'sha512' : 'sha256';
        expect({ digest, size }).toEqual({
          digest: `${algorithm}:${contentHex(content, algorithm)}`,
          size: contentSize(content),
        });
        expect(url).toContain(arch);
      }
    }
  });

  it('keeps who vouched for each, and how', async () => {
    const file = join(manifestsDir(), 'evidence/knc.debian-13.amd64.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      entries: {
        kubelet: {
          assurance: 'signed',
          signers: [kubernetesSigner, kubernetesSigner],
          documents: [
            ...['checksum', 'signature', 'certificate', 'rekor-answer'],
            ...['sbom', 'sbom-signature', 'sbom-certificate', 'sbom-rekor-answer'],
          ].map((role) => ({ role })),
        },
        containerd: {
          assurance: 'attested',
          signers: [
            {
              build: {
                sourceRepository: 'https://github.com/containerd/containerd',
                runnerEnvironment: 'github-hosted',
                trigger: 'push',
              },
            },
          ],
          documents: [{ role: 'attestation' }],
        },
        netsy: { assurance: 'signed', documents: [{ role: 'sigstore-bundle' }, { role: 'checksums' }] },
        runc: {
          assurance: 'signed',
          signers: [{ primaryFingerprint: runcKey.fingerprint }],
          documents: [{ role: 'checksums' }],
        },
        crictl: { assurance: 'checksum', signers: [], documents: [{ role: 'checksums' }] },
      },
    });
  });

  it('fetches no artifact, and names no mirror', async () => {
    const files = await snapshot(manifestsDir());
    for (const hex of Object.values(files)) {
      expect(Buffer.from(hex, 'hex').toString()).not.toContain('127.0.0.1');
    }
    const requests = [...server.log, ...server.logElsewhere];
    const fetched = requests.filter(({ method }) => method === 'GET').map(({ path }) => path);
    expect(fetched.filter((path) => /\.deb$|\.tar\.gz$|\/(?:kube[a-z-]+)$/.test(path))).toEqual([]);
  });

  it('asks, once it is resolved, for what is newest and nothing else', async () => {
    const before = await snapshot(manifestsDir());
    const start = server.log.length;
    const { stderr } = expectDone(await update());
    expect(stderr).not.toContain('written');
    expect(changedPaths(before, await snapshot(manifestsDir()))).toEqual([]);
    const repositories = [
      ...['containerd/containerd', 'containernetworking/plugins', 'kubernetes-sigs/cri-tools'],
      ...['netsy-dev/netsy', 'nstance-dev/nstance', 'opencontainers/runc', 'project-zot/zot'],
    ];
    expect(
      server.log
        .slice(start)
        .map(({ method, path }) => `${method} ${path}`)
        .sort(),
    ).toEqual(
      [
        ...['amd64', 'arm64'].map(
          (arch) => `GET cloud.debian.org/images/cloud/trixie/latest/debian-13-genericcloud-${arch}.json`,
        ),
        'GET dl.k8s.io/release/stable.txt',
        'GET registry.k8s.io/v2/pause/manifests/3.10.2',
        ...repositories.map((repository) => `GET api.github.com/repos/${repository}/releases`),
        'GET packages.fluentbit.io/debian/trixie/dists/trixie/InRelease',
        'GET ftp.debian.org/debian/dists/trixie/InRelease',
        'GET ftp.debian.org/debian/dists/trixie-updates/InRelease',
        'GET security.debian.org/debian-security/dists/trixie-security/InRelease',
      ].sort(),
    );
  });
});

describe('mirrors that nobody answers for', () => {
  const plain = () => publicationMirrors(publication, server.url).flatMap((mirror) => ['--mirror', mirror]);
  const json = ['--json', '--refresh', 'all', '--arch', 'amd64', '--kind', 'knd'];

  it('refuse what nobody signs: exit 6, UNTRUSTED_MIRROR, and every byte is as it was', async () => {
    const before = await snapshot(manifestsDir());
    const outcome = await updateThrough(plain(), json);
    expectRefused(outcome, 6, 'UNTRUSTED_MIRROR');
    const { failures } = JSON.parse(outcome.stdout) as { failures: { name: string }[] };
    expect(failures.map(({ name }) => name).sort()).toEqual(['cni-plugins', 'crictl', 'os-image', 'zot']);
    expect(await snapshot(manifestsDir())).toEqual(before);
  });

  it('may be answered for in the environment, which a flag overrules', async () => {
    const trusted = publicationMirrors(publication, server.url).join(',');
    const env = { ASSAY_TRUSTED_MIRRORS: trusted };
    expectDone(await updateThrough([], json, env));
    expectRefused(await updateThrough(plain(), json, env), 6, 'UNTRUSTED_MIRROR');
  });

  it('are named right, or not at all', async () => {
    expectRefused(await updateThrough(['--trusted-mirror', 'https://github.com'], ['--json']), 2, 'USAGE');
  });
});

describe('one refusal among all entries', () => {
  const broken = new Set<string>();
  afterEach(() => {
    for (const path of broken) server.override(path);
    broken.clear();
  });

  function breaks(path: string, bytes: (honest: Buffer) => Buffer): void {
    server.override(path, substitute(bytes(readContent(publication.files.get(path)!))));
    broken.add(path);
  }

  const kubectl = 'dl.k8s.io/release/v1.37.0/bin/linux/arm64/kubectl';
  const attestation =
    'github.com/containerd/containerd/releases/download/v2.3.1/containerd-2.3.1-attestation.intoto.jsonl';
  const checksums = 'github.com/nstance-dev/nstance/releases/download/v1.2.3/nstance_1.2.3_checksums.txt';

  const refused: readonly {
    readonly when: string;
    readonly code: ErrorCode;
    readonly arrange: () => void;
  }[] = [
    {
      when: 'a signature of another binary',
      code: 'SIGNATURE_INVALID',
      arrange() {
        const other = readContent(publication.files.get(`${kubectl.replace('kubectl', 'kubelet')}.sig`)!);
        breaks(`${kubectl}.sig`, () => other);
      },
    },
    {
      when: 'a log that knows nothing',
      code: 'EVIDENCE_MISSING',
      arrange() {
        server.override(
          retrievePath,
          retrieveEntries(sigstore.rekor, () => []),
        );
        broken.add(retrievePath);
      },
    },
    {
      when: 'a checksum file with one bit flipped',
      code: 'DIGEST_MISMATCH',
      arrange: () => breaks(checksums, (honest) => flipBit(honest, 0)),
    },
    {
      when: 'an attestation that is cut off',
      code: 'EVIDENCE_MALFORMED',
      arrange: () => breaks(attestation, (honest) => honest.subarray(0, honest.length >> 1)),
    },
  ];
  it.each(refused)('$when: exit 5, $code, and every byte is as it was', async ({ code, arrange }) => {
    arrange();
    const before = await snapshot(manifestsDir());
    // Only what is broken: manifests that do not need it are written.
    const outcome = await update([
      ...[
        '--kind',
        'knc',
        '--arch',
        'arm64',
        '--refresh',
        'all',
        '--json',
        '--cache-dir',
        join(directory, 'empty'),
      ],
    ]);
    expectRefused(outcome, 5, code);
    expect(await snapshot(manifestsDir())).toEqual(before);
  });

  it('a CDN that still has an older stable.txt: exit 6, VERSION_DOWNGRADED, and every byte is as it was', async () => {
    const older = publishKubernetes(sigstore, { releases: [{ version: '1.36.9', at }] });
    for (const [path, content] of older.files) {
      if (!path.endsWith('.txt')) publication.files.set(path, content);
    }
    breaks('dl.k8s.io/release/stable.txt', () => Buffer.from('v1.36.9'));
    const before = await snapshot(manifestsDir());
    expectRefused(await update(['--refresh', 'kubelet', '--json']), 6, 'VERSION_DOWNGRADED');
    expect(await snapshot(manifestsDir())).toEqual(before);
  });

  it('a trusted root that is not the pinned one: exit 5, PIN_MISMATCH', async () => {
    const trust = join(directory, 'other-trust');
    await writeTrust(trust);
    await writeFile(join(trust, 'sigstore-trusted-root.json'), createSigstore({ validFrom }).trustedRoot());
    const before = await snapshot(manifestsDir());
    const outcome = await update(['--refresh', 'kubelet', '--json', '--trust-dir', trust]);
    expectRefused(outcome, 5, 'PIN_MISMATCH');
    expect(await snapshot(manifestsDir())).toEqual(before);
  });
});

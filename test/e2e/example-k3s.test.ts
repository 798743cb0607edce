/** The example of another deployment, with the built command: Ubuntu's image and k3s from an upstream on loopback. */
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { refuse, substitute } from '../../scripts/upstream/behaviours.ts';
import { flipBit } from '../../scripts/upstream/bits.ts';
import { releaseK3s } from '../../scripts/upstream/k3s.ts';
import {
  mergePublications,
  publicationMirrorArgs,
  type Publication,
} from '../../scripts/upstream/publication.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { publishGithub } from '../../scripts/upstream/sigstore/github.ts';
import { generateSigningKey, type SigningKey } from '../../scripts/upstream/signing-key.ts';
import { publishUbuntuCloud } from '../../scripts/upstream/ubuntu.ts';
import { contentHex, contentSize, readContent } from '../../scripts/upstream/virtual-file.ts';
import { parseManifest } from '../../src/formats/own/manifest.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { root, runAssay } from '../support/run-assay.ts';
import { snapshot } from '../support/snapshot.ts';

const now = '2026-11-20T12:00:00Z';
const at = new Date('2026-08-26T18:00:00Z');
const example = join(root, 'examples/k3s');
const image = 'cloud-images.ubuntu.com/releases/noble/release-20260826';
const k3s = 'github.com/k3s-io/k3s/releases/download/v1.35.5+k3s1';
/** GitHub writes a plus sign so. */
const urlOf = (path: string) => `https://${path.replace('+', '%2B')}`;

const createdAt = new Date('2025-01-01T00:00:00Z');
const stranger = await generateSigningKey({ owner: 'Mallory', createdAt });

let directory: string;
let key: SigningKey;
let publication: Publication;
let server: UpstreamServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-k3s-'));
  key = await generateSigningKey({ owner: 'Ubuntu', createdAt });
  publication = mergePublications(
    { files: await publishUbuntuCloud({ serial: '20260826', at, key }) },
    publishGithub({ releases: [releaseK3s({ version: '1.35.5+k3s1', at })] }),
  );
  server = await startUpstreamServer(publication);
  await writeTrust('trust');
  expectDone(await update());
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

/** The example's anchor, and a key that was made a moment ago. */
async function writeTrust(name: string, scope?: string): Promise<void> {
  const pins = parse(await readFile(join(example, 'trust/pins.yaml'), 'utf8')) as {
    anchors: Record<string, { fingerprints: string[]; scope: string[] }>;
  };
  const anchor = pins.anchors['ubuntu-cloud']!;
  anchor.fingerprints = [key.fingerprint];
  if (scope !== undefined) anchor.scope = [scope];
  await mkdir(join(directory, name));
  await writeFile(join(directory, name, 'pins.yaml'), stringify(pins));
  await writeFile(join(directory, name, 'ubuntu-cloud.asc'), key.publicKeyArmored);
}

const checksums = () => readContent(publication.files.get(`${image}/SHA256SUMS`)!);
const manifestsDir = () => join(directory, 'manifests');

function update(args: readonly string[] = [], trusted: readonly string[] = ['github.com']) {
  return runAssay([
    ...['update-manifests', '--catalogue', join(example, 'catalogue.yaml'), '--now', now],
    ...['--manifests-dir', manifestsDir(), '--cache-dir', join(directory, 'cache')],
    ...['--trust-dir', join(directory, 'trust')],
    ...publicationMirrorArgs(publication, server.url, trusted),
    ...args,
  ]);
}

function fileAt(path: string, version: string, type: string) {
  const content = publication.files.get(path)!;
  const digest = `sha256:${contentHex(content, 'sha256')}`;
  return { version, url: urlOf(path), type, digest, size: contentSize(content) };
}

describe('examples/k3s', () => {
  it.each([
    ['amd64', 'k3s'],
    ['arm64', 'k3s-arm64'],
  ])('resolves for %s', async (arch, binary) => {
    const name = `server.ubuntu-24.04.${arch}.json`;
    const { vmconfig } = parseManifest(await readFile(join(manifestsDir(), name)), name);
    expect(vmconfig).toEqual({
      ...{ version: 'dev', kind: 'server', images: [] },
      os: {
        ...{ name: 'ubuntu-24.04', arch },
        image: fileAt(`${image}/ubuntu-24.04-server-cloudimg-${arch}.img`, '20260826', 'qcow2'),
      },
      dependencies: {
        k3s: fileAt(`${k3s}/${binary}`, '1.35.5+k3s1', 'binary'),
        'k3s-airgap-images': fileAt(`${k3s}/k3s-airgap-images-${arch}.tar.gz`, '1.35.5+k3s1', 'tar.gz'),
      },
    });
    const evidence = await readFile(join(manifestsDir(), 'evidence', name), 'utf8');
    expect(JSON.parse(evidence)).toMatchObject({
      entries: {
        'os-image': {
          assurance: 'signed',
          documents: [{ role: 'checksums' }, { role: 'openpgp-signature' }],
        },
        k3s: { assurance: 'checksum', signers: [] },
        'k3s-airgap-images': { assurance: 'checksum', signers: [] },
      },
    });
  });

  it('fetches checksum files and signatures, and nothing that they vouch for', () => {
    const requests = [...server.log, ...server.logElsewhere];
    const fetched = requests
      .filter(({ method }) => method === 'GET')
      .map(({ path }) => path.replace(/^release-assets\.githubusercontent\.com\//, ''));
    expect([...new Set(fetched)].sort()).toEqual([
      `${image}/SHA256SUMS`,
      `${image}/SHA256SUMS.gpg`,
      `${k3s}/sha256sum-amd64.txt`,
      `${k3s}/sha256sum-arm64.txt`,
    ]);
  });

  it('has nothing new to say when it is asked again', async () => {
    const before = await snapshot(manifestsDir());
    expectDone(await update(['--check']));
    expect(await snapshot(manifestsDir())).toEqual(before);
  });
});

describe('examples/k3s, with the key that Ubuntu publishes', () => {
  const hosts = ['github.com', 'cloud-images.ubuntu.com'];
  const elsewhere = (name: string, args: readonly string[]) => {
    const dir = join(directory, name);
    return {
      run: () =>
        update(['--trust-dir', join(example, 'trust'), '--manifests-dir', dir, ...args, '--json'], hosts),
      assurances: async () => {
        const evidence = await readFile(join(dir, 'evidence/server.ubuntu-24.04.arm64.json'), 'utf8');
        const { entries } = JSON.parse(evidence) as { entries: Record<string, { assurance: string }> };
        return Object.fromEntries(Object.entries(entries).map(([name, one]) => [name, one.assurance]));
      },
    };
  };
  const unused = 'no entry of this run needs the anchor ubuntu-cloud, which is refused: ';

  it('runs as README.md says, without the image', async () => {
    const { run, assurances } = elsewhere('without-image', ['--only', 'k3s,k3s-airgap-images']);
    const { stderr } = expectDone(await run());
    expect(stderr).toContain(unused);
    expect(await assurances()).toEqual({ k3s: 'checksum', 'k3s-airgap-images': 'checksum' });
  });

  it('runs as README.md says, with the image by its checksum', async () => {
    const readme = await readFile(join(example, 'README.md'), 'utf8');
    const [, entry] = /```yaml\n([^`]*)```/.exec(readme) ?? [];
    const catalogue = parse(await readFile(join(example, 'catalogue.yaml'), 'utf8')) as {
      dependencies: Record<string, object>;
    };
    const { 'os-image': image } = parse(entry ?? '') as Record<string, object>;
    Object.assign(catalogue.dependencies['os-image']!, image);
    const file = join(directory, 'by-checksum.yaml');
    await writeFile(file, stringify(catalogue));
    const { run, assurances } = elsewhere('by-checksum', ['--catalogue', file]);
    const { stderr } = expectDone(await run());
    expect(stderr).toContain(unused);
    expect(await assurances()).toMatchObject({ 'os-image': 'checksum', k3s: 'checksum' });
  });

  it('refuses the image by its signature, and writes nothing', async () => {
    const { run } = elsewhere('signed', []);
    expectRefused(await run(), 5, 'SIGNER_UNTRUSTED');
    await expect(readdir(join(directory, 'signed'))).rejects.toThrow('ENOENT');
  });
});

describe('examples/k3s, attacked', () => {
  const broken = new Set<string>();
  afterEach(() => {
    for (const path of broken) server.override(path);
    broken.clear();
  });
  const refresh = ['--refresh', 'all', '--json'];

  async function expectUnchanged(
    outcome: Promise<Parameters<typeof expectRefused>[0]>,
    exitCode: number,
    code: Parameters<typeof expectRefused>[2],
  ) {
    const before = await snapshot(manifestsDir());
    expectRefused(await outcome, exitCode, code);
    expect(await snapshot(manifestsDir())).toEqual(before);
  }

  it('by a mirror of GitHub that nobody answers for: UNTRUSTED_MIRROR', async () => {
    await expectUnchanged(update(refresh, []), 6, 'UNTRUSTED_MIRROR');
  });

  it('with one bit of SHA256SUMS: SIGNATURE_INVALID', async () => {
    const path = `${image}/SHA256SUMS`;
    server.override(path, substitute(flipBit(checksums(), 5)));
    broken.add(path);
    await expectUnchanged(update(refresh), 5, 'SIGNATURE_INVALID');
  });

  it.each([
    ['of other lines', () => key.signDetached(Buffer.from('other lines'), at), 'SIGNATURE_INVALID'],
    ['by a stranger', () => stranger.signDetached(checksums(), at), 'SIGNER_UNTRUSTED'],
  ] as const)('with a signature %s: %3$s', async (_, sign, code) => {
    const path = `${image}/SHA256SUMS.gpg`;
    server.override(path, substitute(Buffer.from(await sign())));
    broken.add(path);
    await expectUnchanged(update(refresh), 5, code);
  });

  it('without a signature: NOT_FOUND', async () => {
    const path = `${image}/SHA256SUMS.gpg`;
    server.override(path, refuse(404));
    broken.add(path);
    await expectUnchanged(update(refresh), 4, 'NOT_FOUND');
  });

  it('with a key that may not vouch there: SIGNER_UNTRUSTED', async () => {
    await writeTrust('elsewhere', 'https://cloud-images.ubuntu.com/releases/jammy');
    const args = [...refresh, '--only', 'os-image', '--trust-dir', join(directory, 'elsewhere')];
    await expectUnchanged(update(args), 5, 'SIGNER_UNTRUSTED');
  });

  it("and Ubuntu's own key, as it is published with a self-signature by SHA-1: SIGNER_UNTRUSTED", async () => {
    const args = [...refresh, '--only', 'os-image', '--trust-dir', join(example, 'trust')];
    await expectUnchanged(update(args), 5, 'SIGNER_UNTRUSTED');
  });

  it('leaves the example as it is', async () => {
    expect((await readdir(example)).sort()).toEqual(['README.md', 'catalogue.yaml', 'trust']);
  });
});

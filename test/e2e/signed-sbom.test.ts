/**
 * Kubernetes' binaries with the built command, as the production catalogue asks for them: what a mirror can put together
 * out of genuine, signed files is refused on a first run, and nothing is written.
 */
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { generateDebianKeys, writeDebianTrust } from '../../scripts/upstream/debian.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { createSigstore } from '../../scripts/upstream/sigstore/instance.ts';
import {
  kubernetesBinaries,
  kubernetesBinaryPath,
  kubernetesSbomPath,
  kubernetesSigner,
  publishKubernetes,
} from '../../scripts/upstream/sigstore/kubernetes.ts';
import { detachedCertificate, detachedSignature } from '../../scripts/upstream/sigstore/renderings.ts';
import { sha256Of, signBlob } from '../../scripts/upstream/sigstore/signing.ts';
import { contentHex, readContent, type Content } from '../../scripts/upstream/virtual-file.ts';
import { flipBit } from '../../scripts/upstream/bits.ts';
import { maxKeptBytes, parseEvidence } from '../../src/formats/own/evidence.ts';
import { parseManifest } from '../../src/formats/own/manifest.ts';
import type { ErrorCode } from '../../src/model/errors.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { readDocument } from '../support/json-documents.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { root } from '../support/run-assay.ts';
import { snapshot } from '../support/snapshot.ts';

const now = '2026-11-20T12:00:00Z';
const at = new Date('2026-11-18T09:00:00Z');
const sigstore = createSigstore({ validFrom: new Date('2026-01-01T00:00:00Z') });
const published = publishKubernetes(sigstore, {
  releases: [
    { version: '1.37.0', at },
    { version: '1.36.1', at },
  ],
});
const kubelet = kubernetesBinaryPath('1.37.0', 'amd64', 'kubelet');
const sbom = kubernetesSbomPath('1.37.0');

interface CatalogueFile {
  readonly sources: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, { readonly source: { readonly from: string } }>>;
}

/** What tests change; each begins with what is published. */
const files = new Map<string, Content>();
let directory: string;
let server: UpstreamServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-signed-sbom-'));
  const keys = await generateDebianKeys(new Date(now));
  await writeDebianTrust(join(directory, 'trust'), keys, sigstore.trustedRoot());
  server = await startUpstreamServer({ files, routes: published.routes });
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  files.clear();
  for (const [path, content] of published.files) files.set(path, content);
  await describeCatalogue({});
});

/** What the production catalogue says of Kubernetes, but for these fields of the verification. */
async function describeCatalogue(changes: Readonly<Record<string, unknown>>): Promise<void> {
  const text = await readFile(join(root, 'manifests/catalogue.yaml'), 'utf8');
  const { sources, dependencies, ...rest } = parse(text, { merge: true }) as CatalogueFile;
  const own = Object.entries(dependencies).filter(([, { source }]) => source.from === 'kubernetes');
  const changed = own.map(([name, one]) => {
    const verification = {
      ...(one as unknown as { readonly verification: object }).verification,
      ...changes,
    };
    return [name, { ...one, verification }] as const;
  });
  const catalogue = {
    ...rest,
    sources: { kubernetes: sources['kubernetes'] },
    dependencies: Object.fromEntries(changed),
  };
  await writeFile(join(directory, 'catalogue.yaml'), stringify(catalogue, { aliasDuplicateObjects: false }));
}

function update(manifestsDir: string, args: readonly string[] = []) {
  return runInProcess([
    ...['update-manifests', '--now', now, '--catalogue', join(directory, 'catalogue.yaml'), '--json'],
    ...['--trust-dir', join(directory, 'trust'), '--cache-dir', join(manifestsDir, '..', 'cache')],
    ...['--manifests-dir', manifestsDir, ...args],
    ...mirrorArgs(),
  ]);
}

function mirrorArgs(): string[] {
  return ['dl.k8s.io', 'rekor.sigstore.dev'].flatMap((host) => [
    '--mirror',
    `https://${host}=${server.url}/${host}`,
  ]);
}

async function emptyDirectory(): Promise<string> {
  return join(await mkdtemp(join(directory, 'run-')), 'manifests');
}

async function evidenceOf(manifestsDir: string) {
  const file = join(manifestsDir, 'evidence/knc.debian-13.amd64.json');
  return parseEvidence(await readFile(file), file);
}

/** A file with what vouches for it, in the place of another. */
const replaced = (to: string, from: string) => (): void => {
  for (const suffix of ['', '.sha256', '.sig', '.cert']) {
    const content = files.get(from + suffix);
    if (content !== undefined) files.set(to + suffix, content);
  }
};

function publishSbom(text: string, identity: string = kubernetesSigner.identity): void {
  const bytes = Buffer.from(text);
  const signed = signBlob(sigstore, sha256Of(bytes), { ...kubernetesSigner, identity, at });
  files.set(sbom, bytes);
  files.set(`${sbom}.sig`, Buffer.from(detachedSignature(signed)));
  files.set(`${sbom}.cert`, Buffer.from(detachedCertificate(signed)));
}

function sbomText(): string {
  return readContent(files.get(sbom)!).toString();
}

describe('with genuine signatures on all of it, a mirror serves', () => {
  it.each<[string, ErrorCode, () => void]>([
    [
      'kubectl as kubelet',
      'DIGEST_MISMATCH',
      replaced(kubelet, kubernetesBinaryPath('1.37.0', 'amd64', 'kubectl')),
    ],
    [
      "arm64's file as amd64's",
      'DIGEST_MISMATCH',
      replaced(kubelet, kubernetesBinaryPath('1.37.0', 'arm64', 'kubelet')),
    ],
    [
      'a file of an older release under the newer version',
      'DIGEST_MISMATCH',
      replaced(kubelet, kubernetesBinaryPath('1.36.1', 'amd64', 'kubelet')),
    ],
    [
      'an older release, whole, under the newer version',
      'SUBJECT_MISMATCH',
      () => {
        for (const [path, content] of published.files) {
          if (path.includes('/v1.36.1/')) files.set(path.replace('/v1.36.1/', '/v1.37.0/'), content);
        }
      },
    ],
    ['the document of another version', 'SUBJECT_MISMATCH', replaced(sbom, kubernetesSbomPath('1.36.1'))],
    [
      'a document that lists another digest',
      'DIGEST_MISMATCH',
      () => publishSbom(sbomText().replaceAll(contentHex(files.get(kubelet)!, 'sha256'), 'a'.repeat(64))),
    ],
    [
      'a document that lists the file twice, otherwise',
      'SUBJECT_MISMATCH',
      () => {
        const entry = /FileName: bin\/linux\/amd64\/kubelet\n(?:.+\n)+/.exec(sbomText())![0];
        publishSbom(`${sbomText()}\n${entry.replace(/SHA256: .*/, `SHA256: ${'b'.repeat(64)}`)}`);
      },
    ],
  ])('%s: %s, nothing is written', async (_, code, arrange) => {
    arrange();
    const manifestsDir = await emptyDirectory();
    expectRefused(await update(manifestsDir), 5, code);
    expect(await snapshot(join(manifestsDir, '..'))).not.toHaveProperty('manifests/knc.debian-13.amd64.json');
    expect(
      Object.keys(await snapshot(join(manifestsDir, '..'))).filter((path) => path.endsWith('.json')),
    ).toEqual([]);
  });
});

describe('a document whose proof does not hold', () => {
  it.each<[string, number, ErrorCode, () => void]>([
    [
      'one line is changed',
      5,
      'SIGNATURE_INVALID',
      () => files.set(sbom, Buffer.from(sbomText().replace('FilesAnalyzed: true', 'FilesAnalyzed: false'))),
    ],
    ['it is missing', 4, 'NOT_FOUND', () => files.delete(sbom)],
    ['its signature is missing', 4, 'NOT_FOUND', () => files.delete(`${sbom}.sig`)],
    ['its certificate is missing', 4, 'NOT_FOUND', () => files.delete(`${sbom}.cert`)],
    [
      'another identity signed it',
      5,
      'SIGNER_UNTRUSTED',
      () => publishSbom(sbomText(), 'krel-trust@k8s-releng-prod.iam.gserviceaccount.com'),
    ],
  ])('%s: exit code %i, %s, nothing is written', async (_, exitCode, code, arrange) => {
    arrange();
    const manifestsDir = await emptyDirectory();
    expectRefused(await update(manifestsDir, ['--keep-going']), exitCode, code);
    const written = Object.keys(await snapshot(join(manifestsDir, '..')));
    expect(written.filter((path) => path.endsWith('.json'))).toEqual([]);
  });
});

describe('a release as it was published', () => {
  it('is bound by name, architecture and version, in every entry', async () => {
    const manifestsDir = await emptyDirectory();
    expectDone(await update(manifestsDir));
    for (const arch of ['amd64', 'arm64'] as const) {
      const file = join(manifestsDir, `knc.debian-13.${arch}.json`);
      const { dependencies } = parseManifest(await readFile(file), file).vmconfig;
      for (const name of kubernetesBinaries) {
        const binary = files.get(kubernetesBinaryPath('1.37.0', arch, name))!;
        expect(dependencies[name]).toMatchObject({
          version: '1.37.0',
          digest: `sha256:${contentHex(binary, 'sha256')}`,
        });
      }
    }
    for (const entry of Object.values(await evidenceOf(manifestsDir))) {
      expect(entry).not.toHaveProperty('digestOnly');
      expect(entry.documents.map(({ role }) => role)).toContain('sbom');
    }
    expectDone(await update(manifestsDir, ['--check']));
  });

  it('can be judged again where its document is too large to be kept, and asks upstream for the rest', async () => {
    publishSbom(`${sbomText()}\nDocumentComment: <text>${'x'.repeat(maxKeptBytes)}</text>\n`);
    const manifestsDir = await emptyDirectory();
    expectDone(await update(manifestsDir));
    const { kubelet: entry } = await evidenceOf(manifestsDir);
    const digests = new Map(entry?.documents.map(({ role, digest }) => [role, digest.replace(':', '-')]));
    const kept = await snapshot(join(manifestsDir, 'evidence/documents'));
    expect(kept).not.toHaveProperty(digests.get('sbom')!);
    const excerpt = entry?.documents.find(({ role }) => role === 'sbom-entry');
    expect(excerpt?.text).toContain('FileName: bin/linux/amd64/kubelet');
    const before = server.log.length;
    expectDone(await update(manifestsDir, ['--check']));
    expect(server.log.slice(before).map(({ path }) => path)).toContain(sbom);
  });

  it('is verified offline with an evidence store, and up to the index without it', async () => {
    publishSbom(`${sbomText()}\nDocumentComment: <text>${'x'.repeat(maxKeptBytes)}</text>\n`);
    const manifestsDir = await emptyDirectory();
    const store = await emptyDirectory();
    const [manifest, stored] = [join(manifestsDir, 'knd.debian-13.amd64.json'), ['--evidence-store', store]];
    expectDone(await update(manifestsDir, stored));
    const [name = ''] = await readdir(store);
    const offline = async (args: readonly string[] = []) => {
      const trusted = ['--trust-dir', join(directory, 'trust'), '--now', now];
      const done = await runInProcess(['verify', '--offline', manifest, ...trusted, '--json', ...args]);
      const report = readDocument('verify-offline', done.stdout);
      const entry = report.manifests[0]!.entries.find((one) => one.name === 'kubelet')!;
      return [done.exitCode, entry.verdict, entry.refusal?.which];
    };
    expect(await offline(stored)).toEqual([0, 'verified', undefined]);
    expect(await offline()).toEqual([3, 'up to the index', undefined]);
    expect(await offline(['--allow-partial'])).toEqual([0, 'up to the index', undefined]);

    const bytes = await readFile(join(store, name));
    await writeFile(join(store, name), flipBit(bytes, 8));
    expect(await offline(stored)).toEqual([5, 'refused', 'sbom']);
    const network = ['--cache-dir', join(directory, 'other-cache'), ...mirrorArgs()];
    const fetched = () => runInProcess(['fetch-evidence', manifest, ...stored, ...network]);
    expect(expectDone(await fetched()).stderr).toContain('fetched sha256:');
    expect(expectDone(await fetched()).stderr).toContain('kept    sha256:');
    expect(await readFile(join(store, name))).toEqual(bytes);
    await rm(join(store, name));
    expect(await offline(stored)).toEqual([3, 'up to the index', undefined]);
    // Once upstream has another document there, nobody has this one.
    publishSbom('another document');
    const { exitCode, stderr } = await fetched();
    expect([exitCode, stderr]).toEqual([4, expect.stringContaining('[NOT_FOUND]')]);
    expect(await readdir(store)).toEqual([]);
  });

  it('without a document is taken by its digest where the catalogue says why, and that is told', async () => {
    for (const suffix of ['', '.sig', '.cert']) files.delete(sbom + suffix);
    await describeCatalogue({ without: { '1.37.0': 'it was never published' } });
    const manifestsDir = await emptyDirectory();
    expectDone(await update(manifestsDir));
    expect((await evidenceOf(manifestsDir))['kubelet']).toMatchObject({ digestOnly: true });
    // Of another release that says nothing.
    await describeCatalogue({ without: { '1.36.1': 'it was never published' } });
    expectRefused(await update(await emptyDirectory()), 4, 'NOT_FOUND');
  });
});

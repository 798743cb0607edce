/** Indexes that an evidence store lacks, from a repository that has moved on and from a snapshot service, on loopback. */
import { mkdtemp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startUpstreamServer, type UpstreamServer } from '../../../../scripts/upstream/server.ts';
import { renderEvidence, type EvidenceEntry } from '../../../../src/formats/own/evidence.ts';
import { renderManifest } from '../../../../src/formats/own/manifest.ts';
import { createFileStore } from '../../../../src/io/file-store.ts';
import { fetchEvidence } from '../../../../src/pipeline/proofs/fetch-evidence.ts';
import { documentName } from '../../../../src/pipeline/shared/kept-documents.ts';
import { digestOf } from '../../../../src/verify/digest.ts';
import { proven } from '../../../support/question-sample.ts';
import { quickFetcher } from '../../../support/quick-fetcher.ts';
import { silentReporter } from '../../../support/silent-reporter.ts';

const root = 'https://deb.example.org/debian';
const index = Buffer.alloc((1 << 20) + 1, 'x');
const digest = digestOf('sha256', index);
const byHash = `dists/trixie/main/binary-amd64/by-hash/SHA256/${digest.slice(7)}`;
const release = Buffer.from('-----BEGIN PGP SIGNED MESSAGE-----\n\nDate: Thu, 19 Nov 2026 02:12:54 UTC\n');
const inRelease = {
  ...{ role: 'inrelease', url: `${root}/dists/trixie/InRelease`, size: release.length },
  digest: digestOf('sha256', release),
};
const proof: EvidenceEntry = {
  ...{ version: '1', url: `${root}/foo.deb`, digest, size: 1, assurance: 'signed', method: 'apt' },
  ...{ signers: [], watermark: {} },
  documents: [inRelease, { role: 'packages', url: `${root}/${byHash}`, digest, size: index.length }],
  ...proven,
};

let directory: string;
let server: UpstreamServer;
const files = new Map<string, Uint8Array>();
beforeEach(async () => {
  files.clear();
  directory = await mkdtemp(join(tmpdir(), 'assay-fetch-evidence-'));
  server = await startUpstreamServer({ files });
  const [manifests, store] = [join(directory, 'manifests'), join(directory, 'store')];
  await mkdir(join(manifests, 'evidence/documents'), { recursive: true });
  await mkdir(store);
  const os = { name: 'debian-13', arch: 'amd64' } as const;
  const manifest = { vmconfig: { version: 'dev', kind: 'knd', os, dependencies: {}, images: [] } };
  await writeFile(join(manifests, 'knd.debian-13.amd64.json'), renderManifest(manifest));
  await writeFile(join(manifests, 'evidence/knd.debian-13.amd64.json'), renderEvidence({ foo: proof }));
  await writeFile(join(manifests, 'evidence/documents', documentName(inRelease.digest)), release);
});
afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

async function fetchAll(snapshotBase?: string) {
  const mirrors = [
    { origin: root, url: `${server.url}/debian` },
    { origin: 'https://snapshot.example.org', url: `${server.url}/snapshot` },
  ];
  const fetcher = quickFetcher({ mirrors });
  try {
    const [result] = await fetchEvidence([join(directory, 'manifests/knd.debian-13.amd64.json')], {
      ...{ files: createFileStore(), fetcher, reporter: silentReporter },
      ...{ store: join(directory, 'store'), snapshotBase },
    });
    return result!;
  } finally {
    await fetcher.close();
  }
}

const stored = () => readdir(join(directory, 'store'));
const base = 'https://snapshot.example.org/archive';

describe('an index that the store lacks', () => {
  it('comes from where it was published, by its hash', async () => {
    files.set(`debian/${byHash}`, index);
    expect(await fetchAll()).toMatchObject({ status: 'fetched', from: `${root}/${byHash}` });
    expect(await readFile(join(directory, 'store', documentName(digest)))).toEqual(index);
    expect(await fetchAll()).toMatchObject({ status: 'kept' });
  });

  it.each([
    '20261119T120000Z',
    '20261119T021254Z',
    '20261119T081254Z',
    '20261120T021254Z',
    '20261120T120000Z',
  ])('comes from a snapshot of %s, by suite, date and path', async (stamp) => {
    files.set(`snapshot/archive/debian/${stamp}/${byHash}`, index);
    expect(await fetchAll(base)).toMatchObject({
      status: 'fetched',
      from: `${base}/debian/${stamp}/${byHash}`,
    });
    expect(await stored()).toEqual([documentName(digest)]);
  });

  it('is taken from nobody who has other bytes of that size, or more of them', async () => {
    files.set(`debian/${byHash}`, Buffer.alloc(index.length, 'y'));
    files.set(`snapshot/archive/debian/20261119T120000Z/${byHash}`, Buffer.concat([index, index]));
    const { status, error } = await fetchAll(base);
    expect([status, error?.code, await stored()]).toEqual(['failed', 'NOT_FOUND', []]);
    files.set(`snapshot/archive/debian/20261119T081254Z/${byHash}`, index);
    expect(await fetchAll(base)).toMatchObject({ status: 'fetched' });
  });

  it('is fetched again where the one that is there was changed', async () => {
    await writeFile(join(directory, 'store', documentName(digest)), Buffer.alloc(index.length, 'y'));
    files.set(`debian/${byHash}`, index);
    expect(await fetchAll()).toMatchObject({ status: 'fetched' });
    expect(await readFile(join(directory, 'store', documentName(digest)))).toEqual(index);
  });
});

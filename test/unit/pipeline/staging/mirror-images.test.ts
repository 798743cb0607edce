import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refuse, substitute } from '../../../../scripts/upstream/behaviours.ts';
import { addSignatures, ociDigest, simpleSigningPayload } from '../../../../scripts/upstream/oci-image.ts';
import { startUpstreamServer } from '../../../../scripts/upstream/server.ts';
import { renderManifest, type Manifest } from '../../../../src/formats/own/manifest.ts';
import type { ManifestImage } from '../../../../src/formats/own/manifest-schema.ts';
import { openMirrorTree } from '../../../../src/io/mirror-tree.ts';
import { mirror, type MirrorResult } from '../../../../src/pipeline/staging/mirror.ts';
import { planMirror } from '../../../../src/pipeline/staging/mirror-plan.ts';
import type { ImageMirror } from '../../../../src/sources/image-store.ts';
import {
  blobs,
  imageName,
  manifestOf,
  manifests,
  openImages,
  publishedImage,
  runnableLayer,
  type ImageRehearsal,
} from '../../../support/image-rehearsal.ts';
import { pauseRepository } from '../../../support/pause-registry.ts';
import { snapshot } from '../../../support/snapshot.ts';

const repository = pauseRepository({ layer: runnableLayer() });
const [amd64, arm64] = [publishedImage(repository), publishedImage(repository, 'arm64')];
const knc = manifestOf([amd64.pinned]);
const kncArm = manifestOf([arm64.pinned], { arch: 'arm64' });

interface Options {
  readonly prune?: boolean;
  readonly withImages?: boolean;
  readonly mirror?: ImageMirror;
  readonly name?: string;
}

async function fill(
  run: ImageRehearsal,
  wanted: readonly Manifest[],
  { prune = false, withImages = true, mirror: from, name = 'tree' }: Options = {},
): Promise<MirrorResult> {
  const sources = wanted.map((manifest, index) => ({
    ...{ file: `${index}.json`, manifest, bytes: renderManifest(manifest) },
  }));
  const plan = planMirror(sources, { withOsImage: true, withImages });
  const tree = await openMirrorTree(join(run.directory, name));
  try {
    return await mirror({ plan, tree, store: run.store(from), reporter: run.reporter, jobs: 2, prune });
  } finally {
    await tree.close();
  }
}

/** What each image failed by, or that it is complete. */
const verdicts = ({ images, failures }: MirrorResult) => [
  ...images.map(({ status, error }) => error?.code ?? status),
  ...failures.map(({ error }) => error.code),
];
const statuses = ({ manifests: all }: MirrorResult) => all.map(({ status }) => status);
const at = (run: ImageRehearsal, path: string) => join(run.directory, 'tree', path);
const blobAt = (run: ImageRehearsal, digest: string) => at(run, `images/blobs/${digest.replace(':', '/')}`);

async function named(run: ImageRehearsal): Promise<Record<string, string>> {
  const { manifests: all } = JSON.parse(await readFile(at(run, 'images/index.json'), 'utf8')) as {
    manifests: { digest: string; annotations: Record<string, string> }[];
  };
  return Object.fromEntries(
    all.map(({ digest, annotations }) => [annotations['org.opencontainers.image.ref.name']!, digest]),
  );
}

const signatureName = `registry.k8s.io/pause:${amd64.signatures}`;

describe('the images of a mirror', () => {
  it('are one layout: index, manifests of the platforms, configurations, layers, signatures', async () => {
    const run = await openImages(repository, { wantsToken: true });
    const result = await fill(run, [knc, kncArm]);
    expect(verdicts(result)).toEqual(['complete', 'complete']);
    expect(statuses(result)).toEqual(['written', 'written']);
    expect(run.reporter.warnings).toEqual([]);
    const signatures = ociDigest(repository.tags.get(amd64.signatures)!);
    expect(await named(run)).toEqual({ [imageName]: amd64.index, [signatureName]: signatures });
    expect(await readFile(at(run, 'images/oci-layout'), 'utf8')).toBe('{"imageLayoutVersion":"1.0.0"}\n');
    const found = await readdir(at(run, 'images/blobs/sha256'));
    // Two platforms share their layer here; a signature has two payloads and its own configuration.
    const expected = [amd64.index, amd64.manifest, arm64.manifest, amd64.config.digest, arm64.config.digest];
    for (const digest of [...expected, amd64.layers[0]!.digest, signatures]) {
      expect(found).toContain(digest.slice('sha256:'.length));
    }
    expect(found).toHaveLength(10);
  });

  it('are kept where they are right: nobody is asked a second time, and no file is touched', async () => {
    const run = await openImages(repository);
    await fill(run, [knc]);
    const [before, requests] = [await snapshot(at(run, '.')), run.server.log.length];
    const again = await fill(run, [knc]);
    expect(statuses(again)).toEqual(['kept']);
    expect(run.server.log).toHaveLength(requests);
    expect(await snapshot(at(run, '.'))).toEqual(before);
  });

  it('are mended where something was changed', async () => {
    const run = await openImages(repository);
    await fill(run, [knc]);
    const before = await snapshot(at(run, '.'));
    await writeFile(blobAt(run, amd64.layers[0]!.digest), 'other');
    await writeFile(blobAt(run, amd64.manifest), '{}');
    await rm(blobAt(run, amd64.config.digest));
    await writeFile(at(run, 'images/index.json'), '{"schemaVersion":2,"manifests":[{}]}');
    expect(verdicts(await fill(run, [knc]))).toEqual(['complete']);
    expect(await snapshot(at(run, '.'))).toEqual(before);
    expect(run.reporter.warnings.join()).toContain('images/index.json');
  });

  it('lead to what the manifests pin, whatever name an edited index gave to what', async () => {
    const run = await openImages(repository);
    await fill(run, [knc]);
    const index = await readFile(at(run, 'images/index.json'), 'utf8');
    await writeFile(at(run, 'images/index.json'), index.replace(amd64.index, arm64.manifest));
    await fill(run, [knc]);
    expect(await readFile(at(run, 'images/index.json'), 'utf8')).toBe(index);
  });

  it('stay until they are pruned, and go with the manifest that named them', async () => {
    const older = pauseRepository({ version: '3.10.1' }, { version: '3.10.2', layer: runnableLayer() });
    const run = await openImages(older);
    const first = publishedImage(older, 'amd64', '3.10.1');
    await fill(run, [manifestOf([first.pinned])]);
    const [next] = [manifestOf([publishedImage(older).pinned])];
    await fill(run, [next]);
    expect(Object.keys(await named(run))).toHaveLength(4);
    await mkdir(at(run, 'images/mine'), { recursive: true });
    await writeFile(at(run, 'images/mine/notes'), '');
    const { pruned } = await fill(run, [next], { prune: true });
    expect(Object.keys(await named(run))).toHaveLength(2);
    expect(pruned).toContain(`images/blobs/${first.layers[0]!.digest.replace(':', '/')}`);
    expect(pruned).toContain(`images/blobs/${first.manifest.replace(':', '/')}`);
    expect(pruned.every((path) => path.startsWith('images/blobs/'))).toBe(true);
    await fill(run, [next], { prune: true, withImages: false });
    expect(await readdir(at(run, 'images'))).toEqual(['mine']);
  });

  it('are left out where they are not wanted', async () => {
    const run = await openImages(repository);
    expect(statuses(await fill(run, [knc], { withImages: false }))).toEqual(['written']);
    expect(run.server.log).toEqual([]);
    expect(await readdir(at(run, '.'))).toEqual(['manifests']);
  });

  it('hold the manifest back, and leave an older index as it was, where a layer cannot be had', async () => {
    const other = pauseRepository({ version: '3.10.1' }, { version: '3.10.2', layer: runnableLayer() });
    const run = await openImages(other);
    await fill(run, [manifestOf([publishedImage(other, 'amd64', '3.10.1').pinned])]);
    const before = await snapshot(at(run, '.'));
    const wanted = publishedImage(other);
    run.server.override(`${blobs}/${wanted.layers[0]!.digest}`, refuse(404));
    const result = await fill(run, [manifestOf([wanted.pinned])], { prune: true });
    expect(verdicts(result)).toEqual(['held', 'NOT_FOUND']);
    expect(statuses(result)).toEqual(['held']);
    expect(await snapshot(at(run, '.'))).toEqual(before);
  });

  it('fill another mirror, which asks no registry', async () => {
    const run = await openImages(repository);
    await fill(run, [knc, kncArm]);
    const files = new Map<string, Buffer>();
    for (const [path, hex] of Object.entries(await snapshot(at(run, '.')))) {
      if (hex !== 'no regular file') files.set(path, Buffer.from(hex, 'hex'));
    }
    const server = await startUpstreamServer({ files });
    const requests = run.server.log.length;
    const from = { url: server.url, fallsBack: false };
    expect(verdicts(await fill(run, [knc, kncArm], { mirror: from, name: 'second' }))).toEqual([
      'complete',
      'complete',
    ]);
    expect(run.server.log).toHaveLength(requests);
    expect(await snapshot(join(run.directory, 'second'))).toEqual(await snapshot(at(run, '.')));
    await server.close();
  });
});

describe('an image is not mirrored', () => {
  const layer = amd64.layers[0]!;
  it.each([
    [
      'other bytes of a layer',
      `${blobs}/${layer.digest}`,
      Buffer.alloc(layer.size),
      ['held', 'DIGEST_MISMATCH'],
    ],
    [
      'another size of a layer',
      `${blobs}/${layer.digest}`,
      Buffer.alloc(layer.size + 1),
      ['held', 'SIZE_MISMATCH'],
    ],
    ['another index', `${manifests}/${amd64.index}`, Buffer.from('{}'), ['DIGEST_MISMATCH']],
    ['another manifest', `${manifests}/${amd64.manifest}`, Buffer.from('{}'), ['DIGEST_MISMATCH']],
    [
      'signatures that are none',
      `${manifests}/${amd64.signatures}`,
      Buffer.from('{}'),
      ['EVIDENCE_MALFORMED'],
    ],
  ])('for %s', async (_, path, bytes, expected) => {
    const run = await openImages(repository);
    run.server.override(path, substitute(bytes));
    const result = await fill(run, [knc]);
    expect(verdicts(result)).toEqual(expected);
    expect(statuses(result)).toEqual(['held']);
    await expect(readFile(at(run, 'images/index.json'))).rejects.toThrow('ENOENT');
  });

  it.each([
    ['an index that lists another manifest for the platform', { digest: arm64.manifest }, 'SUBJECT_MISMATCH'],
    ['another size', { size: amd64.pinned.size - 1 }, 'SIZE_MISMATCH'],
    ['a manifest in place of the index', { index: amd64.manifest }, 'EVIDENCE_MALFORMED'],
  ])('for %s', async (_, change, code) => {
    const run = await openImages(repository);
    expect(verdicts(await fill(run, [manifestOf([{ ...amd64.pinned, ...change }])]))).toEqual([code]);
  });

  it('with signatures of another image', async () => {
    const odd = pauseRepository({ layer: runnableLayer() });
    const payload = simpleSigningPayload('registry.k8s.io/pause', arm64.manifest);
    odd.tags.set(amd64.signatures, addSignatures(odd, [{ payload, annotations: {} }]));
    const run = await openImages(odd);
    expect(verdicts(await fill(run, [manifestOf([publishedImage(odd).pinned])]))).toEqual([
      'SUBJECT_MISMATCH',
    ]);
  });

  it('under one tag in two ways', () => {
    const source = (manifest: Manifest, file: string) => ({
      file,
      manifest,
      bytes: renderManifest(manifest),
    });
    const plan = (...all: Manifest[]) =>
      planMirror(
        all.map((manifest, index) => source(manifest, `${index}.json`)),
        { withOsImage: true },
      );
    const other = (change: object) => manifestOf([{ ...amd64.pinned, ...change }], { kind: 'knd' });
    expect(plan(knc, kncArm, other({})).images).toHaveLength(2);
    for (const change of [{ digest: arm64.manifest }, { index: arm64.manifest }]) {
      expect(() => plan(knc, other(change))).toThrow(
        expect.objectContaining({ code: 'ARTIFACT_MUTATED' }) as Error,
      );
    }
  });
});

describe('an image without the index that lists it', () => {
  const pinnedAlone = ({ pinned }: typeof amd64): ManifestImage => {
    const { image, digest, size, platform } = pinned;
    return { image, digest, size, ...(platform && { platform }) };
  };

  it('has its name of the one manifest, and of an index of the mirror where there are two', async () => {
    const run = await openImages(repository);
    await fill(run, [manifestOf([pinnedAlone(amd64)])]);
    expect((await named(run))[imageName]).toBe(amd64.manifest);
    // The index is signed, and nobody vouched for it here.
    expect(run.reporter.warnings.join()).toContain('no signature');
    await fill(run, [manifestOf([pinnedAlone(amd64)]), manifestOf([pinnedAlone(arm64)], { arch: 'arm64' })]);
    const root = (await named(run))[imageName]!;
    const { manifests: members } = JSON.parse(await readFile(blobAt(run, root), 'utf8')) as {
      manifests: { digest: string; platform: { architecture: string } }[];
    };
    expect(members.map(({ digest, platform }) => [platform.architecture, digest])).toEqual([
      ['amd64', amd64.manifest],
      ['arm64', arm64.manifest],
    ]);
    expect(dirname(blobAt(run, root))).toBe(at(run, 'images/blobs/sha256'));
  });
});

import { copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cut, refuse, substitute } from '../../../../scripts/upstream/behaviours.ts';
import { startUpstreamServer } from '../../../../scripts/upstream/server.ts';
import { readContent } from '../../../../scripts/upstream/virtual-file.ts';
import type { ManifestImage } from '../../../../src/formats/own/manifest-schema.ts';
import { createStagingDirectory, openStagedFiles } from '../../../../src/io/staging-directory.ts';
import { imageItems, stageImages } from '../../../../src/pipeline/staging/stage-images.ts';
import { verifyStaged } from '../../../../src/pipeline/staging/verify-staged.ts';
import type { ImageMirror } from '../../../../src/sources/image-store.ts';
import {
  archiveFile,
  blobs,
  manifestOf,
  manifests,
  openImages,
  publishedImage,
  runnableLayer,
  type ImageRehearsal,
} from '../../../support/image-rehearsal.ts';
import { pauseRepository } from '../../../support/pause-registry.ts';

const repository = pauseRepository();
const image = publishedImage(repository);
const layer = image.layers[0]!;
const layerBytes = readContent(repository.blobs.get(layer.digest)!);
/** Of the same size. */
const flippedLayer = Buffer.from(layerBytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte)));

async function stage(
  run: ImageRehearsal,
  pinned: ManifestImage = image.pinned,
  mirror?: ImageMirror,
): Promise<string> {
  const directory = await createStagingDirectory(join(run.directory, 'staged'));
  try {
    const items = imageItems(manifestOf([pinned]));
    const { reporter } = run;
    const { staged, failures } = await stageImages({
      items,
      directory,
      store: run.store(mirror),
      reporter,
      jobs: 2,
    });
    const [failure] = failures;
    return failure === undefined
      ? staged.map(({ status }) => status).join()
      : `${failure.error.name} ${failure.error.code}`;
  } finally {
    await directory.close();
  }
}

async function verify(run: ImageRehearsal, pinned: ManifestImage = image.pinned): Promise<string> {
  const files = await openStagedFiles(join(run.directory, 'staged'));
  try {
    const required = imageItems(manifestOf([pinned]));
    const verdicts = await verifyStaged({ required, allowed: [], files });
    return verdicts.map(({ status, error }) => [status, error?.code].join(' ').trim()).join();
  } finally {
    await files.close();
  }
}

const staged = (run: ImageRehearsal) => join(run.directory, 'staged', archiveFile);
const asked = (run: ImageRehearsal) => run.server.log.map(({ path }) => path);

describe('an image that is staged', () => {
  it('is the same archive whenever and wherever it is made, and is kept', async () => {
    const [one, other] = [await openImages(repository), await openImages(repository, { wantsToken: true })];
    expect([await stage(one), await stage(other)]).toEqual(['staged', 'staged']);
    const bytes = await readFile(staged(one));
    expect(bytes.equals(await readFile(staged(other)))).toBe(true);
    expect(await readdir(join(one.directory, 'staged'))).toEqual([archiveFile]);
    const requests = asked(one).length;
    expect(await stage(one)).toBe('kept');
    expect(asked(one)).toHaveLength(requests);
    expect(await verify(one)).toBe('right');
    expect(bytes.includes('"RepoTags":["registry.k8s.io/pause:3.10.2"]')).toBe(true);
    expect(bytes.includes('"io.containerd.image.name":"registry.k8s.io/pause:3.10.2"')).toBe(true);
  });

  it('is put in place of another file, and of one that was cut short', async () => {
    const run = await openImages(repository);
    await stage(run);
    const bytes = await readFile(staged(run));
    await writeFile(staged(run), bytes.subarray(0, -512));
    expect(await verify(run)).toBe('wrong SIZE_MISMATCH');
    expect(await stage(run)).toBe('staged');
    expect(bytes.equals(await readFile(staged(run)))).toBe(true);
  });

  it('goes on where it was cut: with the blobs that are whole', async () => {
    const run = await openImages(repository);
    const path = `${blobs}/${layer.digest}`;
    run.server.override(path, cut(layerBytes, 100_000));
    expect(await stage(run)).toBe('TransportError TRUNCATED');
    expect(await readdir(join(run.directory, 'staged'))).toEqual(['.assay']);
    run.server.override(path);
    const before = asked(run).filter((one) => one.endsWith(image.config.digest)).length;
    expect(await stage(run)).toBe('staged');
    // The configuration was read to be judged, and was not fetched for the archive again.
    expect(asked(run).filter((one) => one.endsWith(image.config.digest))).toHaveLength(before + 1);
    expect(await readdir(join(run.directory, 'staged'))).toEqual([archiveFile]);
  });

  it.each([
    ['other bytes of a layer', `${blobs}/${layer.digest}`, flippedLayer, 'DIGEST_MISMATCH'],
    [
      'more bytes of a layer',
      `${blobs}/${layer.digest}`,
      Buffer.concat([layerBytes, layerBytes]),
      'SIZE_MISMATCH',
    ],
    ['fewer bytes of a layer', `${blobs}/${layer.digest}`, layerBytes.subarray(1), 'SIZE_MISMATCH'],
    [
      'another configuration',
      `${blobs}/${image.config.digest}`,
      Buffer.from('{"os":"linux"}'),
      'DIGEST_MISMATCH',
    ],
    ['a larger configuration', `${blobs}/${image.config.digest}`, Buffer.alloc(9_000, ' '), 'SIZE_MISMATCH'],
    ['another manifest', `${manifests}/${image.manifest}`, repository.tags.get('3.10.2')!, 'DIGEST_MISMATCH'],
  ])('is refused for %s', async (_, path, bytes, code) => {
    const run = await openImages(repository);
    run.server.override(path, substitute(bytes));
    expect(await stage(run)).toBe(`VerificationError ${code}`);
    expect(await readdir(join(run.directory, 'staged'))).toEqual([]);
  });

  it('is not staged where a blob is missing', async () => {
    const run = await openImages(repository);
    run.server.override(`${blobs}/${layer.digest}`, refuse(404));
    expect(await stage(run)).toBe('TransportError NOT_FOUND');
  });

  it('is refused where the pinned size is another', async () => {
    const run = await openImages(repository);
    expect(await stage(run, { ...image.pinned, size: image.pinned.size + 1 })).toBe(
      'VerificationError SIZE_MISMATCH',
    );
  });

  it('is refused where its configuration is of another platform', async () => {
    const run = await openImages(repository);
    const { manifest, pinned } = publishedImage(repository, 'arm64');
    expect(await stage(run, { ...pinned, platform: 'linux/amd64', digest: manifest })).toBe(
      'VerificationError SUBJECT_MISMATCH',
    );
  });
});

describe('an image that is staged from a mirror', () => {
  /** The blobs alone, as a static server has them. */
  async function openMirror(
    run: ImageRehearsal,
    change: (files: Map<string, Buffer>) => void = () => undefined,
  ) {
    const files = new Map<string, Buffer>();
    for (const [digest, content] of [...repository.blobs, ...repository.manifests]) {
      files.set(`images/blobs/${digest.replace(':', '/')}`, readContent(content));
    }
    change(files);
    const server = await startUpstreamServer({ files });
    return {
      server,
      url: server.url,
      path: (digest: string) => `images/blobs/${digest.replace(':', '/')}`,
      run,
    };
  }

  it('needs no registry', async () => {
    const run = await openImages(repository);
    const { server, url } = await openMirror(run);
    expect(await stage(run, image.pinned, { url, fallsBack: false })).toBe('staged');
    expect(asked(run)).toEqual([]);
    expect(await verify(run)).toBe('right');
    await server.close();
  });

  it('is refused for other bytes, and the registry is not asked for others', async () => {
    const run = await openImages(repository);
    const { server, url } = await openMirror(run, (files) =>
      files.set(`images/blobs/${layer.digest.replace(':', '/')}`, flippedLayer),
    );
    expect(await stage(run, image.pinned, { url, fallsBack: true })).toBe(
      'VerificationError DIGEST_MISMATCH',
    );
    expect(asked(run)).toEqual([]);
    await server.close();
  });

  it('asks the registry for what the mirror has not, if it may, with its token', async () => {
    const run = await openImages(repository, { wantsToken: true });
    const { server, url } = await openMirror(run, (files) =>
      files.delete(`images/blobs/${layer.digest.replace(':', '/')}`),
    );
    expect(await stage(run, image.pinned, { url, fallsBack: false })).toBe('TransportError NOT_FOUND');
    expect(await stage(run, image.pinned, { url, fallsBack: true })).toBe('staged');
    expect(new Set(asked(run))).toEqual(new Set([`${blobs}/${layer.digest}`, 'registry.k8s.io/token']));
    await server.close();
  });
});

describe('a staged archive', () => {
  const runnable = pauseRepository({ layer: runnableLayer() });
  const small = publishedImage(runnable);

  it('is refused with any bit flipped, and with more behind it', async () => {
    const run = await openImages(runnable);
    await stage(run, small.pinned);
    const good = await readFile(staged(run));
    expect(await verify(run, small.pinned)).toBe('right');
    for (let at = 0; at < good.length; at += 97) {
      const bad = Buffer.from(good);
      bad[at]! ^= 1 << (at % 8);
      await writeFile(staged(run), bad);
      expect(await verify(run, small.pinned), `byte ${at}`).toMatch(/^wrong (?:DIGEST|SIZE)_MISMATCH$/);
    }
    for (const bad of [good.subarray(0, 600), Buffer.concat([good, Buffer.alloc(512)]), Buffer.alloc(0)]) {
      await writeFile(staged(run), bad);
      expect(await verify(run, small.pinned)).toMatch(/^wrong (?:DIGEST|SIZE)_MISMATCH$/);
    }
  });

  it.each([
    ['the name', 'registry.k8s.io/pause:3.10.2', 'registry.k8s.io/pausf:3.10.2'],
    ['the digest in its index', small.manifest, publishedImage(runnable, 'arm64').manifest],
    ['the platform', '"architecture":"amd64","os":"linux"}}', '"architecture":"arm64","os":"linux"}}'],
  ])('is refused where %s was changed', async (_, from, to) => {
    const run = await openImages(runnable);
    await stage(run, small.pinned);
    const text = (await readFile(staged(run))).toString('latin1');
    expect(text).toContain(from);
    await writeFile(staged(run), Buffer.from(text.replaceAll(from, to), 'latin1'));
    expect(await verify(run, small.pinned)).toMatch(/^wrong (?:DIGEST|SIZE)_MISMATCH$/);
  });

  it('of another image, or of another platform of this one, is refused; none is missing', async () => {
    const run = await openImages(runnable);
    const amd64 = manifestOf([small.pinned]);
    await mkdir(join(run.directory, 'staged'));
    expect(await verify(run, small.pinned)).toBe('missing FILE_MISSING');
    await stage(run, small.pinned);
    const arm64 = publishedImage(runnable, 'arm64').pinned;
    expect(await verify(run, { ...arm64, platform: 'linux/amd64' })).toBe('wrong DIGEST_MISMATCH');
    expect(imageItems(amd64)[0]?.name).toBe(archiveFile);
    await copyFile(staged(run), join(run.directory, 'staged', 'other.oci.tar'));
    await rm(staged(run));
    expect(await verify(run, small.pinned)).toBe('missing FILE_MISSING,extra FILE_UNEXPECTED');
  });
});

/** `assay mirror --verify` and container images: each document and layer that a published tree lacks, or has otherwise. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { refuse, substitute } from '../../scripts/upstream/behaviours.ts';
import { flipBit } from '../../scripts/upstream/bits.ts';
import { startUpstreamServer } from '../../scripts/upstream/server.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { imageName, manifestOf, openImages, publishedImage } from '../support/image-rehearsal.ts';
import type { Architecture } from '../../src/model/artifact.ts';
import { expectDone } from '../support/outcomes.ts';

interface Verified {
  readonly verified: boolean;
  readonly files: readonly { path: string; status: string; error?: { code: string } }[];
}

/** Of the pause image, signed, published as a tree. `verify`: what is not right of it. */
async function openPublished(architectures: readonly Architecture[] = ['amd64'], withIndex = true) {
  const run = await openImages();
  const { repository } = run;
  const files: string[] = [];
  for (const arch of architectures) {
    const { index, ...pinned } = publishedImage(repository, arch).pinned;
    const manifest = manifestOf([withIndex ? { ...pinned, index: index! } : pinned], { arch });
    files.push(await run.write(manifest, `knc.debian-13.${arch}.json`));
  }
  const tree = join(run.directory, 'published/mirror.example');
  const cache = ['--cache-dir', join(run.directory, 'cache')];
  expectDone(await runInProcess(['mirror', ...files, '--dir', tree, ...cache, ...run.mirrorArgs]));
  const server = await startUpstreamServer({ directory: join(run.directory, 'published') });
  onTestFinished(() => server.close());
  const verify = async (...named: readonly string[]) => {
    const args = ['--verify', `${server.url}/mirror.example`, '--sample', 'all', '--json', ...cache];
    const { exitCode, stdout } = await runInProcess(['mirror', ...(named.length ? named : files), ...args]);
    const { verified, files: all } = JSON.parse(stdout) as Verified;
    expect(verified).toBe(exitCode === 0);
    const bad = all.filter(({ error }) => error !== undefined);
    return { exitCode, bad: bad.map(({ path, status, error }) => [path, status, error?.code]) };
  };
  return { image: publishedImage(repository), files, tree, server, verify };
}

const good = { exitCode: 0, bad: [] };
const refused = (...bad: readonly string[][]) => ({ exitCode: 5, bad });
const blob = (digest: string) => `images/blobs/${digest.replace(':', '/')}`;

test('asks for all of an image, and refuses what is missing, or is another', async () => {
  const { image, tree, verify } = await openPublished();
  expect(await verify()).toEqual(good);
  const [layer] = image.layers;
  const named = [image.index, image.manifest, image.config.digest].map((digest) => [digest, imageName]);
  for (const [digest = '', path = ''] of [...named, [layer!.digest, blob(layer!.digest)]]) {
    const file = join(tree, blob(digest));
    const bytes = await readFile(file);
    await writeFile(file, flipBit(bytes, 8));
    expect(await verify(), digest).toEqual(refused([path, 'wrong', 'DIGEST_MISMATCH']));
    await rm(file);
    expect(await verify(), digest).toEqual(refused([path, 'missing', 'FILE_MISSING']));
    await writeFile(file, bytes);
  }
});

interface Index {
  readonly manifests: { digest: string; size: number; mediaType: string; annotations: object }[];
}

test('refuses a layout without its marks, and one whose index is another', async () => {
  const { image, tree, server, verify } = await openPublished();
  const [mark, index] = ['images/oci-layout', 'images/index.json'];
  for (const path of [mark, index]) {
    server.override(`mirror.example/${path}`, refuse(404));
    expect(await verify()).toEqual(refused([path, 'missing', 'FILE_MISSING']));
    server.override(`mirror.example/${path}`, refuse(400));
    expect(await verify()).toEqual({ exitCode: 4, bad: [[path, 'unasked', 'HTTP_STATUS']] });
    server.override(`mirror.example/${path}`);
  }
  server.override(`mirror.example/${mark}`, substitute(Buffer.from('{"imageLayoutVersion":"2.0.0"}\n')));
  expect(await verify()).toEqual(refused([mark, 'wrong', 'DIGEST_MISMATCH']));
  server.override(`mirror.example/${mark}`);

  const text = await readFile(join(tree, index), 'utf8');
  const at = (name: string) => ({ annotations: { 'org.opencontainers.image.ref.name': name } });
  const edited = (edit: (all: Index['manifests']) => unknown) => {
    const { manifests, ...rest } = JSON.parse(text) as Index;
    return JSON.stringify({ ...rest, manifests: edit(manifests) });
  };
  const named = (JSON.parse(text) as Index).manifests.find(({ digest }) => digest === image.index)!;
  const signatures = (JSON.parse(text) as Index).manifests.find(({ digest }) => digest !== image.index)!;
  for (const [what, code] of [
    ['', 'EVIDENCE_MALFORMED'],
    ['<html>', 'EVIDENCE_MALFORMED'],
    [edited(() => []), 'EVIDENCE_MISSING'],
    [
      edited((all) => all.map((one) => ({ ...one, ...at('registry.k8s.io/pause:other') }))),
      'EVIDENCE_MALFORMED',
    ],
    [edited((all) => [...all, { ...signatures, ...at(imageName) }]), 'EVIDENCE_MALFORMED'],
    [edited(() => [{ ...signatures, ...at(imageName) }]), 'SUBJECT_MISMATCH'],
    [edited(() => [{ ...named, digest: image.manifest }]), 'SUBJECT_MISMATCH'],
    [edited(() => [{ ...named, size: named.size + 1 }]), 'SUBJECT_MISMATCH'],
    [
      edited(() => [{ ...named, mediaType: 'application/vnd.oci.image.manifest.v1+json' }]),
      'SUBJECT_MISMATCH',
    ],
  ] as const) {
    server.override(`mirror.example/${index}`, substitute(Buffer.from(what)));
    expect(await verify(), what).toEqual(refused([index, 'wrong', code]));
  }
  // Whatever else it names has to be there; what that is, nobody says.
  const gone = `sha256:${'0'.repeat(64)}`;
  const more = edited((all) => [...all, { ...named, digest: gone, ...at('registry.k8s.io/gone:1') }]);
  server.override(`mirror.example/${index}`, substitute(Buffer.from(more)));
  expect(await verify()).toEqual(refused([blob(gone), 'missing', 'FILE_MISSING']));
});

test('refuses signatures that are named and are not all there', async () => {
  const { image, tree, verify } = await openPublished();
  const { manifests } = JSON.parse(await readFile(join(tree, 'images/index.json'), 'utf8')) as Index;
  const { digest } = manifests.find((one) => one.digest !== image.index)!;
  const { config, layers } = JSON.parse(await readFile(join(tree, blob(digest)), 'utf8')) as {
    config: { digest: string };
    layers: { digest: string }[];
  };
  for (const one of [digest, config.digest, layers[0]!.digest]) {
    const file = join(tree, blob(one));
    const bytes = await readFile(file);
    await writeFile(file, flipBit(bytes, 8));
    expect(await verify(), one).toEqual(refused([blob(one), 'wrong', 'DIGEST_MISMATCH']));
    await rm(file);
    expect(await verify(), one).toEqual(refused([blob(one), 'missing', 'FILE_MISSING']));
    await writeFile(file, bytes);
  }
});

test('of images without an index of their publisher, takes the one that the mirror has made', async () => {
  const { image, files, tree, server, verify } = await openPublished(['amd64', 'arm64'], false);
  expect(await verify()).toEqual(good);
  for (const file of files) expect(await verify(file)).toEqual(good);
  // The manifest of one platform is right for that one, and for no other.
  const path = 'images/index.json';
  const { manifests, ...rest } = JSON.parse(await readFile(join(tree, path), 'utf8')) as Index;
  const named = (changes: object) =>
    substitute(Buffer.from(JSON.stringify({ ...rest, manifests: [{ ...manifests[0], ...changes }] })));
  const size = (await readFile(join(tree, blob(image.manifest)))).length;
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  server.override(`mirror.example/${path}`, named({ digest: image.manifest, size, mediaType }));
  expect(await verify(files[0]!)).toEqual(good);
  expect(await verify()).toEqual(refused([path, 'wrong', 'EVIDENCE_MALFORMED']));
});

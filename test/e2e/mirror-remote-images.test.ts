/** `assay mirror --verify` and container images: each document and layer that a published tree lacks, or has otherwise. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { flipBit } from '../../scripts/upstream/bits.ts';
import { startUpstreamServer } from '../../scripts/upstream/server.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { imageName, manifestOf, openImages, publishedImage } from '../support/image-rehearsal.ts';
import { expectDone } from '../support/outcomes.ts';

interface Verified {
  readonly verified: boolean;
  readonly files: readonly { path: string; status: string; error?: { code: string } }[];
}

test('asks for all of an image, and refuses what is missing, or is another', async ({ onTestFinished }) => {
  const run = await openImages();
  const image = publishedImage(run.repository);
  const manifest = await run.write(manifestOf([image.pinned]));
  const tree = join(run.directory, 'published/mirror.example');
  const cache = ['--cache-dir', join(run.directory, 'cache')];
  expectDone(await runInProcess(['mirror', manifest, '--dir', tree, ...cache, ...run.mirrorArgs]));
  const server = await startUpstreamServer({ directory: join(run.directory, 'published') });
  onTestFinished(() => server.close());
  const verify = async () => {
    const args = ['--verify', `${server.url}/mirror.example`, '--sample', 'all', '--json', ...cache];
    const { exitCode, stdout } = await runInProcess(['mirror', manifest, ...args]);
    const { verified, files } = JSON.parse(stdout) as Verified;
    const bad = files.filter(({ error }) => error !== undefined);
    return { exitCode, verified, bad: bad.map(({ path, status, error }) => [path, status, error?.code]) };
  };
  expect(await verify()).toEqual({ exitCode: 0, verified: true, bad: [] });

  const [layer] = image.layers;
  const blob = (digest: string) => `images/blobs/${digest.replace(':', '/')}`;
  const named = [image.index, image.manifest, image.config.digest].map((digest) => [digest, imageName]);
  for (const [digest = '', path] of [...named, [layer!.digest, blob(layer!.digest)]]) {
    const file = join(tree, blob(digest));
    const bytes = await readFile(file);
    await writeFile(file, flipBit(bytes, 8));
    expect(await verify(), digest).toEqual({
      ...{ exitCode: 5, verified: false, bad: [[path, 'wrong', 'DIGEST_MISMATCH']] },
    });
    await rm(file);
    expect(await verify(), digest).toEqual({
      ...{ exitCode: 5, verified: false, bad: [[path, 'missing', 'FILE_MISSING']] },
    });
    await writeFile(file, bytes);
  }
});

/** Container images by rendered scripts, under the shells at hand by turns: the archives of `assay stage`, byte for byte. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { refuse, substitute } from '../../scripts/upstream/behaviours.ts';
import type { OciRepository } from '../../scripts/upstream/oci-registry.ts';
import { readContent } from '../../scripts/upstream/virtual-file.ts';
import { archiveName } from '../../src/formats/own/image-archive.ts';
import { createStagingDirectory } from '../../src/io/staging-directory.ts';
import { imageItems, stageImages } from '../../src/pipeline/staging/stage-images.ts';
import { defaultFetchOptions, renderFetchScript } from '../../src/render/fetch-script/fetch-script.ts';
import { readImageContent } from '../../src/verify/image/image-content.ts';
import { runInProcess } from '../support/command-in-process.ts';
import {
  archiveFile,
  blobs,
  manifestOf,
  openImages,
  publishedImage,
  runnableLayer,
  type ImageRehearsal,
} from '../support/image-rehearsal.ts';
import { openFirstBoot, type FirstBoot } from '../support/first-boot.ts';
import { expectDone } from '../support/outcomes.ts';
import { pauseRepository } from '../support/pause-registry.ts';
import { inTurn, posixShells, type PosixShell } from '../support/posix-shells.ts';
import { runProgram, type Outcome } from '../support/run-assay.ts';
import { standIn } from '../support/stand-ins.ts';

const repository = pauseRepository({ layer: runnableLayer() });
const { pinned, layers, config } = publishedImage(repository);
const documents = documentsOf(repository);
const image = readImageContent(pinned, 'amd64', documents);
const layer = layers[0]!;

function documentsOf(of: OciRepository) {
  return {
    manifest: of.manifests.get(publishedImage(of).pinned.digest)!,
    index: of.tags.get('3.10.2')!,
  };
}

type UrlOf = (digest: string) => string;
const atRegistry = (run: ImageRehearsal) => (digest: string) => `${run.server.url}/${blobs}/${digest}`;

/** The one image under each of these names, its blobs from where the function says: one run for all. */
async function fetchImages(
  shell: PosixShell,
  run: ImageRehearsal,
  archives: Readonly<Record<string, UrlOf>> = { [archiveFile]: atRegistry(run) },
  { env = {}, of = image }: { readonly env?: Record<string, string>; readonly of?: typeof image } = {},
): Promise<Outcome> {
  const directory = join(run.directory, 'fetched');
  const options = {
    ...{ ...defaultFetchOptions, attempts: 2, retryPauseMs: 0, allowsHttp: true, directory },
    installedFile: join(run.directory, 'installed.json'),
    images: Object.entries(archives).map(([name, urlOf]) => ({
      ...{ name, image: of },
      urlsOf: (digest: string) => [urlOf(digest)],
    })),
  };
  const script = join(run.directory, 'fetch.sh');
  await writeFile(script, renderFetchScript([], options, 'An image.'));
  const [program, ...args] = shell.argv;
  return runProgram(program, [...args, script], { cwd: run.directory, env });
}

const fetched = (run: ImageRehearsal, name = archiveFile) => join(run.directory, 'fetched', name);

async function stagedArchive(run: ImageRehearsal): Promise<Buffer> {
  const directory = await createStagingDirectory(join(run.directory, 'staged'));
  const items = imageItems(manifestOf([pinned]));
  await stageImages({ items, directory, store: run.store(), reporter: run.reporter, jobs: 1 });
  await directory.close();
  return readFile(join(run.directory, 'staged', archiveFile));
}

const flip = (bytes: Uint8Array, at: number) =>
  Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)));

describe.each(posixShells.map((shell) => [shell.name, shell] as const))(
  'images by a script under %s',
  (_, shell) => {
    const own = inTurn(it, shell);
    own('are the archives that assay stages, are kept, and are made anew where they are others', async () => {
      const run = await openImages(repository);
      const good = await stagedArchive(run);
      const first = await fetchImages(shell, run);
      expect(first.exitCode, first.stderr).toBe(0);
      expect((await readFile(fetched(run))).equals(good)).toBe(true);
      expect(await readdir(join(run.directory, 'fetched'))).toEqual([archiveFile]);
      // A bit of a header, of a text and of the end; a good one among them, which is let be. Where all is installed, images
      // that are missing are fetched still.
      await writeFile(join(run.directory, 'installed.json'), '');
      const bad: Record<string, Buffer> = {
        'header.oci.tar': flip(good, 130),
        'name.oci.tar': flip(good, good.indexOf('pause:3.10')),
        'end.oci.tar': flip(good, good.length - 1100),
        'cut.oci.tar': good.subarray(1),
      };
      for (const [name, bytes] of Object.entries(bad)) await writeFile(fetched(run, name), bytes);
      const names = [archiveFile, ...Object.keys(bad)];
      const requests = run.server.log.length;
      const second = await fetchImages(
        shell,
        run,
        Object.fromEntries(names.map((name) => [name, atRegistry(run)])),
      );
      expect(second.exitCode, second.stderr).toBe(0);
      expect(second.stderr.match(/already there/g)).toHaveLength(1);
      expect(second.stderr).toContain(`${archiveFile}: already there`);
      expect(run.server.log.length - requests).toBe(Object.keys(bad).length * 2);
      for (const name of names) expect((await readFile(fetched(run, name))).equals(good), name).toBe(true);
      const last = run.server.log.length;
      expect((await fetchImages(shell, run)).stderr).toContain('already there');
      expect(run.server.log).toHaveLength(last);
    });

    own('with a large layer are the same, whether openssl hashes it or coreutils do', async () => {
      const large = pauseRepository({ layer: runnableLayer(randomBytes(4_100_000).toString('latin1')) });
      const of = readImageContent(publishedImage(large).pinned, 'amd64', documentsOf(large));
      const run = await openImages(large);
      const log = join(run.directory, 'asked');
      for (const text of ['', 'exit 1', `echo '${'0'.repeat(64)} *stdin'; exit 0`]) {
        const note = `echo "$*" >>'${log}'\n${text}`;
        const env = { PATH: await standIn(join(run.directory, 'bin'), 'openssl', note) };
        const fetch = async () => expectDone(await fetchImages(shell, run, undefined, { of, env }));
        await fetch();
        const good = await readFile(fetched(run));
        expect((await fetch()).stderr).toContain('already there');
        await writeFile(fetched(run), flip(good, good.length - 100_000));
        expect((await fetch()).stderr).not.toContain('already there');
        expect((await readFile(fetched(run))).equals(good)).toBe(true);
        await rm(fetched(run));
      }
      expect(await readFile(log, 'utf8')).toMatch(/^(?:dgst -sha256 -r\n)+$/);
    });

    own('are refused for other bytes or another size, and are not there', async () => {
      const run = await openImages(repository);
      const bytes = readContent(repository.blobs.get(layer.digest)!);
      const wrong: Record<string, readonly [string, Uint8Array]> = {
        'config.oci.tar': [config.digest, Buffer.alloc(config.size)],
        'flipped.oci.tar': [layer.digest, flip(bytes, 20)],
        'long.oci.tar': [layer.digest, Buffer.concat([bytes, bytes])],
        'short.oci.tar': [layer.digest, bytes.subarray(1)],
      };
      const archives: Record<string, UrlOf> = {};
      for (const [name, [digest, other]] of Object.entries(wrong)) {
        run.server.override(`wrong/${name}`, substitute(other));
        archives[name] = (asked) =>
          asked === digest ? `${run.server.url}/wrong/${name}` : atRegistry(run)(asked);
      }
      const refused = await fetchImages(shell, run, archives);
      expect(refused.exitCode, refused.stderr).toBe(5);
      for (const [name, [digest]] of Object.entries(wrong)) {
        // Each by itself: the code of the run is the worst of all.
        const blob = `${name}.${digest === config.digest ? '1' : '2'}`;
        expect(refused.stderr, name).toMatch(
          new RegExp(`${blob.replaceAll('.', '[.]')}: .*(?:digest is|has )`),
        );
        expect(refused.stderr).toMatch(new RegExp(`failed:.* ${name}`));
      }
      expect(await readdir(join(run.directory, 'fetched'))).toEqual(['.assay']);
      run.server.override(`${blobs}/${layer.digest}`, refuse(404));
      expect((await fetchImages(shell, run)).exitCode).toBe(4);
      expect(await readdir(join(run.directory, 'fetched'))).not.toContain(archiveFile);
      await mkdir(fetched(run), { recursive: true });
      expect((await fetchImages(shell, run)).exitCode).toBe(2);
    });
  },
);

describe('images at a first boot', () => {
  const name = pinned.image;
  /** Of a manifest with an image: `shown` is what containerd has under its name once it is imported. */
  async function boot(run: ImageRehearsal, first: FirstBoot, shown = pinned.digest): Promise<Outcome> {
    const log = join(first.root, '../steps');
    const ctr = `case "$*" in
version) exit 0 ;;
*import*) cp "$5" '${first.root}/imported' || exit; echo "ctr $*" >>'${log}' ;;
*' ls '*) echo 'REF TYPE DIGEST SIZE'; echo "${name} application/vnd.oci.image.manifest.v1+json ${shown} 670.0 B" ;;
*) echo "ctr $*" >>'${log}' ;;
esac`;
    await first.standIn('ctr', ctr);
    const urlsOf = (digest: string) => [`${run.server.url}/${blobs}/${digest}`];
    const images = [{ name: archiveName(name), image, urlsOf }];
    const fetch = { ...defaultFetchOptions, attempts: 1, allowsHttp: true, images };
    const script = join(run.directory, 'user-data.sh');
    await writeFile(script, first.render({}, { fetch }));
    return runProgram('/bin/sh', [script], { env: first.env, cwd: run.directory });
  }

  it('are imported after configure.sh and before restart.sh, of a baked machine, too', async () => {
    const run = await openImages(repository);
    const first = await openFirstBoot();
    onTestFinished(() => first.close());
    const archive = first.at(`opt/podplane/artifacts.images/${archiveFile}`);
    const expected = [
      'configure.sh',
      `ctr -n k8s.io images import ${archive}`,
      `ctr -n k8s.io images tag --force ${name} registry.k8s.io/pause@${pinned.digest}`,
      'restart.sh',
    ];
    const done = await boot(run, first);
    expect(done.exitCode, done.stderr).toBe(0);
    const steps = async () => (await first.steps()).map((step) => step.trim());
    expect(await steps()).toEqual(['hostname node-1.example', 'install.sh', ...expected]);
    // install.sh has removed the artifacts by then, and nothing of the images is left when all is done.
    expect((await readFile(first.at('imported'))).equals(await stagedArchive(run))).toBe(true);
    expect(existsSync(first.at('opt/podplane/artifacts.images'))).toBe(false);

    const baked = await openFirstBoot();
    onTestFinished(() => baked.close());
    await baked.bake();
    const again = await boot(run, baked);
    expect(again.exitCode, again.stderr).toBe(0);
    expect((await baked.steps()).map((step) => step.trim().split(' ', 1)[0])).toEqual([
      ...['hostname', 'configure.sh', 'ctr', 'ctr', 'restart.sh'],
    ]);
    expect(baked.requests()).toBe(0);
  });

  it('keep the kubelet from starting where one is refused, or containerd has another under that name', async () => {
    const run = await openImages(repository);
    const first = await openFirstBoot();
    onTestFinished(() => first.close());
    run.server.override(`${blobs}/${layer.digest}`, substitute(Buffer.alloc(layer.size)));
    expect((await boot(run, first)).exitCode).toBe(5);
    expect((await first.steps()).map((step) => step.trim())).toEqual(['hostname node-1.example']);
    run.server.override(`${blobs}/${layer.digest}`);
    const other = await boot(run, first, publishedImage(repository, 'arm64').pinned.digest);
    expect(other.exitCode, other.stderr).toBe(5);
    expect((await first.steps()).map((step) => step.trim())).not.toContain('restart.sh');
  });
});

describe('images of a command', () => {
  it('are told by evidence beside the manifest, or by the layout of a mirror', async () => {
    const run = await openImages(repository);
    const file = await run.write(manifestOf([pinned]));
    const render = (...args: readonly string[]) =>
      runInProcess(['render', 'fetch-script', file, '--mirror-base', 'https://mirror.example', ...args]);
    expect(await render('--images')).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('[EVIDENCE_MISSING]') as string,
    });
    const folder = join(run.directory, 'evidence/documents');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, pinned.digest.replace(':', '-')), documents.manifest);
    await writeFile(join(folder, pinned.index!.replace(':', '-')), documents.index);
    const script = expectDone(await render('--images')).stdout;
    const [, hex] = layer.digest.split(':');
    expect(script).toContain(`'https://mirror.example/images/blobs/sha256/${hex}'`);
    expect((await render()).stdout).not.toContain('images/blobs');
    await writeFile(join(folder, pinned.digest.replace(':', '-')), documents.index);
    expect(await render('--images')).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('[SIZE_MISMATCH]') as string,
    });
    const layout = join(run.directory, 'layout/blobs/sha256');
    await mkdir(layout, { recursive: true });
    await writeFile(join(layout, pinned.digest.slice(7)), documents.manifest);
    await writeFile(join(layout, pinned.index!.slice(7)), documents.index);
    expect(expectDone(await render('--image-layout', join(run.directory, 'layout'))).stdout).toBe(script);
  });
});

/**
 * Delivery's part of the benchmark: the control plane's set on its way to a mirror and into a registry, next to rclone
 * and skopeo on the same way; and staging from that registry, next to staging from nginx.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startDockerRegistry } from '../real-servers/docker-registry.ts';
import { startNginx } from '../real-servers/nginx.ts';
import { findProgram, stopServer } from '../real-servers/programs.ts';
import { assay, commandIn, renew, type Setting } from './contenders.ts';
import type { Command } from './measure.ts';
import { renderResults, type Part } from './report.ts';
import { runRounds, type Contender, type Result, type RoundOptions } from './rounds.ts';
import { requireAll, sizesMb } from './staging-part.ts';
import { openSet, type StagingSet } from './staging-set.ts';

const needed = ['nginx', 'docker-registry', 'skopeo', 'rclone'];

interface Place extends Pick<Setting, 'root' | 'work'> {
  readonly set: StagingSet;
  /** A mirror of the set. */
  readonly tree: string;
  /** `127.0.0.1:PORT` */
  readonly registry: string;
  readonly storage: string;
  /** Of nginx, which serves the mirror. */
  readonly served: string;
}

export async function benchDelivery(
  base: Pick<Setting, 'root' | 'work'>,
  { counted, ...rest }: RoundOptions,
): Promise<Part> {
  // The disk decides, and what else it has to do: more rounds say no more.
  const options = { ...rest, counted: Math.min(counted, 3) };
  const programs = await Promise.all(needed.map(findProgram));
  const missing = needed.filter((_, at) => programs[at] === undefined);
  const [nginx = '', registryProgram = ''] = programs;
  if (missing.length > 0) {
    const remark = `Delivery was SKIPPED: there is no ${missing.join(', no ')}.`;
    return { lines: [], requirements: [], remarks: [remark] };
  }
  const work = join(base.work, 'delivery');
  // A worker of root's nginx is another user.
  for (const folder of [base.work, work]) {
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o755);
  }
  const sizes = sizesMb.map((mb) => Math.round(mb * 1e6));
  const set = await openSet({ work }, 'delivered', sizes);
  const [tree, storage] = [join(work, 'tree'), join(work, 'registry/storage')];
  await mkdir(tree);
  const registry = await startDockerRegistry(registryProgram, join(work, 'registry'));
  const served = await startNginx(nginx, work, tree);
  try {
    const place = { root: base.root, work, set, tree, registry: registry.host, storage, served: served.url };
    // Each kind leaves what the next begins with: a tree, a registry that has it.
    const mirrored = await runRounds(mirrors(place), options);
    await writeLayout(place);
    const pushed = await runRounds(pushes(place), options);
    const staged = await runRounds(stagers(place), options);
    return { lines: render(mirrored, pushed, staged), requirements: [], remarks: [] };
  } finally {
    await stopServer(registry.child);
    await stopServer(served.child);
    set.close();
  }
}

/** From the origins into an empty directory. assay's stays. */
function mirrors(place: Place): Contender[] {
  const { set, tree, work } = place;
  const list = join(work, 'paths');
  const copied = join(work, 'copied');
  const paths = set.urls.map((url) => new URL(url).pathname.slice(1));
  const contender = (name: string, directory: string, command: Command): Contender => ({
    ...{ name, command },
    prepare: async () => {
      await writeFile(list, paths.map((path) => `${path}\n`).join(''));
      const lines = paths.map((path, at) => `${set.hexes[at] ?? ''}  ${path}\n`);
      await writeFile(sums, lines.join(''));
      await renew(copied);
      await renew(directory);
    },
    check: async () => {
      for (const path of paths) await stat(join(directory, path));
    },
  });
  const flags = ['--files-from-raw', list, '--no-traverse', '--http-url', set.base];
  const sums = join(work, 'sums');
  const verified = 'rclone copy "${@:3}" :http: "$1" && cd "$1" && sha256sum -c --quiet "$2"';
  const mirror = ['mirror', set.manifest, '--quiet', '--dir', tree, '--mirror-base', set.base];
  return [
    contender('assay mirror', tree, assay(place, ...mirror)),
    contender('rclone copy', copied, commandIn(place, ['rclone', 'copy', ...flags, ':http:', copied])),
    contender(
      'rclone copy, sha256sum',
      copied,
      commandIn(place, ['bash', '-c', verified, 'bash', copied, sums, ...flags]),
    ),
  ];
}

/** From the mirror, or an image layout of the same files, into an empty registry: the last one's blobs stay there. */
function pushes(place: Place): Contender[] {
  const { set, registry, storage, tree, work } = place;
  const contender = (name: string, command: Command): Contender => ({
    ...{ name, command },
    prepare: () => rm(storage, { recursive: true, force: true }),
    check: async () => {
      for (const hex of set.hexes) {
        const url = `http://${registry}/v2/bench/set/blobs/sha256:${hex}`;
        if (!(await fetch(url, { method: 'HEAD' })).ok) throw new Error(`the registry has no ${hex}`);
      }
    },
  });
  const push = ['push', set.manifest, `${registry}/bench/set`, '--quiet', '--from', tree, '--no-evidence'];
  const flags = ['--insecure-policy', 'copy', '--quiet', '--preserve-digests', '--dest-tls-verify=false'];
  const copy = [`oci:${join(work, 'layout')}:set`, `docker://${registry}/bench/set:skopeo`];
  return [
    contender('assay push', assay(place, ...push)),
    contender('skopeo copy', commandIn(place, ['skopeo', ...flags, ...copy])),
  ];
}

function stagers(place: Place): Contender[] {
  const { set, registry, served } = place;
  const contender = (name: string, folder: string, from: string): Contender => {
    const directory = join(set.out, folder);
    return {
      name,
      command: assay(place, 'stage', set.manifest, '--quiet', '--dir', directory, '--mirror-base', from),
      prepare: async () => {
        await rm(set.out, { recursive: true, force: true });
        await renew(directory);
      },
      check: () => requireAll(directory, set),
    };
  };
  return [
    contender('assay stage, from docker-registry', 'registry', `oci://${registry}/bench/set`),
    contender('assay stage, from nginx', 'nginx', served),
  ];
}

/** The files of the mirror as layers of an image that has nothing else: what skopeo can copy. */
async function writeLayout({ set, tree, work }: Place): Promise<void> {
  const layout = join(work, 'layout');
  const blobs = join(layout, 'blobs/sha256');
  await mkdir(blobs, { recursive: true });
  const put = async (bytes: Uint8Array) => {
    const hex = createHash('sha256').update(bytes).digest('hex');
    await writeFile(join(blobs, hex), bytes);
    return { digest: `sha256:${hex}`, size: bytes.length };
  };
  const layers = [];
  for (const url of set.urls) {
    const blob = await put(await readFile(join(tree, new URL(url).pathname.slice(1))));
    layers.push({ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...blob });
  }
  const rootfs = { type: 'layers', diff_ids: layers.map(({ digest }) => digest) };
  const config = await put(Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs })));
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = {
    ...{ schemaVersion: 2, mediaType, layers },
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
  };
  const written = await put(Buffer.from(JSON.stringify(manifest)));
  const annotations = { 'org.opencontainers.image.ref.name': 'set' };
  const index = { schemaVersion: 2, manifests: [{ mediaType, ...written, annotations }] };
  await writeFile(join(layout, 'index.json'), JSON.stringify(index));
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
}

function render(mirrored: readonly Result[], pushed: readonly Result[], staged: readonly Result[]): string[] {
  return [
    '## Delivery',
    '',
    'The set of the staging part. Into an empty directory, by `assay mirror`, which verifies and flushes each file before it has its name, and by `rclone copy` over HTTP, which does neither; with `sha256sum` after it:',
    '',
    ...renderResults(mirrored),
    '',
    'From the mirror into an empty docker-registry, by `assay push`, and as layers of an image layout by `skopeo copy`:',
    '',
    ...renderResults(pushed),
    '',
    'From that registry, and from nginx with the mirror:',
    '',
    ...renderResults(staged),
    '',
  ];
}

/**
 * Delivery's part of the benchmark: the control plane's set and container images on their way to a mirror and into a
 * registry, next to rclone and skopeo on the same way; and staging from that registry, next to staging from nginx.
 */
import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { archiveName } from '../../src/formats/own/image-archive.ts';
import { startDockerRegistry } from '../real-servers/docker-registry.ts';
import { startNginx } from '../real-servers/nginx.ts';
import { findProgram, stopServer } from '../real-servers/programs.ts';
import { assay, commandIn, renew, type Setting } from './contenders.ts';
import { imageSizesMb, writeDeliverySet, type DeliverySet } from './delivery-set.ts';
import type { Command } from './measure.ts';
import { renderResults, type Part } from './report.ts';
import { runRounds, type Contender, type Result, type RoundOptions } from './rounds.ts';
import { sizesMb } from './staging-part.ts';

const needed = ['nginx', 'docker-registry', 'skopeo', 'rclone'];

interface Place extends Pick<Setting, 'root' | 'work'> {
  readonly set: DeliverySet;
  /** Of nginx, which serves what is mirrored. */
  readonly origin: string;
  /** A mirror of the set. */
  readonly tree: string;
  readonly layout: string;
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
  const folder = (name: string) => join(work, name);
  // A worker of root's nginx is another user.
  for (const path of [base.work, work, folder('origin'), folder('tree'), folder('nginx')]) {
    await mkdir(path, { recursive: true });
    await chmod(path, 0o755);
  }
  const [tree, layout, storage] = [folder('tree'), folder('layout'), folder('registry/storage')];
  const set = await writeDeliverySet(work, folder('origin'), layout);
  const registry = await startDockerRegistry(registryProgram, folder('registry'));
  const origin = await startNginx(nginx, work, folder('origin'));
  const served = await startNginx(nginx, folder('nginx'), tree);
  try {
    const urls = { origin: origin.url, served: served.url };
    const place = {
      root: base.root,
      ...{ work, set, tree, layout, registry: registry.host, storage, ...urls },
    };
    // Each kind leaves what the next begins with: a tree, a registry that has it.
    const mirrored = await runRounds(mirrors(place), options);
    const pushed = await runRounds(pushes(place), options);
    const staged = await runRounds(stagers(place), options);
    return { lines: render(mirrored, pushed, staged), requirements: [], remarks: [] };
  } finally {
    for (const { child } of [registry, origin, served]) await stopServer(child);
  }
}

/** From another mirror into an empty directory. assay's stays. */
function mirrors(place: Place): Contender[] {
  const { set, origin, tree, work } = place;
  const [list, sums, copied] = [join(work, 'paths'), join(work, 'sums'), join(work, 'copied')];
  const contender = (name: string, directory: string, command: Command): Contender => ({
    ...{ name, command },
    prepare: async () => {
      await writeFile(list, set.files.map(({ path }) => `${path}\n`).join(''));
      await writeFile(sums, set.files.map(({ path, hex }) => `${hex}  ${path}\n`).join(''));
      await renew(copied);
      await renew(directory);
    },
    check: async () => {
      for (const { path } of set.files) await stat(join(directory, path));
    },
  });
  const flags = ['--files-from-raw', list, '--no-traverse', '--http-url', origin];
  const verified = 'rclone copy "${@:3}" :http: "$1" && cd "$1" && sha256sum -c --quiet "$2"';
  const mirror = ['mirror', set.manifest, '--quiet', '--dir', tree, '--mirror-base', origin];
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
  const { set, registry, storage, tree, layout } = place;
  const named = set.images.map(({ image }) => image);
  const contender = (name: string, command: Command): Contender => ({
    ...{ name, command },
    prepare: () => rm(storage, { recursive: true, force: true }),
    check: async () => {
      const hexes = set.files.filter(({ path }) => set.artifacts.includes(path)).map(({ hex }) => hex);
      const blobs = hexes.map((hex) => `bench/set/blobs/sha256:${hex}`);
      const manifests = named.map((image) => `mirror/${image.replace(/:(?=[^:]*$)/, '/manifests/')}`);
      for (const path of [...blobs, ...manifests]) {
        const accept = 'application/vnd.oci.image.manifest.v1+json';
        const asked = { method: 'HEAD', headers: { accept } };
        const { ok } = await fetch(`http://${registry}/v2/${path}`, asked);
        if (!ok) throw new Error(`the registry has no ${path}`);
      }
    },
  });
  const push = ['push', set.manifest, `${registry}/bench/set`, '--quiet', '--from', tree, '--no-evidence'];
  const flags = '--insecure-policy copy --quiet --preserve-digests --dest-tls-verify=false';
  const copies =
    `skopeo ${flags} "oci:$1:set" "docker://$3/bench/set:skopeo"; ` +
    `for name in "\${@:4}"; do skopeo ${flags} "oci:$2/images:$name" "docker://$3/mirror/$name"; done`;
  return [
    // The last one leaves the registry to the stagers.
    contender(
      'skopeo copy',
      commandIn(place, ['bash', '-ec', copies, 'bash', layout, tree, registry, ...named]),
    ),
    contender('assay push', assay(place, ...push)),
  ];
}

function stagers(place: Place): Contender[] {
  const { set, registry, served, work } = place;
  const staged = join(work, 'staged');
  const contender = (name: string, from: string): Contender => ({
    name,
    command: assay(
      place,
      'stage',
      set.manifest,
      '--quiet',
      '--images',
      '--dir',
      staged,
      '--mirror-base',
      from,
    ),
    prepare: () => renew(staged),
    check: async () => {
      const archives = set.images.map(({ image }) => archiveName(image));
      const expected = [...set.artifacts.map((path) => path.split('/').at(-1) ?? ''), ...archives];
      const found = await readdir(staged);
      if (found.sort().join() !== expected.sort().join())
        throw new Error(`${staged} holds ${found.join(', ')}`);
    },
  });
  return [
    contender('assay stage, from docker-registry', `oci://${registry}/bench/set`),
    contender('assay stage, from nginx', served),
  ];
}

const sum = (numbers: readonly number[]) => Math.round(numbers.reduce((one, other) => one + other, 0));

function render(mirrored: readonly Result[], pushed: readonly Result[], staged: readonly Result[]): string[] {
  const images = `${imageSizesMb.length} container images, ${sum(imageSizesMb.flat())} MB`;
  return [
    '## Delivery',
    '',
    `The set of the staging part, ${sum(sizesMb)} MB, and ${images}. Out of another mirror, behind nginx, into an empty directory: by \`assay mirror\`, which verifies and flushes each file before it has its name, and by \`rclone copy\` over HTTP, which does neither; with \`sha256sum\` after it:`,
    '',
    ...renderResults(mirrored),
    '',
    'From the mirror into an empty docker-registry: by `assay push`, and by `skopeo copy`, the files as layers of an image layout, and the images one after the other:',
    '',
    ...renderResults(pushed.toReversed()),
    '',
    'From that registry, and from nginx with the mirror, with `--images`:',
    '',
    ...renderResults(staged),
    '',
  ];
}

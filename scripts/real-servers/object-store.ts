/**
 * What docs/object-stores.md says, command by command, with rclone and an S3 server: three releases after one another,
 * and machines that still go by older ones. After each command every machine is served that was promised to be; pruning
 * removes what nothing names, and nothing else. The order that is not to be used is tried as well, and serves one less.
 */
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { publishRegistry } from '../upstream/oci-registry.ts';
import { mergePublications, publicationMirrors } from '../upstream/publication.ts';
import { startUpstreamServer } from '../upstream/server.ts';
import { pauseImages, pinnedImage } from './images.ts';
import { exec, exitCodeOf, stopServer } from './programs.ts';
import { manifestFile, manifestOf, originFiles, pathOf, releases, type Release } from './releases.ts';
import { startS3Server, type S3Server } from './s3-server.ts';

const page = join(import.meta.dirname, '../../docs/object-stores.md');
const [first, second, third] = releases;

/** The image that each release has besides. */
const images = { first: '3.10.1', second: '3.10.2', third: '3.10.2' } as const;

interface Workshop {
  /** By the names of the releases. */
  readonly manifests: Readonly<Record<Release['name'], Uint8Array>>;
  /** What a tree that is filled for a release has, and no other machine needs. */
  readonly trees: Map<Release['name'], ReadonlySet<string>>;
  readonly directory: string;
  readonly bucket: S3Server;
  readonly env: NodeJS.ProcessEnv;
}

/** Throws where somebody is not served, or anything else is removed. */
export async function checkObjectStore(directory: string, s3rver: string, cli: string): Promise<void> {
  const repository = await pauseImages(...new Set(Object.values(images)));
  const publication = mergePublications({ files: new Map(originFiles()) }, publishRegistry(repository));
  const upstream = await startUpstreamServer(publication);
  const bucket = await startS3Server(s3rver, join(directory, 's3'));
  const bin = join(directory, 'bin');
  await mkdir(bin);
  const assay = `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`;
  await writeFile(join(bin, 'assay'), assay, { mode: 0o755 });
  const env = {
    ...bucket.env,
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    HOME: directory,
    ASSAY_MIRRORS: publicationMirrors(publication, upstream.url).join(','),
  };
  const [firstOne, secondOne, thirdOne] = releases.map((release) =>
    manifestOf(release, [pinnedImage(repository, images[release.name])]),
  ) as [Uint8Array, Uint8Array, Uint8Array];
  const manifests = { first: firstOne, second: secondOne, third: thirdOne };
  const workshop: Workshop = { directory, bucket, env, manifests, trees: new Map() };
  try {
    for (const release of releases) {
      await writeFile(fileOf(release, workshop), manifests[release.name]);
    }
    await publishAll(workshop);
    await prune(workshop);
    await findDamage(workshop);
    await fillAnotherRegion(workshop);
    await tryWrongOrder(workshop);
  } finally {
    await stopServer(bucket.child);
    await upstream.close();
  }
}

/** Each from a new runner, whose tree has what this release names and nothing of those before. */
async function publishAll(workshop: Workshop): Promise<void> {
  for (const [at, release] of releases.entries()) {
    await checkOut(release, workshop);
    for (const command of await commandsOf('publish', workshop)) {
      await run(command, workshop);
      for (const older of releases.slice(0, at)) await serves(older, command, workshop);
      await servesPublished(command, workshop);
    }
    await serves(release, 'publishing', workshop);
    workshop.trees.set(release.name, await filesBelow(join(workshop.directory, 'mirror')));
  }
  for (const command of await commandsOf('verify', workshop)) await run(command, workshop);
}

/** Machines still go by the second release, and none by the first. */
async function prune(workshop: Workshop): Promise<void> {
  await checkOut(third, workshop);
  await writeFile(join(workshop.directory, 'older.json'), workshop.manifests.second);
  const before = await objects(workshop);
  const commands = await commandsOf('prune', workshop);
  // Blobs go first of what goes, and files last of all: then the first release is not served any more.
  const last = commands.at(-1);
  for (const command of commands) {
    if (command !== last) await serves(first, `before ${command}`, workshop);
    await run(command, workshop);
    for (const release of [second, third]) await serves(release, command, workshop);
    await servesPublished(command, workshop);
  }
  const gone = before.difference(await objects(workshop));
  const treeOf = ({ name }: Release) => workshop.trees.get(name) ?? new Set<string>();
  const expected = treeOf(first).difference(treeOf(second)).difference(treeOf(third));
  // The index, a manifest, its configuration and its layer, the signatures' manifest and what that names; and the file.
  const blobs = [...expected].filter((path) => path.startsWith('images/blobs/'));
  if (blobs.length < 6 || !expected.has(pathOf('kubelet', first.versions.kubelet))) {
    throw new Error(`nothing to speak of was to be pruned: ${[...expected].join(', ')}`);
  }
  if (gone.symmetricDifference(expected).size > 0) throw new Error(`pruned: ${[...gone].join(', ')}`);
}

/** An object of other bytes, then none, are found where all is looked at. */
async function findDamage(workshop: Workshop): Promise<void> {
  const { directory, bucket } = workshop;
  const path = pathOf('kubelet', third.versions.kubelet);
  const verify = (sample: string) =>
    outcomeOf(`assay mirror ${fileOf(third, workshop)} --verify ${bucket.url} --sample ${sample}`, workshop);
  const right = join(directory, 'mirror', path);
  const wrong = join(directory, 'wrong');
  await writeFile(wrong, (await readFile(right)).fill(0));
  const expect = async (what: string, sample: string, exitCode: number) => {
    const found = await verify(sample);
    if (found !== exitCode)
      throw new Error(`${what}: mirror --verify --sample ${sample} ended with ${found}`);
  };
  await expect('whole', 'all', 0);
  await run(`rclone copyto --checksum ${wrong} remote:bucket/${path}`, workshop);
  await expect('other bytes of the same size', 'all', 5);
  await expect('other bytes of the same size', '0', 0);
  await run(`rclone deletefile remote:bucket/${path}`, workshop);
  await expect('an object that is gone', '0', 5);
  await run(`rclone copyto ${right} remote:bucket/${path}`, workshop);
}

const nowhere = ['files.example.org', 'registry.k8s.io']
  .map((origin) => `https://${origin}=http://127.0.0.1:9`)
  .join(',');

/** With no origin at all. */
async function fillAnotherRegion(workshop: Workshop): Promise<void> {
  await checkOut(third, workshop);
  const offline = {
    ...workshop,
    env: { ...workshop.env, ASSAY_MIRRORS: nowhere },
  };
  for (const command of await commandsOf('region', workshop)) await run(command, offline);
  await run('rclone check --one-way --download mirror remote:bucket', workshop);
}

/** `rclone sync`, from a tree that was filled anew: the machines of an older release are not served any more. */
async function tryWrongOrder(workshop: Workshop): Promise<void> {
  await serves(second, 'all', workshop);
  await run('rclone sync --checksum mirror/vmconfig remote:bucket/vmconfig', workshop);
  const exitCode = await stage(second, workshop);
  if (exitCode !== 4)
    throw new Error(`after rclone sync, a machine of the second release ended with ${exitCode}`);
}

/** What CI has at hand. */
async function checkOut({ name }: Release, { directory, manifests }: Workshop): Promise<void> {
  await rm(join(directory, 'mirror'), { recursive: true, force: true });
  await mkdir(join(directory, 'manifests'), { recursive: true });
  await writeFile(join(directory, 'manifests', manifestFile), manifests[name]);
}

function fileOf({ name }: Release, { directory }: Workshop): string {
  return join(directory, `${name}.json`);
}

/** The commands of a block of the page, for this bucket. */
async function commandsOf(name: string, { bucket }: Workshop): Promise<readonly string[]> {
  const text = new RegExp(`^\`\`\`sh ${name}\\n(.*?)^\`\`\`$`, 'ms').exec(await readFile(page, 'utf8'))?.[1];
  if (text === undefined) throw new Error(`${page} has no commands to ${name}`);
  return text
    .replaceAll(/https:\/\/mirror[a-z-]*\.example\/bucket/g, bucket.url)
    .trim()
    .split('\n');
}

async function run(command: string, { directory, env }: Workshop): Promise<void> {
  await exec('sh', ['-c', command], { cwd: directory, env });
}

function outcomeOf(command: string, { directory, env }: Workshop): Promise<number> {
  return exitCodeOf(['sh', '-c', command], { cwd: directory, env });
}

/** As a machine does that was given this manifest. */
async function stage(release: Release, workshop: Workshop): Promise<number> {
  const { directory, bucket } = workshop;
  await rm(join(directory, 'artifacts'), { recursive: true, force: true });
  return outcomeOf(
    `assay stage ${fileOf(release, workshop)} --images --dir artifacts --mirror-base ${bucket.url} --attempts 1`,
    workshop,
  );
}

async function serves(release: Release, after: string, workshop: Workshop): Promise<void> {
  const exitCode = await stage(release, workshop);
  if (exitCode !== 0)
    throw new Error(`after ${after}: a machine of the ${release.name} release ended with ${exitCode}`);
}

/** Whoever takes the manifest from the bucket finds what it names. */
async function servesPublished(after: string, workshop: Workshop): Promise<void> {
  const { bucket, directory, manifests } = workshop;
  const answer = await fetch(`${bucket.url}/manifests/vmconfig_knc_debian-13_amd64.json`);
  if (answer.status === 404) return;
  const bytes = Buffer.from(await answer.arrayBuffer());
  const release = releases.find((one) => bytes.equals(manifests[one.name]));
  if (release === undefined) throw new Error(`after ${after}: ${directory} has a manifest of nobody's`);
  await serves(release, after, workshop);
}

async function filesBelow(directory: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return new Set(files.map(({ parentPath, name }) => relative(directory, join(parentPath, name))));
}

async function objects({ directory, env }: Workshop): Promise<Set<string>> {
  const { stdout } = await exec('rclone', ['lsf', '--recursive', '--files-only', 'remote:bucket'], {
    ...{ cwd: directory, env },
  });
  return new Set(stdout.trim().split('\n'));
}

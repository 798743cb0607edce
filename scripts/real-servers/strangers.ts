/**
 * Strangers at one registry: what `assay push` wrote, oras pulls and skopeo copies; what they wrote, `assay stage`
 * verifies, and refuses where a file is another.
 */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pushedTypes } from '../../src/formats/own/pushed-manifest.ts';
import { startUpstreamServer } from '../upstream/server.ts';
import { startDockerRegistry } from './docker-registry.ts';
import { exec, exitCodeOf, stopServer } from './programs.ts';
import { host, manifestFile, manifestOf, originFiles, releases } from './releases.ts';

const [, , release] = releases;
const tag = manifestFile.replace(/\.json$/, '');

interface Workshop {
  readonly directory: string;
  /** `127.0.0.1:PORT` */
  readonly registry: string;
  readonly oras: string;
  readonly cli: string;
  readonly manifest: string;
  /** The files of the manifest by their staged names, and the manifest. */
  readonly right: string;
}

/** Throws where a stranger reads something else, or assay's verdict is not the right one. */
export async function checkStrangers(
  directory: string,
  [program = '', oras = '']: readonly string[],
  cli: string,
): Promise<void> {
  const { host: registry, child } = await startDockerRegistry(program, join(directory, 'registry'));
  try {
    const manifest = join(directory, manifestFile);
    const right = join(directory, 'right');
    const workshop = { directory, registry, oras, cli, manifest, right };
    await writeFile(manifest, manifestOf(release));
    await fill(workshop);
    await readByStrangers(workshop);
    await stageFromStrangers(workshop);
  } finally {
    await stopServer(child);
  }
}

/** What is right, from the origins; and a mirror, for `push`. */
async function fill({ directory, cli, manifest, right }: Workshop): Promise<void> {
  const upstream = await startUpstreamServer({ files: originFiles() });
  const mirror = ['--mirror', `https://${host}=${upstream.url}/${host}`];
  try {
    await exec(process.execPath, [cli, 'mirror', manifest, '--dir', join(directory, 'mirror'), ...mirror]);
    await exec(process.execPath, [cli, 'stage', manifest, '--dir', right, ...mirror]);
  } finally {
    await upstream.close();
  }
  await writeFile(join(right, manifestFile), await readFile(manifest));
}

/** What was pushed is, to oras and skopeo, what they know: files by name, an artifact of that type. */
async function readByStrangers(workshop: Workshop): Promise<void> {
  const { directory, registry, oras, cli, manifest } = workshop;
  const pushed = `${registry}/team/assay`;
  await exec(process.execPath, [cli, 'push', manifest, pushed, '--from', join(directory, 'mirror')]);
  const pulled = join(directory, 'pulled');
  await exec(oras, ['pull', '--plain-http', '--output', pulled, `${pushed}:${tag}`]);
  await requireSame(pulled, workshop);

  const inspect = ['inspect', '--raw', '--tls-verify=false', `docker://${pushed}:${tag}`];
  const raw = JSON.parse((await exec('skopeo', inspect)).stdout) as { artifactType?: string };
  if (raw.artifactType !== pushedTypes.manifest) throw new Error(`skopeo sees a ${String(raw.artifactType)}`);
  const copied = `${registry}/team/copied`;
  await skopeoCopy(`docker://${pushed}:${tag}`, `docker://${copied}:${tag}`);
  await stage('what skopeo copied', `oci://${copied}@${await digestOf(copied, workshop)}`, 0, workshop);
}

/** What oras pushed, as it was told to; then with another file under the name of one. */
async function stageFromStrangers(workshop: Workshop): Promise<void> {
  const { directory, registry, right } = workshop;
  const theirs = `${registry}/team/theirs`;
  await orasPush(right, theirs, workshop);
  const place = `oci://${theirs}@${await digestOf(theirs, workshop)}`;
  await stage('what oras pushed', place, 0, workshop);
  await stage('a manifest at hand, from where oras pushed', workshop.manifest, 0, workshop, [
    ...['--mirror-base', `oci://${theirs}`],
  ]);

  const wrong = join(directory, 'wrong');
  await mkdir(wrong);
  for (const name of await readdir(right)) {
    const bytes = await readFile(join(right, name));
    await writeFile(join(wrong, name), name === 'kubelet' ? bytes.fill(0) : bytes);
  }
  const forged = `${registry}/team/forged`;
  await orasPush(wrong, forged, workshop);
  await stage('a file that is another', `oci://${forged}@${await digestOf(forged, workshop)}`, 5, workshop);
  await stage('a tag, without anything to judge it by', `oci://${forged}:${tag}`, 2, workshop);
  await stage('a manifest at hand, from where the file is not', workshop.manifest, 4, workshop, [
    ...['--mirror-base', `oci://${forged}`],
  ]);
}

async function orasPush(folder: string, repository: string, { oras }: Workshop): Promise<void> {
  const files = (await readdir(folder)).map((name) =>
    name === manifestFile ? `${name}:${pushedTypes.manifestLayer}` : `${name}:${pushedTypes.file}`,
  );
  const type = ['--artifact-type', pushedTypes.manifest];
  await exec(oras, ['push', '--plain-http', ...type, `${repository}:${tag}`, ...files], { cwd: folder });
}

async function skopeoCopy(from: string, to: string): Promise<void> {
  const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  await exec('skopeo', ['--insecure-policy', 'copy', '--preserve-digests', ...plain, from, to]);
}

async function digestOf(repository: string, { oras }: Workshop): Promise<string> {
  return (await exec(oras, ['resolve', '--plain-http', `${repository}:${tag}`])).stdout.trim();
}

/** Without anything of a checkout: no trust, no catalogue. */
async function stage(
  what: string,
  name: string,
  exitCode: number,
  { directory, cli }: Workshop,
  more: readonly string[] = [],
): Promise<void> {
  const args = ['stage', name, '--dir', join(directory, `staged ${what}`), '--attempts', '1', ...more];
  const found = await exitCodeOf([process.execPath, cli, ...args], { cwd: directory });
  if (found !== exitCode) throw new Error(`${what}: assay stage ended with ${found}, expected ${exitCode}`);
}

async function requireSame(folder: string, { right }: Workshop): Promise<void> {
  const names = (await readdir(right)).sort();
  if ((await readdir(folder)).sort().join() !== names.join()) throw new Error(`${folder} has other names`);
  for (const name of names) {
    const [one, other] = [await readFile(join(folder, name)), await readFile(join(right, name))];
    if (!one.equals(other)) throw new Error(`${folder} has other bytes of ${name}`);
  }
}

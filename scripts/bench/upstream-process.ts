/**
 * The benchmark's upstream, in a process of its own so that its work is in nobody's time. Forked by
 * upstream.ts, which tells it what to serve.
 *
 * Debian's own files where there are some, else the embedded upstream with fillers: with the by-hash names that
 * Debian has, and from memory. Or Kubernetes, its log and the projects on GitHub, whose artifacts are made
 * while they are read. All under the origins' names.
 */
import { createHash } from 'node:crypto';
import { copyFile, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { parse, stringify } from 'yaml';
import {
  buildDebianUpstream,
  generateDebianKeys,
  runcAnchor,
  writeDebianTrust,
  type DebianKeys,
} from '../upstream/debian.ts';
import { mergePublications, publicationMirrors, type Publication } from '../upstream/publication.ts';
import { startUpstreamServer } from '../upstream/server.ts';
import { publishCatalogueUpstream } from '../upstream/sigstore/catalogue-upstream.ts';
import { createSigstore } from '../upstream/sigstore/instance.ts';
import { generateSigningKey } from '../upstream/signing-key.ts';
import type { ToParent, ToUpstream, UpstreamRequest } from './upstream.ts';

/** About what a suite of a tenth of Debian's size has. */
const fillers = 6000;

process.on('message', (message: ToUpstream) => {
  void answer(message);
});

process.on('disconnect', () => process.exit());

let log: readonly { path: string; status: number; sentBytes: number }[] = [];

async function answer(message: ToUpstream): Promise<void> {
  if (message.type === 'start') {
    const publication = mergePublications(await publish(message));
    const { latencyMs, bytesPerSecond } = message;
    const server = await startUpstreamServer({
      ...publication,
      ...(latencyMs === undefined ? {} : { latencyMs }),
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    });
    log = server.log;
    send({ type: 'started', url: server.url, mirrors: publicationMirrors(publication, server.url) });
  } else {
    send({ type: 'log', requests: log.slice(message.from) });
  }
}

async function publish(request: UpstreamRequest): Promise<Partial<Publication>> {
  const { content, trustDir } = request;
  const now = new Date(request.now);
  if (content === 'embedded') return { files: await embedded(now, trustDir) };
  if (content === 'keyless') return releases(now, trustDir, await generateDebianKeys(now));
  if (content === 'catalogue') return catalogue(now, trustDir, request.debian);
  return { files: await recordedDebian(content.directory) };
}

async function recordedDebian(directory: string): Promise<Map<string, Buffer>> {
  return new Map([
    ...(await recorded(join(directory, 'debian'), 'ftp.debian.org/debian')),
    ...(await recorded(join(directory, 'debian-security'), 'security.debian.org/debian-security')),
  ]);
}

/** What Debian signed itself needs Debian's keys: those of the repository's own trust/. */
async function catalogue(now: Date, trustDir: string, debian: string | undefined): Promise<Publication> {
  const keys = await generateDebianKeys(now);
  const publications = [
    { files: await buildDebianUpstream({ now, keys, fillers, fillerBytes: 16 }) },
    await releases(now, trustDir, keys),
  ];
  if (debian === undefined) return mergePublications(...publications);
  await adoptDebianKeys(trustDir);
  return mergePublications(...publications, { files: await recordedDebian(debian) });
}

async function adoptDebianKeys(trustDir: string): Promise<void> {
  const own = join(dirname(dirname(import.meta.dirname)), 'trust');
  const read = async (directory: string) =>
    parse(await readFile(join(directory, 'pins.yaml'), 'utf8')) as {
      anchors: Record<string, { file: string }>;
    };
  const [pins, real] = [await read(trustDir), await read(own)];
  for (const [name, anchor] of Object.entries(real.anchors)) {
    if (!name.startsWith('debian-')) continue;
    pins.anchors[name] = anchor;
    await copyFile(join(own, anchor.file), join(trustDir, anchor.file));
  }
  await writeFile(join(trustDir, 'pins.yaml'), stringify(pins));
}

async function releases(now: Date, trustDir: string, keys: DebianKeys): Promise<Publication> {
  const day = 86_400_000;
  const at = new Date(now.getTime() - 2 * day);
  const sigstore = createSigstore({ validFrom: new Date(now.getTime() - 300 * day) });
  const runcKey = await generateSigningKey({ owner: 'Benchmark <bench@example.org>', createdAt: at });
  const runc = runcAnchor(runcKey);
  await writeDebianTrust(trustDir, keys, sigstore.trustedRoot(), { runc });
  return publishCatalogueUpstream(sigstore, { at, runcKey, isFullSize: true });
}

async function embedded(now: Date, trustDir: string): Promise<Map<string, Buffer>> {
  const keys = await generateDebianKeys(now);
  await writeDebianTrust(trustDir, keys);
  return buildDebianUpstream({ now, keys, fillers, fillerBytes: 16 });
}

/** What is below `dists/`, with by-hash names for the indexes. */
async function recorded(directory: string, root: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const dists = join(directory, 'dists');
  for (const entry of await readdir(dists, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const bytes = await readFile(file);
    const parent = `${root}/dists/${relative(dists, entry.parentPath)}`;
    files.set(`${parent}/${entry.name}`, bytes);
    if (!entry.name.startsWith('Packages')) continue;
    files.set(`${parent}/by-hash/SHA256/${createHash('sha256').update(bytes).digest('hex')}`, bytes);
  }
  return files;
}

function send(message: ToParent): void {
  process.send?.(message);
}

/**
 * The benchmark's upstream, in a process of its own so that its work is in nobody's time. Forked by
 * upstream.ts, which tells it what to serve.
 *
 * Debian's own files where there are some; else the embedded upstream with fillers. Both are served under
 * the origins' names, with the by-hash names that Debian has, and from memory.
 */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { buildDebianUpstream, generateDebianKeys, writeDebianTrust } from '../upstream/debian.ts';
import { startUpstreamServer } from '../upstream/server.ts';
import type { ToParent, ToUpstream } from './upstream.ts';

/** About what a suite of a tenth of Debian's size has. */
const fillers = 6000;

process.on('message', (message: ToUpstream) => {
  void answer(message);
});

process.on('disconnect', () => process.exit());

let log: readonly { path: string; status: number; sentBytes: number }[] = [];

async function answer(message: ToUpstream): Promise<void> {
  if (message.type === 'start') {
    const { debian, trustDir } = message;
    const files =
      debian === undefined
        ? await embedded(new Date(message.now), trustDir)
        : new Map([
            ...(await recorded(join(debian, 'debian'), 'ftp.debian.org/debian')),
            ...(await recorded(join(debian, 'debian-security'), 'security.debian.org/debian-security')),
          ]);
    const server = await startUpstreamServer({ files });
    log = server.log;
    send({ type: 'started', url: server.url });
  } else {
    send({ type: 'log', requests: log.slice(message.from) });
  }
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

/**
 * Many machines at once, as far as one computer can play them: fetch scripts and stagers of the control plane's manifest,
 * a few at a time, each into an empty directory of its own. The files have a thousandth of their real size; what is
 * counted is requests, and the bytes of each beside the file's own.
 */
import { createHash } from 'node:crypto';
import { readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderManifest } from '../../src/formats/own/manifest.ts';
import { exec } from '../real-servers/programs.ts';
import { recordedSizes } from './recorded-sizes.ts';

export const host = 'files.example.org';

export interface Fleet {
  /** Names for people and folders. */
  readonly name: 'fetch script' | 'assay stage';
  /** Who is asked, for people. */
  readonly server: string;
  readonly machines: number;
  /** The command of one machine, which stages into `directory`. */
  readonly command: (directory: string) => readonly [string, ...string[]];
}

export interface Counted {
  readonly name: string;
  readonly server: string;
  readonly machines: number;
  readonly files: number;
  readonly requests: number;
  /** On the wire from the server, the heads of its answers included. */
  readonly sentBytes: number;
  /** Of the files alone: what every machine has to have. */
  readonly fileBytes: number;
  /** By method and status. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** Writes the manifest, and returns what an origin has for it. */
export async function makeSmallCatalogue(manifest: string): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const dependencies = Object.fromEntries(
    Object.entries(recordedSizes.knc).map(([key, sizeBytes]) => {
      const bytes = Buffer.alloc(Math.ceil(sizeBytes / 1000), `${key} `);
      files.set(`${host}/${key}`, bytes);
      const digest = `sha256:${hexOf(bytes)}` as const;
      const entry = { version: '1.0', url: `https://${host}/${key}`, type: 'binary', digest } as const;
      return [key, { ...entry, size: bytes.length }];
    }),
  );
  const os = { name: 'debian-13', arch: 'amd64' } as const;
  const vmconfig = { version: 'dev', kind: 'knc', os, dependencies, images: [] };
  await writeFile(manifest, renderManifest({ vmconfig }));
  return files;
}

interface Place {
  readonly work: string;
  readonly accessLog: string;
  readonly manifest: string;
}

const atOnce = 4;
const patienceMs = 120_000;

/** Throws where a machine ends otherwise than with 0, or has other bytes than the manifest says. */
export async function runFleet(
  { name, server, machines, command }: Fleet,
  { work, accessLog, manifest }: Place,
): Promise<Counted> {
  await truncate(accessLog);
  const queue = Array.from({ length: machines }, (_, at) => join(work, `machine-${at}`));
  const play = async () => {
    for (let directory = queue.shift(); directory !== undefined; directory = queue.shift()) {
      const [program, ...args] = command(directory);
      await exec(program, args, { cwd: work, timeout: patienceMs });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, play));
  const { vmconfig } = JSON.parse(await readFile(manifest, 'utf8')) as {
    vmconfig: { dependencies: Record<string, { digest: string; size: number }> };
  };
  const expected = Object.entries(vmconfig.dependencies);
  for (let at = 0; at < machines; at += 1) {
    const directory = join(work, `machine-${at}`);
    await requireRight(directory, new Map(expected.map(([name, { digest }]) => [name, digest])));
    await rm(directory, { recursive: true });
  }
  const sizes = expected.map(([, { size }]) => size);
  const fileBytes = machines * sizes.reduce((sum, size) => sum + size, 0);
  return { name, server, machines, files: sizes.length, fileBytes, ...(await countRequests(accessLog)) };
}

/** These files, and no others. */
async function requireRight(directory: string, digests: ReadonlyMap<string, string>): Promise<void> {
  const names = (await readdir(directory)).sort();
  const wrong = [...new Set([...names, ...digests.keys()])].filter(
    (name) => !names.includes(name) || !digests.has(name),
  );
  for (const name of names) {
    if (`sha256:${hexOf(await readFile(join(directory, name)))}` !== digests.get(name)) wrong.push(name);
  }
  if (wrong.length > 0) throw new Error(`${directory}: ${wrong.join(', ')} should not be so`);
}

function hexOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Lines of `method status bytes`. */
export async function countRequests(
  accessLog: string,
): Promise<Pick<Counted, 'requests' | 'sentBytes' | 'statuses'>> {
  const lines = (await readFile(accessLog, 'utf8')).split('\n').filter((line) => line !== '');
  const statuses: Record<string, number> = {};
  let sentBytes = 0;
  for (const line of lines) {
    const [method = '', status = '', bytes = ''] = line.split(' ');
    const kind = `${method} ${status}`;
    statuses[kind] = (statuses[kind] ?? 0) + 1;
    sentBytes += Number(bytes);
  }
  return { requests: lines.length, sentBytes, statuses };
}

/**
 * Staging's part of the benchmark: the set of a control plane (15 files, about 570 MB of random bytes) from a loopback
 * server, next to curl and sha256sum; what the disk holds, verified; one file of 10 GiB; and a line of 25 MB/s.
 */
import { spawnSync } from 'node:child_process';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { assay, commandIn, renew, type Setting } from './contenders.ts';
import { missing } from './peers.ts';
import { megabytes, renderResults, seconds, type Part, type Requirement } from './report.ts';
import type { Command } from './measure.ts';
import { runRounds, type Contender, type Result, type RoundOptions } from './rounds.ts';
import { openSet, type StagingSet } from './staging-set.ts';

type Place = Pick<Setting, 'root' | 'work'>;

/** What a control plane's binaries, archives and packages are like, in MB: 570 in all. */
export const sizesMb = [117, 86, 77, 72, 60, 58, 38, 22, 15, 9, 7, 5, 2, 1.5, 0.3];
const line = { bytesPerSecond: 25e6, latencyMs: 30 };
const quarter = 0.25;
const largeBytes = 10 * 2 ** 30;

export async function benchStaging(base: Place, options: RoundOptions): Promise<Part> {
  const work = join(base.work, 'staging');
  const place = { root: base.root, work };
  const remarks: string[] = [];
  if (missing('aria2c').length > 0) remarks.push('aria2c was SKIPPED: it is not installed.');

  const plain = await openSet(
    place,
    'plain',
    sizesMb.map((mb) => Math.round(mb * 1e6)),
  );
  const kinds = [stagers(place, plain), boundaries(place, plain), verifiers(place, plain)];
  // In one go: what is compared is measured under the same load. The later ones hash what curl left.
  const results = await runRounds(kinds.flat(), options);
  const [staged = [], bound = [], verified = []] = kinds.map(({ length }) => results.splice(0, length));
  plain.close();
  await rm(plain.out, { recursive: true });

  const large = await openSet(place, 'large', [largeBytes]);
  const [largest] = await runRounds(stagers(place, large).slice(0, 1), { ...options, counted: 1 });
  large.close();
  await rm(large.out, { recursive: true });

  const sizes = sizesMb.map((mb) => Math.round(mb * 1e6 * quarter));
  const shaped = await openSet(place, 'shaped', sizes, line);
  const slow = await runRounds(stagers(place, shaped), { ...options, counted: Math.min(options.counted, 3) });
  shaped.close();
  await rm(shaped.out, { recursive: true });

  return {
    lines: [
      '## Staging',
      '',
      `${sizesMb.length} files of random bytes, ${sum(sizesMb)} MB, from a server on loopback into an empty directory. assay also flushes each file to the disk before it has its name; the others do not. “curl, sha256sum” is \`curl --parallel\`, then \`sha256sum -c\`.`,
      '',
      ...renderResults(staged),
      '',
      'The two parts of a lower bound: the transfer alone, and the hashing alone, `openssl dgst` on all cores.',
      '',
      ...renderResults(bound),
      '',
      '### What is staged, hashed again',
      '',
      ...renderResults(verified),
      '',
      '### One file of 10 GiB',
      '',
      ...renderResults(largest === undefined ? [] : [largest]),
      '',
      '### A line of 25 MB/s, 30 ms away',
      '',
      `The same set at a quarter of its size, ${Math.round(sum(sizesMb) * quarter)} MB: the line alone takes ${seconds((sum(sizesMb) * quarter * 1e9) / line.bytesPerSecond)}.`,
      '',
      ...renderResults(slow),
      '',
    ],
    requirements: judge({ staged, bound, verified, slow, largest }),
    remarks,
  };
}

function stagers(place: Place, set: StagingSet): Contender[] {
  const { out, urls, hexes, names } = set;
  const pairs = urls.map((url, at) => `-o ${names[at] ?? ''} ${url}`).join(' ');
  const sums = join(place.work, 'sums');
  const directory = (name: string) => join(out, name);
  const contender = (name: string, folder: string, command: Command): Contender => ({
    name,
    command,
    prepare: async () => {
      await rm(out, { recursive: true, force: true });
      // What others wrote is not to be flushed in this one's time.
      spawnSync('sync');
      await renew(directory(folder));
      await writeFile(sums, hexes.map((hex, at) => `${hex}  ${names[at] ?? ''}\n`).join(''));
    },
    check: () => requireAll(directory(folder), set),
  });
  const shell = (script: string, ...args: readonly string[]) =>
    commandIn(place, ['sh', '-c', script, 'sh', ...args]);
  const curl = `cd "$1" && curl -sf --parallel ${pairs} && sha256sum -c --quiet "$2"`;
  const contenders = [
    contender('assay stage', 'assay', assay(place, ...stageArgs(set, directory('assay')))),
    contender('curl, sha256sum', 'curl', shell(curl, directory('curl'), sums)),
  ];
  if (missing('aria2c').length === 0) {
    const list = urls.map(
      (url, at) => `${url}\\n out=${names[at] ?? ''}\\n checksum=sha-256=${hexes[at] ?? ''}\\n`,
    );
    const script = `printf '${list.join('')}' | aria2c -q -i - -d "$1" -j 8 -V --file-allocation=none --allow-overwrite=true`;
    contenders.push(contender('aria2c --checksum', 'aria2', shell(script, directory('aria2'))));
  }
  return contenders;
}

function stageArgs({ manifest, base }: StagingSet, directory: string): string[] {
  return ['stage', manifest, '--quiet', '--dir', directory, '--mirror-base', base];
}

/** The second one hashes what the first left. */
function boundaries(place: Place, set: StagingSet): Contender[] {
  const [, curl] = stagers(place, set);
  if (curl === undefined) throw new TypeError('no curl');
  const pairs = set.urls.map((url, at) => `-o ${set.names[at] ?? ''} ${url}`).join(' ');
  const directory = join(set.out, 'curl');
  const hash = `cd "$1" && printf '%s\\0' * | xargs -0 -n 1 -P ${cpus().length} openssl dgst -sha256`;
  return [
    {
      ...curl,
      name: 'curl --parallel',
      command: commandIn(place, ['sh', '-c', `cd "$1" && curl -sf --parallel ${pairs}`, 'sh', directory]),
    },
    { name: 'openssl dgst, all cores', command: commandIn(place, ['sh', '-c', hash, 'sh', directory]) },
  ];
}

function verifiers(place: Place, set: StagingSet): Contender[] {
  const directory = join(set.out, 'curl');
  const sums = join(place.work, 'sums');
  return [
    {
      name: 'assay verify --staged',
      command: assay(place, 'verify', set.manifest, '--quiet', '--staged', directory),
    },
    {
      name: 'sha256sum -c',
      command: commandIn(place, ['sh', '-c', 'cd "$1" && sha256sum -c --quiet "$2"', 'sh', directory, sums]),
    },
  ];
}

export async function requireAll(directory: string, { names }: StagingSet): Promise<void> {
  const found = (await readdir(directory)).sort();
  if (found.join() !== [...names].sort().join()) throw new Error(`${directory} holds ${found.join(', ')}`);
}

interface Measured {
  readonly staged: readonly Result[];
  readonly bound: readonly Result[];
  readonly verified: readonly Result[];
  readonly slow: readonly Result[];
  readonly largest: Result | undefined;
}

function judge({ staged, bound, verified, slow, largest }: Measured): Requirement[] {
  const [own, curl, aria2] = staged;
  const [ownSlow, curlSlow] = slow;
  const limit = bound.reduce((total, { wallMs }) => total + wallMs.median, 0);
  const [ownVerify, sha256sum] = verified;
  return [
    ...ratio('staging, time', own, curl?.wallMs.median, 0.5, 'curl, sha256sum'),
    ...ratio('staging, time', own, limit, 1.05, 'openssl dgst on all cores and the transfer'),
    ...ratio('staging, time', own, aria2?.wallMs.median, 1, 'aria2c --checksum'),
    ...ratio('staging at 25 MB/s, time', ownSlow, curlSlow?.wallMs.median, 1, 'curl, sha256sum'),
    ...ratio('verify --staged, time', ownVerify, sha256sum?.wallMs.median, 0.55, 'sha256sum'),
    ...peak('staging, peak memory', own),
    ...peak('staging one file of 10 GiB, peak memory', largest),
  ];
}

function ratio(
  text: string,
  own: Result | undefined,
  otherMs: number | undefined,
  limit: number,
  other: string,
): Requirement[] {
  if (own === undefined || otherMs === undefined) return [];
  const found = own.wallMs.median / otherMs;
  return [
    {
      text,
      limit: `at most ${limit.toFixed(2)} × ${other}`,
      found: `${found.toFixed(3)} × (${seconds(own.wallMs.median)} to ${seconds(otherMs)})`,
      isMet: found <= limit,
    },
  ];
}

function peak(text: string, result: Result | undefined): Requirement[] {
  if (result?.peakBytes === undefined) return [];
  const { median } = result.peakBytes;
  return [{ text, limit: `at most ${megabytes(120e6)}`, found: megabytes(median), isMet: median <= 120e6 }];
}

function sum(values: readonly number[]): number {
  return Math.round(values.reduce((total, value) => total + value, 0));
}

/** Documents of every kind that is read, from the repository's own files and written out here: where mutants begin. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeArmor, findArmor } from '../../src/verify/openpgp/armor.ts';
import { readMaterial } from './material.ts';
import { written } from './written-samples.ts';
import type { Input } from './target.ts';

const root = join(import.meta.dirname, '../..');
/** Longer ones make every try slow, and have the same in them. */
const maxSampleBytes = 24 << 10;
const maxSeeds = 10;

const files = [
  ...[
    'manifests/*.yaml',
    'trust/*',
    'examples/**/*.{yaml,yml,json}',
    'test/fixtures/**/*',
    'test/corpus/inrelease/**/*',
  ],
  ...['package.json', '.github/workflows/*.yml'],
];

let known: readonly Uint8Array[] | undefined;

/** The same in the same order, on every machine. */
function samples(): readonly Uint8Array[] {
  known ??= [
    ...globSync(files, { cwd: root, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => readFileSync(path)),
    ...written(),
    ...vouching(),
  ].filter((sample) => sample.length <= maxSampleBytes);
  return known;
}

/** What methods judge: bundles, answers of logs, signed files. */
function vouching(): readonly Uint8Array[] {
  const { trust, cases } = readMaterial();
  const key = Buffer.from(trust['tool.asc'] ?? []).toString();
  const packets = findArmor(key, 'PUBLIC KEY BLOCK').map((block) => decodeArmor(block, 'PUBLIC KEY BLOCK'));
  const documents = [trust, ...cases.map(({ genuine }) => genuine)].flatMap((set) => Object.values(set));
  return [...packets, ...documents.filter((bytes) => bytes !== undefined)];
}

/** Those that it reads, the short ones first; where it reads none, a few of those that there are. */
export async function acceptedSeeds(run: (input: Input) => unknown): Promise<readonly Input[]> {
  const accepted: Uint8Array[] = [];
  for (const sample of samples()) {
    try {
      const value = await run([Buffer.from(sample)]);
      const isNothing =
        value === undefined || value === false || (Array.isArray(value) && value.length === 0);
      if (!isNothing) accepted.push(sample);
    } catch {
      // Another kind of document.
    }
  }
  const seeds = accepted.length > 0 ? accepted : samples();
  return spread(seeds.toSorted((one, other) => one.length - other.length)).map((seed) => [seed]);
}

/** So many of them, of all lengths. */
function spread(all: readonly Uint8Array[]): readonly Uint8Array[] {
  if (all.length <= maxSeeds) return all;
  return Array.from({ length: maxSeeds }, (_, index) => all[Math.floor((index * all.length) / maxSeeds)]!);
}

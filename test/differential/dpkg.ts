/** Versions in Debian's order, and packages taken apart, as dpkg does it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareDebianVersions, parseDebianVersion } from '../../src/formats/upstream/debian-version.ts';
import { dataArchiveOf } from '../../src/formats/upstream/debian-package.ts';
import { decompress } from '../../src/formats/upstream/decompress.ts';
import { AssayError } from '../../src/model/errors.ts';
import { buildDeb } from '../../scripts/upstream/deb-package.ts';
import { mutate } from '../fuzz/mutate.ts';
import type { Random } from '../fuzz/random.ts';
import { count, noVerdicts, versionOf, type Comparison } from './comparison.ts';

const pieces = [
  '0',
  '1',
  '9',
  '10',
  '00',
  'a',
  'Z',
  'rc',
  '+',
  '.',
  '~',
  '~~',
  '-',
  'deb13u1',
  '+b1',
  'dfsg',
  ':',
];

function version(random: Random): string {
  const parts = Array.from({ length: 1 + random.below(5) }, () => random.of(pieces)!);
  return `${random.oneIn(4) ? `${String(random.below(3))}:` : ''}${String(random.below(12))}${parts.join('')}`;
}

export const debianVersions: Comparison = {
  name: 'dpkg, the order of versions',
  program: () => versionOf('dpkg', '--version'),
  compare(random, times) {
    const verdicts = noVerdicts();
    const pairs = Array.from({ length: times }, () => {
      const one = version(random);
      return [
        one,
        random.oneIn(3) ? Buffer.from(mutate(Buffer.from(one), random, [])).toString() : version(random),
      ] as const;
    }).filter((pair) => pair.every((text) => parseDebianVersion(text) !== undefined));
    // What it takes for no version has no order, and is a line all the same.
    const script =
      'while read -r a b; do for op in lt:\\< eq:= gt:\\>; do dpkg --compare-versions "$a" "${op%:*}" "$b" 2>/dev/null && printf %s "${op#*:}"; done; echo; done';
    const input = pairs.map((pair) => `${pair.join(' ')}\n`).join('');
    const { stdout } = spawnSync('sh', ['-c', script], { input, encoding: 'utf8' });
    const theirs = stdout.split('\n');
    pairs.forEach(([one, other], index) => {
      const order = Math.sign(compareDebianVersions(parseDebianVersion(one)!, parseDebianVersion(other)!));
      const ours = order < 0 ? '<' : order > 0 ? '>' : '=';
      count(verdicts, Buffer.from(ours), Buffer.from(theirs[index] ?? ''), `${one} ${ours} ${other}`);
    });
    return Promise.resolve(verdicts);
  },
};

export const debianPackages: Comparison = {
  name: 'dpkg-deb, what a package holds',
  program: () => versionOf('dpkg-deb', '--version'),
  async compare(random, times) {
    const verdicts = noVerdicts();
    const folder = mkdtempSync(join(tmpdir(), 'assay-differential-'));
    const deb = await buildDeb({
      package: 'tool',
      version: '1.0-1',
      architecture: 'amd64',
      payloadBytes: 2000,
    });
    for (let time = 0; time < times; time += 1) {
      const file = join(folder, 'a.deb');
      const mutant = time === 0 ? deb : mutate(deb, random, [deb]);
      writeFileSync(file, mutant);
      const { status, stdout } = spawnSync('dpkg-deb', ['--fsys-tarfile', file], { maxBuffer: 1 << 26 });
      const ours = await archiveIn(mutant);
      // What is beside the data of a file whose digest holds, nobody asks here.
      if (ours !== undefined && status !== 0) verdicts.onlyOurs += 1;
      else count(verdicts, ours, status === 0 ? stdout : undefined, Buffer.from(mutant).toString('base64'));
    }
    rmSync(folder, { recursive: true });
    return verdicts;
  },
};

async function archiveIn(deb: Uint8Array): Promise<Buffer | undefined> {
  try {
    const { bytes, compression } = dataArchiveOf(deb, 'a.deb');
    if (compression === undefined) return undefined;
    const chunks: Buffer[] = [];
    for await (const chunk of decompress(bytes, compression, 1 << 26, 'a.deb'))
      chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof AssayError) return undefined;
    throw error;
  }
}

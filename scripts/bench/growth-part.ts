/**
 * What a package costs: catalogues of 3, 1,000 and 5,000 packages out of one suite of Debian, from nothing and with
 * nothing new. The index is read in one pass, so that most of a run of 1,000 is what a run of 3 does as well.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { forget, updateManifests, type Setting } from './contenders.ts';
import type { Command } from './measure.ts';
import { renderResults, type Part } from './report.ts';
import { judgeGrowth } from './requirements.ts';
import { runRounds, type Contender, type RoundOptions } from './rounds.ts';
import { startUpstream } from './upstream.ts';

const counts = [3, 1000, 5000];

/** `debian`: the folder of Debian's own files; a small Debian has not as many packages, and nothing is measured. */
export async function benchGrowth(
  base: Pick<Setting, 'root' | 'work' | 'now'>,
  options: RoundOptions,
  debian: string | undefined,
): Promise<Part> {
  if (debian === undefined) {
    return { lines: [], requirements: [], remarks: ['Growth was SKIPPED: ASSAY_DEBIAN names no files.'] };
  }
  const work = join(base.work, 'growth');
  const trustDir = join(base.root, 'trust');
  const upstream = await startUpstream({ content: { directory: debian }, trustDir, now: base.now });
  try {
    const names = await packageNames(debian);
    const cold = await Promise.all(
      counts.map(async (count): Promise<Required<Contender>> => {
        const setting = { ...base, work: join(work, String(count)), trustDir, mirrors: upstream.mirrors };
        const catalogue = await writeCatalogue(setting.work, names, count);
        return {
          name: `${count.toLocaleString('en')} packages`,
          command: updateManifests(setting, '--catalogue', catalogue),
          prepare: () => forget(setting),
          check: () => requireAll(setting.work, count),
        };
      }),
    );
    const contenders = cold.map(({ name, command, check }): Contender => ({ name, command, check }));
    const checks = contenders.map((contender) => ({
      ...contender,
      command: { ...contender.command, argv: [...contender.command.argv, '--check'] as Command['argv'] },
    }));
    const fromNothing = await runRounds(cold, options);
    const nothingNew = await runRounds(contenders, options);
    const checked = await runRounds(checks, options);
    return {
      lines: [
        '## Growth',
        '',
        'One catalogue of so many packages of trixie, amd64, spread over its index of 57 MB (13 MB compressed): from an empty cache and no manifests, then with nothing new, then `--check`, which judges every kept proof again.',
        '',
        '### From nothing',
        '',
        ...renderResults(fromNothing),
        '',
        '### Nothing new',
        '',
        ...renderResults(nothingNew),
        '',
        '### --check',
        '',
        ...renderResults(checked),
        '',
      ],
      requirements: judgeGrowth(fromNothing),
      remarks: [],
    };
  } finally {
    upstream.close();
  }
}

async function packageNames(debian: string): Promise<readonly string[]> {
  const file = join(debian, 'debian/dists/trixie/main/binary-amd64/Packages.gz');
  const text = gunzipSync(await readFile(file)).toString('latin1');
  return [...new Set([...text.matchAll(/^Package: (\S+)$/gm)].map(([, name = '']) => name))];
}

const head = `version: 1
kinds: [n]
platforms: [{ os: debian-13, architectures: [amd64] }]
sources:
  debian:
    type: apt
    suites:
      - uri: https://ftp.debian.org/debian
        suite: trixie
        codename: trixie
        components: [main]
        signedBy: debian-archive
        maxAge: 400d
dependencies:
`;

/** Where it is. */
async function writeCatalogue(place: string, names: readonly string[], count: number): Promise<string> {
  const step = Math.floor(names.length / count);
  const entries = Array.from({ length: count }, (_, at) => {
    const name = names[at * step] ?? '';
    return `  ${name}:\n    kinds: [n]\n    type: deb\n    source: { from: debian, package: ${name} }\n    verification: { method: apt }\n`;
  });
  const file = join(place, 'catalogue.yaml');
  await mkdir(place, { recursive: true });
  await writeFile(file, head + entries.join(''));
  return file;
}

/** A run that did not do its work has no time. */
async function requireAll(place: string, count: number): Promise<void> {
  const text = await readFile(join(place, 'manifests/n.debian-13.amd64.json'), 'utf8');
  const { vmconfig } = JSON.parse(text) as { vmconfig: { dependencies: object } };
  const found = Object.keys(vmconfig.dependencies).length;
  if (found !== count) throw new Error(`${String(found)} packages of ${String(count)}`);
}

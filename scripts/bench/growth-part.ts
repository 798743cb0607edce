/**
 * How cost grows: packages of one index, manifests of one catalogue, proofs judged offline, and bundles in one process.
 * Each curve is a table, with the exponent between two sizes under it: 1 where twice as many take twice as long, near 0 where
 * what they share is most of it.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleKinds, bundlesOfEach } from './bundles.ts';
import { assay, forget, updateManifests, type Setting } from './contenders.ts';
import { packageNames, requireEntries, writeCatalogue } from './growth-catalogue.ts';
import { measure } from './measure.ts';
import { renderResults, trafficOf, type Part, type Traffic } from './report.ts';
import { judgeGrowth } from './requirements.ts';
import { figuresOf, runRounds, type Contender, type Result, type RoundOptions } from './rounds.ts';
import { startUpstream, type Upstream } from './upstream.ts';

/** A size, and what is measured of it. */
type Points = readonly (readonly [size: number, contender: Contender])[];

interface Curve {
  readonly lines: readonly string[];
  readonly results: readonly Result[];
}

interface Input {
  readonly base: Pick<Setting, 'root' | 'work' | 'now'>;
  readonly options: RoundOptions;
  readonly upstream: Upstream;
  /** Of packages of trixie, for amd64. */
  readonly names: readonly string[];
}

/** `debian`: the folder of Debian's own files; a small Debian has not as many packages, and nothing is measured. */
export async function benchGrowth(
  base: Input['base'],
  options: RoundOptions,
  debian: string | undefined,
): Promise<Part> {
  if (debian === undefined) {
    return { lines: [], requirements: [], remarks: ['Growth was SKIPPED: ASSAY_DEBIAN names no files.'] };
  }
  const trustDir = join(base.root, 'trust');
  const upstream = await startUpstream({ content: { directory: debian }, trustDir, now: base.now });
  try {
    const names = await packageNames(debian);
    const input = { base: { ...base, work: join(base.work, 'growth') }, options, upstream, names };
    const packages = await packageCurves(input);
    const manifests = await manifestCurves(input);
    const evidence = await evidenceCurve(input);
    const bundles = await bundleCurve(input);
    return {
      lines: [
        '## Growth',
        '',
        'Under each table is the exponent of the processor’s time from one size to the next: 1 where twice as many take twice as long.',
        '',
        ...packages.lines,
        ...manifests,
        ...evidence,
        ...bundles,
      ],
      requirements: judgeGrowth(packages.cold.filter(({ name }) => /^(?:3|1,000) /.test(name))),
      remarks: [],
    };
  } finally {
    upstream.close();
  }
}

async function packageCurves(input: Input): Promise<{ lines: string[]; cold: readonly Result[] }> {
  const sizes = [3, 100, 1000, 5000];
  const places = await Promise.all(sizes.map((count) => placeOf(input, 'packages', { count })));
  const cold = await curve('From nothing', pointsOf(sizes, 'packages', places, 'cold'), input);
  const warm = await curve('Nothing new', pointsOf(sizes, 'packages', places), input);
  const check = await curve('`--check`', pointsOf(sizes, 'packages', places, 'check'), input);
  const about =
    'One catalogue of so many packages of trixie, amd64, spread over its index of 57 MB (13 MB compressed): from an empty cache and no manifests, then with nothing new, then `--check`, which judges every kept proof again.';
  return {
    lines: ['### Packages', '', about, '', ...[cold, warm, check].flatMap(({ lines }) => lines)],
    cold: cold.results,
  };
}

async function manifestCurves(input: Input): Promise<string[]> {
  const sizes = [4, 40, 400];
  const places = await Promise.all(
    sizes.map((size) => placeOf(input, 'manifests', { count: 3, kinds: size / 2, isOfBoth: true })),
  );
  const cold = await curve('From nothing', pointsOf(sizes, 'manifests', places, 'cold'), input);
  const warm = await curve('Nothing new', pointsOf(sizes, 'manifests', places), input);
  const about = 'Three packages of trixie in every manifest: so many VM kinds, for amd64 and arm64.';
  return ['### Manifests', '', about, '', ...cold.lines, ...warm.lines];
}

/** What was resolved before it is judged is not measured. */
async function evidenceCurve(input: Input): Promise<string[]> {
  const { base, options } = input;
  const sizes = [1, 10, 100, 1000];
  const points = sizes.map(async (count) => {
    const place = await placeOf(input, 'evidence', { count });
    await measure(place.update, options.memory, options.scratch);
    const [manifest = ''] = place.manifests;
    const flags = ['--trust-dir', join(base.root, 'trust'), '--now', base.now, '--allow-partial'];
    const command = assay({ ...base, work: place.work }, 'verify', '--offline', ...flags, manifest);
    return [count, { name: `${count.toLocaleString('en')} proofs`, command }] as const;
  });
  const { lines } = await curve('`verify --offline`', await Promise.all(points), input);
  return [
    '### Evidence',
    '',
    'Proofs of packages, judged by what was kept, without the index.',
    '',
    ...lines,
  ];
}

/** In this very process, so that its memory says nothing. */
async function bundleCurve({ base }: Input): Promise<string[]> {
  const work = join(base.work, 'bundles');
  await mkdir(work, { recursive: true });
  const [kind] = await bundleKinds({ ...base, work }, undefined);
  if (kind === undefined) throw new TypeError('no bundles');
  const results: Result[] = [];
  for (const size of [1, 10, 100, 1000]) {
    const [wall, cpu]: [number[], number[]] = [[], []];
    for (let round = 0; round <= 3; round += 1) {
      const [start, before] = [performance.now(), process.cpuUsage()];
      for (let at = 0; at < size; at += 1) {
        await kind.verify(kind.bundles[at % bundlesOfEach] ?? new Uint8Array());
      }
      const { user, system } = process.cpuUsage(before);
      if (round === 0) continue;
      wall.push(performance.now() - start);
      cpu.push((user + system) / 1000);
    }
    const name = `${size.toLocaleString('en')} bundles`;
    results.push({ name, wallMs: figuresOf(wall), cpuMs: figuresOf(cpu), peakBytes: undefined });
  }
  const about = `Signatures over a file, ${String(bundlesOfEach)} different ones in turn, verified one after the other in one process that has verified others before.`;
  return [
    '### Bundles',
    '',
    about,
    '',
    ...renderResults(results),
    '',
    exponents([1, 10, 100, 1000], results),
    '',
  ];
}

interface Place {
  readonly work: string;
  readonly update: Contender['command'];
  readonly manifests: readonly string[];
  readonly count: number;
}

interface Wanted {
  readonly count: number;
  readonly kinds?: number;
  readonly isOfBoth?: boolean;
}

/** A folder with a catalogue, and the run that resolves it. */
async function placeOf({ base, upstream, names }: Input, what: string, wanted: Wanted): Promise<Place> {
  const { count, kinds = 1, isOfBoth = false } = wanted;
  const work = join(base.work, what, `${String(count)}-${String(kinds)}`);
  const { mirrors } = upstream;
  const catalogue = await writeCatalogue(work, names, { count, kinds, isOfBoth });
  const setting = { ...base, work, trustDir: join(base.root, 'trust'), mirrors };
  return {
    work,
    count,
    update: updateManifests(setting, '--catalogue', catalogue.file),
    manifests: catalogue.manifests,
  };
}

function pointsOf(
  sizes: readonly number[],
  what: string,
  places: readonly Place[],
  how?: 'cold' | 'check',
): Points {
  return places.map((place, at) => {
    const { work, update, manifests, count } = place;
    const argv = how === 'check' ? ([...update.argv, '--check'] as const) : update.argv;
    const contender: Contender = {
      name: `${(sizes[at] ?? 0).toLocaleString('en')} ${what}`,
      command: { ...update, argv },
      ...(how === 'cold' && { prepare: () => forget({ work }) }),
      check: () => requireEntries(manifests, count),
    };
    return [sizes[at] ?? 0, contender] as const;
  });
}

async function curve(title: string, points: Points, { options, upstream }: Input): Promise<Curve> {
  const traffic = new Map<string, Traffic>();
  await upstream.newRequests();
  const logged = points.map(([, contender]) => ({
    ...contender,
    check: async () => {
      await contender.check?.();
      traffic.set(contender.name, trafficOf(await upstream.newRequests()));
    },
  }));
  const results = await runRounds(logged, options);
  const sizes = points.map(([size]) => size);
  return {
    results,
    lines: [`#### ${title}`, '', ...renderResults(results, traffic), '', exponents(sizes, results), ''],
  };
}

/** Of the processor's time, where it is known: other work on the machine does less to it. */
function exponents(sizes: readonly number[], results: readonly Result[]): string {
  const timeOf = (at: number) => (results[at]?.cpuMs ?? results[at]?.wallMs)?.median ?? NaN;
  const told = sizes.slice(1).map((size, at) => {
    const before = sizes[at] ?? NaN;
    const exponent = Math.log(timeOf(at + 1) / timeOf(at)) / Math.log(size / before);
    return `${exponent.toFixed(2)} from ${before.toLocaleString('en')} to ${size.toLocaleString('en')}`;
  });
  return `Exponent: ${told.join(', ')}.`;
}

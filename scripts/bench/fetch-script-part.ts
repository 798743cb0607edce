/**
 * The fetch script beside the loop that it replaces: `curl --parallel` of everything, then `sha256sum --check`, which
 * neither retries nor resumes, looks at no sizes and flushes nothing. The set is that of the staging part.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assay, commandIn, renew, type Setting } from './contenders.ts';
import { measure } from './measure.ts';
import { renderResults, seconds, type Part } from './report.ts';
import { runRounds, type Contender, type RoundOptions } from './rounds.ts';
import { requireAll, sizesMb } from './staging-part.ts';
import { openSet, type StagingSet } from './staging-set.ts';

type Place = Pick<Setting, 'root' | 'work'>;

export async function benchFetchScript(base: Place, options: RoundOptions): Promise<Part> {
  const place = { root: base.root, work: join(base.work, 'fetch-script') };
  const set = await openSet(
    place,
    'fetched',
    sizesMb.map((mb) => Math.round(mb * 1e6)),
  );
  const results = await runRounds(await contenders(place, set, options), options);
  set.close();
  await rm(set.out, { recursive: true, force: true });
  const [own, loop] = results.map(({ wallMs }) => wallMs.median);
  const requirements =
    own === undefined || loop === undefined
      ? []
      : [
          {
            text: 'the fetch script, time',
            limit: 'at most 0.50 × curl, sha256sum',
            found: `${(own / loop).toFixed(3)} × (${seconds(own)} to ${seconds(loop)})`,
            isMet: own <= 0.5 * loop,
          },
        ];
  return {
    lines: [
      '## The fetch script',
      '',
      'The same set of files, by `assay render fetch-script` under `sh`, and by the loop that it replaces.',
      '',
      ...renderResults(results),
      '',
    ],
    requirements,
    remarks: [],
  };
}

async function contenders(place: Place, set: StagingSet, options: RoundOptions): Promise<Contender[]> {
  const { manifest, base, out, names, urls, hexes } = set;
  const [script, sums] = [join(place.work, 'fetch.sh'), join(place.work, 'fetch-sums')];
  const directory = join(out, 'fetched');
  const render = [
    'render',
    'fetch-script',
    manifest,
    '--dir',
    directory,
    '--mirror-base',
    base,
    '-o',
    script,
  ];
  await measure(assay(place, ...render), options.memory, options.scratch);
  await writeFile(sums, hexes.map((hex, at) => `${hex}  ${names[at] ?? ''}\n`).join(''));
  const pairs = urls.map((url, at) => `-o ${names[at] ?? ''} ${url}`).join(' ');
  const loop = `cd "$1" && curl -sfL --parallel ${pairs} && sha256sum -c --quiet "$2"`;
  const contender = (name: string, argv: readonly [string, ...string[]]): Contender => ({
    name,
    command: { ...commandIn(place, argv), cwd: place.root },
    prepare: async () => {
      await rm(out, { recursive: true, force: true });
      await renew(directory);
    },
    check: () => requireAll(directory, set),
  });
  return [
    contender('fetch script', ['sh', script]),
    contender('curl, sha256sum', ['sh', '-c', loop, 'sh', directory, sums]),
  ];
}

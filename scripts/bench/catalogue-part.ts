/**
 * The whole catalogue, as CI runs it: every entry of every manifest, from an upstream whose artifacts and indexes are as
 * large as the real ones, with the latency of a network before each answer. First from nothing, then with nothing new.
 */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { forget, updateManifests, type Setting } from './contenders.ts';
import { renderResults, trafficOf, type Part, type Requirement, type Traffic } from './report.ts';
import { judgeCatalogue } from './requirements.ts';
import { runRounds, type Contender, type Result, type RoundOptions } from './rounds.ts';
import { startUpstream, type Upstream } from './upstream.ts';

/** Before each answer: a server on the same continent. */
const latencyMs = 30;
/** Of a slow line: 8 Mbit/s. */
const slowBytesPerSecond = 1e6;

/** `debian`: the folder of Debian's own files; without, its part of the bytes is not the real one. */
export async function benchCatalogue(
  base: Pick<Setting, 'root' | 'work' | 'now'>,
  options: RoundOptions,
  debian: string | undefined,
): Promise<Part> {
  const work = join(base.work, 'catalogue');
  await mkdir(work, { recursive: true });
  const trustDir = join(work, 'trust');
  const request = {
    ...{ content: 'catalogue' as const, trustDir, now: base.now, latencyMs },
    ...(debian === undefined ? {} : { debian }),
  };
  const commandFor = ({ mirrors }: Upstream) => {
    const trusted = mirrors.flatMap((mirror) => ['--trusted-mirror', mirror]);
    return updateManifests({ ...base, work, trustDir, mirrors }, ...trusted);
  };
  const prepare = () => forget({ work });
  const slowly = await startUpstream({ ...request, bytesPerSecond: slowBytesPerSecond });
  const slow = await run(
    { name: 'from nothing, over the slow line', command: commandFor(slowly), prepare },
    slowly,
    options,
  ).finally(() => slowly.close());
  const upstream = await startUpstream(request);
  try {
    const command = commandFor(upstream);
    const cold = await run({ name: 'from nothing', command, prepare }, upstream, options);
    const second = await run({ name: 'nothing new', command }, upstream, options);
    const table = ({ result, traffic }: Run) => renderResults([result], new Map([[result.name, traffic]]));
    const count = await countEntries(join(work, 'manifests'));
    const requirements: Requirement[] = debian === undefined ? [] : judgeCatalogue({ slow, cold, second });
    return {
      lines: [
        '## The whole catalogue',
        '',
        `\`update-manifests\` for all that is enabled: ${String(count)} entries in four manifests, artifacts and indexes of full size, and ${String(latencyMs)} ms before each answer. First from an empty cache and no manifests, then the same over a line of ${String(slowBytesPerSecond / 1e6)} MB/s, where Debian’s indexes come as \`.xz\`, then with nothing new at any upstream; without a token for GitHub's API.`,
        '',
        ...table(cold),
        '',
        ...table(slow),
        '',
        ...table(second),
        '',
      ],
      requirements,
      remarks:
        debian === undefined
          ? ['The whole catalogue is not judged: its limits are set for Debian’s own indexes.']
          : [],
    };
  } finally {
    upstream.close();
  }
}

export interface Run {
  readonly result: Result;
  /** Of the run that fetched the most. */
  readonly traffic: Traffic;
}

async function run(contender: Contender, upstream: Upstream, options: RoundOptions): Promise<Run> {
  let traffic: Traffic = { requests: 0, sentBytes: 0 };
  const check = async () => {
    const own = trafficOf(await upstream.newRequests());
    if (own.sentBytes > traffic.sentBytes) traffic = own;
  };
  const [result] = await runRounds([{ ...contender, check }], options);
  if (result === undefined) throw new TypeError('no result');
  return { result, traffic };
}

/** A run that did not do its work has no time. */
async function countEntries(directory: string): Promise<number> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json'));
  if (names.length !== 4) throw new Error(`there are ${String(names.length)} manifests`);
  let count = 0;
  for (const name of names) {
    const { vmconfig } = JSON.parse(await readFile(join(directory, name), 'utf8')) as {
      vmconfig: { os: { image?: unknown }; dependencies: object; images: unknown[] };
    };
    if (vmconfig.os.image === undefined || vmconfig.images.length === 0) {
      throw new Error(`${name} is not complete`);
    }
    count += Object.keys(vmconfig.dependencies).length + vmconfig.images.length + 1;
  }
  return count;
}

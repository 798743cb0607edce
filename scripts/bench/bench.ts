/**
 * `make bench`: time and memory of whole processes, next to what else does the same job.
 *
 *   make bench ASSAY_DEBIAN=../shared/debian    Debian's own files, laid out as its origins have them
 *   make bench                                  the embedded upstream, which is small: no verdicts
 *
 * Options: --runs N (7), --write (docs/benchmarks.md), --date YYYY-MM-DD (to be printed there).
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { assay, coldAssay, commandIn, shellPipeline, updateManifests, type Setting } from './contenders.ts';
import { describeRun, loadNow } from './describe.ts';
import { memoryMethod } from './measure.ts';
import { aptGetUpdate, missing, writeKeyrings } from './peers.ts';
import { renderRequirements, renderResults, trafficOf, type Traffic } from './report.ts';
import { judgeCold, judgeSecond, judgeVerify } from './requirements.ts';
import { runRounds, type Contender, type Result, type RoundOptions } from './rounds.ts';
import { startUpstream, type Upstream } from './upstream.ts';

const root = dirname(dirname(import.meta.dirname));
/** The recorded Debian release is fresh then. */
const now = '2026-11-20T12:00:00Z';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    write: { type: 'boolean', default: false },
    date: { type: 'string' },
  },
});
const counted = Number(values.runs);
if (!Number.isInteger(counted) || counted < 1) throw new Error('--runs: a whole number from 1');

const given = process.env['ASSAY_DEBIAN'] ?? '';
const debian = given === '' ? undefined : resolve(root, given);
const loadBefore = loadNow();
const work = await mkdtemp(join(tmpdir(), 'assay-bench-'));
const embeddedTrust = join(work, 'trust');
const upstream = await startUpstream({ debian, trustDir: embeddedTrust, now });
try {
  const trustDir = debian === undefined ? embeddedTrust : join(root, 'trust');
  const lines = await bench({ root, work, url: upstream.url, trustDir, now }, upstream);
  const text = await format(lines.join('\n'), { parser: 'markdown' });
  console.log(text);
  if (values.write) await writeFile(join(root, 'docs/benchmarks.md'), text);
} finally {
  upstream.close();
  await rm(work, { recursive: true, force: true });
}

async function bench(setting: Setting, upstream: Upstream): Promise<string[]> {
  const memory = memoryMethod();
  const options: RoundOptions = { counted, memory, scratch: join(work, 'peak') };
  const remarks: string[] = [];
  const absent = missing('bash', 'curl', 'gpg', 'gpgv', 'sha256sum', 'awk', 'sort', 'zcat', 'xzcat');
  const keys = absent.length === 0 ? await writeKeyrings(setting) : undefined;
  if (keys === undefined) remarks.push(`The shell pipeline was SKIPPED: there is no ${absent.join(', ')}.`);

  const cold = await runCold(setting, upstream, options, keys, remarks);
  const second = await runSecond(setting, upstream, options);
  const verify = await runVerify(setting, options, keys, debian);

  const requirements = [...judgeCold(cold.results), ...judgeSecond(second), ...judgeVerify(verify)];
  return [
    ...describeRun({ isReal: debian !== undefined, counted, memory, date: values.date, loadBefore }),
    '## Cold resolution',
    '',
    'From an empty cache and no manifests: libpq5, libsubid5 and uidmap, amd64 and arm64, out of trixie, trixie-updates and trixie-security.',
    '',
    ...renderResults(cold.results, cold.traffic),
    '',
    '## A second run, with nothing new',
    '',
    ...renderResults([second.result], new Map([[second.result.name, second.traffic]])),
    '',
    '## One InRelease file',
    '',
    ...renderResults(verify),
    '',
    '## Requirements',
    '',
    ...(debian === undefined
      ? ['Not judged: they are set for Debian’s own files, and ASSAY_DEBIAN names none.']
      : renderRequirements(requirements)),
    ...(remarks.length === 0 ? [] : ['', ...remarks]),
  ];
}

async function runCold(
  setting: Setting,
  upstream: Upstream,
  options: RoundOptions,
  keys: string | undefined,
  remarks: string[],
): Promise<{ results: readonly Result[]; traffic: ReadonlyMap<string, Traffic> }> {
  const contenders = [coldAssay(setting)];
  if (keys !== undefined) {
    contenders.push(shellPipeline(setting, keys, 'full'), shellPipeline(setting, keys, 'lean'));
  }
  contenders.push(coldAssay(setting, 'defaults'));
  if (missing('apt-get').length === 0) contenders.push(await aptGetUpdate(setting));
  else remarks.push('apt-get update was SKIPPED: there is no apt-get.');
  const traffic = new Map<string, Traffic>();
  const logged = contenders.map((contender): Contender => ({
    ...contender,
    check: async () => {
      await contender.check?.();
      traffic.set(contender.name, trafficOf(await upstream.newRequests()));
    },
  }));
  return { results: await runRounds(logged, options), traffic };
}

/** After `runCold`, whose last run of assay left its cache and manifests. */
async function runSecond(setting: Setting, upstream: Upstream, options: RoundOptions) {
  await upstream.newRequests();
  let traffic: Traffic = { requests: 0, sentBytes: 0 };
  let fetchedIndex: string | undefined;
  const check = async () => {
    const served = await upstream.newRequests();
    traffic = trafficOf(served);
    fetchedIndex ??= served.find(({ path }) => !path.endsWith('/InRelease'))?.path;
  };
  const name = 'assay update-manifests';
  const [result] = await runRounds([{ name, command: updateManifests(setting), check }], options);
  if (result === undefined) throw new TypeError('no result');
  return { result, traffic, fetchedIndex };
}

async function runVerify(
  setting: Setting,
  options: RoundOptions,
  keys: string | undefined,
  debian: string | undefined,
): Promise<readonly Result[]> {
  const inRelease =
    debian === undefined ? await fetchInRelease(setting) : join(debian, 'debian/dists/trixie/InRelease');
  const keyring = join(setting.trustDir, 'debian-archive.asc');
  const contenders: Contender[] = [
    {
      name: 'assay verify-release',
      command: assay(setting, 'verify-release', '--keyring', keyring, '--now', now, inRelease),
    },
    { name: 'node -e 0', command: commandIn(setting, [process.execPath, '-e', '0']) },
  ];
  // Exit code 2 is gpgv's for a signature by an unknown key among others: here it must only have run.
  const gpgv = 'gpgv --quiet --keyring "$1" --output /dev/null "$2" 2>/dev/null || [ $? = 2 ]';
  if (keys !== undefined) {
    const command = commandIn(setting, ['sh', '-c', gpgv, 'sh', join(keys, 'main.gpg'), inRelease]);
    contenders.push({ name: 'gpgv', command });
  }
  return runRounds(contenders, options);
}

async function fetchInRelease({ url, work }: Setting): Promise<string> {
  const response = await fetch(`${url}/ftp.debian.org/debian/dists/trixie/InRelease`);
  const file = join(work, 'InRelease');
  await writeFile(file, Buffer.from(await response.arrayBuffer()));
  return file;
}

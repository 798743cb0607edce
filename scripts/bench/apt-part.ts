/** Debian's part of the benchmark: packages through apt's chain, and one InRelease file. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assay, coldAssay, commandIn, shellPipeline, updateNamed, type Setting } from './contenders.ts';
import { aptGetUpdate, missing, writeKeyrings } from './peers.ts';
import { renderResults, trafficOf, type Part, type Traffic } from './report.ts';
import { judgeCold, judgeSecond, judgeVerify } from './requirements.ts';
import { runRounds, type Contender, type Result, type RoundOptions } from './rounds.ts';
import { startUpstream, type Upstream } from './upstream.ts';

/** `debian`: the folder of Debian's own files; without, nothing is judged. */
export async function benchApt(
  base: Pick<Setting, 'root' | 'work' | 'now'>,
  options: RoundOptions,
  debian: string | undefined,
): Promise<Part> {
  const { root, work, now } = base;
  const embeddedTrust = join(work, 'trust');
  const content = debian === undefined ? 'embedded' : { directory: debian };
  const upstream = await startUpstream({ content, trustDir: embeddedTrust, now });
  const { url, mirrors } = upstream;
  const trustDir = debian === undefined ? embeddedTrust : join(root, 'trust');
  const names = ['libpq5', 'libsubid5', 'uidmap'];
  try {
    return await compare({ ...base, url, mirrors, trustDir, names }, upstream, options, debian);
  } finally {
    upstream.close();
  }
}

async function compare(
  setting: Setting,
  upstream: Upstream,
  options: RoundOptions,
  debian: string | undefined,
): Promise<Part> {
  const remarks: string[] = [];
  const absent = missing('bash', 'curl', 'gpg', 'gpgv', 'sha256sum', 'awk', 'sort', 'zcat', 'xzcat');
  const keys = absent.length === 0 ? await writeKeyrings(setting) : undefined;
  if (keys === undefined) remarks.push(`The shell pipeline was SKIPPED: there is no ${absent.join(', ')}.`);

  const cold = await runCold(setting, upstream, options, keys, remarks);
  const second = await runSecond(setting, upstream, options);
  const verify = await runVerify(setting, options, keys, debian);

  const requirements = [...judgeCold(cold.results), ...judgeSecond(second), ...judgeVerify(verify)];
  if (debian === undefined) {
    remarks.push(
      'Debian’s part is not judged: its limits are set for Debian’s own files, and ASSAY_DEBIAN names none.',
    );
  }
  const lines = [
    'The **shell pipeline** (`scripts/bench/shell-pipeline.sh`) is `curl`, `gpgv`, `sha256sum`, `zcat`/`xzcat` and `awk`, written to be fast: all downloads, suites and architectures at the same time, one pass over each index. It checks the signatures, the digests of the indexes and (but for the lean row) those of their decompressed content. It does not check dates, suite names, replays and sizes, and writes neither manifests nor evidence nor a cache. `apt-get update` has the same suites, architectures and keys, in a root of its own, without dates, translations and pdiffs; it builds its package cache besides, and resolves nothing yet.',
    '',
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
  ];
  return { lines, requirements: debian === undefined ? [] : requirements, remarks };
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
  contenders.push(coldAssay(setting, 'a small young generation'), coldAssay(setting, 'huge pages'));
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
  const [result] = await runRounds([{ name, command: updateNamed(setting), check }], options);
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
      command: assay(setting, 'verify-release', '--keyring', keyring, '--now', setting.now, inRelease),
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

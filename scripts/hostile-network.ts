/**
 * `make hostile-network`: every command that fetches, against everything that may stand at the other end of a connection:
 * a mirror, at once or after two honest answers; a proxy; a server whose certificate is not right. Loopback only. Each run
 * ends within bounds of time and memory, with exit code 4 or 5, an error with a code, and nothing wrong written.
 *
 * Options: --only TEXT (faults with it in their name), --command TEXT, --each N (commands for each fault, 1; 0 for all: one
 * after another, as the faults go). Exit code 1 for a finding.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { faults, type Fault } from './hostile-network/behaviours.ts';
import { startHostile } from './hostile-network/server.ts';
import { tryFault, type Bounds } from './hostile-network/trial.ts';
import { makeScenarios } from './interruption/scenarios.ts';
import { argsFor, type Files, type Remote, type Scenario } from './interruption/scenario.ts';
import { runBuilt } from './interruption/built-command.ts';
import { runWhole } from './interruption/trial.ts';
import { createTlsAuthority } from './upstream/tls-authority.ts';

/** As docs/operations.md has it: ten minutes for a body that trickles, and what attempts and pauses take before it. */
const bounds: Bounds = { seconds: 900, memoryBytes: 250e6 };
const atOnce = 12;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    command: { type: 'string', default: '' },
    each: { type: 'string', default: '1' },
  },
});

type Where = 'mirror' | 'mirror, later' | 'proxy' | 'TLS';

interface Prepared {
  readonly scenario: Scenario;
  readonly template: string;
  readonly remote: Remote | undefined;
  readonly whole: Files;
}

interface Case {
  readonly name: string;
  readonly where: Where;
  readonly fault: Fault;
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** To be closed. */
const remotes: Remote[] = [];
const work = await mkdtemp(join(tmpdir(), 'assay-hostile-'));
const { scenarios, servers, close } = await makeScenarios();
try {
  const prepared = await prepareAll(
    scenarios.filter(({ name, fetches }) => fetches === true && name.includes(values.command)),
  );
  const waiting = casesOf().flatMap((one, at) => {
    const each = Number(values.each) === 0 ? prepared.length : Number(values.each);
    return Array.from({ length: each }, (_, nth) => prepared[(at + nth) % prepared.length])
      .filter((chosen) => chosen !== undefined)
      .map((chosen) => ({ one, chosen }));
  });
  const runs = waiting.length;
  let [findings, longest, largest] = [0, 0, 0];
  const next = async () => {
    for (let now = waiting.shift(); now !== undefined; now = waiting.shift()) {
      const { fault, seconds, memoryBytes } = await tryCase(now.one, now.chosen, waiting.length);
      [longest, largest] = [Math.max(longest, seconds), Math.max(largest, memoryBytes)];
      if (fault === undefined) continue;
      findings += 1;
      console.log(`FOUND ${now.chosen.scenario.name}, ${now.one.where}, ${now.one.name}: ${fault}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, next));
  console.log(
    `hostile-network: ${String(runs)} runs, ${String(findings)} findings; the longest took ${longest.toFixed(0)} s, the largest ${(largest / 1e6).toFixed(0)} MB`,
  );
  if (findings > 0 || runs === 0) process.exitCode = 1;
} finally {
  await Promise.all([close(), ...remotes.map((remote) => remote.close())]);
  await rm(work, { recursive: true, force: true });
}

function casesOf(): readonly Case[] {
  const authority = createTlsAuthority();
  const hung: Fault = (socket) => void socket.destroy();
  const ofServers = Object.entries(faults).flatMap(([name, fault]): Case[] =>
    (['mirror', 'mirror, later', 'proxy'] as const).map((where) => ({ name, where, fault })),
  );
  const ofTls: Case[] = [
    { name: 'an authority that nobody knows', tls: createTlsAuthority().issue(['127.0.0.1']) },
    { name: 'the name of another host', tls: authority.issue(['other.example']) },
  ].map((one) => ({ ...one, where: 'TLS', fault: hung }));
  return [...ofServers, ...ofTls].filter(({ name }) => name.includes(values.only));
}

async function prepareAll(chosen: readonly Scenario[]): Promise<readonly Prepared[]> {
  const prepared: Prepared[] = [];
  for (const scenario of chosen) {
    const template = join(work, scenario.name.replaceAll(/\W+/g, '-'));
    await mkdir(template);
    const remote = await scenario.remote?.();
    if (remote !== undefined) remotes.push(remote);
    await scenario.prepare(template, async (args) => {
      const { exitCode, stderr } = await runBuilt(template, argsFor(args, remote));
      if (exitCode !== 0)
        throw new Error(`${scenario.name}: what comes before does not end well:\n${stderr}`);
    });
    await rm(join(template, 'cache'), { recursive: true, force: true });
    const { after } = await runWhole({ scenario, template, remote, work: `${template}-whole` });
    prepared.push({ scenario, template, remote, whole: after });
  }
  return prepared;
}

/** What is pushed to is what turns hostile, where there is such; or else what is fetched from. */
async function tryCase({ where, fault, tls }: Case, prepared: Prepared, id: number) {
  const { scenario, template, whole } = prepared;
  const remote = await prepared.remote?.copy();
  const words = argsFor(scenario.args, remote);
  const fetchedFrom = servers.map((url) => new URL(url).host);
  const honest = remote?.host ?? fetchedFrom.find((host) => words.some((word) => word.includes(host))) ?? '';
  const honestRequests = where === 'mirror, later' ? 2 : 0;
  const hostile = await startHostile({ fault, honest: `http://${honest}`, honestRequests, tls });
  const host = `127.0.0.1:${String(hostile.port)}`;
  const base = `${tls === undefined ? 'http' : 'https'}://${host}`;
  const isMirror = (word: string | undefined) => /^--(?:trusted-)?mirror$/.test(word ?? '');
  const args =
    where === 'proxy'
      ? words.filter((word, at) => !isMirror(word) && !isMirror(words[at - 1]))
      : words.map((word) => word.replace(`http://${honest}`, base).replace(honest, host));
  const env: Record<string, string> = where === 'proxy' ? { HTTPS_PROXY: base, HTTP_PROXY: base } : {};
  const directory = join(work, `run-${String(id)}`);
  try {
    return await tryFault({ template, whole, directory, remote, args, env, bounds });
  } finally {
    await hostile.close();
    await remote?.close();
  }
}

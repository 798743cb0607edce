/** `assay doctor`: what of this machine the other commands go by, and what that means. */
import type { Command } from 'commander';
import { vmPaths } from '../formats/own/vm-paths.ts';
import type { Check, DoctorDocument } from '../formats/own/documents/machine.ts';
import { renderChecks } from '../render/check-list.ts';
import {
  checkAnchors,
  checkCache,
  checkCatalogue,
  checkCertificates,
  checkLock,
  checkNode,
  checkProxies,
  checkTools,
} from './doctor-machine.ts';
import { askForDate, checkClock, checkToken } from './doctor-network.ts';
import type { Host } from './shared/host.ts';
import { cacheDirectory, githubToken, withNetwork, type Patience } from './shared/network.ts';
import {
  addNetworkOptions,
  addOutputOptions,
  addTimeOption,
  type NetworkFlags,
  type TimeFlags,
} from './shared/options.ts';
import { newestSignedTime } from '../pipeline/trust/summary.ts';

interface Flags extends NetworkFlags, TimeFlags {
  readonly offline?: true;
  readonly dir: string;
  readonly trustDir?: string;
  readonly catalogue?: string;
}

export function defineDoctor(command: Command, host: Host): void {
  command
    .description(
      'Looks at Node, proxies, certificates, anchors, catalogue, clock, the token for GitHub and its quota, cache, lock, ' +
        'and at programs that some commands use. Nothing is changed; GitHub alone is asked, twice, for some seconds. ' +
        'A network that is not there is a note. Exit code 2 where something is wrong that resolving or staging goes by.',
    )
    .option('--offline', 'ask nobody')
    .option('--dir <dir>', 'whose lock', vmPaths.artifacts)
    .option('--trust-dir <dir>', "pinned trust anchors (default: trust, or else this release's own)")
    .option('--catalogue <file>', 'what is wanted (default: manifests/catalogue.yaml, where it is there)');
  addOutputOptions(addTimeOption(addNetworkOptions(command)));
  command.addHelpText('after', '\nExamples:\n  assay doctor\n  assay doctor --offline --json');
  command.action(async (flags: Flags) => {
    await run(flags, host);
  });
}

/** One try, which is a matter of seconds. */
const patience: Patience = {
  timeouts: { connectMs: 5000, headersMs: 5000, stallMs: 5000, overallMs: 10_000 },
  retry: { attempts: 1 },
};

async function run(flags: Flags, host: Host): Promise<void> {
  const checks = await checksOf(flags, host);
  const exitCode = checks.some(({ verdict }) => verdict === 'wrong') ? 2 : 0;
  const document: DoctorDocument = { exitCode, checks: [...checks] };
  if (flags.json === true) await host.out.document('doctor', document);
  else {
    const shown = flags.quiet === true ? checks.filter(({ verdict }) => verdict === 'wrong') : checks;
    const lines = renderChecks(shown, Math.max(host.out.width() ?? 80, 20));
    await host.out.lines(lines.map((text) => ({ text, isBad: text.startsWith('wrong ') })));
  }
  if (exitCode === 0) return;
  const wrong = checks.filter(({ verdict }) => verdict === 'wrong').map(({ name }) => name);
  host.reporter({ quiet: flags.quiet ?? false, verbose: false }).error(`wrong: ${wrong.join(', ')}`);
  host.setExitCode(exitCode);
}

async function checksOf(flags: Flags, host: Host): Promise<readonly Check[]> {
  const { env } = host;
  const now = flags.now ?? host.now();
  const searchPath = env['PATH'] ?? '';
  const proxies = await checkProxies(env);
  const anchors = await checkAnchors(flags.trustDir, now);
  const signedAt = anchors.trust === undefined ? undefined : await newestSignedTime(anchors.trust, now);
  const variable = githubToken(env)?.variable;
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  // A proxy that is none would be every answer.
  const isOffline = flags.offline === true || proxies.verdict === 'wrong';
  const asked = isOffline
    ? [checkClock(now, signedAt, undefined), await checkToken(undefined, variable)]
    : await withNetwork(
        flags,
        host,
        reporter,
        async ({ fetcher }) => {
          const served = await askForDate(fetcher);
          const clock = checkClock(now, signedAt, served.date);
          const isThere = served.check.verdict === 'ok';
          return [served.check, clock, await checkToken(isThere ? fetcher : undefined, variable)];
        },
        patience,
      );
  return [
    ...[checkNode(env), proxies, await checkCertificates(env)],
    ...[anchors.check, await checkCatalogue(flags.catalogue, anchors.trust), ...asked],
    ...[await checkCache(cacheDirectory(flags, host)), await checkLock(flags.dir, searchPath)],
    ...(await checkTools(searchPath)),
  ];
}

/** `assay add`: a source and an entry for what an upstream publishes, at the strongest proof that holds. */
import type { Command } from 'commander';
import { addToCatalogue } from '../formats/own/edit-catalogue.ts';
import { nameSchema } from '../formats/own/names.ts';
import { keyFor, parseUpstreamRef, type UpstreamRef } from '../formats/own/upstream-ref.ts';
import { createFileStore } from '../io/file-store.ts';
import { UsageError, type AssayError } from '../model/errors.ts';
import type { Fetcher, Reporter } from '../model/ports.ts';
import { findProofs, type Addition } from '../pipeline/add/add.ts';
import { notThere } from '../pipeline/add/candidates.ts';
import { additionsOf, isCovered, isThere, toAccept, unaccepted } from '../pipeline/add/entry.ts';
import type { AddRequest } from '../pipeline/add/request.ts';
import { addAnchor } from '../pipeline/trust/add-anchor.ts';
import { highestRelease } from '../pipeline/add/newest.ts';
import { findKeys, type FoundKeys } from '../pipeline/add/find-key.ts';
import { loadCatalogue } from '../pipeline/manifests/catalogue.ts';
import { requireKnown } from '../pipeline/shared/require-known.ts';
import { readTrust } from '../pipeline/trust/anchors.ts';
import { renderAdded } from '../render/added.ts';
import { findGithubRelease, findOnServer } from '../sources/look.ts';
import { openTrust } from '../verify/anchors/trust.ts';
import { linesOf } from './shared/report-error.ts';
import type { Host } from './shared/host.ts';
import { readRequired } from './shared/input-files.ts';
import { readKey } from './shared/key-source.ts';
import { withNetwork } from './shared/network.ts';
import {
  addNetworkOptions,
  addOutputOptions,
  addTimeOption,
  collectFile,
  type NetworkFlags,
  type TimeFlags,
} from './shared/options.ts';

interface Flags extends NetworkFlags, TimeFlags {
  readonly catalogue: string;
  readonly trustDir: string;
  readonly kind?: readonly string[];
  readonly name?: string;
  readonly asset?: string;
  readonly key?: string;
  readonly accept?: readonly string[];
  readonly yes?: true;
  readonly dryRun?: true;
}

export function defineAdd(command: Command, host: Host): void {
  command
    .description(
      'Looks at what an upstream publishes, verifies with everything that it finds there, and writes a source and an ' +
        'entry with the strongest proof. Whose signature it is, is learnt on first use: it is shown, and counts once a ' +
        'person accepts it, by an answer or by --accept. Evidence that does not hold is refused (exit code 5), whatever ' +
        'else would hold; without anybody to ask, what nobody has accepted is (6).',
    )
    .argument('<ref>', 'github:OWNER/REPOSITORY[@VERSION], or the https URL of a file of one version')
    .option('--catalogue <file>', 'what it is added to', 'manifests/catalogue.yaml')
    .option('--trust-dir <dir>', 'pinned trust anchors', 'trust')
    .option('--kind <kinds...>', 'for these kinds (default: all of the catalogue)')
    .option('--name <name>', "what it is called (default: the repository's name)")
    .option('--asset <file>', 'the file, as the release calls it, where several fit')
    .option('--key <url|file>', 'the key that its publisher shows, for signatures by a key')
    .option(
      '--accept <fingerprint|identity>',
      'the key or identity that may be believed, compared elsewhere; repeatable',
      collectFile,
    )
    .option('--yes', 'add what needs no new key or identity without asking')
    .option('--dry-run', 'print what would be added as YAML, and change nothing');
  addOutputOptions(addTimeOption(addNetworkOptions(command)));
  command.addHelpText(
    'after',
    '\nExamples:\n  assay add github:etcd-io/etcd\n' +
      "  assay add github:cli/cli --accept 'https://github.com/cli/cli/.github/workflows/deployment.yml@refs/heads/trunk'\n" +
      '  assay add https://get.helm.sh/helm-v3.19.2-linux-amd64.tar.gz --yes',
  );
  command.action(async (text: string, flags: Flags) => {
    await run(text, flags, host);
  });
}

async function run(text: string, flags: Flags, host: Host): Promise<void> {
  const ref = parseUpstreamRef(text);
  const files = createFileStore();
  const now = flags.now ?? host.now();
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const bytes = await readRequired(flags.catalogue, files);
  const trust = await readTrust(flags.trustDir, files);
  const catalogue = loadCatalogue(bytes, flags.catalogue, trust);
  requireKnown('--kind', flags.kind, catalogue.kinds, flags.catalogue);
  const { name, tool } = namesFor(ref, flags.name);
  const found = await withNetwork(flags, host, reporter, async ({ fetcher, cache }) => {
    const keys = findKeys({
      ...{ trust, open: openTrust(trust, now), name, now, fetcher, reporter },
      anchor: (key, how) => addAnchor(trust, key, how, { now }),
      given:
        flags.key === undefined ? undefined : { source: flags.key, bytes: await readKey(flags.key, fetcher) },
    });
    const request: AddRequest = {
      ...{ name, tool, keys, asset: flags.asset ?? assetIn(ref) },
      ...{
        release: await lookAt(ref, fetcher, reporter),
        isFixed: ref.type === 'github' && ref.version !== undefined,
      },
      repository: ref.type === 'github' ? ref.repository : undefined,
      ...{ platforms: catalogue.platforms, kinds: flags.kind ?? catalogue.kinds },
      context: { fetcher, cache, reporter, now, trust: keys.trust, metadataDates: new Map() },
    };
    return { addition: await findProofs(request), request, keys };
  });
  await settle(found, { ref: text, text: Buffer.from(bytes).toString('utf8'), flags, host, now });
}

interface Settling {
  readonly ref: string;
  /** The catalogue's. */
  readonly text: string;
  readonly flags: Flags;
  readonly host: Host;
  readonly now: Date;
}

async function settle(
  {
    addition,
    request,
    keys,
  }: { readonly addition: Addition; readonly request: AddRequest; readonly keys: FoundKeys },
  { ref, text, flags, host, now }: Settling,
): Promise<void> {
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const additions = additionsOf(addition, request, now);
  const accepted = flags.accept ?? [];
  for (const line of renderAdded(summaryOf(addition, request, ref))) reporter.info(line);
  const tell = async (outcome: string) => {
    if (flags.json === true) await host.out.document(documentOf(addition, additions, outcome));
  };
  if (flags.dryRun === true) {
    isCovered(addition, accepted);
    await tell('shown');
    if (flags.json !== true) await host.out.lines(addToCatalogue('', additions).trim().split('\n'));
    return;
  }
  if (isThere(text, additions, flags.catalogue)) {
    reporter.info(`${flags.catalogue} has it already`);
    await tell('there already');
    return;
  }
  const isDecided = isCovered(addition, accepted) && (toAccept(addition).length > 0 || flags.yes === true);
  if (!isDecided) {
    const answer = await host.confirm?.(`Write it to ${flags.catalogue}?`);
    if (answer === undefined) throw unaccepted(addition, flags.catalogue);
    if (!answer) {
      reporter.info('nothing was written');
      await tell('declined');
      host.setExitCode(6);
      return;
    }
  }
  const edited = addToCatalogue(text, additions);
  const written = keys.filesOf(addition.chosen.key);
  const content = Buffer.from(edited);
  loadCatalogue(content, flags.catalogue, keys.trustWith(addition.chosen.key));
  await createFileStore().replaceAll([...written, { path: flags.catalogue, bytes: content }]);
  for (const { path } of written) reporter.info(`${path}: written`);
  reporter.info(`${flags.catalogue}: ${addition.proposal.name} added`);
  await tell('added');
}

function namesFor(
  ref: UpstreamRef,
  given: string | undefined,
): { readonly name: string; readonly tool: string } {
  const tool =
    ref.type === 'github'
      ? (ref.repository.split('/')[1] ?? '')
      : (/([^/]+)$/.exec(ref.url)?.[1] ?? '').replace(/[-_.](?:v?\d|linux|amd64|x86_64).*$/i, '');
  const name = given ?? keyFor(tool);
  if (nameSchema.safeParse(name).success) return { name, tool };
  throw new UsageError(
    'USAGE',
    `--name: ${JSON.stringify(name)} is no name: lower-case letters, digits and "-"`,
  );
}

function assetIn(ref: UpstreamRef): string | undefined {
  return ref.type === 'https' ? /([^/]+)$/.exec(ref.url)?.[1] : undefined;
}

function lookAt(ref: UpstreamRef, fetcher: Fetcher, reporter: Reporter) {
  const ports = { fetcher, reporter };
  return ref.type === 'github'
    ? findGithubRelease(ref.repository, ref.version, highestRelease, ports)
    : findOnServer(ref.url, ports);
}

function summaryOf(addition: Addition, { release, repository, asset }: AddRequest, ref: string) {
  const { assets, looked, chosen, others } = addition;
  const day = release.publishedAt?.toISOString().slice(0, 10);
  const reasonOf = (error: AssayError) => linesOf(error, () => false)[0];
  return {
    title: `${repository ?? ref} ${release.tag}${day === undefined ? '' : `, ${day}`}: ${[...assets.values()].join(', ')}`,
    absent: notThere(looked.map(({ candidate }) => candidate)),
    rows: looked.map(({ candidate: { what, files }, outcome, error }) => ({
      ...{ what, files, outcome, reason: error === undefined ? undefined : reasonOf(error) },
    })),
    strongest:
      chosen.candidate.what +
      (chosen.candidate.signedBy.in === 'nothing' ? ": the origin's word (assurance: checksum)" : ''),
    learnt: [
      ...(chosen.learnt === undefined
        ? []
        : ([
            ['identity', chosen.learnt.identity],
            ['issuer', chosen.learnt.found.issuer],
            ['source repository', chosen.learnt.found.sourceRepository ?? 'none'],
            ['source ref', chosen.learnt.found.sourceRef ?? 'none'],
          ] as const)),
      ...(chosen.key?.fingerprints ?? []).map(
        (one) => ['key', `${one} (${chosen.key?.source ?? ''})`] as const,
      ),
    ],
    others: asset === undefined ? others : [],
  };
}

function documentOf(
  addition: Addition,
  additions: readonly { readonly section: string; readonly value: unknown }[],
  outcome: string,
) {
  const { proposal, looked, tagged, assets } = addition;
  return {
    ...{ name: proposal.name, outcome, version: tagged.version, tag: tagged.tag },
    files: Object.fromEntries(assets),
    proofs: looked.map(({ candidate: { what, files, verification }, outcome: found, error }) => ({
      ...{ what, method: verification['method'], files, outcome: found },
      ...(error === undefined ? {} : { error }),
    })),
    notThere: notThere(looked.map(({ candidate }) => candidate)),
    accept: toAccept(addition),
    source: additions[0]?.value,
    entry: additions[1]?.value,
  };
}

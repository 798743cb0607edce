/** `assay add`: a source and an entry for what an upstream publishes, at the strongest proof that holds. */
import type { Command } from 'commander';
import type { DocumentOf } from '../formats/own/documents/documents.ts';
import { addToCatalogue, valueIn, valuesIn } from '../formats/own/edit-catalogue.ts';
import { httpsUrlSchema } from '../formats/text/https-url.ts';
import { nameSchema } from '../formats/own/names.ts';
import { keyFor, parseUpstreamRef, type UpstreamRef } from '../formats/own/upstream-ref.ts';
import { createFileStore } from '../io/file-store.ts';
import { UsageError, type AssayError } from '../model/errors.ts';
import { findAddition, toolOf, type Wish } from '../pipeline/add/find.ts';
import type { Addition } from '../pipeline/add/look.ts';
import { additionsOf, isCovered, namedIn, missingIn, toAccept, unaccepted } from '../pipeline/add/entry.ts';
import type { AddSubject } from '../pipeline/add/request.ts';
import { addAnchor } from '../pipeline/trust/add-anchor.ts';
import { findKeys, type FoundKeys } from '../pipeline/add/find-key.ts';
import { loadCatalogue } from '../pipeline/manifests/catalogue.ts';
import { requireKnown } from '../pipeline/shared/require-known.ts';
import { readTrust } from '../pipeline/trust/anchors.ts';
import { renderAdded } from '../render/added.ts';
import { openTrust } from '../verify/anchors/trust.ts';
import { linesOf } from './shared/report-error.ts';
import type { Host } from './shared/host.ts';
import { readRequired, requireUnchanged } from './shared/input-files.ts';
import { readKey } from './shared/key-source.ts';
import { withNetwork } from './shared/network.ts';
import {
  addNetworkOptions,
  addOutputOptions,
  addTimeOption,
  collectFile,
  collectList,
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
  readonly repo?: string;
  readonly component?: readonly string[];
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
    .argument(
      '<ref>',
      'github:OWNER/REPOSITORY[@VERSION], the https URL of a file of one version, oci://REGISTRY/REPOSITORY[:TAG], ' +
        'helm:https://…/CHART[@VERSION], helm:oci://…/CHART[@VERSION], or apt:SUITE/PACKAGE',
    )
    .option('--catalogue <file>', 'what it is added to', 'manifests/catalogue.yaml')
    .option('--trust-dir <dir>', 'pinned trust anchors', 'trust')
    .option('--kind <kinds...>', 'for these kinds (default: all of the catalogue)')
    .option('--name <name>', "what it is called (default: the repository's name)")
    .option('--asset <file>', 'the file, as the release calls it, where several fit')
    .option('--key <url|file>', 'the key that its publisher shows, for signatures by a key')
    .option(
      '--repo <url>',
      "the apt repository's root, of a suite that the catalogue does not have",
      parseRoot,
    )
    .option('--component <names>', 'of such a suite (default: main, or all that it has)', collectList)
    .option(
      '--accept <fingerprint|identity|digest>',
      'the key, identity or digest that may be believed, compared elsewhere; repeatable',
      collectFile,
    )
    .option('--yes', 'add what needs no new key or identity without asking')
    .option('--dry-run', 'print what would be added as YAML, and change nothing');
  addOutputOptions(addTimeOption(addNetworkOptions(command)));
  command.addHelpText(
    'after',
    '\nExamples:\n  assay add github:etcd-io/etcd\n' +
      "  assay add github:cli/cli --accept 'https://github.com/cli/cli/.github/workflows/deployment.yml@refs/heads/trunk'\n" +
      '  assay add https://get.helm.sh/helm-v3.19.2-linux-amd64.tar.gz --yes\n' +
      '  assay add oci://registry.k8s.io/pause --accept krel-trust@k8s-releng-prod.iam.gserviceaccount.com\n' +
      '  assay add apt:trixie/uidmap --yes',
  );
  command.action(async (text: string, flags: Flags) => {
    await run(text, flags, host);
  });
}

async function run(wanted: string, flags: Flags, host: Host): Promise<void> {
  const ref = parseUpstreamRef(wanted);
  const files = createFileStore();
  const now = flags.now ?? host.now();
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const bytes = await readRequired(flags.catalogue, files);
  const trust = await readTrust(flags.trustDir, files);
  const catalogue = loadCatalogue(bytes, flags.catalogue, trust);
  requireKnown('--kind', flags.kind, catalogue.kinds, flags.catalogue);
  const name = nameFor(ref, flags.name);
  const text = Buffer.from(bytes).toString('utf8');
  const found = await withNetwork(flags, host, reporter, async ({ fetcher, cache }) => {
    const keys = findKeys({
      ...{ trust, open: openTrust(trust, now), name, now, fetcher, reporter },
      anchor: (key, how) => addAnchor(trust, key, how, { now }),
      given:
        flags.key === undefined ? undefined : { source: flags.key, bytes: await readKey(flags.key, fetcher) },
    });
    const subject: AddSubject = {
      ...{ name, keys, platforms: catalogue.platforms, kinds: flags.kind ?? catalogue.kinds },
      preferred: [...(flags.accept ?? []), ...namedIn(valueIn(text, 'dependencies', name))],
      context: { fetcher, cache, reporter, now, trust: keys.trust, metadataDates: new Map() },
    };
    const wish: Wish = {
      ...{ ref, asset: flags.asset, root: flags.repo, components: flags.component },
      sources: valuesIn(text, 'sources'),
    };
    return { addition: await findAddition(wish, subject), subject, keys };
  });
  await settle(found, { text, flags, host, now });
}

interface Settling {
  /** The catalogue's. */
  readonly text: string;
  readonly flags: Flags;
  readonly host: Host;
  readonly now: Date;
}

async function settle(
  {
    addition,
    subject,
    keys,
  }: { readonly addition: Addition; readonly subject: AddSubject; readonly keys: FoundKeys },
  { text, flags, host, now }: Settling,
): Promise<void> {
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const additions = additionsOf(addition, subject, now);
  const accepted = flags.accept ?? [];
  for (const line of renderAdded(summaryOf(addition, flags.asset !== undefined), reporter.width()))
    reporter.info(line);
  const tell = async (outcome: Outcome) => {
    if (flags.json === true) await host.out.document('add', documentOf(addition, additions, outcome));
  };
  if (flags.dryRun === true) {
    isCovered(addition, accepted);
    await tell('shown');
    if (flags.json !== true) await host.out.lines(addToCatalogue('', additions).trim().split('\n'));
    return;
  }
  const missing = missingIn(text, additions, flags.catalogue);
  if (missing.length === 0) {
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
  const files = createFileStore();
  const written = keys.filesOf(addition.chosen.way?.key);
  const content = Buffer.from(addToCatalogue(text, missing, flags.catalogue));
  loadCatalogue(content, flags.catalogue, keys.trustWith(addition.chosen.way?.key));
  await requireUnchanged(flags.catalogue, Buffer.from(text), files);
  if (written.length > 0)
    await requireUnchanged(keys.pinned.pinsFile.path, keys.pinned.pinsFile.bytes, files);
  await files.replaceAll([...written, { path: flags.catalogue, bytes: content }]);
  for (const { path } of written) reporter.info(`${path}: written`);
  reporter.info(`${flags.catalogue}: ${addition.proposal.name} added`);
  await tell('added');
}

function nameFor(ref: UpstreamRef, given: string | undefined): string {
  const name = given ?? keyFor(toolOf(ref));
  if (nameSchema.safeParse(name).success) return name;
  throw new UsageError(
    'USAGE',
    `--name: ${JSON.stringify(name)} is no name: lower-case letters, digits and "-"`,
  );
}

/** Throws UsageError `USAGE`. */
function parseRoot(text: string): string {
  const url = httpsUrlSchema.safeParse(text).data;
  if (url !== undefined) return url;
  throw new UsageError('USAGE', `--repo: ${JSON.stringify(text.slice(0, 200))} is no https URL`);
}

function summaryOf({ title, looked, absent, chosen, others }: Addition, isNamed: boolean) {
  const reasonOf = (error: AssayError) => linesOf(error, () => false)[0];
  const { learnt, key, digest } = chosen.way ?? {};
  const isOrigins = chosen.candidate.signedBy.in === 'nothing' && digest === undefined;
  return {
    ...{ title, absent, others: isNamed ? [] : others },
    rows: looked.map(({ candidate: { what, files }, outcome, error }) => ({
      ...{ what, files, outcome, reason: error === undefined ? undefined : reasonOf(error) },
    })),
    strongest: chosen.candidate.what + (isOrigins ? ": the origin's word (assurance: checksum)" : ''),
    learnt: [
      ...(learnt === undefined
        ? []
        : ([
            ['identity', learnt.identity],
            ['issuer', learnt.found.issuer],
            ['source repository', learnt.found.sourceRepository ?? 'none'],
            ['source ref', learnt.found.sourceRef ?? 'none'],
          ] as const)),
      ...(key?.fingerprints ?? []).map((one) => ['key', `${one} (${key?.source ?? ''})`] as const),
      ...(digest === undefined ? [] : [['digest', digest] as const]),
    ],
  };
}

type AddDocument = DocumentOf<'add'>;
type Outcome = AddDocument['outcome'];

function documentOf(
  addition: Addition,
  additions: readonly { readonly section: string; readonly value: unknown }[],
  outcome: Outcome,
): AddDocument {
  const { proposal, looked, absent, tagged, assets } = addition;
  return {
    ...{ name: proposal.name, outcome, version: tagged.version, tag: tagged.tag },
    files: Object.fromEntries(assets),
    proofs: looked.map(({ candidate: { what, files, verification }, outcome: found, error }) => ({
      ...{ what, method: String(verification['method']), files, outcome: found },
      ...(error === undefined ? {} : { error }),
    })),
    notThere: absent,
    accept: toAccept(addition),
    source: additions.find(({ section }) => section === 'sources')?.value ?? proposal.source,
    entry: additions.find(({ section }) => section === 'dependencies')?.value,
  };
}

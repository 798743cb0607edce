/** `assay update-trust`: the pinned trust anchors, refreshed or checked, every change shown for review. */
import type { Command } from 'commander';
import { createFileStore } from '../io/file-store.ts';
import { UsageError } from '../model/errors.ts';
import type { AnchorReview, Expiring } from '../model/trust-review.ts';
import { expiringKeys } from '../pipeline/trust/key-changes.ts';
import { readTrust } from '../pipeline/trust/anchors.ts';
import { checkTrust } from '../pipeline/trust/check-trust.ts';
import { updateTrust, type UpdateTrustResult } from '../pipeline/trust/update-trust.ts';
import { anchorDocument, expiringDocument } from '../render/trust-document.ts';
import { renderExpiring, renderReviewMarkdown, renderReview } from '../render/trust-review.ts';
import type { Host } from './shared/host.ts';
import { withNetwork } from './shared/network.ts';
import {
  addNetworkOptions,
  addOutputOptions,
  addTimeOption,
  collectList,
  durationOption,
  type NetworkFlags,
  type TimeFlags,
} from './shared/options.ts';
import { worstExitCode } from './shared/report-error.ts';
import { summarizingFailure, writeStepSummary } from './shared/step-summary.ts';

interface Flags extends NetworkFlags, TimeFlags {
  readonly trustDir: string;
  readonly only?: readonly string[];
  readonly accept?: readonly string[];
  readonly check?: true;
  /** True where it is given without a time. */
  readonly within?: number | true;
  readonly offline?: true;
}

export function defineUpdateTrust(command: Command, host: Host): void {
  command
    .description(
      "Fetches the keys that pins.yaml names, and Sigstore's trusted root, checks them against their pins, shows each " +
        'anchor and what changes in it, and writes all that changed, or nothing. Other primary keys than the pinned ' +
        'ones are refused (exit code 5), and so is what takes from the trusted root (6), until each is named with ' +
        '--accept.',
    )
    .option('--trust-dir <dir>', 'pinned trust anchors', 'trust')
    .option('--only <names>', 'these anchors only: NAME,…', collectList)
    .option(
      '--accept <fingerprint>',
      'take this change of a pin, which was compared through another channel; repeatable',
      collectAccepted,
    )
    .option('--check', 'write nothing; exit 3 if anything would change')
    .addOption(
      durationOption(
        '--within [time]',
        'exit 3 if anything expires within that time; by default 60d for keys, 14d for TUF metadata',
      ),
    )
    .option('--offline', 'check the committed anchors against the pins alone, without the network');
  addOutputOptions(addTimeOption(addNetworkOptions(command)));
  command.addHelpText(
    'after',
    '\nExamples:\n  assay update-trust --check --within\n  assay update-trust --offline\n' +
      '  assay update-trust --only runc --accept "C9C3 70B2 46B0 9F6D BCFC  744C 3440 1015 D1D2 D386"',
  );
  command.action(async (flags: Flags) => {
    await summarizingFailure('Trust anchors', host, () => run(flags, host));
  });
}

/** As people paste them, or as sha256sum and assay print them: upper-case hex. */
function collectAccepted(text: string, before: readonly string[] | undefined): readonly string[] {
  const value = text
    .replaceAll(/[ \t]/g, '')
    .replace(/^(?:0x|sha256:)/i, '')
    .toUpperCase();
  if (!/^(?:[0-9A-F]{40}|[0-9A-F]{64})$/.test(value)) {
    throw new UsageError('USAGE', `--accept: not a full fingerprint or digest: ${JSON.stringify(text)}`, {
      hint: 'Give all 40 or 64 hex digits, as update-trust prints them: a key ID can be forged.',
    });
  }
  return [...(before ?? []), value];
}

async function run(flags: Flags, host: Host): Promise<void> {
  const { accept = [], within, check, offline } = flags;
  if (offline === true && accept.length > 0) {
    throw new UsageError('USAGE', '--accept with --offline: there is nothing to accept without fetching');
  }
  const now = flags.now ?? host.now();
  const { reviews, changed } = offline === true ? await look(flags, now) : await update(flags, host, now);
  const soon = within === undefined ? [] : expiringWithin(reviews, now, within);
  await report({ reviews, changed, soon }, flags, host, now);
  const errors = reviews.flatMap(({ error }) => (error === undefined ? [] : [error]));
  if (errors.length > 0) host.setExitCode(worstExitCode(errors));
  else if ((check === true && changed.length > 0) || soon.length > 0) host.setExitCode(3);
}

async function look({ trustDir, only }: Flags, now: Date): Promise<UpdateTrustResult> {
  const trust = await readTrust(trustDir, createFileStore());
  return { reviews: await checkTrust(trust, now, only), changed: [] };
}

function update(flags: Flags, host: Host, now: Date): Promise<UpdateTrustResult> {
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  return withNetwork(flags, host, reporter, async ({ fetcher }) => {
    const files = createFileStore();
    return updateTrust({
      ...{ trust: await readTrust(flags.trustDir, files), only: flags.only, accept: flags.accept ?? [] },
      ...{ files, fetcher, now, write: flags.check === undefined },
    });
  });
}

const dayMs = 86_400_000;

/** Not what has expired: it vouches for nothing already, and an anchor that has no other key is refused. */
function expiringWithin(
  reviews: readonly AnchorReview[],
  now: Date,
  within: number | true,
): readonly Expiring[] {
  const all = [...reviews.flatMap(expiringKeys), ...reviews.flatMap(({ expiring }) => expiring)];
  return all.filter(({ expires, noticeDays }) => {
    const withinMs = within === true ? noticeDays * dayMs : within;
    return expires > now && expires.getTime() <= now.getTime() + withinMs;
  });
}

interface Outcome {
  readonly reviews: readonly AnchorReview[];
  readonly changed: readonly string[];
  readonly soon: readonly Expiring[];
}

async function report(
  { reviews, changed, soon }: Outcome,
  flags: Flags,
  host: Host,
  now: Date,
): Promise<void> {
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  if (flags.json === true) {
    const document = {
      anchors: reviews.map((review) => ({
        ...anchorDocument(review, now),
        error: review.error,
      })),
      changed,
      written: flags.check === true ? [] : changed,
      expiring: soon.map((one) => expiringDocument(one, now)),
    };
    await host.out.document('update-trust', document);
  }
  for (const review of reviews) {
    const text = renderReview(review, now, host.hintFor);
    const place = { file: review.file, title: review.error?.code ?? review.name };
    if (review.status === 'refused') reporter.error(text, place);
    else if (review.status === 'missing') reporter.warn(text, place);
    else reporter.info(text);
  }
  for (const one of soon) reporter.warn(renderExpiring(one, now));
  reporter.info(conclusion(reviews, changed, flags));
  await writeStepSummary(host, () => renderReviewMarkdown(reviews, soon, now, host.hintFor));
}

function conclusion(
  reviews: readonly AnchorReview[],
  changed: readonly string[],
  { check, offline }: Flags,
): string {
  const refused = reviews.filter(({ status }) => status === 'refused').map(({ name }) => name);
  if (changed.length > 0) {
    const others = refused.length === 0 ? '' : `; not taken: ${refused.join(', ')}`;
    return `${check === true ? 'would be written' : 'written'}: ${changed.join(', ')}${others}`;
  }
  if (refused.length > 0) return 'nothing was written';
  return offline === true ? 'every anchor that is there holds what is pinned' : 'nothing new';
}

/** `assay verify-blob`: a detached Sigstore signature and its certificate by hand, as cosign verifies them. */
import type { Command } from 'commander';
import { createFileStore } from '../io/file-store.ts';
import { UsageError } from '../model/errors.ts';
import { maxAnswerBytes, verifyWithLog } from '../verify/sigstore/rekor-answer.ts';
import {
  maxDetachedBytes,
  parseDetached,
  retrievePath,
  requireSignature,
  retrieveQuery,
  type DetachedSignature,
} from '../verify/sigstore/rekor.ts';
import type { Host } from './shared/host.ts';
import { withNetwork } from './shared/network.ts';
import { addNetworkOptions, addOutputOptions, type NetworkFlags } from './shared/options.ts';
import {
  addSignerOptions,
  addTrustedRootOption,
  certificatePolicyOf,
  readEvidence,
  subjectOf,
  tellVerdict,
  trustedRootOf,
  verdictOf,
  type SignerFlags,
  type TrustedRootFlags,
} from './shared/sigstore-inputs.ts';

interface Flags extends NetworkFlags, SignerFlags, TrustedRootFlags {
  readonly signature: string;
  readonly certificate: string;
  readonly rekorUrl?: string;
  readonly rekorEntry?: string;
  readonly bundleOut?: string;
}

export function defineVerifyBlob(command: Command, host: Host): void {
  command
    .description(
      "Verifies a signature over a file, or over its digest, with the signer's short-lived certificate. When it was\n" +
        'made is proven by Rekor: its answer is fetched, or read from a file. Exit code 5 if it is not to be trusted.',
    )
    .argument('<file-or-digest>', 'a file, or sha256:<hex>')
    .requiredOption('--signature <file>', 'base64 of the signature, as published: .sig')
    .requiredOption('--certificate <file>', 'PEM, or base64 of it, as published: .cert');
  addSignerOptions(command)
    .option('--rekor-url <url>', 'ask the Rekor there, for example https://rekor.sigstore.dev')
    .option('--rekor-entry <file>', "Rekor's answer, in place of asking it")
    .option('--bundle-out <file>', 'write a bundle that verifies without Rekor to here');
  addOutputOptions(addNetworkOptions(addTrustedRootOption(command)));
  command.addHelpText(
    'after',
    '\nExample:\n  assay verify-blob --signature kubectl.sig --certificate kubectl.cert \\\n' +
      '    --certificate-identity krel-staging@k8s-releng-prod.iam.gserviceaccount.com \\\n' +
      '    --certificate-oidc-issuer https://accounts.google.com \\\n' +
      '    --rekor-url https://rekor.sigstore.dev kubectl',
  );
  command.action(async (fileOrDigest: string, flags: Flags) => {
    await run(fileOrDigest, flags, host);
  });
}

async function run(fileOrDigest: string, flags: Flags, host: Host): Promise<void> {
  const signer = certificatePolicyOf(flags);
  const ask = answerSource(flags, host);
  const trustedRoot = await trustedRootOf(flags, host.now());
  const subject = await subjectOf(fileOrDigest);
  const detached = parseDetached({
    digest: subject.digest,
    signature: await readEvidence(flags.signature, maxDetachedBytes),
    certificate: await readEvidence(flags.certificate, maxDetachedBytes),
    what: flags.signature,
  });
  requireSignature(detached, flags.signature);
  const answer = await ask(detached);
  const { verified, bundle } = await verifyWithLog({
    detached,
    answer,
    signer,
    trustedRoot,
    what: flags.signature,
  });
  if (flags.bundleOut !== undefined) {
    await createFileStore().replaceAll([{ path: flags.bundleOut, bytes: bundle }]);
  }
  await tellVerdict(verdictOf(subject, verified, { assurance: 'signed' }), flags, host);
}

/** Throws UsageError `USAGE` unless exactly one of the two ways is chosen. */
function answerSource(flags: Flags, host: Host): (detached: DetachedSignature) => Promise<Uint8Array> {
  const { rekorUrl, rekorEntry } = flags;
  if (rekorEntry !== undefined && rekorUrl === undefined) {
    return () => readEvidence(rekorEntry, maxAnswerBytes);
  }
  if (rekorUrl === undefined || rekorEntry !== undefined) {
    throw new UsageError('USAGE', 'it takes one of --rekor-url and --rekor-entry');
  }
  const url = rekorUrl.replace(/\/+$/, '') + retrievePath;
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  return (detached) =>
    withNetwork(flags, host, reporter, async ({ fetcher }) => {
      const body = retrieveQuery(detached);
      return (await fetcher.post({ url, contentType: 'application/json', body, maxBytes: maxAnswerBytes }))
        .bytes;
    });
}

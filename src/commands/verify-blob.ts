/** `assay verify-blob`: a detached Sigstore signature and its certificate by hand, as cosign verifies them. */
import type { Command } from 'commander';
import { createFileStore } from '../io/file-store.ts';
import { UsageError } from '../model/errors.ts';
import { fileNeed } from '../model/need.ts';
import { Gathering } from '../sources/gather.ts';
import { UpstreamStore } from '../sources/upstream-store.ts';
import { certificateFile, detachedSignature, signatureFile } from '../verify/methods/detached-signature.ts';
import { trustOf } from '../verify/given-trust.ts';
import { fileDocuments } from './shared/file-documents.ts';
import type { Host } from './shared/host.ts';
import { withNetwork } from './shared/network.ts';
import { addNetworkOptions, addOutputOptions, type NetworkFlags } from './shared/options.ts';
import {
  addSignerOptions,
  addTrustedRootOption,
  certificatePolicyOf,
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
      "Verifies a signature over a file, or over its digest, with the signer's short-lived certificate. When it was " +
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
  const spec = certificatePolicyOf(flags);
  const { signature, certificate, rekorUrl, rekorEntry } = flags;
  if ((rekorUrl === undefined) === (rekorEntry === undefined)) {
    throw new UsageError('USAGE', 'it takes one of --rekor-url and --rekor-entry');
  }
  const now = host.now();
  const trust = trustOf({ trustedRoot: await trustedRootOf(flags, now) });
  const { digest } = await subjectOf(fileOrDigest);
  const subject = {
    digest,
    signature: fileNeed(signatureFile, signature),
    certificate: fileNeed(certificateFile, certificate),
    // Where the answer is a file, nothing is asked there.
    rekor: (rekorUrl ?? '').replace(/\/+$/, ''),
  };
  const paths = { signature, certificate, 'rekor-answer': rekorEntry };
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const {
    verified: { verified, bundle },
  } = await withNetwork(flags, host, reporter, (network) => {
    const store = fileDocuments(paths, new UpstreamStore({ ...network, reporter }));
    const gathering = new Gathering(store, { trust, now });
    return gathering.judge(detachedSignature, { spec, subject, subjects: [subject] });
  });
  if (flags.bundleOut !== undefined) {
    await createFileStore().replaceAll([{ path: flags.bundleOut, bytes: bundle }]);
  }
  await tellVerdict(verdictOf(verified, verified, { assurance: 'signed' }), flags, host);
}

/** `assay verify-bundle`: a Sigstore bundle by hand, in the words of the conformance suite's protocol. */
import type { Command } from 'commander';
import { anyOf } from '../verify/sigstore/any-of.ts';
import { maxBundleBytes, parseBundles, type SigstoreBundle } from '../verify/sigstore/bundle.ts';
import type { Subject } from '../verify/sigstore/digest-signature.ts';
import { requireSubject, verifyStatement } from '../verify/sigstore/in-toto.ts';
import type { TrustedRoot } from '../verify/sigstore/trusted-root.ts';
import { verifyMessage, type SignerPolicy } from '../verify/sigstore/verify-bundle.ts';
import type { Host } from './host.ts';
import { addOutputOptions, type OutputFlags } from './options.ts';
import {
  addSignerOptions,
  addTrustedRootOption,
  readEvidence,
  signerPolicyOf,
  subjectOf,
  tellVerdict,
  trustedRootOf,
  verdictOf,
  type SignerFlags,
  type TrustedRootFlags,
  type Verdict,
} from './sigstore-inputs.ts';

interface Flags extends OutputFlags, SignerFlags, TrustedRootFlags {
  readonly bundle: string;
  readonly key?: string;
  readonly predicateType?: string;
  readonly subjectName?: string;
}

export function defineVerifyBundle(command: Command, host: Host): void {
  command
    .description(
      'Verifies a Sigstore bundle (version 0.1 to 0.3, or of cosign before it): chain, log entry, time, identity ' +
        'and signature, or for a statement (in-toto) that the file is one of its subjects. Asks no network. Exit ' +
        'code 5 if it is not to be trusted.',
    )
    .argument('<file-or-digest>', 'a file, or sha256:<hex>')
    .requiredOption('--bundle <file>', 'the bundle, or one a line');
  addSignerOptions(command)
    .option('--source-repository <url>', 'the repository that the workflow must have run for')
    .option('--key <file>', 'a public key in PEM, in place of an identity')
    .option('--predicate-type <uri>', 'what a statement must say (default: anything)')
    .option('--subject-name <name>', 'what a statement must call the file (default: anything)');
  addOutputOptions(addTrustedRootOption(command));
  command.addHelpText(
    'after',
    '\nExample:\n  assay verify-bundle --bundle netsy.sigstore.json \\\n' +
      '    --certificate-identity https://github.com/owner/name/.github/workflows/release.yml@refs/tags/v1 \\\n' +
      '    --certificate-oidc-issuer https://token.actions.githubusercontent.com netsy.tar.gz',
  );
  command.action(async (fileOrDigest: string, flags: Flags) => {
    await run(fileOrDigest, flags, host);
  });
}

async function run(fileOrDigest: string, flags: Flags, host: Host): Promise<void> {
  const signer = await signerPolicyOf(flags)();
  const trustedRoot = await trustedRootOf(flags);
  const bundles = parseBundles(await readEvidence(flags.bundle, maxBundleBytes), flags.bundle);
  const subject = await subjectOf(fileOrDigest);
  const verdict = await anyOf(bundles, (bundle) => verify(bundle, signer, trustedRoot, subject, flags));
  await tellVerdict(verdict, flags, host);
}

async function verify(
  bundle: SigstoreBundle,
  signer: SignerPolicy,
  trustedRoot: TrustedRoot,
  subject: Subject,
  { predicateType, subjectName }: Flags,
): Promise<Verdict> {
  const isAboutStatements = predicateType !== undefined || subjectName !== undefined;
  if (bundle.bundle.content.$case === 'messageSignature' && !isAboutStatements) {
    const message = await verifyMessage({ bundle, signer, trustedRoot, subject });
    return verdictOf(subject, message, { assurance: 'signed' });
  }
  const predicateTypes = predicateType === undefined ? 'any' : [predicateType];
  const statement = await verifyStatement({ bundle, signer, trustedRoot, predicateTypes });
  requireSubject(statement, { digest: subject.digest, name: subjectName });
  const { predicateType: found } = statement.statement;
  return verdictOf(subject, statement, { assurance: 'attested', predicateType: found });
}

/** `assay verify-bundle`: a Sigstore bundle by hand, in the words of the conformance suite's protocol. */
import type { Command } from 'commander';
import type { SignatureVerdict } from '../formats/own/documents/verification.ts';
import { anyOf } from '../verify/sigstore/any-of.ts';
import { bundleFile, findBundles } from '../verify/sigstore/bundle-file.ts';
import type { SigstoreBundle } from '../verify/sigstore/bundle.ts';
import {
  namedAlgorithms,
  requireSubject,
  verifyStatement,
  type VerifiedStatement,
} from '../verify/sigstore/in-toto.ts';
import { digestsOf, type Subject } from '../verify/sigstore/subject.ts';
import type { TrustedRoot } from '../verify/sigstore/trusted-root.ts';
import type { SignerPolicy } from '../verify/sigstore/identity.ts';
import { verifyMessage } from '../verify/sigstore/verify-bundle.ts';
import { readDocument } from './shared/file-documents.ts';
import type { Host } from './shared/host.ts';
import { addOutputOptions, type OutputFlags } from './shared/options.ts';
import {
  addSignerOptions,
  addTrustedRootOption,
  signerPolicyOf,
  subjectOf,
  tellVerdict,
  trustedRootOf,
  verdictOf,
  type SignerFlags,
  type TrustedRootFlags,
} from './shared/sigstore-inputs.ts';

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
    .requiredOption('--bundle <file>', 'the bundle, or several, one a line');
  addSignerOptions(command)
    .option('--key <file>', 'a public key in PEM, in place of an identity')
    .option('--predicate-type <uri>', 'what a statement must say (default: anything)')
    .option('--subject-name <name>', 'what a statement must call the file (default: anything)');
  addOutputOptions(
    addTrustedRootOption(command).option(
      '--github-root <file>',
      "the trusted root of GitHub's own Sigstore (gh attestation trusted-root), in place of --trusted-root: there a " +
        'signed time counts, and no log. The issuer "none" is a certificate that names none',
    ),
  );
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
  const trustedRoot = await trustedRootOf(flags, host.now());
  const { bytes, url } = await readDocument(bundleFile, flags.bundle);
  const bundles = findBundles(bytes, url, trustedRoot.witnessedBy);
  const subject = await subjectOf(fileOrDigest);
  const { verdict } = await anyOf(
    bundles,
    async (unread) => verify(unread.read(), signer, trustedRoot, subject, flags),
    { accept: ({ statement }) => statement && requireFile(statement, subject, flags) },
  );
  await tellVerdict(verdict, flags, host);
}

interface Verified {
  readonly verdict: SignatureVerdict;
  /** That it is about the file is still to be asked. */
  readonly statement?: VerifiedStatement;
}

async function verify(
  bundle: SigstoreBundle,
  signer: SignerPolicy,
  trustedRoot: TrustedRoot,
  subject: Subject,
  { predicateType, subjectName }: Flags,
): Promise<Verified> {
  const isAboutStatements = predicateType !== undefined || subjectName !== undefined;
  if (bundle.bundle.content.$case === 'messageSignature' && !isAboutStatements) {
    const message = await verifyMessage({ bundle, signer, trustedRoot, subject });
    return { verdict: verdictOf(subject, message, { assurance: 'signed' }) };
  }
  const predicateTypes = predicateType === undefined ? 'any' : [predicateType];
  const statement = await verifyStatement({ bundle, signer, trustedRoot, predicateTypes });
  const { predicateType: found } = statement.statement;
  return {
    statement,
    verdict: verdictOf(subject, statement, { assurance: 'attested', predicateType: found }),
  };
}

/** Of a file all digests are at hand that a statement may name. */
async function requireFile(
  statement: VerifiedStatement,
  subject: Subject,
  { subjectName: name }: Flags,
): Promise<void> {
  const digests = await digestsOf(subject, namedAlgorithms(statement, name));
  requireSubject(statement, { digest: subject.digest, digests, name });
}

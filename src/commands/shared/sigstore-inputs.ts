/** Flags and arguments that the commands for Sigstore material share, in cosign's words. */
import type { Command } from 'commander';
import type { SignatureVerdict } from '../../formats/own/documents/verification.ts';
import { createFileStore } from '../../io/file-store.ts';
import { hashFile, readSmallFile, streamFile } from '../../io/file-reading.ts';
import { parseDigest } from '../../model/digest.ts';
import { UsageError } from '../../model/errors.ts';
import { noIssuer, type CertificatePolicy, type SignerPolicy } from '../../verify/sigstore/identity.ts';
import { readPublicKey } from '../../verify/sigstore/keys.ts';
import { subjectOfBytes, type Subject } from '../../verify/sigstore/subject.ts';
import { parseStampedRoot, parseTrustedRoot, type TrustedRoot } from '../../verify/sigstore/trusted-root.ts';
import type { Authenticated } from '../../verify/sigstore/verify-bundle.ts';
import type { Host } from './host.ts';
import { readRequired } from './input-files.ts';
import type { OutputFlags } from './options.ts';

export interface SignerFlags {
  readonly certificateIdentity?: string;
  readonly certificateOidcIssuer?: string;
  readonly sourceRepository?: string;
  readonly sourceRef?: string;
  readonly sourceDigest?: string;
  readonly signerWorkflow?: string;
}

export interface TrustedRootFlags {
  readonly trustedRoot?: string;
  readonly githubRoot?: string;
}

export function addSignerOptions(command: Command): Command {
  return command
    .option('--certificate-identity <id>', 'who must have signed: a URI, or an e-mail address, exactly')
    .option('--certificate-oidc-issuer <url>', 'who must have vouched for that identity, exactly')
    .option('--source-repository <url>', 'the repository that the workflow must have run for')
    .option('--source-ref <ref>', 'the branch or tag that it must have run for, such as refs/tags/v1.0.0')
    .option('--source-digest <commit>', 'the commit that it must have run for, whole')
    .option('--signer-workflow <uri>', 'the workflow, with its ref, that must have signed');
}

export function addTrustedRootOption(command: Command): Command {
  return command.option(
    '--trusted-root <file>',
    "Sigstore's trusted root (default: the one pinned in trust/, or else the one that assay was released with)",
  );
}

/** What was said of the workflow besides its identity, if anything was. */
export function sourceFlagOf(flags: SignerFlags): string | undefined {
  return flags.sourceRepository ?? flags.sourceRef ?? flags.sourceDigest ?? flags.signerWorkflow;
}

/** Throws UsageError `USAGE` unless both are given: an identity means nothing without who vouches for it. */
export function certificatePolicyOf(flags: SignerFlags): CertificatePolicy {
  const { certificateIdentity: identity, certificateOidcIssuer: issuer } = flags;
  if (identity === undefined || identity === '' || issuer === undefined || issuer === '') {
    throw new UsageError('USAGE', 'it is not said who must have signed', {
      hint: 'Give --certificate-identity and --certificate-oidc-issuer.',
    });
  }
  const { sourceRepository, sourceRef, sourceDigest, signerWorkflow } = flags;
  if ([sourceRepository, sourceRef, sourceDigest, signerWorkflow].includes('')) {
    throw new UsageError(
      'USAGE',
      '--source-repository, --source-ref, --source-digest and --signer-workflow take some text',
      {
        hint: 'Is a variable empty that should name it?',
      },
    );
  }
  const named = issuer === noIssuer ? undefined : issuer;
  return { identity, issuer: named, sourceRepository, sourceRef, sourceDigest, signerWorkflow };
}

/**
 * An identity or a key, never both: which of them would count? Throws UsageError `USAGE` at once; the key's file is
 * read when the policy is asked for.
 */
export function signerPolicyOf(flags: SignerFlags & { readonly key?: string }): () => Promise<SignerPolicy> {
  const { key, certificateIdentity, certificateOidcIssuer } = flags;
  const source = sourceFlagOf(flags);
  if (key === undefined) {
    const certificate = certificatePolicyOf(flags);
    return () => Promise.resolve({ certificate });
  }
  if ((certificateIdentity ?? certificateOidcIssuer ?? source) !== undefined) {
    throw new UsageError('USAGE', '--key has no identity, issuer or source', {
      hint: 'Give --key, or --certificate-identity and --certificate-oidc-issuer.',
    });
  }
  return async () => ({ publicKey: readPublicKey(await readRequired(key, createFileStore()), key) });
}

/**
 * A file of the user's own is trusted as it is; the default is the pinned one of `trust/`, and where there are no pins,
 * the one that this program was released with.
 */
export async function trustedRootOf(
  { trustedRoot: file, githubRoot }: TrustedRootFlags,
  now: Date,
): Promise<TrustedRoot> {
  if (githubRoot !== undefined) {
    if (file === undefined) {
      return parseStampedRoot(await readRequired(githubRoot, createFileStore()), githubRoot);
    }
    throw new UsageError('USAGE', '--trusted-root and --github-root are of two instances', {
      hint: 'Give the one whose signature it is to be.',
    });
  }
  if (file === undefined) {
    // Loaded where it is wanted: a file of one's own has nothing to do with all kinds of anchors.
    const { openDefaultTrust } = await import('./default-trust.ts');
    return (await openDefaultTrust(now)).trustedRoot();
  }
  return parseTrustedRoot(await readRequired(file, createFileStore()), file);
}

/** What is not larger is read once, and in memory. */
const smallBytes = 1 << 20;

/** `sha256:<hex>`, or the path of a file, which is hashed as it is read. */
export async function subjectOf(fileOrDigest: string): Promise<Subject> {
  if (/^sha(?:256|512):/.test(fileOrDigest)) return { digest: parseDigest(fileOrDigest) };
  const bytes = await readSmallFile(fileOrDigest, smallBytes);
  if (bytes !== undefined) return subjectOfBytes(bytes);
  return { digest: await hashFile(fileOrDigest, 'sha256'), open: () => streamFile(fileOrDigest) };
}

export function verdictOf(
  { digest }: Pick<Subject, 'digest'>,
  { signer, loggedAt: [entry] }: Authenticated,
  more: Pick<SignatureVerdict, 'assurance' | 'predicateType'>,
): SignatureVerdict {
  return {
    verified: true,
    digest,
    signer:
      signer.method === 'sigstore'
        ? { identity: signer.identity, issuer: signer.issuer }
        : { publicKeySha256: signer.fingerprint },
    logIndex: entry?.logIndex ?? null,
    logId: entry?.logId ?? null,
    integratedTime: entry?.integratedTime?.toISOString() ?? null,
    signedAt: signer.signedAt.toISOString(),
    ...more,
  };
}

/** Prints one JSON document, or a line for each of its fields. */
export function tellVerdict(verdict: SignatureVerdict, { json }: OutputFlags, { out }: Host): Promise<void> {
  if (json === true) return out.document('verify-signature', verdict);
  const { verified, digest, signer, ...others } = verdict;
  const fields: Readonly<Record<string, unknown>> = { verified, digest, ...signer, ...others };
  return out.lines(
    Object.entries(fields).map(
      ([name, value]) => `${name}: ${value === null ? 'none' : String(value as string | number | boolean)}`,
    ),
  );
}

/**
 * Who vouches for a checksum file, as the flags of `assay verify-checksums` say: a Sigstore bundle, an OpenPGP
 * signature beside the file or around its text, or nobody.
 */
import type { DocumentOf } from '../../formats/own/documents/documents.ts';
import { UsageError } from '../../model/errors.ts';
import type { Assurance, EvidenceDocument } from '../../model/verification.ts';
import { openpgpSignatureFile, verifyChecksums } from '../../verify/methods/openpgp-checksums.ts';
import { verifyChecksumBundles } from '../../verify/methods/sigstore-checksums.ts';
import { bundleFile } from '../../verify/sigstore/bundle-file.ts';
import type { SignerPolicy } from '../../verify/sigstore/identity.ts';
import { readDocument } from './file-documents.ts';
import { openKeyringFiles } from './input-files.ts';
import {
  signerPolicyOf,
  sourceFlagOf,
  trustedRootOf,
  verdictOf,
  type SignerFlags,
  type TrustedRootFlags,
} from './sigstore-inputs.ts';

export interface ChecksumSignerFlags extends SignerFlags, TrustedRootFlags {
  readonly bundle?: readonly string[];
  readonly key?: string;
  readonly openpgpSignature?: string;
  readonly keyring?: readonly string[];
}

/** A checksum file whose signature holds, or that has none. */
export interface AuthenticChecksums {
  /** What was signed, and the only thing to parse: of a clearsigned file its text. */
  readonly text: Uint8Array;
  readonly assurance: Assurance;
  /** For `--json`: who vouched, and when. */
  readonly document: Omit<DocumentOf<'verify-checksums'>, 'verified' | 'assurance' | 'files' | 'failures'>;
  /** The same for people: names and values. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** Verifies an untrusted checksum file. Throws VerificationError. */
export type AuthenticateChecksums = (checksums: NamedBytes) => Promise<AuthenticChecksums>;

type NamedBytes = Pick<EvidenceDocument, 'url' | 'bytes'>;

/**
 * The one way that the flags choose; every flag given has a part in it. Throws UsageError `USAGE` for flags of two
 * ways, or of half a one: a flag about a signer that is passed over would look like a check.
 */
export function chooseSigner(flags: ChecksumSignerFlags, now: Date): AuthenticateChecksums {
  const { bundle, key, openpgpSignature, keyring } = flags;
  const identity = flags.certificateIdentity ?? flags.certificateOidcIssuer;
  const source = sourceFlagOf(flags);
  if (bundle !== undefined) {
    if ((openpgpSignature ?? keyring) !== undefined) {
      throw new UsageError('USAGE', 'it takes a Sigstore bundle or OpenPGP keys, not both', {
        hint: 'Verify with each of them in a run of its own.',
      });
    }
    const signerOf = signerPolicyOf(flags);
    return (checksums) => bySigstore(checksums, bundle, signerOf, flags, now);
  }
  if ((identity ?? source ?? key ?? flags.trustedRoot) !== undefined) {
    throw new UsageError(
      'USAGE',
      'an identity, a source, a key or a trusted root is nothing without --bundle',
      {
        hint: 'Give the bundle that is published beside the checksum file.',
      },
    );
  }
  if (keyring !== undefined) return (checksums) => byOpenPgp(checksums, openpgpSignature, keyring, now);
  if (openpgpSignature === undefined) return ({ bytes }) => Promise.resolve(byNobody(bytes));
  throw new UsageError('USAGE', 'it is not said whose keys may have made the --openpgp-signature', {
    hint: 'Give --keyring.',
  });
}

async function bySigstore(
  { bytes }: NamedBytes,
  bundleFiles: readonly string[],
  signerOf: () => Promise<SignerPolicy>,
  flags: TrustedRootFlags,
  now: Date,
): Promise<AuthenticChecksums> {
  const signer = await signerOf();
  const trustedRoot = await trustedRootOf(flags, now);
  const bundles = await Promise.all(bundleFiles.map((file) => readDocument(bundleFile, file)));
  const message = await verifyChecksumBundles(bytes, bundles, signer, trustedRoot);
  const verdict = verdictOf(message, message, { assurance: 'signed' });
  const { signer: who, logIndex, logId, integratedTime, signedAt, assurance } = verdict;
  const log = { logIndex, logId, integratedTime, signedAt };
  return {
    text: bytes,
    assurance,
    document: { signer: who, ...log },
    fields: Object.entries({ ...who, ...log }).map(([name, value]) => [name, String(value ?? 'none')]),
  };
}

/** Without a signature file the checksum file has to be clearsigned. */
async function byOpenPgp(
  checksums: NamedBytes,
  signatureFile: string | undefined,
  keyrings: readonly string[],
  now: Date,
): Promise<AuthenticChecksums> {
  const keyring = await openKeyringFiles(keyrings);
  const signature =
    signatureFile === undefined ? undefined : await readDocument(openpgpSignatureFile, signatureFile);
  const { text, signers, ignored } = await verifyChecksums(checksums, signature, keyring, now);
  return {
    text,
    assurance: 'signed',
    document: { signers, ignored, verifiedAt: now },
    fields: signers.flatMap(({ fingerprint, primaryFingerprint, signedAt }) => [
      ['fingerprint', fingerprint] as const,
      ['primaryFingerprint', primaryFingerprint] as const,
      ['signedAt', signedAt.toISOString()] as const,
    ]),
  };
}

/** `parseChecksums` refuses what is signed around its text: whoever took that out unverified would take out anybody's. */
function byNobody(text: Uint8Array): AuthenticChecksums {
  return { text, assurance: 'checksum', document: { signers: [] }, fields: [['signer', 'nobody']] };
}

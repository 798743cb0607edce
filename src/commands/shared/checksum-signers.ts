/**
 * Who vouches for a checksum file, as the flags of `assay verify-checksums` say: a Sigstore bundle, an OpenPGP
 * signature beside the file or around its text, or nobody.
 */
import { createFileStore } from '../../io/file-store.ts';
import { isClearsigned } from '../../formats/upstream/checksums.ts';
import { requireSize } from '../../formats/upstream/evidence-json.ts';
import { UsageError, VerificationError } from '../../model/errors.ts';
import type { Assurance } from '../../model/verification.ts';
import { namingDocument } from '../../verify/naming.ts';
import { verifyCleartext, verifyDetached, type Vouched } from '../../verify/openpgp/verify-signatures.ts';
import { anyOf } from '../../verify/sigstore/any-of.ts';
import { findBundles } from '../../verify/sigstore/bundle-file.ts';
import { maxBundleBytes } from '../../verify/sigstore/bundle.ts';
import type { SignerPolicy } from '../../verify/sigstore/identity.ts';
import { subjectOfBytes } from '../../verify/sigstore/subject.ts';
import { verifyMessage } from '../../verify/sigstore/verify-bundle.ts';
import { openKeyringFiles } from './input-files.ts';
import {
  readEvidence,
  signerPolicyOf,
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
  readonly document: Readonly<Record<string, unknown>>;
  /** The same for people: names and values. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** Verifies an untrusted checksum file. Throws VerificationError. */
export type AuthenticateChecksums = (bytes: Uint8Array, what: string) => Promise<AuthenticChecksums>;

/** As many as `parseChecksums` takes; checked here, before anything is read out of a signature's frame. */
const maxChecksumsBytes = 4 << 20;
/** More than its reader accepts, which has a refusal of its own. */
const maxSignatureBytes = 1 << 20;

/** Untrusted. Throws VerificationError `LIMIT_EXCEEDED`, and UsageError `FILE_UNREADABLE`. */
export async function readChecksums(path: string): Promise<Uint8Array> {
  const bytes = await readEvidence(path, maxChecksumsBytes);
  requireSize(bytes, maxChecksumsBytes, path);
  return bytes;
}

/**
 * The one way that the flags choose; every flag given has a part in it. Throws UsageError `USAGE` for flags of two
 * ways, or of half a one: a flag about a signer that is passed over would look like a check.
 */
export function chooseSigner(flags: ChecksumSignerFlags, now: Date): AuthenticateChecksums {
  const { bundle, key, openpgpSignature, keyring } = flags;
  const identity = flags.certificateIdentity ?? flags.certificateOidcIssuer;
  const source = flags.sourceRepository ?? flags.sourceRef ?? flags.signerWorkflow;
  if (bundle !== undefined) {
    if ((openpgpSignature ?? keyring) !== undefined) {
      throw new UsageError('USAGE', 'it takes a Sigstore bundle or OpenPGP keys, not both', {
        hint: 'Verify with each of them in a run of its own.',
      });
    }
    const signerOf = signerPolicyOf(flags);
    return (bytes, what) => bySigstore(bytes, what, bundle, signerOf, flags, now);
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
  if (keyring !== undefined) return (bytes, what) => byOpenPgp(bytes, what, openpgpSignature, keyring, now);
  if (openpgpSignature === undefined) return (bytes, what) => Promise.resolve(byNobody(bytes, what));
  throw new UsageError('USAGE', 'it is not said whose keys may have made the --openpgp-signature', {
    hint: 'Give --keyring.',
  });
}

async function bySigstore(
  text: Uint8Array,
  what: string,
  bundleFiles: readonly string[],
  signerOf: () => Promise<SignerPolicy>,
  flags: TrustedRootFlags,
  now: Date,
): Promise<AuthenticChecksums> {
  const signer = await signerOf();
  const trustedRoot = await trustedRootOf(flags, now);
  const bundles = await Promise.all(
    bundleFiles.map(async (file) => findBundles(await readEvidence(file, maxBundleBytes), file)),
  );
  const subject = subjectOfBytes(text);
  const message = await namingDocument(what, () =>
    anyOf(bundles.flat(), async (unread) =>
      verifyMessage({ bundle: unread.read(), signer, trustedRoot, subject }),
    ),
  );
  const assurance = 'signed';
  const {
    signer: who,
    logIndex,
    logId,
    integratedTime,
    signedAt,
  } = verdictOf(subject, message, { assurance });
  const log = { logIndex, logId, integratedTime, signedAt };
  return {
    text,
    assurance,
    document: { signer: who, ...log },
    fields: Object.entries({ ...who, ...log }).map(([name, value]) => [name, String(value ?? 'none')]),
  };
}

/** Without a signature file the checksum file has to be clearsigned. */
async function byOpenPgp(
  bytes: Uint8Array,
  what: string,
  signatureFile: string | undefined,
  keyrings: readonly string[],
  now: Date,
): Promise<AuthenticChecksums> {
  const keyring = await openKeyringFiles(keyrings, createFileStore());
  if (signatureFile === undefined) {
    const signed = await namingDocument(what, () => verifyCleartext(bytes, keyring, now));
    return vouchedByKeys(signed.text, signed, now);
  }
  const signature = await readEvidence(signatureFile, maxSignatureBytes);
  const vouched = await namingDocument(what, () => verifyDetached(bytes, signature, keyring, now));
  return vouchedByKeys(bytes, vouched, now);
}

function vouchedByKeys(text: Uint8Array, { signers, ignored }: Vouched, now: Date): AuthenticChecksums {
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

/** Whoever took the text out of a signature without a look at the signature would take out anybody's. */
function byNobody(text: Uint8Array, what: string): AuthenticChecksums {
  if (isClearsigned(text)) {
    throw new VerificationError(
      'EVIDENCE_MALFORMED',
      `${what} is signed around its text (OpenPGP), and it is not said whose keys may have signed it`,
      { hint: 'Give --keyring, with the keys of the publisher.' },
    );
  }
  return { text, assurance: 'checksum', document: { signers: [] }, fields: [['signer', 'nobody']] };
}

/**
 * What must hold of a transparency log's entry besides what the library checks (Sigstore client specification,
 * "Transparency log entry"; RFC 6962). Called after the library has verified promise, proof and signature, so that
 * what is compared here is authentic.
 */
import { Buffer } from 'node:buffer';
import type { TransparencyLogEntry } from '@sigstore/bundle';
import { VerificationError, type VerificationCode } from '../../model/errors.ts';
import type { SigstoreBundle } from './bundle.ts';
import { isOfLog, parseCheckpoint } from './checkpoint.ts';
import { readLoggedVerifier } from './entry-body.ts';
import { integratedTimeOf } from './signed-times.ts';
import type { SignerMaterial } from './signer-material.ts';
import { describeLog, type TrustedRoot } from './trusted-root.ts';

/** Where a signature was logged. */
export interface LoggedAt {
  /** The log's ID, lower-case hex. */
  readonly logId: string;
  readonly logIndex: number;
  /** As the log signed it; undefined for a log that signs no times (Rekor v2). */
  readonly integratedTime: Date | undefined;
}

/**
 * The entries of logs that the trusted root has, whenever. An entry of another log says nothing to whoever does not know
 * the log, and is passed over beside one of a known log. The same signature may be logged by several logs, and by none
 * twice. Throws VerificationError `SIGNER_UNTRUSTED` where no log is known, `EVIDENCE_MALFORMED`.
 */
export function requireKnownEntries(
  { what, bundle }: SigstoreBundle,
  trustedRoot: TrustedRoot,
): readonly [TransparencyLogEntry, ...TransparencyLogEntry[]] {
  const entries: readonly TransparencyLogEntry[] = bundle.verificationMaterial.tlogEntries;
  const seen = new Set(entries.map((entry) => `${hex(entry.logId.keyId)} ${hex(entry.canonicalizedBody)}`));
  if (seen.size !== entries.length)
    throw refusal('EVIDENCE_MALFORMED', what, 'the same log entry is there twice');
  const { tlogs } = trustedRoot.material;
  const [first, ...others] = entries.filter(({ logId }) =>
    tlogs.some(({ logID }) => logID.equals(logId.keyId)),
  );
  if (first !== undefined) return [first, ...others];
  const logs = entries.map(({ logId }) => describeLog(logId.keyId, trustedRoot));
  throw new VerificationError(
    'SIGNER_UNTRUSTED',
    `${what} is logged by none of the trusted root's logs that can be used, but by ${logs.join(' and ')}`,
    { hint: 'Is it the trusted root of the same instance of Sigstore, and can this version read all of it?' },
  );
}

/**
 * Throws VerificationError `SUBJECT_MISMATCH` for an entry of somebody else's signature, `SIGNATURE_INVALID` for a
 * proof that states another root, size or log than its checkpoint, `SIGNER_UNTRUSTED` for a log that was not yet, or
 * no longer, trusted at one of `times`, and `EVIDENCE_MALFORMED`.
 */
export function checkEntry(
  entry: TransparencyLogEntry,
  bundle: SigstoreBundle,
  signer: SignerMaterial,
  trustedRoot: TrustedRoot,
  times: readonly Date[],
): LoggedAt {
  const what = `${bundle.what}: the log entry`;
  requireSameSigner(entry, bundle, signer, what);
  const log = trustedRoot.material.tlogs.find(
    ({ logID, validFor }) =>
      logID.equals(entry.logId.keyId) &&
      times.every((time) => validFor.start <= time && time <= validFor.end),
  );
  if (log === undefined) throw refusal('SIGNER_UNTRUSTED', what, 'its log was not trusted at that time');
  if (entry.inclusionProof !== undefined) checkProof(entry, entry.inclusionProof, log.baseURL, what);
  return {
    logId: hex(entry.logId.keyId),
    logIndex: Number(entry.logIndex),
    integratedTime: entry.inclusionPromise === undefined ? undefined : integratedTimeOf(entry),
  };
}

function requireSameSigner(
  entry: TransparencyLogEntry,
  { bundle }: SigstoreBundle,
  signer: SignerMaterial,
  what: string,
): void {
  const logged = readLoggedVerifier(entry.canonicalizedBody, bundle.content.$case, what);
  const der =
    signer.type === 'certificate'
      ? signer.certificate.der
      : signer.key.export({ type: 'spki', format: 'der' });
  if (logged.type === signer.type && logged.der.equals(der)) return;
  throw refusal('SUBJECT_MISMATCH', what, `it logs a signature by another ${signer.type.replace('-', ' ')}`);
}

function checkProof(
  entry: TransparencyLogEntry,
  proof: NonNullable<TransparencyLogEntry['inclusionProof']>,
  baseUrl: string,
  what: string,
): void {
  const checkpoint = proof.checkpoint && parseCheckpoint(proof.checkpoint.envelope);
  if (checkpoint === undefined) throw refusal('EVIDENCE_MALFORMED', what, 'its checkpoint is none');
  if (!isOfLog(checkpoint, baseUrl)) {
    throw refusal('SIGNATURE_INVALID', what, `its checkpoint does not name the log at ${baseUrl}`);
  }
  if (proof.treeSize !== checkpoint.treeSize || !checkpoint.rootHash.equals(proof.rootHash)) {
    throw refusal('SIGNATURE_INVALID', what, "its proof's size and root are not those of its checkpoint");
  }
  // A promise covers the index. Without one the log has one tree, and its index is the proof's.
  if (entry.inclusionPromise === undefined && entry.logIndex !== proof.logIndex) {
    throw refusal('SIGNATURE_INVALID', what, 'its index is not the one that is proven');
  }
}

function refusal(code: VerificationCode, what: string, found: string): VerificationError {
  return new VerificationError(code, `${what}: ${found}`, {
    hint: 'The evidence was put together from parts that do not belong together.',
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/**
 * Signed certificate timestamps (RFC 6962, section 3): a certificate transparency log's promise to publish the signer's
 * certificate, embedded in it. One of a log that the trusted root has is enough; of other logs nothing can be said.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { SignedEntity } from '@sigstore/verify';
import { VerificationError } from '../../model/errors.ts';
import { derTags, readSequence, writeDer } from './der.ts';
import { refusing } from './refusals.ts';
import { describeLog, type TrustedRoot } from './trusted-root.ts';
import type { Certificate } from './x509/certificate.ts';

/** The library's own type, which it does not export. */
type LibraryCertificate = Extract<SignedEntity['key'], { $case: 'certificate' }>['certificate'];

const timestampList = '1.3.6.1.4.1.11129.2.4.2';
const extensionsTag = 0xa3;
const hashes = ['sha256', 'sha384', 'sha512'];

/**
 * A certificate whose issuer has been verified. `parsed`: the same in the library, which takes the list of timestamps
 * apart and verifies one. Throws VerificationError `SIGNER_UNTRUSTED` where no log of the trusted root made one,
 * `SIGNATURE_INVALID` for one that such a log did not make, and `EVIDENCE_MALFORMED`.
 */
export function requireCertificateTimestamp(
  certificate: Certificate,
  parsed: LibraryCertificate,
  issuer: Certificate,
  trustedRoot: TrustedRoot,
  what: string,
): void {
  const timestamps = refusing(what, () => parsed.extSCT?.signedCertificateTimestamps ?? []);
  const entry = precertificateEntry(certificate, issuer);
  const known = timestamps.map((timestamp) => {
    const { logID, datetime, algorithm } = timestamp;
    const logs = trustedRoot.material.ctlogs.filter(
      (log) => log.logID.equals(logID) && log.validFor.start <= datetime && datetime <= log.validFor.end,
    );
    const isPromised = logs.some(
      ({ publicKey }) => hashes.includes(algorithm) && timestamp.verify(entry, publicKey),
    );
    if (logs.length === 0 || isPromised) return isPromised;
    throw new VerificationError(
      'SIGNATURE_INVALID',
      `${what}: a certificate timestamp (SCT) is not by ${describeLog(logID, trustedRoot)}, which it names`,
    );
  });
  if (known.includes(true)) return;
  const logs = timestamps.map(({ logID }) => describeLog(logID, trustedRoot));
  const found =
    logs.length === 0 ? 'no certificate timestamp (SCT)' : `one of ${logs.join(' and of ')} alone`;
  throw new VerificationError('SIGNER_UNTRUSTED', `${what}: the certificate has ${found}`, {
    hint: 'A log for certificates that the trusted root has must have promised, at that time, to publish it.',
  });
}

/**
 * What a log signs of a certificate (section 3.2, PreCert): the issuer's key by its hash, and what the issuer signed,
 * without the list of timestamps.
 */
function precertificateEntry({ signed, extensions }: Certificate, issuer: Certificate): Buffer {
  const list = extensions.get(timestampList)?.encoded;
  const fields = (readSequence(signed) ?? []).map(({ tag, content, encoded }) => {
    if (tag !== extensionsTag) return encoded;
    const kept = (readSequence(content) ?? []).filter((one) => list?.equals(one.encoded) !== true);
    return writeDer(tag, writeDer(derTags.sequence, ...kept.map((one) => one.encoded)));
  });
  const precertificate = writeDer(derTags.sequence, ...fields);
  // No bundle is as large as three bytes can say: of more, Node throws.
  const length = Buffer.alloc(3);
  length.writeUIntBE(precertificate.length, 0, 3);
  return Buffer.concat([createHash('sha256').update(issuer.spki).digest(), length, precertificate]);
}

/**
 * cosign's own bundle of before 2024 (`cosign sign-blob --bundle`): signature, certificate or key, and what Rekor
 * signed. It carries the log's promise and no proof, as bundles of version 0.1 may, and is turned into one.
 */
import { Buffer } from 'node:buffer';
import { decodeBase64 } from '../../formats/text/base64.ts';
import { checkEvidence, malformed, parseEvidenceJson } from '../../formats/upstream/evidence-json.ts';
import { parsePem } from '../../formats/text/pem.ts';
import {
  absent,
  absentAs,
  base64,
  choice,
  known,
  natural,
  strict,
  text,
  where,
} from '../../formats/upstream/shape.ts';
import { VerificationError } from '../../model/errors.ts';
import type { BundleJson } from './bundle-schema.ts';

const sha256 = where(text, (found) => /^[0-9a-f]{64}$/.test(found), 'must be 64 lower-case hex digits');

const legacyShape = strict({
  base64Signature: base64,
  /** A certificate or a public key: PEM, or base64 of it. */
  cert: absentAs(text, ''),
  rekorBundle: absent(
    strict({
      SignedEntryTimestamp: base64,
      Payload: strict({ body: base64, integratedTime: natural, logIndex: natural, logID: sha256 }),
    }),
  ),
});

/** Of the entry's body, what the new form says once more. */
const bodyShape = known({
  apiVersion: choice('0.0.1'),
  kind: choice('hashedrekord'),
  spec: known({ data: known({ hash: known({ algorithm: choice('sha256'), value: sha256 }) }) }),
});

export function isLegacyBundle(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'base64Signature' in json;
}

/**
 * Untrusted JSON to the JSON of a bundle of version 0.1. Throws VerificationError `EVIDENCE_MALFORMED`, and
 * `EVIDENCE_MISSING` where the log said nothing.
 */
export function upgradeLegacyBundle(json: unknown, what: string): BundleJson {
  const { base64Signature, cert, rekorBundle } = checkEvidence(legacyShape, json, what);
  if (!rekorBundle) {
    throw new VerificationError('EVIDENCE_MISSING', `${what} has no entry of a transparency log`, {
      hint: 'Ask the publisher for a bundle whose signature was logged.',
    });
  }
  const { body, integratedTime, logIndex, logID } = rekorBundle.Payload;
  const entry = parseEvidenceJson(bodyShape, Buffer.from(body, 'base64'), `${what}: the log entry`, {
    maxBytes: 1 << 20,
  });
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
    verificationMaterial: {
      ...keyMaterial(cert, what),
      tlogEntries: [
        {
          logIndex: String(logIndex),
          logId: { keyId: Buffer.from(logID, 'hex').toString('base64') },
          kindVersion: { kind: entry.kind, version: entry.apiVersion },
          integratedTime: String(integratedTime),
          inclusionPromise: { signedEntryTimestamp: rekorBundle.SignedEntryTimestamp },
          canonicalizedBody: body,
        },
      ],
    },
    messageSignature: {
      messageDigest: {
        algorithm: 'SHA2_256',
        digest: Buffer.from(entry.spec.data.hash.value, 'hex').toString('base64'),
      },
      signature: base64Signature,
    },
  };
}

function keyMaterial(
  cert: string,
  what: string,
): Pick<BundleJson['verificationMaterial'], 'publicKey' | 'x509CertificateChain'> {
  const text = cert.startsWith('-----') ? cert : decodeBase64(cert)?.toString('latin1');
  if (text === undefined) throw malformed(what, 'cert is neither PEM nor base64 of it');
  const certificate = parsePem(text, 'CERTIFICATE');
  if (certificate !== undefined) {
    return { x509CertificateChain: { certificates: [{ rawBytes: certificate.toString('base64') }] } };
  }
  // Which key it is says the one who verifies, never the bundle.
  if (text === '' || parsePem(text, 'PUBLIC KEY') !== undefined) return { publicKey: {} };
  throw malformed(what, 'cert is neither a certificate nor a public key');
}

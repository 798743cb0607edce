/**
 * How signatures are published: beside the file as Kubernetes does, as a Sigstore bundle (version 0.3), as
 * cosign's older bundle, and as Rekor's own answer.
 */
import type { Json } from './canonical-json.ts';
import { toPem } from './certificate.ts';
import { envelopeJson } from './log-bodies.ts';
import { hashLeaf } from './merkle-tree.ts';
import type { SignedBlob, SignedEnvelope } from './signing.ts';
import type { InclusionProof, LogEntry } from './transparency-log.ts';

const bundleMediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** The `.sig` beside a file: base64 of the signature in DER, without a newline. */
export function detachedSignature({ signature }: SignedBlob): string {
  return base64(signature);
}

/** The `.cert` beside a file: base64 of the certificate in PEM. */
export function detachedCertificate({ certificate }: SignedBlob): string {
  return base64(toPem(certificate));
}

export function blobBundle(signed: SignedBlob): string {
  return JSON.stringify({
    mediaType: bundleMediaType,
    verificationMaterial: verificationMaterial(signed),
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest: base64(signed.sha256) },
      signature: base64(signed.signature),
    },
  });
}

export function envelopeBundle(signed: SignedEnvelope): string {
  return JSON.stringify({
    mediaType: bundleMediaType,
    verificationMaterial: verificationMaterial(signed),
    dsseEnvelope: JSON.parse(envelopeJson(signed.envelope)) as Json,
  });
}

/** What `cosign sign-blob --bundle` writes before version 3: it has the promise, and no proof. */
export function legacyBundle({ signature, certificate, entries }: SignedBlob): string {
  const [entry] = entries;
  return JSON.stringify({
    base64Signature: base64(signature),
    cert: base64(toPem(certificate)),
    rekorBundle: entry && {
      SignedEntryTimestamp: base64(entry.signedEntryTimestamp ?? ''),
      Payload: {
        body: base64(entry.body.bytes),
        integratedTime: entry.integratedTime,
        logIndex: entry.logIndex,
        logID: entry.logId.toString('hex'),
      },
    },
  });
}

/** One entry as Rekor's API answers it. */
export function apiEntry(entry: LogEntry): Json {
  const { proof, signedEntryTimestamp } = entry;
  return {
    [entryUuid(entry)]: {
      body: base64(entry.body.bytes),
      integratedTime: entry.integratedTime,
      logID: entry.logId.toString('hex'),
      logIndex: entry.logIndex,
      verification: {
        inclusionProof: proof && {
          ...proof,
          hashes: proof.hashes.map((hash) => hash.toString('hex')),
          rootHash: proof.rootHash.toString('hex'),
        },
        signedEntryTimestamp: signedEntryTimestamp && base64(signedEntryTimestamp),
      },
    },
  };
}

/** The shard's identifier and the leaf's hash. */
function entryUuid(entry: LogEntry): string {
  return entry.treeId + hashLeaf(entry.body.bytes).toString('hex');
}

function verificationMaterial({ certificate, entries, timestamps }: SignedBlob | SignedEnvelope): Json {
  return {
    certificate: { rawBytes: base64(certificate) },
    tlogEntries: entries.map(bundleEntry),
    timestampVerificationData:
      timestamps.length === 0
        ? undefined
        : { rfc3161Timestamps: timestamps.map((stamp) => ({ signedTimestamp: base64(stamp) })) },
  };
}

function bundleEntry(entry: LogEntry): Json {
  const { signedEntryTimestamp, proof } = entry;
  return {
    logIndex: String(entry.logIndex),
    logId: { keyId: base64(entry.logId) },
    kindVersion: { kind: entry.body.kind, version: entry.body.version },
    integratedTime: entry.integratedTime === 0 ? undefined : String(entry.integratedTime),
    inclusionPromise: signedEntryTimestamp && { signedEntryTimestamp: base64(signedEntryTimestamp) },
    inclusionProof: proof && bundleProof(proof),
    canonicalizedBody: base64(entry.body.bytes),
  };
}

function bundleProof(proof: InclusionProof): Json {
  return {
    logIndex: String(proof.logIndex),
    rootHash: base64(proof.rootHash),
    treeSize: String(proof.treeSize),
    hashes: proof.hashes.map((hash) => base64(hash)),
    checkpoint: { envelope: proof.checkpoint },
  };
}

function base64(content: Uint8Array | string): string {
  return Buffer.from(content).toString('base64');
}

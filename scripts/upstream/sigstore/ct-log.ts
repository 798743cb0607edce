/**
 * A certificate transparency log, as far as a certificate shows one: it signs a promise over the certificate
 * to be (a signed certificate timestamp over a precertificate, RFC 6962, section 3.2).
 */
import { createHash } from 'node:crypto';
import { extension } from './certificate.ts';
import { octetString, type Der } from './der.ts';
import { generateEcdsaKey } from './keys.ts';

export interface CtLog {
  readonly baseUrl: string;
  readonly spki: Buffer;
  readonly publicKeyPem: string;
  readonly id: Buffer;
  /** The timestamp for what will be signed, which has no list of timestamps in it. */
  promise(toBeSigned: Uint8Array, issuerSpki: Uint8Array, at: Date): Buffer;
}

export function createCtLog(baseUrl = 'https://ctfe.sigstore.dev/rehearsal'): CtLog {
  const key = generateEcdsaKey();
  return {
    baseUrl,
    spki: key.spki,
    publicKeyPem: key.publicKeyPem,
    id: key.id,
    promise(toBeSigned, issuerSpki, at) {
      const timestamp = Buffer.alloc(8);
      timestamp.writeBigUInt64BE(BigInt(at.getTime()));
      const signature = key.sign(
        Buffer.concat([
          // Version 1, a certificate timestamp, of a precertificate.
          Buffer.from([0, 0]),
          timestamp,
          Buffer.from([0, 1]),
          createHash('sha256').update(issuerSpki).digest(),
          withLength(3, toBeSigned),
          withLength(2, Buffer.alloc(0)),
        ]),
      );
      // SHA-256 and ECDSA by their numbers in TLS.
      const algorithms = Buffer.from([4, 3]);
      return Buffer.concat([
        Buffer.from([0]),
        key.id,
        timestamp,
        withLength(2, Buffer.alloc(0)),
        algorithms,
        withLength(2, signature),
      ]);
    },
  };
}

/** The extension that embeds timestamps into a certificate. */
export function timestampList(timestamps: readonly Uint8Array[]): Der {
  const list = Buffer.concat(timestamps.map((one) => withLength(2, one)));
  return extension('1.3.6.1.4.1.11129.2.4.2', octetString(withLength(2, list)));
}

/** As TLS writes vectors: the length in so many bytes, then the content. */
function withLength(lengthBytes: number, content: Uint8Array): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(content.length, 0, lengthBytes);
  return Buffer.concat([length, content]);
}

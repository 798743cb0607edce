/**
 * PEM (RFC 7468), one block: the base64 of DER between two lines, at 64 columns. Written the way Go, OpenSSL and
 * Rekor write it; read with any length of line, since the block is compared by its DER.
 */
import { Buffer } from 'node:buffer';
import { decodeBase64 } from './base64.ts';

export type PemLabel = 'CERTIFICATE' | 'PUBLIC KEY';

const block = /^-----BEGIN ([A-Z ]+)-----\r?\n((?:[A-Za-z0-9+/=]+\r?\n)+)-----END \1-----(?:\r?\n)*$/;

/** The DER of a text that is exactly one block with this label; undefined for anything else. */
export function parsePem(text: string, label: PemLabel): Buffer | undefined {
  const match = block.exec(text);
  if (match?.[1] !== label) return undefined;
  return decodeBase64((match[2] ?? '').replaceAll(/[\r\n]/g, ''));
}

/** At 64 columns, with a final newline. */
export function toPem(der: Uint8Array, label: PemLabel): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

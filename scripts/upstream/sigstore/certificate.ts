/**
 * X.509 certificates (RFC 5280), put together from DER. An extension list is the caller's, in the caller's
 * order: what is signed may be as wrong as a test wants it.
 */
import { createHash } from 'node:crypto';
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  printableString,
  sequence,
  setOf,
  time,
  utf8String,
  type Der,
} from './der.ts';
import type { EcdsaKey } from './keys.ts';

export interface Name {
  readonly organization: string;
  readonly commonName: string;
}

export interface CertificateSpec {
  /** At most 20 bytes. */
  readonly serial: Uint8Array;
  readonly issuer: Name;
  /** Undefined: an empty subject, as Fulcio's certificates have. */
  readonly subject: Name | undefined;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly spki: Uint8Array;
  readonly extensions: readonly Der[];
}

/** What is signed: the certificate without its signature. */
export function toBeSigned(spec: CertificateSpec, signer: EcdsaKey): Der {
  return sequence(
    explicit(0, integer(2)),
    integer(spec.serial),
    signatureAlgorithm(signer),
    encodeName(spec.issuer),
    sequence(time(spec.notBefore), time(spec.notAfter)),
    encodeName(spec.subject),
    spec.spki,
    explicit(3, sequence(...spec.extensions)),
  );
}

export function signCertificate(spec: CertificateSpec, signer: EcdsaKey): Der {
  const signed = toBeSigned(spec, signer);
  return sequence(signed, signatureAlgorithm(signer), bitString(signer.sign(signed)));
}

/** At 64 columns, with a newline at the end: the form that Rekor compares. */
export function toPem(certificate: Uint8Array): string {
  const lines =
    Buffer.from(certificate)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** ecdsa-with-SHA256 or ecdsa-with-SHA384. */
export function signatureAlgorithm({ curve }: EcdsaKey): Der {
  return sequence(objectIdentifier(curve === 'P-256' ? '1.2.840.10045.4.3.2' : '1.2.840.10045.4.3.3'));
}

export function encodeName(name: Name | undefined): Der {
  if (name === undefined) return sequence();
  return sequence(
    setOf(sequence(objectIdentifier('2.5.4.10'), printableString(name.organization))),
    setOf(sequence(objectIdentifier('2.5.4.3'), printableString(name.commonName))),
  );
}

export function extension(oid: string, value: Uint8Array, isCritical = false): Der {
  const critical = isCritical ? [boolean(true)] : [];
  return sequence(objectIdentifier(oid), ...critical, octetString(value));
}

/** An authority, which signs certificates and revocation lists; `pathLength` intermediates may follow. */
export function authorityExtensions(pathLength: number): Der[] {
  return [keyUsage([5, 6]), basicConstraints(true, pathLength)];
}

/** Signatures, and for one purpose only. */
export function leafExtensions(purpose: keyof typeof purposes): Der[] {
  return [keyUsage([0]), extendedKeyUsage([purposes[purpose]], purpose === 'timestamping')];
}

/** By the numbers of the bits: 0 signs, 1 vouches, 5 signs certificates, 6 signs revocation lists. */
export function keyUsage(bits: readonly number[]): Der {
  const byte = bits.reduce((sum, bit) => sum | (0x80 >> bit), 0);
  return extension('2.5.29.15', bitString(Buffer.from([byte]), 7 - Math.max(...bits)), true);
}

export function basicConstraints(isAuthority: boolean, pathLength?: number): Der {
  const length = pathLength === undefined ? [] : [integer(pathLength)];
  return extension('2.5.29.19', sequence(...(isAuthority ? [boolean(true)] : []), ...length), true);
}

export const purposes = {
  server: '1.3.6.1.5.5.7.3.1',
  'code-signing': '1.3.6.1.5.5.7.3.3',
  timestamping: '1.3.6.1.5.5.7.3.8',
  any: '2.5.29.37.0',
} as const;

export function extendedKeyUsage(oids: readonly string[], isCritical = false): Der {
  return extension('2.5.29.37', sequence(...oids.map(objectIdentifier)), isCritical);
}

/** Of names as `generalName` has them. */
export function nameConstraints(permitted: readonly Der[], excluded: readonly Der[] = []): Der {
  const fields = [permitted, excluded].map((names, number) => {
    return names.length === 0 ? [] : [explicit(number, Buffer.concat(names.map((name) => sequence(name))))];
  });
  return extension('2.5.29.30', sequence(...fields.flat()), true);
}

/** Which key this certificate is for, and which key signed it. */
export function keyIdentifiers(subjectSpki: Uint8Array, issuerSpki: Uint8Array): Der[] {
  return [
    extension('2.5.29.14', octetString(keyIdentifier(subjectSpki))),
    extension('2.5.29.35', sequence(implicit(0, keyIdentifier(issuerSpki)))),
  ];
}

function keyIdentifier(spki: Uint8Array): Buffer {
  return createHash('sha256').update(spki).digest().subarray(0, 20);
}

export interface AlternativeName {
  readonly type: 'email' | 'uri' | 'dns' | 'ip';
  readonly value: string;
}

export function alternativeNames(names: readonly AlternativeName[]): Der {
  return extension('2.5.29.17', sequence(...names.map(generalName)), true);
}

export function generalName({ type, value }: AlternativeName): Der {
  if (type === 'ip') return implicit(7, addressBytes(value));
  return implicit({ email: 1, dns: 2, uri: 6 }[type], Buffer.from(value));
}

/** Of IPv6, the loopback alone is written here. */
function addressBytes(address: string): Buffer {
  if (address === '::1') return Buffer.concat([Buffer.alloc(15), Buffer.of(1)]);
  return Buffer.from(address.split('.').map(Number));
}

/** Fulcio's own extensions, by the last number of their identifier: 1 to 6 hold bare text, later ones DER. */
export function fulcioExtension(number: number, text: string): Der {
  const value = number <= 6 ? Buffer.from(text) : utf8String(text);
  return extension(`1.3.6.1.4.1.57264.1.${number}`, value);
}

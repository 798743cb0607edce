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

/** Certificate and CRL signing. */
export function authorityExtensions(pathLength: number): Der[] {
  return [
    extension('2.5.29.15', bitString(Buffer.from([0b0000_0110]), 1), true),
    extension('2.5.29.19', sequence(boolean(true), integer(pathLength)), true),
  ];
}

/** Signatures, and for one purpose only. */
export function leafExtensions(purpose: 'code-signing' | 'server' | 'timestamping'): Der[] {
  const last = { 'code-signing': 3, server: 1, timestamping: 8 }[purpose];
  return [
    extension('2.5.29.15', bitString(Buffer.from([0b1000_0000]), 7), true),
    extension('2.5.29.37', sequence(objectIdentifier(`1.3.6.1.5.5.7.3.${last}`)), purpose === 'timestamping'),
  ];
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
  readonly type: 'email' | 'uri' | 'dns';
  readonly value: string;
}

export function alternativeNames(names: readonly AlternativeName[]): Der {
  const tags = { email: 1, dns: 2, uri: 6 };
  const encoded = names.map(({ type, value }) => implicit(tags[type], Buffer.from(value)));
  return extension('2.5.29.17', sequence(...encoded), true);
}

/** Fulcio's own extensions, by the last number of their identifier: 1 to 6 hold bare text, later ones DER. */
export function fulcioExtension(number: number, text: string): Der {
  const value = number <= 6 ? Buffer.from(text) : utf8String(text);
  return extension(`1.3.6.1.4.1.57264.1.${number}`, value);
}

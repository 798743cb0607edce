/**
 * X.509 certificates (RFC 5280, section 4.1), read strictly from their DER: version 3, each extension once, nothing left
 * over. What a certificate says is read from the bytes that its issuer signed, and never encoded anew.
 */
import { Buffer } from 'node:buffer';
import { verify, type KeyObject } from 'node:crypto';
import { malformed } from '../../../formats/upstream/evidence-json.ts';
import {
  derTags,
  readBoolean,
  readCount,
  readDer,
  readOid,
  readOne,
  readSequence,
  readTime,
  type DerValue,
} from '../der.ts';

export interface Extension {
  readonly isCritical: boolean;
  /** The DER that is wrapped in it. */
  readonly value: Buffer;
  /** All of the extension, as it stands in the list. */
  readonly encoded: Buffer;
}

export interface Certificate {
  readonly der: Buffer;
  /** What its issuer signed (TBSCertificate). */
  readonly signed: Buffer;
  /** The algorithm's OID. */
  readonly signatureAlgorithm: string;
  readonly signature: Buffer;
  readonly serialNumber: Buffer;
  /** A Name's content: names are equal where their bytes are. */
  readonly issuer: Buffer;
  readonly subject: Buffer;
  /** Both boundaries are inside. */
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SubjectPublicKeyInfo. */
  readonly spki: Buffer;
  /** By OID. */
  readonly extensions: ReadonlyMap<string, Extension>;
}

/** The explicit tags of version and extensions, and the implicit ones of the unique identifiers between them. */
const tags = { version: 0xa0, issuerUniqueId: 0x81, subjectUniqueId: 0x82, extensions: 0xa3 } as const;
const version3 = 2;

/** Untrusted DER; `what` is for messages. Throws VerificationError `EVIDENCE_MALFORMED`. */
export function parseCertificate(der: Uint8Array, what: string): Certificate {
  const need = <T>(value: T | undefined, part: string): T => {
    if (value !== undefined) return value;
    throw malformed(what, `the certificate's ${part} is not what it must be`);
  };
  const [content, algorithm, signature, ...more] = need(readSequence(der), 'frame');
  if (more.length > 0) need(undefined, 'frame');
  const signed = need(content, 'content').encoded;
  const fields = [...need(readSequence(signed), 'content')];
  const next = (tag: number, part: string): DerValue => {
    const field = fields.shift();
    return need(field?.tag === tag ? field : undefined, part);
  };

  const [version] = readDer(next(tags.version, 'version').content) ?? [];
  if (version === undefined || readCount(version) !== version3) need(undefined, 'version');
  const serialNumber = next(derTags.integer, 'serial number').content;
  const innerAlgorithm = next(derTags.sequence, 'signature algorithm');
  // Section 4.1.1.2: what is said outside of what is signed must be what is said inside.
  const isSameAlgorithm = algorithm?.encoded.equals(innerAlgorithm.encoded);
  const [oid] =
    readDer(need(isSameAlgorithm ? innerAlgorithm : undefined, 'signature algorithm').content) ?? [];
  const issuer = next(derTags.sequence, 'issuer').content;
  const [notBefore, notAfter] = readDer(next(derTags.sequence, 'validity').content)?.map(readTime) ?? [];
  const subject = next(derTags.sequence, 'subject').content;
  const spki = next(derTags.sequence, 'public key').encoded;
  for (const tag of [tags.issuerUniqueId, tags.subjectUniqueId]) if (fields[0]?.tag === tag) fields.shift();
  const extensions = fields.length === 0 ? [] : readSequence(next(tags.extensions, 'extensions').content);
  if (fields.length > 0) need(undefined, 'content');

  return {
    der: Buffer.from(der),
    signed,
    signatureAlgorithm: need(oid && readOid(oid), 'signature algorithm'),
    signature: need(signature && readSignature(signature), 'signature'),
    serialNumber,
    issuer,
    subject,
    notBefore: need(notBefore, 'validity'),
    notAfter: need(notAfter, 'validity'),
    spki,
    extensions: readExtensions(need(extensions, 'extensions'), what),
  };
}

/** Throws VerificationError `EVIDENCE_MALFORMED`, also for one that is there twice (section 4.2). */
function readExtensions(list: readonly DerValue[], what: string): ReadonlyMap<string, Extension> {
  const extensions = new Map<string, Extension>();
  for (const { encoded } of list) {
    const [id, ...fields] = readSequence(encoded) ?? [];
    const value = fields.pop();
    const [critical, ...more] = fields;
    const isCritical = critical === undefined ? false : readBoolean(critical);
    const oid = id && readOid(id);
    const isWhole = value?.tag === derTags.octetString && more.length === 0;
    if (oid === undefined || isCritical === undefined || value === undefined || !isWhole) {
      throw malformed(what, 'an extension of the certificate is not what it must be');
    }
    if (extensions.has(oid)) throw malformed(what, `the certificate's extension ${oid} is there twice`);
    extensions.set(oid, { isCritical, value: value.content, encoded });
  }
  return extensions;
}

/** A BIT STRING of whole bytes. */
function readSignature(value: DerValue): Buffer | undefined {
  return readOne(value.encoded, derTags.bitString)?.[0] === 0 ? value.content.subarray(1) : undefined;
}

/** By OID: the kind of key, and what it signs a hash of. Neither MD5 nor SHA-1 is among them. */
const signatureAlgorithms: Readonly<Record<string, readonly [keyType: string, hash: string | null]>> = {
  '1.2.840.10045.4.3.2': ['ec', 'sha256'],
  '1.2.840.10045.4.3.3': ['ec', 'sha384'],
  '1.2.840.10045.4.3.4': ['ec', 'sha512'],
  '1.2.840.113549.1.1.11': ['rsa', 'sha256'],
  '1.2.840.113549.1.1.12': ['rsa', 'sha384'],
  '1.2.840.113549.1.1.13': ['rsa', 'sha512'],
  '1.3.101.112': ['ed25519', null],
};

/** Does the key verify the certificate's signature (section 6.1.3 (a) (1))? Whether it may issue is not asked. */
export function isSignedBy({ signatureAlgorithm, signature, signed }: Certificate, key: KeyObject): boolean {
  const [keyType, hash] = signatureAlgorithms[signatureAlgorithm] ?? [];
  return hash !== undefined && key.asymmetricKeyType === keyType && verify(hash, signed, key, signature);
}

/**
 * What a signer's certificate says (RFC 5280, and Fulcio's extensions 1.3.6.1.4.1.57264.1): its names, who vouched
 * for them, and what it may be used for. Read from the bytes of its extensions, since the library reads the first
 * name only, and a URI in preference to an e-mail address.
 */
import type { SignedEntity } from '@sigstore/verify';
import { VerificationError } from '../../model/errors.ts';
import { derTags, readDer, readOne, readText } from './der.ts';

/** The library's own type, which it does not export. */
export type Certificate = Extract<SignedEntity['key'], { $case: 'certificate' }>['certificate'];

/** A subject alternative name, with its type: an e-mail address is never a URI. */
export interface AlternativeName {
  readonly type: 'email' | 'uri' | 'other';
  readonly value: string;
}

export interface CertificateClaims {
  readonly names: readonly AlternativeName[];
  /** The identity provider, as each extension that is present says it: .8, and .1 of before 2023. */
  readonly issuers: readonly string[];
  /** Extension .12: the repository that the workflow ran for. */
  readonly sourceRepository: string | undefined;
  readonly isForCodeSigning: boolean;
}

const oids = {
  alternativeNames: '2.5.29.17',
  extendedKeyUsage: '2.5.29.37',
  issuerBare: '1.3.6.1.4.1.57264.1.1',
  issuer: '1.3.6.1.4.1.57264.1.8',
  sourceRepository: '1.3.6.1.4.1.57264.1.12',
} as const;

/** Code signing, 1.3.6.1.5.5.7.3.3, as DER has it. */
const codeSigning = '2b06010505070303';

/** Throws VerificationError `EVIDENCE_MALFORMED` for an extension that is there twice or is not what it must be. */
export function readClaims(certificate: Certificate, what: string): CertificateClaims {
  const bare = extensionOf(certificate, oids.issuerBare, what);
  const issuer = extensionOf(certificate, oids.issuer, what);
  const sourceRepository = extensionOf(certificate, oids.sourceRepository, what);
  const issuers = [
    ...(issuer === undefined ? [] : [utf8String(issuer)]),
    ...(bare === undefined ? [] : [readText(bare)]),
  ];
  return {
    names: readNames(extensionOf(certificate, oids.alternativeNames, what), what),
    issuers: issuers.map((text) => text ?? malformedExtension(what, 'issuer')),
    sourceRepository:
      sourceRepository === undefined
        ? undefined
        : (utf8String(sourceRepository) ?? malformedExtension(what, 'source repository')),
    isForCodeSigning: allowsCodeSigning(extensionOf(certificate, oids.extendedKeyUsage, what)),
  };
}

function extensionOf(certificate: Certificate, oid: string, what: string): Uint8Array | undefined {
  const found = certificate.extensions.filter(({ subs }) => subs[0]?.toOID() === oid);
  if (found.length > 1) malformedExtension(what, oid);
  return found[0]?.subs.at(-1)?.value;
}

/** GeneralNames (RFC 5280, section 4.2.1.6): `[1]` is an e-mail address, `[6]` a URI. */
function readNames(extension: Uint8Array | undefined, what: string): readonly AlternativeName[] {
  if (extension === undefined) return [];
  const sequence = readOne(extension, derTags.sequence);
  const names = sequence === undefined ? undefined : readDer(sequence);
  if (names === undefined) return malformedExtension(what, 'subject alternative name');
  return names.map(({ tag, content }) => {
    const type = tag === 0x81 ? 'email' : tag === 0x86 ? 'uri' : 'other';
    if (type === 'other') return { type, value: content.toString('hex') };
    return { type, value: readText(content) ?? malformedExtension(what, 'subject alternative name') };
  });
}

function allowsCodeSigning(extension: Uint8Array | undefined): boolean {
  const sequence = extension === undefined ? undefined : readOne(extension, derTags.sequence);
  const purposes = sequence === undefined ? [] : (readDer(sequence) ?? []);
  return purposes.some(
    ({ tag, content }) => tag === derTags.objectIdentifier && content.toString('hex') === codeSigning,
  );
}

function utf8String(extension: Uint8Array): string | undefined {
  const content = readOne(extension, derTags.utf8String);
  return content === undefined ? undefined : readText(content);
}

function malformedExtension(what: string, extension: string): never {
  throw new VerificationError(
    'EVIDENCE_MALFORMED',
    `${what}: the certificate's extension ${extension} is there twice, or is not what it must be`,
  );
}

/**
 * The trusted root: the certificate authorities, transparency logs and timestamp authorities of a Sigstore instance
 * (protobuf-specs, `sigstore_trustroot.proto`). Pinned in `trust/`, never refreshed by a verification.
 */
import type { Buffer } from 'node:buffer';
import { toTrustMaterial, type TrustMaterial } from '@sigstore/verify';
import type { Digest } from '../../model/digest.ts';
import { AssayError, VerificationError } from '../../model/errors.ts';
import { digestOf } from '../digest.ts';
import {
  keyDetails,
  parseTrustedRootDocument,
  type RootAuthority,
  type RootLog,
} from './trusted-root-document.ts';

declare const trustedRoot: unique symbol;

/** Only `parseTrustedRoot` makes one. */
export interface TrustedRoot {
  readonly [trustedRoot]: true;
  /** Of the file. */
  readonly digest: Digest;
  /** As the library wants it; its key finder knows no keys. */
  readonly material: TrustMaterial;
  /** Every certificate of the authorities that issue to signers, in DER. */
  readonly authorityCertificates: readonly Buffer[];
}

/** Of protobuf's enumeration of hash algorithms. */
const sha256 = 1;

/**
 * The user's own trust, as bytes of a file; `what` is for messages. Throws VerificationError `SIGNER_UNTRUSTED`:
 * with a root that cannot be relied on, nobody is left who could vouch.
 */
export function parseTrustedRoot(bytes: Uint8Array, what: string): TrustedRoot {
  try {
    const root = parseTrustedRootDocument(bytes, what);
    const material = toTrustMaterial({
      mediaType: root.mediaType,
      tlogs: root.tlogs.map(toLog),
      ctlogs: root.ctlogs.map(toLog),
      certificateAuthorities: root.certificateAuthorities.map(toAuthority),
      timestampAuthorities: root.timestampAuthorities.map(toAuthority),
    });
    const authorityCertificates = root.certificateAuthorities.flatMap(({ certChain }) =>
      certChain.certificates.map(({ rawBytes }) => rawBytes),
    );
    const parsed = { digest: digestOf('sha256', bytes), material, authorityCertificates };
    return Object.freeze(parsed) as unknown as TrustedRoot;
  } catch (cause) {
    // Besides our own: what the library and OpenSSL throw at a key or certificate that is none.
    const problem =
      cause instanceof AssayError ? cause.message : `${what} holds a key or certificate that is none`;
    throw new VerificationError('SIGNER_UNTRUSTED', `trusted root ${problem}`, {
      hint: 'Restore trust/ from version control, or fetch the root again with assay update-trust.',
      cause,
    });
  }
}

type LibraryRoot = Parameters<typeof toTrustMaterial>[0];
type LibraryLog = LibraryRoot['tlogs'][number];

function toLog(log: RootLog): LibraryLog {
  const { publicKey, logId, checkpointKeyId, baseUrl, operator = '' } = log;
  const { rawBytes, keyDetails: details, validFor } = publicKey;
  // Numbers of protobuf's enumerations, whose names are in a package that is the library's own affair.
  const numbers: unknown = { hashAlgorithm: sha256, keyDetails: keyDetails[details] };
  const { hashAlgorithm, keyDetails: number } = numbers as Pick<LibraryLog, 'hashAlgorithm'> &
    Pick<NonNullable<LibraryLog['publicKey']>, 'keyDetails'>;
  return {
    baseUrl,
    hashAlgorithm,
    publicKey: { rawBytes, keyDetails: number, validFor: toRange(validFor) },
    logId,
    checkpointKeyId,
    operator,
  };
}

function toAuthority(authority: RootAuthority): LibraryRoot['certificateAuthorities'][number] {
  const { subject, uri = '', certChain, validFor, operator = '' } = authority;
  const { organization = '', commonName = '' } = subject ?? {};
  return { subject: { organization, commonName }, uri, certChain, validFor: toRange(validFor), operator };
}

function toRange({ start, end }: RootLog['publicKey']['validFor']): { start: Date; end: Date | undefined } {
  return { start, end };
}

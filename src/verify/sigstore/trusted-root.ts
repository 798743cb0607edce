/**
 * The trusted root: the certificate authorities, transparency logs and timestamp authorities of a Sigstore instance
 * (protobuf-specs, `sigstore_trustroot.proto`). Pinned in `trust/`, never refreshed by a verification.
 */
import { toTrustMaterial, type TrustMaterial } from '@sigstore/verify';
import type { Digest } from '../../model/digest.ts';
import { AssayError, VerificationError } from '../../model/errors.ts';
import { mint, type Minted } from '../../model/minted.ts';
import { digestOf } from '../digest.ts';
import { createAuthority, type Authority } from './authority.ts';
import { withinRoot } from './former-root.ts';
import type { TimestampAuthority } from './signed-times.ts';
import {
  keyDetails,
  parseStampedRootDocument,
  parseTrustedRootDocument,
  type RootAuthority,
  type RootLog,
  type TrustedRootDocument,
} from './trusted-root-document.ts';
import { parseCertificate, type Certificate } from './x509/certificate.ts';
import type { Purpose } from './x509/path.ts';

/**
 * What has to witness a signature, besides its certificate. `log`: a transparency log has it, and a log of certificates
 * promised to publish that. `timestamp`: an authority signed the time, and that is all: of an instance that has no logs.
 * It follows from the root alone, and from nothing that a signature brings.
 */
export type Witnessing = 'log' | 'timestamp';

/** Only `parseTrustedRoot` and `parseStampedRoot` make one. */
export interface TrustedRoot extends Minted<'TrustedRoot'> {
  /** @internal */
  readonly witnessedBy: Witnessing;
  /** Of the file. */
  readonly digest: Digest;
  /** @internal The logs, as the library wants them. It knows no authorities, and its key finder no keys. */
  readonly material: TrustMaterial;
  /** @internal */
  readonly certificateAuthorities: readonly Authority[];
  /** @internal */
  readonly timestampAuthorities: readonly TimestampAuthority[];
  /** @internal Logs that cannot be used here: what rests on one of them is refused. */
  readonly unusableLogs: readonly RootLog[];
}

/** The end of what has none. */
const endOfTime = new Date(8_640_000_000_000_000);
/** Of protobuf's enumeration of hash algorithms. */
const sha256 = 1;

/**
 * The user's own trust, as bytes of a file; `what` is for messages. Of a root of another day, what is not in that of
 * `today` any more, or not for as long, counts for nothing, or not for as long. Throws VerificationError `SIGNER_UNTRUSTED`:
 * with a root that cannot be relied on, nobody is left who could vouch.
 */
export function parseTrustedRoot(bytes: Uint8Array, what: string, today?: Uint8Array): TrustedRoot {
  return openRoot(bytes, what, today, { witnessedBy: 'log', parse: parseTrustedRootDocument });
}

/**
 * The root of an instance without logs, such as GitHub's own, out of a file of roots, one a line. That of an instance with
 * logs is never read so. Throws as `parseTrustedRoot` does.
 */
export function parseStampedRoot(bytes: Uint8Array, what: string, today?: Uint8Array): TrustedRoot {
  return openRoot(bytes, what, today, { witnessedBy: 'timestamp', parse: parseStampedRootDocument });
}

interface Reading {
  readonly witnessedBy: Witnessing;
  readonly parse: (bytes: Uint8Array, what: string) => TrustedRootDocument;
}

function openRoot(
  bytes: Uint8Array,
  what: string,
  today: Uint8Array | undefined,
  { witnessedBy, parse }: Reading,
): TrustedRoot {
  try {
    const document = parse(bytes, what);
    const root = today === undefined ? document : withinRoot(document, parse(today, what));
    const isUsable = ({ problem }: RootLog) => problem === undefined;
    return mint('TrustedRoot', {
      witnessedBy,
      digest: digestOf('sha256', bytes),
      material: toTrustMaterial({
        mediaType: root.mediaType,
        tlogs: root.tlogs.filter(isUsable).map(toLog),
        ctlogs: root.ctlogs.filter(isUsable).map(toLog),
        certificateAuthorities: [],
        timestampAuthorities: [],
      }),
      certificateAuthorities: root.certificateAuthorities.map((authority) =>
        toAuthority(authority, certificatesOf(authority, what), 'codeSigning', what),
      ),
      timestampAuthorities: root.timestampAuthorities.flatMap((authority): TimestampAuthority[] => {
        const [certificate, ...above] = certificatesOf(authority, what);
        if (certificate === undefined) return [];
        return [{ certificate, issuer: toAuthority(authority, above, 'timestamping', what) }];
      }),
      unusableLogs: [...root.tlogs, ...root.ctlogs].filter((log) => !isUsable(log)),
    });
  } catch (cause) {
    // Besides our own: what the library and OpenSSL throw at a key that is none.
    const problem = cause instanceof AssayError ? cause.message : `${what} holds a key that is none`;
    throw new VerificationError('SIGNER_UNTRUSTED', `trusted root ${problem}`, {
      hint: 'Restore trust/ from version control, or fetch the root again with assay update-trust.',
      cause,
    });
  }
}

/** @internal A log by its ID, for messages: with what the trusted root says of one that cannot be used. */
export function describeLog(id: Buffer, { unusableLogs }: Pick<TrustedRoot, 'unusableLogs'>): string {
  const log = unusableLogs.find(
    ({ logId, checkpointKeyId }) => logId.keyId.equals(id) || checkpointKeyId?.keyId.equals(id) === true,
  );
  const name = `the log ${id.toString('hex')}`;
  return log === undefined ? name : `${name} at ${JSON.stringify(log.baseUrl)} (${String(log.problem)})`;
}

function certificatesOf({ certChain }: RootAuthority, what: string): readonly Certificate[] {
  return certChain.certificates.map(({ rawBytes }) => parseCertificate(rawBytes, what));
}

function toAuthority(
  { validFor: { start, end = endOfTime }, problem, uri = '' }: RootAuthority,
  certificates: readonly Certificate[],
  purpose: Purpose,
  what: string,
): Authority {
  const refusal =
    problem === undefined
      ? undefined
      : new VerificationError(
          'SIGNER_UNTRUSTED',
          `${what}: the authority at ${JSON.stringify(uri)} is not used: ${problem}`,
        );
  return createAuthority(certificates, { start, end }, purpose, refusal);
}

type LibraryLog = Parameters<typeof toTrustMaterial>[0]['tlogs'][number];

function toLog({ publicKey, logId, checkpointKeyId, baseUrl, operator = '' }: RootLog): LibraryLog {
  const { rawBytes, keyDetails: details, validFor } = publicKey;
  // Numbers of protobuf's enumerations, whose names are in a package that is the library's own affair.
  const numbers: unknown = {
    hashAlgorithm: sha256,
    keyDetails: keyDetails[details as keyof typeof keyDetails],
  };
  const { hashAlgorithm, keyDetails: number } = numbers as Pick<LibraryLog, 'hashAlgorithm'> &
    Pick<NonNullable<LibraryLog['publicKey']>, 'keyDetails'>;
  const { start, end } = validFor;
  return {
    baseUrl,
    hashAlgorithm,
    publicKey: { rawBytes, keyDetails: number, validFor: { start, end } },
    logId,
    checkpointKeyId,
    operator,
  };
}

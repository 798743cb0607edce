/**
 * A timestamp authority (RFC 3161): signs that a signature existed at a time. Rekor v2 keeps no time, so
 * that bundles of its entries come with such a timestamp.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createChain, type AuthorityLevels } from './authority-chain.ts';
import {
  encodeName,
  extendedKeyUsage,
  keyIdentifiers,
  leafExtensions,
  purposes,
  signatureAlgorithm,
  signCertificate,
  type CertificateSpec,
} from './certificate.ts';
import {
  explicit,
  generalizedTime,
  integer,
  nothing,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  time,
  type Der,
} from './der.ts';
import { generateEcdsaKey, type EcdsaKey } from './keys.ts';

const yearMs = 365 * 86_400_000;
const tstInfo = '1.2.840.113549.1.9.16.1.4';
const sha256Algorithm = sequence(objectIdentifier('2.16.840.1.101.3.4.2.1'), nothing());

export interface TimestampAuthority {
  readonly uri: string;
  /** From the one that signs timestamps to the root. */
  readonly chain: readonly Der[];
  readonly validFrom: Date;
  /** A TimeStampResp over `signature`; whole seconds. */
  stamp(signature: Uint8Array, at: Date): Buffer;
}

export interface TimestampAuthorityChanges extends AuthorityLevels {
  /** In place of those that the certificate which signs would have. */
  readonly extensions?: (usual: readonly Der[]) => readonly Der[];
  /** The name that it goes by, if not that of every rehearsal's. */
  readonly commonName?: string;
  /** Of the certificate which signs. */
  readonly serial?: number;
}

/** Its certificates are valid for ten years from `validFrom` on. */
export function createTimestampAuthority(
  validFrom: Date,
  {
    extensions,
    commonName = 'sigstore-rehearsal-tsa',
    serial = 2,
    ...levels
  }: TimestampAuthorityChanges = {},
): TimestampAuthority {
  const key = generateEcdsaKey();
  const { own, chain } = createChain(
    validFrom,
    `${commonName}-root`,
    extendedKeyUsage([purposes.timestamping]),
    { intermediates: [], ...levels },
  );
  const usual = [...leafExtensions('timestamping'), ...keyIdentifiers(key.spki, own.key.spki)];
  const leafSpec: CertificateSpec = {
    serial: Buffer.of(serial),
    issuer: own.name,
    subject: { organization: 'sigstore.dev', commonName },
    notBefore: validFrom,
    notAfter: new Date(validFrom.getTime() + 10 * yearMs),
    spki: key.spki,
    extensions: extensions?.(usual) ?? usual,
  };
  const certificate = signCertificate(leafSpec, own.key);
  return {
    uri: 'https://timestamp.sigstore.dev/api/v1/timestamp',
    chain: [certificate, ...chain],
    validFrom,
    stamp(signature, at) {
      const statement = sequence(
        integer(1),
        objectIdentifier('1.3.6.1.4.1.57264.2'),
        sequence(sha256Algorithm, octetString(sha256(signature))),
        integer(randomBytes(8)),
        generalizedTime(at),
      );
      const signer = sequence(encodeName(leafSpec.issuer), integer(leafSpec.serial));
      return sequence(sequence(integer(0)), signedData(statement, signer, certificate, key, at));
    },
  };
}

/** CMS (RFC 5652): the statement and one signature over its attributes; the certificate stays outside. */
function signedData(statement: Der, signer: Der, certificate: Der, key: EcdsaKey, at: Date): Der {
  const attributes = [
    attribute('1.2.840.113549.1.9.3', objectIdentifier(tstInfo)),
    attribute('1.2.840.113549.1.9.5', time(at)),
    attribute('1.2.840.113549.1.9.4', octetString(sha256(statement))),
    // Signing certificate, version 2 (RFC 5035), which RFC 3161 wants.
    attribute('1.2.840.113549.1.9.16.2.47', sequence(sequence(sequence(octetString(sha256(certificate)))))),
  ];
  const signedAttributes = setOf(...attributes);
  const signerInfo = sequence(
    integer(1),
    signer,
    sha256Algorithm,
    // [0] in place of SET, which is what is signed.
    Buffer.concat([Buffer.from([0xa0]), signedAttributes.subarray(1)]),
    signatureAlgorithm(key),
    octetString(key.sign(signedAttributes)),
  );
  const content = sequence(
    integer(3),
    setOf(sha256Algorithm),
    sequence(objectIdentifier(tstInfo), explicit(0, octetString(statement))),
    setOf(signerInfo),
  );
  return sequence(objectIdentifier('1.2.840.113549.1.7.2'), explicit(0, content));
}

function attribute(oid: string, value: Der): Der {
  return sequence(objectIdentifier(oid), setOf(value));
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

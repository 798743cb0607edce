/**
 * A certificate authority as Fulcio is one: a root, an intermediate, and certificates for ten minutes that
 * say who an identity provider says the key's holder is. Each has the promise of a certificate
 * transparency log embedded.
 */
import { randomBytes } from 'node:crypto';
import {
  alternativeNames,
  authorityExtensions,
  extension,
  fulcioExtension,
  keyIdentifiers,
  leafExtensions,
  signCertificate,
  toBeSigned,
  type AlternativeName,
  type CertificateSpec,
} from './certificate.ts';
import { createCtLog, timestampList, type CtLog } from './ct-log.ts';
import { objectIdentifier, sequence, type Der } from './der.ts';
import { githubClaims } from './github-claims.ts';
import { generateEcdsaKey } from './keys.ts';

const yearMs = 365 * 86_400_000;
const names = {
  root: { organization: 'sigstore.dev', commonName: 'sigstore-rehearsal' },
  intermediate: { organization: 'sigstore.dev', commonName: 'sigstore-rehearsal-intermediate' },
};

export interface CertificateRequest {
  readonly spki: Uint8Array;
  /** With a scheme it is a URI, without an e-mail address. */
  readonly identity: string;
  /** The identity provider's URL. */
  readonly issuer: string;
  /** The start of its validity. */
  readonly at: Date;
  /** 600 000 where nothing is said. */
  readonly lifetimeMs?: number;
  /** In place of the one that `identity` means. */
  readonly alternativeNames?: readonly AlternativeName[];
  /** Fulcio's extensions by number, in place of those that identity and issuer mean; undefined leaves one out. */
  readonly claims?: Readonly<Record<number, string | undefined>>;
  readonly purpose?: 'code-signing' | 'server';
  /** Which logs promise to publish it; that of the authority where nothing is said, none if empty. */
  readonly ctLogs?: readonly CtLog[];
  readonly moreExtensions?: readonly Der[];
}

export interface Authority {
  readonly uri: string;
  /** From the intermediate to the root. */
  readonly chain: readonly Der[];
  readonly validFrom: Date;
  readonly ctLog: CtLog;
  issue(request: CertificateRequest): Der;
}

/** Root and intermediate are valid for ten years from `validFrom` on. */
export function createAuthority(validFrom: Date, ctLog: CtLog = createCtLog()): Authority {
  const root = generateEcdsaKey('P-384');
  const intermediate = generateEcdsaKey('P-384');
  const validity = { notBefore: validFrom, notAfter: new Date(validFrom.getTime() + 10 * yearMs) };
  const common = { ...validity, issuer: names.root };
  const rootCertificate = signCertificate(
    {
      ...common,
      serial: serial(),
      subject: names.root,
      spki: root.spki,
      extensions: [...authorityExtensions(1), ...keyIdentifiers(root.spki, root.spki)],
    },
    root,
  );
  const intermediateCertificate = signCertificate(
    {
      ...common,
      serial: serial(),
      subject: names.intermediate,
      spki: intermediate.spki,
      extensions: [
        ...authorityExtensions(0),
        extension('2.5.29.37', sequence(objectIdentifier('1.3.6.1.5.5.7.3.3'))),
        ...keyIdentifiers(intermediate.spki, root.spki),
      ],
    },
    root,
  );
  return {
    uri: 'https://fulcio.sigstore.dev',
    chain: [intermediateCertificate, rootCertificate],
    validFrom,
    ctLog,
    issue(request) {
      const unpromised: CertificateSpec = {
        serial: serial(),
        issuer: names.intermediate,
        subject: undefined,
        notBefore: request.at,
        notAfter: new Date(request.at.getTime() + (request.lifetimeMs ?? 600_000)),
        spki: request.spki,
        extensions: requestedExtensions(request, intermediate.spki),
      };
      const logs = request.ctLogs ?? [ctLog];
      const precertificate = toBeSigned(unpromised, intermediate);
      const promises = logs.map((log) => log.promise(precertificate, intermediate.spki, request.at));
      const embedded = promises.length === 0 ? [] : [timestampList(promises)];
      return signCertificate(
        { ...unpromised, extensions: [...unpromised.extensions, ...embedded] },
        intermediate,
      );
    },
  };
}

function requestedExtensions(request: CertificateRequest, issuerSpki: Uint8Array): Der[] {
  const { identity, issuer } = request;
  const type = identity.includes('://') ? 'uri' : 'email';
  const claims: Record<number, string | undefined> = {
    1: issuer,
    ...githubClaims(identity, issuer),
    8: issuer,
    ...request.claims,
  };
  return [
    ...leafExtensions(request.purpose ?? 'code-signing'),
    ...keyIdentifiers(request.spki, issuerSpki),
    alternativeNames(request.alternativeNames ?? [{ type, value: identity }]),
    ...Object.entries(claims).flatMap(([number, text]) =>
      text === undefined ? [] : [fulcioExtension(Number(number), text)],
    ),
    ...(request.moreExtensions ?? []),
  ];
}

/** 20 bytes, positive and without a zero in front. */
function serial(): Buffer {
  const bytes = randomBytes(20);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes;
}

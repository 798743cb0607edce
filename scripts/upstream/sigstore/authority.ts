/**
 * A certificate authority as Fulcio is one: a root, an intermediate, and certificates for ten minutes that
 * say who an identity provider says the key's holder is. Each has the promise of a certificate
 * transparency log embedded.
 */
import { createChain, serial, type AuthorityLevels } from './authority-chain.ts';
import {
  alternativeNames,
  extendedKeyUsage,
  fulcioExtension,
  keyIdentifiers,
  leafExtensions,
  purposes,
  signCertificate,
  toBeSigned,
  type AlternativeName,
  type CertificateSpec,
} from './certificate.ts';
import { createCtLog, timestampList, type CtLog } from './ct-log.ts';
import type { Der } from './der.ts';
import { githubClaims } from './github-claims.ts';

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

/** Its certificates are valid for ten years from `validFrom` on. */
export function createAuthority(
  validFrom: Date,
  ctLog: CtLog = createCtLog(),
  levels: AuthorityLevels = {},
): Authority {
  const { own, chain } = createChain(
    validFrom,
    'sigstore-rehearsal',
    extendedKeyUsage([purposes['code-signing']]),
    levels,
  );
  return {
    uri: 'https://fulcio.sigstore.dev',
    chain,
    validFrom,
    ctLog,
    issue(request) {
      const unpromised: CertificateSpec = {
        serial: serial(),
        issuer: own.name,
        subject: undefined,
        notBefore: request.at,
        notAfter: new Date(request.at.getTime() + (request.lifetimeMs ?? 600_000)),
        spki: request.spki,
        extensions: requestedExtensions(request, own.key.spki),
      };
      const logs = request.ctLogs ?? [ctLog];
      const precertificate = toBeSigned(unpromised, own.key);
      const promises = logs.map((log) => log.promise(precertificate, own.key.spki, request.at));
      const embedded = promises.length === 0 ? [] : [timestampList(promises)];
      return signCertificate({ ...unpromised, extensions: [...unpromised.extensions, ...embedded] }, own.key);
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

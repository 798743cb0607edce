/**
 * A throwaway Sigstore's `trusted_root.json` (sigstore/protobuf-specs, `sigstore_trustroot.proto`): what a
 * verifier must be given to believe it, and nothing else.
 */
import type { Authority } from './authority.ts';
import type { CtLog } from './ct-log.ts';
import type { TimestampAuthority } from './timestamp-authority.ts';
import type { TransparencyLog } from './transparency-log.ts';

export interface Anchors {
  readonly authorities: readonly Authority[];
  readonly ctLogs: readonly CtLog[];
  readonly logs: readonly TransparencyLog[];
  readonly timestampAuthorities: readonly TimestampAuthority[];
}

export interface TrustedRootOptions {
  /** Where nothing is said everything is trusted since it was made, without an end. */
  readonly validFor?: { readonly start?: Date; readonly end?: Date };
}

export function renderTrustedRoot(anchors: Anchors, options: TrustedRootOptions = {}): string {
  const validity = (start: Date | undefined) => {
    const { start: from, end } = options.validFor ?? { start };
    return { start: from?.toISOString(), end: end?.toISOString() };
  };
  const since = anchors.authorities[0]?.validFrom;
  const root = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: anchors.logs.map((log) => ({
      baseUrl: log.baseUrl,
      hashAlgorithm: 'SHA2_256',
      publicKey: {
        rawBytes: log.spki.toString('base64'),
        keyDetails: log.version === 1 ? 'PKIX_ECDSA_P256_SHA_256' : 'PKIX_ED25519',
        validFor: validity(log.validFrom),
      },
      logId: { keyId: log.id.toString('base64') },
    })),
    certificateAuthorities: anchors.authorities.map((authority) => ({
      subject: { organization: 'sigstore.dev', commonName: 'sigstore-rehearsal' },
      uri: authority.uri,
      certChain: chainOf(authority.chain),
      validFor: validity(authority.validFrom),
    })),
    ctlogs: anchors.ctLogs.map((log) => ({
      baseUrl: log.baseUrl,
      hashAlgorithm: 'SHA2_256',
      publicKey: {
        rawBytes: log.spki.toString('base64'),
        keyDetails: 'PKIX_ECDSA_P256_SHA_256',
        validFor: validity(since),
      },
      logId: { keyId: log.id.toString('base64') },
    })),
    timestampAuthorities: anchors.timestampAuthorities.map((authority) => ({
      subject: { organization: 'sigstore.dev', commonName: 'sigstore-rehearsal-tsa' },
      uri: authority.uri,
      certChain: chainOf(authority.chain),
      validFor: validity(authority.validFrom),
    })),
  };
  return `${JSON.stringify(root, undefined, 2)}\n`;
}

function chainOf(chain: readonly Buffer[]) {
  return { certificates: chain.map((certificate) => ({ rawBytes: certificate.toString('base64') })) };
}

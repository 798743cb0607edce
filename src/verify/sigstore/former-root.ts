/**
 * A trusted root of another day. Sigstore's signers end a log or an authority by a date, and take one back by leaving it
 * out; a root of today says so of all that went before.
 */
import type { RootAuthority, RootLog, TrustedRootDocument } from './trusted-root-document.ts';

/** What both roots have, for as long as both say. Of two addresses or operators today's counts. */
export function withinRoot(then: TrustedRootDocument, today: TrustedRootDocument): TrustedRootDocument {
  return {
    ...then,
    tlogs: commonLogs(then.tlogs, today.tlogs),
    ctlogs: commonLogs(then.ctlogs, today.ctlogs),
    certificateAuthorities: commonAuthorities(then.certificateAuthorities, today.certificateAuthorities),
    timestampAuthorities: commonAuthorities(then.timestampAuthorities, today.timestampAuthorities),
  };
}

function commonLogs(then: readonly RootLog[], today: readonly RootLog[]): RootLog[] {
  return then.flatMap((log) => {
    const same = today.find(
      ({ publicKey, logId }) =>
        publicKey.rawBytes.equals(log.publicKey.rawBytes) && logId.keyId.equals(log.logId.keyId),
    );
    if (same === undefined) return [];
    const validFor = overlap(log.publicKey.validFor, same.publicKey.validFor);
    return [{ ...same, publicKey: { ...same.publicKey, validFor } }];
  });
}

function commonAuthorities(then: readonly RootAuthority[], today: readonly RootAuthority[]): RootAuthority[] {
  return then.flatMap((authority) => {
    const same = today.find((one) => chainOf(one) === chainOf(authority));
    return same === undefined ? [] : [{ ...same, validFor: overlap(authority.validFor, same.validFor) }];
  });
}

function chainOf({ certChain }: RootAuthority): string {
  return certChain.certificates.map(({ rawBytes }) => rawBytes.toString('base64')).join();
}

type Validity = RootAuthority['validFor'];

/** Of no length where the one ends before the other begins. */
function overlap(one: Validity, other: Validity): Validity {
  const start = one.start > other.start ? one.start : other.start;
  const ends = [one.end, other.end].filter((end) => end !== undefined);
  const [end] = ends.sort((a, b) => a.getTime() - b.getTime());
  return { ...one, start, end };
}

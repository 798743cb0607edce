/**
 * A whole Sigstore for rehearsals: certificate authority, certificate transparency, Rekor v1 and v2, a
 * timestamp authority, and the trusted root that names them. Made in milliseconds, gone with the process.
 */
import { createAuthority, type Authority } from './authority.ts';
import type { AuthorityLevels } from './authority-chain.ts';
import { createCtLog, type CtLog } from './ct-log.ts';
import {
  createTimestampAuthority,
  type TimestampAuthority,
  type TimestampAuthorityChanges,
} from './timestamp-authority.ts';
import { createRekor, createRekorV2, type TransparencyLog } from './transparency-log.ts';
import { renderTrustedRoot, type TrustedRootOptions } from './trusted-root.ts';

export interface Sigstore {
  readonly authority: Authority;
  readonly ctLog: CtLog;
  readonly rekor: TransparencyLog;
  readonly rekorV2: TransparencyLog;
  readonly timestampAuthority: TimestampAuthority;
  /** The text of `trusted_root.json`. */
  trustedRoot(options?: TrustedRootOptions): string;
}

export interface SigstoreOptions {
  /** From when on all of it is valid. */
  readonly validFrom: Date;
  /** Leaves in each log before the first signature: 5 where nothing is said. */
  readonly fillers?: number;
  /** What is to be otherwise in the certificates of its authorities. */
  readonly authority?: AuthorityLevels;
  readonly timestampAuthority?: TimestampAuthorityChanges;
}

export function createSigstore(options: SigstoreOptions): Sigstore {
  const { validFrom } = options;
  const ctLog = createCtLog();
  const authority = createAuthority(validFrom, ctLog, options.authority);
  const [rekor, rekorV2] = [createRekor(options), createRekorV2(options)];
  const timestampAuthority = createTimestampAuthority(validFrom, options.timestampAuthority);
  const anchors = {
    authorities: [authority],
    ctLogs: [ctLog],
    logs: [rekor, rekorV2],
    timestampAuthorities: [timestampAuthority],
  };
  return {
    ...{ authority, ctLog, rekor, rekorV2, timestampAuthority },
    trustedRoot: (how) => renderTrustedRoot(anchors, how),
  };
}

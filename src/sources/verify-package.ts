/**
 * A package of an apt repository by the whole chain: the Release's signature, the index that it names by digest, the
 * stanza in it, and the `.deb`'s digest there (apt-secure(8)). What comes is what `verifyContent` takes for the file.
 */
import type { Architecture, Artifact } from '../model/artifact.ts';
import type { Cache } from '../model/ports.ts';
import type { Verified } from '../model/verification.ts';
import { UsageError } from '../model/errors.ts';
import { isFlat, type ReleaseExpectation } from '../verify/apt/release.ts';
import { trustOf } from '../verify/given-trust.ts';
import { apt, type AptSubject } from '../verify/methods/apt.ts';
import type { Keyring } from '../verify/openpgp/keyring.ts';
import { documentPorts, type DocumentFetcher } from './document-fetcher.ts';
import { Gathering } from './gather.ts';
import { UpstreamStore } from './upstream-store.ts';

export interface PackageRequest extends ReleaseExpectation {
  /** The root that `dists/` is below, without a slash at its end: `https://ftp.debian.org/debian`. */
  readonly repository: string;
  /** `main`, …; of a flat repository, whose suite ends in a slash, none. */
  readonly components?: readonly string[];
  readonly architecture: Architecture;
  /** The package's name, exactly. */
  readonly package: string;
  /** Exactly, with its epoch; the highest version of the suite unless given. */
  readonly version?: string;
  /** Debian relations that the version has to satisfy: `>= 5.2, << 6`. */
  readonly range?: string;
  /** Whose signature on the Release counts. */
  readonly keyring: Keyring;
  /** The time to judge by: keys, Date and Valid-Until. */
  readonly now: Date;
  /** Where documents come from. What it brings is untrusted. */
  readonly fetcher: DocumentFetcher;
  /** Keeps indexes by their digests. */
  readonly cache?: Cache;
}

/**
 * Throws VerificationError as `verifyRelease` does, and `DIGEST_MISMATCH` or `SIZE_MISMATCH` for an index that is not the
 * one that was signed, `EVIDENCE_MISSING` where no index has the package, `EVIDENCE_MALFORMED` and `SUBJECT_MISMATCH` (one
 * version with two digests); PolicyError `VERSION_UNAVAILABLE` where none is in `range`; UsageError `USAGE` for components
 * that are missing, or too many; and what the fetcher throws.
 */
export async function verifyPackage(request: PackageRequest): Promise<Verified<Artifact>> {
  const { repository, components = [], architecture, version, range, keyring, now } = request;
  const { suite, isUnnamed, codename, origin, label, maxAgeMs, notBefore } = request;
  if (isFlat({ suite }) !== (components.length === 0)) {
    throw new UsageError(
      'USAGE',
      `components of ${suite}: a suite has some, for example main, and a flat one none`,
    );
  }
  const expected = { suite, isUnnamed, codename, origin, label, maxAgeMs, notBefore };
  const uri = repository.replace(/\/+$/, '');
  const subject: AptSubject = {
    name: request.package,
    package: request.package,
    ...{ version, range },
    platform: { os: suite, arch: architecture },
    suites: [{ ...expected, uri, components, signedBy: keyring.anchor ?? 'the keyring' }],
  };
  const store = new UpstreamStore(documentPorts(request.fetcher, request.cache));
  const gathering = new Gathering(store, { trust: trustOf({ keyring }), now });
  const asked = { spec: { method: 'apt' as const }, subject, subjects: [subject] };
  return (await gathering.judge(apt, asked)).verified;
}

/** A suite's signed Release, from bytes to `Verified`: InRelease, or Release with Release.gpg. */
import type { Release } from '../../formats/upstream/release.ts';
import type { Verified } from '../../model/verification.ts';
import { mintVerified } from '../mint.ts';
import type { Keyring } from '../openpgp/keyring.ts';
import { verifySuiteRelease, type ReleaseExpectation } from './release.ts';

export interface ReleaseRequest {
  /** Untrusted: InRelease; Release where there is a signature. */
  readonly release: Uint8Array;
  /** Untrusted: Release.gpg. */
  readonly signature?: Uint8Array;
  /** What it must say: its suite at least. */
  readonly expected: ReleaseExpectation;
  readonly keyring: Keyring;
  /** The time to judge by: keys, Date and Valid-Until. */
  readonly now: Date;
  /** What the file is called in messages, and as evidence: its URL or path. */
  readonly url?: string;
}

/**
 * What was signed, parsed after it was authenticated. The indexes that it names by digest are its `files`; for a package
 * of one of them, `verifyPackage` goes the rest of the way.
 *
 * Throws VerificationError: as `verifyCleartext` does for the signature; `RELEASE_MISMATCH` for a genuine Release of another
 * suite or publisher; `METADATA_FROM_FUTURE`, `METADATA_EXPIRED` and `METADATA_ROLLBACK` for its dates;
 * `EVIDENCE_MALFORMED`, `ALGORITHM_REFUSED`.
 */
export async function verifyRelease(request: ReleaseRequest): Promise<Verified<Release>> {
  const { release: bytes, signature, expected, keyring, now, url = 'the Release' } = request;
  const verified = await verifySuiteRelease({
    ...{ expected, keyring, now, places: { root: '', directory: '' } },
    file: { url, bytes },
    signature: signature === undefined ? undefined : { url: `${url}: its signature`, bytes: signature },
  });
  const { release, signers, documents } = verified;
  const { digest } = documents[0];
  return mintVerified(release, {
    assurance: 'signed',
    method: 'apt',
    signers,
    documents,
    verifiedAt: now,
    digest,
  });
}

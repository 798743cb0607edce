/**
 * What rests on the origin's TLS alone, because nobody signs it, must come from the origin: a mirror could say anything
 * about it, and the digest that it makes up would stand in the manifest for good.
 */
import type { Artifact } from '../model/artifact.ts';
import { PolicyError } from '../model/errors.ts';
import type { Fetcher } from '../model/ports.ts';
import type { Verified, VerificationResult } from '../model/verification.ts';
import { checksumFile } from '../verify/methods/checksum-file.ts';
import { releaseRole } from '../verify/methods/github-digest.ts';

/**
 * Holds for the artifact's own URL, whose size the server said, and for every document; where somebody signed, for the
 * checksum files and GitHub's word of witnesses alone. Throws PolicyError `UNTRUSTED_MIRROR`.
 */
export function requireOrigin({ subject, result }: Verified<Artifact>, fetcher: Fetcher): void {
  const urls = wordOfOrigin(result).map(({ url }) => url);
  if (result.assurance === 'checksum') urls.push(subject.url);
  const mirrored = urls.find((url) => !fetcher.isTrustedOrigin(url));
  if (mirrored === undefined) return;
  const origin = new URL(mirrored).origin;
  throw new PolicyError(
    'UNTRUSTED_MIRROR',
    `${mirrored} came through a mirror, which could have said anything: nobody signs ${subject.name}`,
    {
      hint: `Fetch it from its origin. If you answer for the mirror, give it as --trusted-mirror ${origin}=URL.`,
      context: { name: subject.name, url: mirrored },
    },
  );
}

function wordOfOrigin({ assurance, witnesses = [], documents }: VerificationResult) {
  if (assurance === 'checksum') return documents;
  const isWitnessed = witnesses.some((one) => one.assurance === 'checksum');
  return isWitnessed ? documents.filter(({ role }) => [checksumFile.role, releaseRole].includes(role)) : [];
}

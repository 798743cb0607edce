/**
 * What rests on the origin's TLS alone, because nobody signs it, must come from the origin: a mirror could say anything
 * about it, and the digest that it makes up would stand in the manifest for good.
 */
import type { Artifact } from '../model/artifact.ts';
import { PolicyError } from '../model/errors.ts';
import type { Fetcher } from '../model/ports.ts';
import type { Verified } from '../model/verification.ts';

/**
 * Holds for the artifact's own URL, whose size the server said, and for every document. Throws PolicyError
 * `UNTRUSTED_MIRROR`; nothing where somebody signed.
 */
export function requireOrigin({ subject, result }: Verified<Artifact>, fetcher: Fetcher): void {
  if (result.assurance !== 'checksum') return;
  const urls = [...result.documents.map(({ url }) => url), subject.url];
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

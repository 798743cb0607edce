/** Whether a bill of materials, and a signature over one file's digest, are about the same file. */
import { shown } from '../../formats/upstream/deb822.ts';
import { pathOf, type SpdxDocument } from '../../formats/upstream/spdx-document.ts';
import type { Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';

/** `listed`: what the document at `url` has for `path`. Throws VerificationError `DIGEST_MISMATCH`. */
export function requireSame(
  signed: Digest,
  listed: Digest,
  path: string,
  sbom: SpdxDocument,
  url: string,
): void {
  if (listed === signed) return;
  const other = pathOf(sbom, signed);
  const found = other === undefined ? 'which it does not list' : `which it lists as ${shown(other)}`;
  throw new VerificationError(
    'DIGEST_MISMATCH',
    `${url} lists ${path} with ${listed}; signed in its place is ${signed}, ${found}`,
    {
      hint: 'Both signatures hold, and are about different files: of another name, architecture or release.',
      context: { path, expected: listed, found: signed },
    },
  );
}

/** Whether a bill of materials, and a signature over one file's digest, are about the same file. */
import { shown } from '../../formats/upstream/deb822.ts';
import {
  fileDigestsOf,
  pathOf,
  type FileDigests,
  type SpdxDocument,
} from '../../formats/upstream/spdx-document.ts';
import type { Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { listedDigest } from '../by-hand.ts';
import { theArtifact, type Told } from '../trail.ts';

/** What the catalogue says of the document, and of the file in it. */
interface Expected {
  readonly name: string;
  readonly namespace: string;
  readonly path: string;
}

/**
 * What the document at `url`, known to be signed, has for the file whose digest is `signed`. Throws VerificationError
 * `SUBJECT_MISMATCH` for a document of another release, `DIGEST_MISMATCH`, and as `fileDigestsOf` does.
 */
export function requireListed(
  signed: Digest,
  expected: Expected,
  sbom: SpdxDocument,
  url: string,
): FileDigests {
  requireRelease(sbom, expected, url);
  const listed = fileDigestsOf(sbom, expected.path, url);
  requireSame(signed, listed[0], expected.path, sbom, url);
  return listed;
}

/** A genuine document of another release lists files of the same names. */
function requireRelease(sbom: SpdxDocument, wanted: Expected, url: string): void {
  for (const [field, expected, found] of [
    ['DocumentName', wanted.name, sbom.name],
    ['DocumentNamespace', wanted.namespace, sbom.namespace],
  ] as const) {
    if (found === expected) continue;
    throw new VerificationError(
      'SUBJECT_MISMATCH',
      `${url} has the ${field} ${shown(found)}, expected ${shown(expected)}`,
      {
        hint: 'A document of another release, or of something else: a mirror out of step, or an attack.',
        context: { field, expected, found },
      },
    );
  }
}

function requireSame(signed: Digest, listed: Digest, path: string, sbom: SpdxDocument, url: string): void {
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

/** Of the link from the document to the file, for `trail.ts`. */
export function listedTold(
  { name, namespace, path }: Expected,
  [digest]: FileDigests,
  read: EvidenceDocument,
): Told {
  const against = 'what the catalogue says';
  return {
    checks: [
      { check: 'DocumentName', value: name, against },
      { check: 'DocumentNamespace', value: namespace, against },
      {
        check: 'digest',
        value: digest,
        against: `the entry of ${path}, and the digest that is signed itself`,
      },
    ],
    byHand: listedDigest(read, theArtifact, digest),
  };
}

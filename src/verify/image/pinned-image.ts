/** An image by a digest that is known beforehand: of what its tag leads to, or of the platform's manifest in that. */
import { parseOciDocument } from '../../formats/upstream/oci-manifest.ts';
import type { Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { verifyBytes } from '../digest.ts';
import type { Documents } from '../method.ts';
import { taggedNeed, type ImageSubject } from '../methods/cosign-image.ts';
import type { Lacking } from './find-signature.ts';
import { readRunnableImage } from './image-manifest.ts';
import { blobNeed, manifestNeed } from './needs.ts';
import { selectPlatform } from './platform.ts';
import type { ImageDocuments } from './vouch-image.ts';

export interface PinnedImage extends ImageDocuments {
  /** What the tag led to. */
  readonly top: EvidenceDocument;
}

/** Throws VerificationError `DIGEST_MISMATCH`, `SIZE_MISMATCH`, and as `selectPlatform` and its like do. */
export function readPinnedImage(
  { documents, subject }: { readonly documents: Documents; readonly subject: ImageSubject },
  pin: Digest,
): PinnedImage | Lacking {
  const { repository, artifact } = subject;
  const tagged = taggedNeed(subject);
  if (!documents.has(tagged)) return { needs: [tagged] };
  const top = documents.of(tagged);
  const document = parseOciDocument(top.bytes, artifact.url);
  if (document.kind === 'manifest') {
    requirePinned(artifact.url, [top.digest], pin);
    return withConfig(top, top, repository, documents);
  }
  const { digest, size } = selectPlatform(document.index, artifact.platform.arch, artifact.url);
  requirePinned(artifact.url, [top.digest, digest], pin);
  const expected = { digest, sizeBytes: size };
  const need = manifestNeed('oci-manifest', repository, expected);
  if (!documents.has(need)) return { needs: [need] };
  const manifest = documents.of(need);
  verifyBytes(manifest.bytes, expected, manifest.url);
  return top.digest === pin
    ? { top, index: top, manifest, config: undefined }
    : withConfig(top, manifest, repository, documents);
}

function withConfig(
  top: EvidenceDocument,
  manifest: EvidenceDocument,
  repository: ImageSubject['repository'],
  documents: Documents,
): PinnedImage | Lacking {
  const { config } = readRunnableImage(manifest.bytes, manifest.url).manifest;
  const need = blobNeed('oci-config', repository, config);
  return documents.has(need)
    ? { top, index: undefined, manifest, config: documents.of(need) }
    : { needs: [need] };
}

/** Throws VerificationError `DIGEST_MISMATCH`; `found`: what `what` leads to, and below that, by digest. */
export function requirePinned(what: string, found: readonly Digest[], pin: Digest): void {
  if (found.includes(pin)) return;
  throw new VerificationError(
    'DIGEST_MISMATCH',
    `${what} leads to ${found.join(', and by that to ')}, and the catalogue pins ${pin}`,
    {
      hint: 'It was exchanged, or the pin is of something else. Find out which, before anything is changed.',
      context: { expected: pin, found: found.join(', ') },
    },
  );
}

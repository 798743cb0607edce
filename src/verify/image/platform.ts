/**
 * Which manifest of an index is a platform's (OCI image specification 1.1, `image-index.md`): exactly one, or none.
 * Attestations stand there under the platform `unknown/unknown`, and are passed over like those of other platforms.
 */
import {
  isManifestType,
  type ImageIndex,
  type PlatformDescriptor,
} from '../../formats/upstream/oci-manifest.ts';
import { malformed } from '../../formats/upstream/evidence-json.ts';
import type { Architecture } from '../../model/artifact.ts';
import { VerificationError } from '../../model/errors.ts';

interface OciPlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** Besides none: Docker's v8 is every arm64 there is, while amd64's v2 and later do not run everywhere. */
const variants: Readonly<Record<Architecture, readonly string[]>> = { amd64: [], arm64: ['v8'] };

export function runsOn({ os, architecture, variant }: OciPlatform, arch: Architecture): boolean {
  const fits = variant === undefined || variant === '' || variants[arch].includes(variant);
  return os === 'linux' && architecture === arch && fits;
}

/**
 * Throws VerificationError `EVIDENCE_MISSING` where the index has no image for the platform, `SUBJECT_MISMATCH` where
 * it has several (readers would take different ones), and `EVIDENCE_MALFORMED` for what is no manifest.
 */
export function selectPlatform(index: ImageIndex, arch: Architecture, what: string): PlatformDescriptor {
  const [found, ...others] = index.manifests.filter(
    ({ platform }) => platform !== undefined && runsOn(platform, arch),
  );
  if (found === undefined) {
    const there = index.manifests.map(({ platform }) => platform).map(describe);
    throw new VerificationError(
      'EVIDENCE_MISSING',
      `${what} has no image for linux/${arch}: it has ${there.join(', ') || 'none at all'}`,
      {
        hint: 'Limit the entry to the platforms that upstream publishes, with "platforms" in the catalogue.',
        context: { platforms: there },
      },
    );
  }
  if (others.length > 0) {
    const digests = [found, ...others].map(({ digest }) => digest);
    throw new VerificationError(
      'SUBJECT_MISMATCH',
      `${what} has ${digests.length} images for linux/${arch}, expected one: ${digests.join(' and ')}`,
      {
        hint: 'Which of them runs would be up to its reader. Report it to the publisher.',
        context: { digests },
      },
    );
  }
  if (isManifestType(found.mediaType)) return found;
  throw malformed(what, `its image for linux/${arch} is of the type ${found.mediaType}, no image manifest`);
}

function describe(platform: OciPlatform | undefined): string {
  if (platform === undefined) return 'one without a platform';
  const { os, architecture, variant } = platform;
  return [os, architecture, ...(variant ? [variant] : [])].join('/').slice(0, 80);
}

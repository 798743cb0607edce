/**
 * Where a registry has the files of a manifest that is at hand: a blob's name is its SHA-256. Of a file that the manifest
 * knows by its SHA-512 alone, the pushed artifact says which blob it is. Both only find bytes; the manifest decides.
 */
import type { Manifest } from '../../formats/own/manifest.ts';
import { blobUrl, type OciPlace } from '../../formats/own/oci-place.ts';
import { pushedTag } from '../../formats/own/pushed-manifest.ts';
import { digestAlgorithm, type Digest } from '../../model/digest.ts';
import { TransportError, VerificationError } from '../../model/errors.ts';
import type { RegistryClient } from '../../sources/registry-client.ts';
import { readArtifact, type Artifact } from './pull.ts';

interface WantedFile {
  /** As it is staged. */
  readonly name: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/**
 * The URL of each file's blob, by its name. The registry is asked only where a SHA-512 does not say it. Throws what `readArtifact`
 * does, and TransportError `NOT_FOUND` for a file that is not among the artifact's layers, or is of another size there.
 */
export async function blobUrls(
  files: readonly WantedFile[],
  manifest: Manifest,
  place: OciPlace,
  client: RegistryClient,
): Promise<ReadonlyMap<string, string>> {
  const isNamed = ({ digest }: WantedFile) => digestAlgorithm(digest) === 'sha256';
  const at = { ...place, tag: place.tag ?? pushedTag(manifest) };
  const artifact = files.every(isNamed) ? undefined : await readArtifact(at, client);
  return new Map(
    files.map((file) => {
      const digest = isNamed(file) || artifact === undefined ? file.digest : layerOf(file, artifact).digest;
      return [file.name, blobUrl(place, digest)];
    }),
  );
}

/** Of a manifest that is the artifact's own. Throws VerificationError `FILE_MISSING`: not all of it needs to be pushed. */
export function layerUrls(
  files: readonly WantedFile[],
  { pushed, name }: Artifact,
  place: OciPlace,
): ReadonlyMap<string, string> {
  const layers = new Map(pushed.files.map((file) => [file.title, file.digest]));
  return new Map(
    files.map(({ name: title }) => {
      const digest = layers.get(title);
      if (digest !== undefined) return [title, blobUrl(place, digest)];
      throw new VerificationError('FILE_MISSING', `${name} has no layer ${title}`, {
        hint: 'It was pushed without this file.',
        context: { title },
      });
    }),
  );
}

function layerOf({ name: title, digest, sizeBytes }: WantedFile, { pushed, name }: Artifact) {
  const layer = pushed.files.find((one) => one.title === title);
  if (layer?.sizeBytes === sizeBytes) return layer;
  throw new TransportError(
    'NOT_FOUND',
    `${title}: which blob of the registry has the ${digest} is not said by ${name}`,
    {
      hint: 'The tag is that of another manifest by now. Name what was pushed for this one: @sha256:…',
      context: { title, expected: digest, artifact: name },
    },
  );
}

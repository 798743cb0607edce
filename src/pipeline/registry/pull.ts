/**
 * What was pushed for a manifest, read back (`formats/own/pushed-manifest.ts`). A registry vouches for nothing: its
 * answers are held against a digest, the caller's or one that follows from it, before they are read; whether a tag's
 * answer is believed is the caller's to find out.
 */
import { entriesOf } from '../../formats/own/manifest-entries.ts';
import { manifestFileName, parseManifest, type Manifest } from '../../formats/own/manifest.ts';
import type { OciPlace } from '../../formats/own/oci-place.ts';
import { blobUrl, ociRepository } from '../../formats/own/oci-place.ts';
import {
  parsePushedManifest,
  pushedTag,
  type PushedFile,
  type PushedManifest,
} from '../../formats/own/pushed-manifest.ts';
import { stagedName } from '../../formats/own/vm-paths.ts';
import { repositoryUrl } from '../../formats/upstream/image-reference.ts';
import { maxManifestBytes } from '../../formats/upstream/oci-manifest.ts';
import { digestAlgorithm, type Digest } from '../../model/digest.ts';
import { UsageError, VerificationError } from '../../model/errors.ts';
import type { RegistryClient } from '../../sources/registry-client.ts';
import { digestOf, verifyFound, verifySize } from '../../verify/digest.ts';

/** An artifact, as a digest or a tag names it. */
export interface Artifact {
  /** Of its manifest: what the tag led to is called so from here on, whatever the tag leads to next. */
  readonly digest: Digest;
  readonly pushed: PushedManifest;
  /** `oci://…@sha256:…`. */
  readonly name: string;
}

export interface PulledManifest {
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
  readonly fileName: string;
}

/** With where it is from, to go on there. */
export interface Pulled extends PulledManifest {
  readonly artifact: Artifact;
  readonly place: OciPlace;
  readonly client: RegistryClient;
}

/** Throws TransportError and VerificationError. */
export async function readArtifact(place: OciPlace, client: RegistryClient): Promise<Artifact> {
  const url = `${repositoryUrl(place)}/manifests/${place.digest ?? place.tag ?? ''}`;
  const bytes =
    place.digest === undefined
      ? await client.tagged(url)
      : await client.named(url, 'manifest', maxManifestBytes);
  const digest = digestOf(place.digest === undefined ? 'sha256' : digestAlgorithm(place.digest), bytes);
  const found = { digest, sizeBytes: bytes.length };
  verifyFound(found, { ...found, digest: place.digest ?? digest }, url);
  const name = `${ociRepository(place)}@${digest}`;
  return { digest, name, pushed: parsePushedManifest(bytes, name) };
}

/**
 * The manifest of an artifact, which agrees with it. Throws TransportError, and VerificationError: `EVIDENCE_MALFORMED` for what is
 * no manifest, `SUBJECT_MISMATCH` for one of another name or tag, and as `blobsOf` does.
 */
export async function readPulledManifest(
  { pushed, name }: Artifact,
  place: OciPlace,
  client: RegistryClient,
): Promise<PulledManifest> {
  const { title: fileName } = pushed.manifest;
  const bytes = await readBlob(pushed.manifest, place, client);
  const manifest = parsePulled(bytes, `${fileName} in ${name}`);
  const { kind, os } = manifest.vmconfig;
  requireSame(
    fileName,
    manifestFileName(kind, os.name, os.arch),
    `the layer that is the manifest in ${name}`,
  );
  if (place.tag !== undefined && place.digest === undefined) {
    requireSame(place.tag, pushedTag(manifest), `the tag of ${name}`);
  }
  blobsOf(manifest, pushed, name);
  return { manifest, bytes, fileName };
}

/** A document of the registry's by its descriptor. Throws TransportError, and VerificationError `DIGEST_MISMATCH`, `SIZE_MISMATCH`. */
async function readBlob(
  { digest, sizeBytes }: PushedFile,
  place: OciPlace,
  client: RegistryClient,
): Promise<Uint8Array> {
  const url = blobUrl(place, digest);
  const bytes = await client.named(url, 'blob', sizeBytes);
  verifyFound(
    { sizeBytes: bytes.length, digest: digestOf(digestAlgorithm(digest), bytes) },
    { digest, sizeBytes },
    url,
  );
  return bytes;
}

/**
 * By staged name, the layer of each file of the manifest. Throws VerificationError for a layer that is not the manifest's
 * file: `FILE_MISSING`, `SIZE_MISMATCH`, `DIGEST_MISMATCH`.
 */
function blobsOf(
  manifest: Manifest,
  { files }: PushedManifest,
  name: string,
): ReadonlyMap<string, PushedFile> {
  const layers = new Map(files.map((file) => [file.title, file]));
  const blobs = new Map<string, PushedFile>();
  for (const one of entriesOf(manifest)) {
    if (one.slot !== 'dependency' && one.slot !== 'os-image') continue;
    const { type, digest, size: sizeBytes } = one.entry;
    const title = stagedName(one.key, type);
    const layer = layers.get(title);
    if (layer === undefined && one.slot === 'os-image') continue;
    if (layer === undefined) {
      throw new VerificationError('FILE_MISSING', `${name} has no layer ${title}, which its manifest names`, {
        hint: 'Push the manifest anew.',
        context: { title },
      });
    }
    const what = `the layer ${title} of ${name}`;
    verifySize(layer.sizeBytes, { digest, sizeBytes }, what);
    // Of a SHA-512 the layer, which has a SHA-256, says nothing: the bytes will.
    if (digestAlgorithm(digest) === digestAlgorithm(layer.digest)) {
      verifyFound(layer, { digest, sizeBytes }, what);
    }
    blobs.set(title, layer);
  }
  return blobs;
}

/** The registry's text is not the user's: that it does not parse is a refusal. */
function parsePulled(bytes: Uint8Array, what: string): Manifest {
  try {
    return parseManifest(bytes, what);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw new VerificationError('EVIDENCE_MALFORMED', `it is no manifest: ${cause.message}`, { cause });
  }
}

function requireSame(found: string, expected: string, what: string): void {
  if (found === expected) return;
  throw new VerificationError('SUBJECT_MISMATCH', `${what} is called ${found}, expected ${expected}`, {
    hint: 'Another manifest was put in its place.',
    context: { expected, found },
  });
}

/**
 * Container images as publishers push them: a manifest for each platform, an index over them with an attestation
 * beside, and cosign's signatures. Made of nothing but names, so that the same name is always the same image.
 */
import type { Json } from './sigstore/canonical-json.ts';
import { toPem } from './sigstore/certificate.ts';
import type { Sigstore } from './sigstore/instance.ts';
import { legacyBundle } from './sigstore/renderings.ts';
import { sha256Of, signBlob, type SignedBlob, type SigningRequest } from './sigstore/signing.ts';
import { contentHex, contentSize, virtualFile, type Content } from './virtual-file.ts';

export const ociTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  payload: 'application/vnd.dev.cosign.simplesigning.v1+json',
} as const;

export interface OciPlatformName {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** What a registry holds besides what its tags lead to. */
export interface OciContents {
  /** By digest. */
  readonly manifests: Map<string, Uint8Array>;
  readonly blobs: Map<string, Content>;
}

export interface OciDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export function ociDigest(content: Content): string {
  return `sha256:${contentHex(content, 'sha256')}`;
}

export function descriptorOf(mediaType: string, content: Content): OciDescriptor {
  return { mediaType, digest: ociDigest(content), size: contentSize(content) };
}

export function renderJson(value: Json | object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** A layer as a registry has it, and the digest of the tar archive in it. */
export interface OciLayer {
  readonly content: Content;
  readonly diffId: string;
}

/** Of the size of a small image's. It is no archive: nothing could be run from it. */
function emptyLayer(name: string, platform: OciPlatformName): OciLayer {
  const content = virtualFile(`${name} layer ${JSON.stringify(platform)}`, 310_000);
  return { content, diffId: ociDigest(content) };
}

/** One platform's image. Its contents are added to `contents`. */
export function addImage(
  contents: OciContents,
  name: string,
  platform: OciPlatformName,
  { content: layer, diffId }: OciLayer = emptyLayer(name, platform),
): Buffer {
  const config = renderJson({
    architecture: platform.architecture,
    config: { Entrypoint: ['/pause'] },
    os: platform.os,
    rootfs: { type: 'layers', diff_ids: [diffId] },
    ...(platform.variant === undefined ? {} : { variant: platform.variant }),
  });
  const manifest = renderJson({
    schemaVersion: 2,
    mediaType: ociTypes.manifest,
    config: descriptorOf(ociTypes.config, config),
    layers: [descriptorOf(ociTypes.layer, layer)],
  });
  contents.blobs.set(ociDigest(config), config);
  contents.blobs.set(ociDigest(layer), layer);
  contents.manifests.set(ociDigest(manifest), manifest);
  return manifest;
}

export interface IndexMember {
  readonly manifest: Uint8Array;
  readonly platform: OciPlatformName;
}

/** An index over images of several platforms, and an attestation about the first as BuildKit adds it. */
export function addIndex(contents: OciContents, members: readonly IndexMember[]): Buffer {
  const [first] = members;
  const attestation = addImage(contents, 'attestation', { os: 'unknown', architecture: 'unknown' });
  const index = renderJson({
    schemaVersion: 2,
    mediaType: ociTypes.index,
    manifests: [
      ...members.map(({ manifest, platform }) => ({
        ...descriptorOf(ociTypes.manifest, manifest),
        platform,
      })),
      {
        ...descriptorOf(ociTypes.manifest, attestation),
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': ociDigest(first?.manifest ?? attestation),
        },
        platform: { architecture: 'unknown', os: 'unknown' },
      },
    ],
  });
  contents.manifests.set(ociDigest(index), index);
  return index;
}

/** What cosign signs of an image. */
export function simpleSigningPayload(reference: string, digest: string, optional: Json = null): Buffer {
  return renderJson({
    critical: {
      identity: { 'docker-reference': reference },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
    },
    optional,
  });
}

export interface ImageSignature {
  readonly payload: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Without a key of one's own; `optional` makes payloads of the same image differ, as promotion tools do. */
export function signImagePayload(
  sigstore: Sigstore,
  payload: Uint8Array,
  request: SigningRequest,
): ImageSignature {
  const signed = signBlob(sigstore, sha256Of(payload), request);
  return { payload, annotations: annotationsOf(signed) };
}

function annotationsOf(signed: SignedBlob): Record<string, string> {
  const { rekorBundle } = JSON.parse(legacyBundle(signed)) as { rekorBundle?: Json };
  return {
    'dev.cosignproject.cosign/signature': signed.signature.toString('base64'),
    'dev.sigstore.cosign/certificate': toPem(signed.certificate),
    ...(rekorBundle === undefined ? {} : { 'dev.sigstore.cosign/bundle': JSON.stringify(rekorBundle) }),
  };
}

/** The manifest under the tag `sha256-<hex>.sig`. */
export function addSignatures(contents: OciContents, signatures: readonly ImageSignature[]): Buffer {
  const config = renderJson({
    architecture: '',
    os: '',
    config: {},
    rootfs: { type: 'layers', diff_ids: [] },
  });
  contents.blobs.set(ociDigest(config), config);
  const manifest = renderJson({
    schemaVersion: 2,
    mediaType: ociTypes.manifest,
    config: descriptorOf(ociTypes.config, config),
    layers: signatures.map(({ payload, annotations }) => ({
      ...descriptorOf(ociTypes.payload, payload),
      annotations,
    })),
  });
  for (const { payload } of signatures) contents.blobs.set(ociDigest(payload), payload);
  contents.manifests.set(ociDigest(manifest), manifest);
  return manifest;
}

export function signatureTagOf(digest: string): string {
  return `${digest.replace(':', '-')}.sig`;
}

/** An image that a manifest pins, its configuration and its signatures, from bytes of anybody's. */
import { describe, expect, it } from 'vitest';
import {
  addImage,
  addIndex,
  addSignatures,
  descriptorOf,
  ociDigest,
  ociTypes,
  renderJson,
  simpleSigningPayload,
  type OciContents,
} from '../../../../scripts/upstream/oci-image.ts';
import type { ManifestImage } from '../../../../src/formats/own/manifest-schema.ts';
import { maxManifestBytes } from '../../../../src/formats/upstream/oci-manifest.ts';
import type { Digest } from '../../../../src/model/digest.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import {
  readImageContent,
  readSignatureImage,
  requireConfig,
  requireDigest,
  requireSignatureOf,
} from '../../../../src/verify/image/image-content.ts';
import { refusal } from '../../../support/refusals.ts';

interface Described {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}
interface Written {
  readonly mediaType?: string;
  readonly config: Described;
  readonly layers: readonly Described[];
}

const contents: OciContents = { manifests: new Map(), blobs: new Map() };
const [amd64, arm64] = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
const manifest = addImage(contents, 'tool', amd64!);
const written = JSON.parse(manifest.toString()) as Written;
const config = Buffer.from(contents.blobs.get(written.config.digest) as Uint8Array);
const index = addIndex(contents, [
  { manifest, platform: amd64! },
  { manifest: addImage(contents, 'tool', arm64!), platform: arm64! },
]);
const digestOf = (bytes: Uint8Array) => ociDigest(bytes) as Digest;
const docker = 'application/vnd.docker.distribution.manifest.v2+json';

/** What a manifest of entries pins of these bytes. */
function pinOf(bytes: Uint8Array, pinnedIndex?: Uint8Array): ManifestImage {
  const { config: described, layers } = JSON.parse(Buffer.from(bytes).toString()) as Written;
  const size = [described, ...layers].reduce((sum, one) => sum + one.size, bytes.length);
  return {
    ...{ name: 'tool', image: 'registry.example.org/tools/tool:1.0', digest: digestOf(bytes), size },
    ...(pinnedIndex && { index: digestOf(pinnedIndex) }),
  };
}

/** The manifest, other than it was. */
function changed(changes: object): Buffer {
  return renderJson({ ...written, ...changes });
}

/** An index of one image for each platform that is named. */
function indexOf(bytes: Uint8Array, changes: object = {}, mediaType: string = ociTypes.manifest): Buffer {
  const member = { ...descriptorOf(mediaType, bytes), platform: amd64, ...changes };
  return renderJson({ schemaVersion: 2, manifests: [member] });
}

describe('an image', () => {
  it('is what its manifest says, which has the pinned digest and size', () => {
    const content = readImageContent(pinOf(manifest), 'amd64', { manifest });
    expect(content).toEqual({
      name: 'registry.example.org/tools/tool:1.0',
      architecture: 'amd64',
      repository: { registry: 'registry.example.org', repository: 'tools/tool' },
      index: undefined,
      manifest: descriptorOf(ociTypes.manifest, manifest),
      manifestBytes: manifest,
      config: written.config,
      layers: written.layers,
    });
  });

  it('is of the pinned index, where that is at hand', () => {
    const pin = pinOf(manifest, index);
    const content = readImageContent(pin, 'amd64', { manifest, index });
    expect(content.index).toEqual({ descriptor: descriptorOf(ociTypes.index, index), bytes: index });
    expect(readImageContent(pin, 'amd64', { manifest }).index).toBeUndefined();
  });

  it('has nothing to do with an index that nobody pinned', () => {
    const bytes = { manifest, index: Buffer.from('no index') };
    expect(readImageContent(pinOf(manifest), 'amd64', bytes).index).toBeUndefined();
  });

  it('is called what its index calls it, or else what it says itself, or else an OCI one', () => {
    const unsaid = changed({ mediaType: undefined });
    const listing = indexOf(unsaid, {}, docker);
    const typeOf = (bytes: Buffer, list?: Buffer) =>
      readImageContent(pinOf(bytes, list), 'amd64', { manifest: bytes, index: list }).manifest.mediaType;
    expect(typeOf(unsaid, listing)).toBe(docker);
    expect(typeOf(changed({ mediaType: docker }))).toBe(docker);
    expect(typeOf(unsaid)).toBe(ociTypes.manifest);
  });

  it('is of an index that need not say what it is', () => {
    const listing = indexOf(manifest);
    const content = readImageContent(pinOf(manifest, listing), 'amd64', { manifest, index: listing });
    expect(content.index?.descriptor.mediaType).toBe(ociTypes.index);
  });

  it.each([
    ['other bytes', { manifest: changed({ mediaType: docker }) }, 'DIGEST_MISMATCH'],
    ['another index', { manifest, index: indexOf(manifest) }, 'DIGEST_MISMATCH'],
  ] as const)('is refused with %s', async (_, bytes, code) => {
    await refusal(() => readImageContent(pinOf(manifest, index), 'amd64', bytes), VerificationError, code);
  });

  it.each([
    ['that lists another for the platform', indexOf(Buffer.from('another')), 'SUBJECT_MISMATCH'],
    ['that lists another size', indexOf(manifest, { size: manifest.length + 1 }), 'SIZE_MISMATCH'],
    ['that lists none for the platform', indexOf(manifest, { platform: arm64 }), 'EVIDENCE_MISSING'],
    ['that is a manifest', manifest, 'EVIDENCE_MALFORMED'],
    ['that calls it otherwise', indexOf(manifest, {}, docker), 'EVIDENCE_MALFORMED'],
  ] as const)('is refused by an index %s', async (_, list, code) => {
    const pin = pinOf(manifest, list);
    await refusal(() => readImageContent(pin, 'amd64', { manifest, index: list }), VerificationError, code);
  });

  it('has the pinned size to the byte, with configuration and layers', async () => {
    const pin = pinOf(manifest);
    for (const size of [pin.size - 1, pin.size + 1]) {
      const wrong = () => readImageContent({ ...pin, size }, 'amd64', { manifest });
      const { context } = await refusal(wrong, VerificationError, 'SIZE_MISMATCH');
      expect(context).toEqual({ image: pin.image, expected: size, found: pin.size });
    }
  });

  it('has a configuration that is read into memory', async () => {
    const sized = (size: number) => {
      const bytes = changed({ config: { ...written.config, size } });
      return () => readImageContent(pinOf(bytes), 'amd64', { manifest: bytes });
    };
    expect(sized(maxManifestBytes)().config.size).toBe(maxManifestBytes);
    await refusal(sized(maxManifestBytes + 1), VerificationError, 'LIMIT_EXCEEDED');
  });
});

describe('its configuration', () => {
  const pinned = readImageContent(pinOf(manifest), 'amd64', { manifest });
  const said = JSON.parse(config.toString()) as object;
  /** Other bytes, by an image that names them. */
  const requireOther = (changes: object) => {
    const bytes = renderJson({ ...said, ...changes });
    const descriptor = { ...pinned.config, digest: digestOf(bytes), size: bytes.length };
    return () => requireConfig(bytes, { ...pinned, config: descriptor });
  };

  it('is the one that the manifest names', async () => {
    requireConfig(config, pinned);
    const flipped = Buffer.from(config);
    flipped[9]! ^= 1;
    await refusal(() => requireConfig(flipped, pinned), VerificationError, 'DIGEST_MISMATCH');
    await refusal(() => requireConfig(config.subarray(1), pinned), VerificationError, 'SIZE_MISMATCH');
  });

  it('is of an image for the platform', async () => {
    await refusal(requireOther({ architecture: 'arm64' }), VerificationError, 'SUBJECT_MISMATCH');
  });

  it('has as many layers as the manifest, where it counts them', async () => {
    requireOther({ rootfs: undefined })();
    const layer = `sha256:${'a'.repeat(64)}`;
    for (const layers of [[], [layer, layer]]) {
      const other = requireOther({ rootfs: { type: 'layers', diff_ids: layers } });
      const { message } = await refusal(other, VerificationError, 'EVIDENCE_MALFORMED');
      expect(message).toContain(`it has ${layers.length} layers, and the manifest 1`);
    }
  });
});

describe('its signatures', () => {
  const payload = simpleSigningPayload('registry.example.org/tools/tool', digestOf(manifest));
  const other = simpleSigningPayload('registry.example.org/tools/tool', digestOf(index));

  it('are what lies under their tag: manifest, configuration and payloads', () => {
    const bytes = addSignatures(contents, [
      { payload, annotations: {} },
      { payload: other, annotations: {} },
    ]);
    const { manifest: described, config: named, payloads } = readSignatureImage(bytes, 'signatures');
    expect(described).toEqual({ descriptor: descriptorOf(ociTypes.manifest, bytes), bytes });
    expect(contents.blobs.has(named.digest)).toBe(true);
    expect(payloads.map(({ digest }) => digest)).toEqual([payload, other].map(digestOf));
  });

  it.each([
    ['an index', index, 'EVIDENCE_MALFORMED'],
    ['an image', manifest, 'EVIDENCE_MISSING'],
  ] as const)('are not %s', async (_, bytes, code) => {
    await refusal(() => readSignatureImage(bytes, 'signatures'), VerificationError, code);
  });

  it('are of it, one of them at least', async () => {
    requireSignatureOf(digestOf(manifest), [other, payload], 'signatures');
    const { context } = await refusal(
      () => requireSignatureOf(digestOf(manifest), [other], 'signatures'),
      VerificationError,
      'SUBJECT_MISMATCH',
    );
    expect(context).toEqual({ expected: digestOf(manifest), found: [digestOf(index)] });
  });
});

it('a document has the digest that it was asked for by', async () => {
  requireDigest(index, digestOf(index), 'index');
  await refusal(
    () => requireDigest(index, digestOf(manifest), 'index'),
    VerificationError,
    'DIGEST_MISMATCH',
  );
});

/** What an index lists, and what it calls a manifest. */
import { describe, expect, it } from 'vitest';
import {
  addImage,
  addIndex,
  descriptorOf,
  ociDigest,
  ociTypes,
  renderJson,
  type OciContents,
} from '../../../../scripts/upstream/oci-image.ts';
import { parseOciDocument } from '../../../../src/formats/upstream/oci-manifest.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { readRunnableImage } from '../../../../src/verify/image/image-manifest.ts';
import { runsOn, selectPlatform } from '../../../../src/verify/image/platform.ts';
import { refusal } from '../../../support/refusals.ts';

const contents: OciContents = { manifests: new Map(), blobs: new Map() };
const platform = { os: 'linux', architecture: 'amd64' };
const manifest = addImage(contents, 'tool', platform);
const docker = 'application/vnd.docker.distribution.manifest.v2+json';

function indexOf(bytes: Uint8Array) {
  const document = parseOciDocument(bytes, 'index');
  if (document.kind !== 'index') throw new TypeError('no index');
  return document.index;
}

describe('what an index has for a platform', () => {
  const indexWith = (mediaType: string) => {
    const listed = { ...descriptorOf(mediaType, manifest), platform };
    const bytes = renderJson({ schemaVersion: 2, mediaType: ociTypes.index, manifests: [listed] });
    return indexOf(bytes);
  };

  it('is an image manifest', async () => {
    expect(selectPlatform(indexWith(ociTypes.manifest), 'amd64', 'index').mediaType).toBe(ociTypes.manifest);
    expect(
      selectPlatform(indexOf(addIndex(contents, [{ manifest, platform }])), 'amd64', 'index').mediaType,
    ).toBe(ociTypes.manifest);
    for (const other of [ociTypes.index, ociTypes.layer, 'application/json'])
      await refusal(
        () => selectPlatform(indexWith(other), 'amd64', 'index'),
        VerificationError,
        'EVIDENCE_MALFORMED',
      );
  });

  it('is one, for that platform', async () => {
    const listed = descriptorOf(ociTypes.manifest, manifest);
    const select = (...manifests: object[]) => {
      const bytes = renderJson({ schemaVersion: 2, mediaType: ociTypes.index, manifests });
      return () => selectPlatform(indexOf(bytes), 'amd64', 'index');
    };
    const other = { ...listed, platform: { os: 'linux', architecture: 'arm64' } };
    expect(select(listed, other, { ...listed, platform })().digest).toBe(ociDigest(manifest));
    const small = { ...listed, platform: { os: 'linux', architecture: 'arm', variant: 'v7' } };
    const odd = { ...listed, platform: { os: 'linux', architecture: 'x'.repeat(100) } };
    const none = await refusal(select(listed, other, small, odd), VerificationError, 'EVIDENCE_MISSING');
    expect(none.context).toEqual({
      platforms: ['one without a platform', 'linux/arm64', 'linux/arm/v7', `linux/${'x'.repeat(74)}`],
    });
    await refusal(select(), VerificationError, 'EVIDENCE_MISSING');
    const two = select({ ...listed, platform }, { ...listed, platform });
    const several = await refusal(two, VerificationError, 'SUBJECT_MISMATCH');
    expect(several.context).toEqual({ digests: [ociDigest(manifest), ociDigest(manifest)] });
  });

  it.each([
    [true, 'amd64', {}],
    [true, 'amd64', { variant: '' }],
    [false, 'amd64', { variant: 'v2' }],
    [false, 'amd64', { variant: 'v8' }],
    [false, 'amd64', { os: 'windows' }],
    [false, 'arm64', {}],
    [true, 'arm64', { architecture: 'arm64', variant: 'v8' }],
    [false, 'arm64', { architecture: 'arm64', variant: 'v7' }],
    [false, 'arm64', { architecture: 'arm', variant: 'v8' }],
  ] as const)('runs: %s, on %s, with %j', (runs, arch, changes) => {
    expect(runsOn({ ...platform, ...changes }, arch)).toBe(runs);
  });

  it('calls it what it calls itself', async () => {
    expect(readRunnableImage(manifest, 'manifest', ociTypes.manifest).sizeBytes).toBeGreaterThan(0);
    await refusal(
      () => readRunnableImage(manifest, 'manifest', docker),
      VerificationError,
      'EVIDENCE_MALFORMED',
    );
  });

  it('may leave it unsaid', () => {
    const { mediaType, ...unsaid } = JSON.parse(manifest.toString()) as Record<string, unknown>;
    expect(mediaType).toBe(ociTypes.manifest);
    expect(readRunnableImage(renderJson(unsaid), 'manifest', docker).sizeBytes).toBeGreaterThan(0);
  });
});

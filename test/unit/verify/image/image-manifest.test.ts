/** What a node can run, by what its manifest and configuration call themselves. */
import { describe, expect, it } from 'vitest';
import { addImage, ociTypes, renderJson, type OciContents } from '../../../../scripts/upstream/oci-image.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import {
  manifestTypeOf,
  readRunnableImage,
  requirePlatform,
} from '../../../../src/verify/image/image-manifest.ts';
import { refusal } from '../../../support/refusals.ts';

interface Written {
  readonly mediaType?: string;
  readonly config: { readonly mediaType: string; readonly size: number };
  readonly layers: readonly { readonly mediaType: string; readonly size: number }[];
}

const contents: OciContents = { manifests: new Map(), blobs: new Map() };
const bytes = addImage(contents, 'tool', { os: 'linux', architecture: 'amd64' });
const manifest = JSON.parse(bytes.toString()) as Written;
const [layer] = manifest.layers;
const read = (changes: object) => readRunnableImage(renderJson({ ...manifest, ...changes }), 'manifest');
const withLayer = (mediaType: string) => ({ layers: [{ ...layer, mediaType }] });
const withConfig = (mediaType: string) => ({ config: { ...manifest.config, mediaType } });

describe('readRunnableImage', () => {
  it('counts manifest, configuration and layers', () => {
    const { config, layers } = manifest;
    const sizes = [bytes.length, config.size, ...layers.map(({ size }) => size)];
    expect(readRunnableImage(bytes, 'manifest').sizeBytes).toBe(sizes.reduce((sum, size) => sum + size));
  });

  it.each([
    withConfig('application/vnd.oci.image.config.v1+json'),
    withConfig('application/vnd.docker.container.image.v1+json'),
    withLayer('application/vnd.oci.image.layer.v1.tar'),
    withLayer('application/vnd.oci.image.layer.v1.tar+gzip'),
    withLayer('application/vnd.oci.image.layer.v1.tar+zstd'),
    withLayer('application/vnd.docker.image.rootfs.diff.tar.gzip'),
  ])('takes %j', (changes) => {
    expect(read(changes).manifest).toMatchObject(changes);
  });

  it.each([
    withConfig(ociTypes.layer),
    withConfig('application/vnd.cncf.helm.config.v1+json'),
    withLayer('application/vnd.oci.image.layer.nondistributable.v1.tar'),
    withLayer('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'),
    { layers: [layer, { ...layer, mediaType: 'application/x-tar' }] },
    { layers: [] },
  ])('refuses %j', async (changes) => {
    await refusal(() => read(changes), VerificationError, 'EVIDENCE_MALFORMED');
  });
});

it('a manifest that does not say what it is, is an OCI one', () => {
  const unsaid = Object.fromEntries(Object.entries(manifest).filter(([key]) => key !== 'mediaType'));
  expect(manifestTypeOf(readRunnableImage(renderJson(unsaid), 'manifest').manifest)).toBe(ociTypes.manifest);
  const docker = 'application/vnd.docker.distribution.manifest.v2+json';
  expect(manifestTypeOf(read({ mediaType: docker }).manifest)).toBe(docker);
});

describe('requirePlatform', () => {
  const ask = (config: object) => () => requirePlatform(renderJson(config), 'amd64', 'config');

  it.each([
    [{ os: 'linux', architecture: 'arm64' }, 'linux/arm64'],
    [{ os: 'linux', architecture: 'arm64', variant: 'v8' }, 'linux/arm64/v8'],
    [{ os: 'windows', architecture: 'amd64' }, 'windows/amd64'],
    [{ os: 'linux', architecture: 'x'.repeat(100) }, `linux/${'x'.repeat(74)}`],
  ])('refuses %j', async (config, found) => {
    ask({ os: 'linux', architecture: 'amd64' })();
    const { context } = await refusal(ask(config), VerificationError, 'SUBJECT_MISMATCH');
    expect(context).toEqual({ expected: 'linux/amd64', found });
  });
});

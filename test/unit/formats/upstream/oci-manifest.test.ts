import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseImageConfig,
  parseImageManifest,
  parseOciDocument,
} from '../../../../src/formats/upstream/oci-manifest.ts';
import { parseSimpleSigning } from '../../../../src/formats/upstream/simple-signing.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { readRunnableImage, requirePlatform } from '../../../../src/verify/image/image-manifest.ts';
import { runsOn } from '../../../../src/verify/image/platform.ts';
import { refusal } from '../../../support/refusals.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 10 };
const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: 100 };
const mediaType = 'application/vnd.oci.image.manifest.v1+json';
const manifest = { schemaVersion: 2, mediaType, config, layers: [layer, layer] };
const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('an image manifest', () => {
  it('has the size of itself, its configuration and its layers', () => {
    const bytes = bytesOf(manifest);
    expect(readRunnableImage(bytes, 'it', mediaType).sizeBytes).toBe(bytes.length + 10 + 100 + 100);
    // Without a type of its own it is what its index calls it.
    expect(
      readRunnableImage(bytesOf({ ...manifest, mediaType: undefined }), 'it', mediaType).sizeBytes,
    ).toBeGreaterThan(210);
  });

  it.each<[string, unknown]>([
    ['no object', []],
    ['without layers', { ...manifest, layers: [] }],
    ['of the first schema', { ...manifest, schemaVersion: 1 }],
    ['of another type', { ...manifest, mediaType: 'application/json' }],
    ['an index', { schemaVersion: 2, manifests: [] }],
    ['both', { ...manifest, manifests: [] }],
    ['with a layer of size 0', { ...manifest, layers: [{ ...layer, size: 0 }] }],
    ['with a layer of negative size', { ...manifest, layers: [{ ...layer, size: -1 }] }],
    ['with a layer of no whole size', { ...manifest, layers: [{ ...layer, size: 1.5 }] }],
    ['with a layer larger than any', { ...manifest, layers: [{ ...layer, size: 2 ** 40 + 1 }] }],
    ['with a layer without digest', { ...manifest, layers: [{ ...layer, digest: 'sha256:a' }] }],
    [
      'with a digest of another kind',
      { ...manifest, layers: [{ ...layer, digest: `md5:${'a'.repeat(32)}` }] },
    ],
    [
      'with a layer from elsewhere',
      {
        ...manifest,
        layers: [{ ...layer, mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' }],
      },
    ],
    [
      'with a configuration of another kind',
      { ...manifest, config: { ...config, mediaType: 'application/vnd.cncf.helm.config.v1+json' } },
    ],
    [
      'called otherwise by its index',
      { ...manifest, mediaType: 'application/vnd.docker.distribution.manifest.v2+json' },
    ],
  ])('is refused: %s', async (_, value) => {
    await refusal(
      () => readRunnableImage(bytesOf(value), 'it', mediaType),
      VerificationError,
      'EVIDENCE_MALFORMED',
    );
  });

  it('is refused with a field twice, which readers read differently', async () => {
    const text = JSON.stringify(manifest).replace('"config"', '"layers":[],"config"');
    await refusal(() => parseImageManifest(Buffer.from(text), 'it'), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it('is refused, whatever it is, by a code', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          for (const parse of [parseOciDocument, parseSimpleSigning, parseImageConfig]) {
            try {
              parse(bytes, 'it');
            } catch (error) {
              expect(error).toBeInstanceOf(VerificationError);
            }
          }
        },
      ),
    );
  });
});

describe('a platform', () => {
  it.each([
    [{ os: 'linux', architecture: 'amd64' }, 'amd64', true],
    [{ os: 'linux', architecture: 'amd64', variant: 'v2' }, 'amd64', false],
    [{ os: 'linux', architecture: 'arm64', variant: 'v8' }, 'arm64', true],
    [{ os: 'linux', architecture: 'arm64', variant: '' }, 'arm64', true],
    [{ os: 'linux', architecture: 'arm64', variant: 'v9' }, 'arm64', false],
    [{ os: 'linux', architecture: 'arm', variant: 'v8' }, 'arm64', false],
    [{ os: 'windows', architecture: 'amd64' }, 'amd64', false],
    [{ os: 'unknown', architecture: 'unknown' }, 'amd64', false],
  ] as const)('%o for %s: %s', (platform, arch, expected) => {
    expect(runsOn(platform, arch)).toBe(expected);
  });

  it('is the one that the configuration names', async () => {
    const other = bytesOf({ os: 'linux', architecture: 'arm', variant: 'v7' });
    const error = await refusal(
      () => requirePlatform(other, 'arm64', 'config'),
      VerificationError,
      'SUBJECT_MISMATCH',
    );
    expect(error.message).toContain('linux/arm/v7');
    await refusal(
      () => requirePlatform(bytesOf({}), 'arm64', 'config'),
      VerificationError,
      'EVIDENCE_MALFORMED',
    );
  });
});

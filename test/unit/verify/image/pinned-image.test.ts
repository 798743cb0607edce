import { expect, it } from 'vitest';
import { ociDigest } from '../../../../scripts/upstream/oci-image.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import type { Digest } from '../../../../src/model/digest.ts';
import type { Need } from '../../../../src/model/need.ts';
import { digestOf } from '../../../../src/verify/digest.ts';
import { readPinnedImage } from '../../../../src/verify/image/pinned-image.ts';
import { pauseRepository, reference } from '../../../support/pause-registry.ts';
import { refusal } from '../../../support/refusals.ts';

const version = '3.10.2';
const url = `oci://${reference}:${version}`;
const subject = {
  artifact: {
    ...{ name: 'pause', kind: 'image', version, url },
    platform: { os: 'debian-13', arch: 'amd64' },
  },
  repository: { registry: 'https://registry.k8s.io', repository: 'pause' },
  tag: version,
  values: {},
} as unknown as Parameters<typeof readPinnedImage>[0]['subject'];

const { tags, manifests } = pauseRepository();
const top = Buffer.from(tags.get(version)!);
const index = ociDigest(top) as Digest;
const [amd64] = (JSON.parse(top.toString()) as { manifests: { digest: Digest }[] }).manifests;

/** `there`: bytes by the role of their need. */
function read(there: Readonly<Record<string, Uint8Array | undefined>>, pin: Digest = index) {
  const bytesOf = ({ role }: Need) => there[role];
  const documentOf = (need: Need) => {
    const bytes = bytesOf(need) ?? expect.fail(`${need.role} is not there`);
    return {
      role: need.role,
      url: need.url,
      digest: digestOf('sha256', bytes),
      sizeBytes: bytes.length,
      bytes,
    };
  };
  const documents = {
    has: (need: Need) => bytesOf(need) !== undefined,
    ...{ of: documentOf, find: documentOf },
  };
  return readPinnedImage({ documents, subject }, pin);
}

const manifest = Buffer.from(manifests.get(amd64!.digest)!);

it('asks for what the tag leads to, then for what that names, and no more', () => {
  expect(read({})).toMatchObject({ needs: [{ role: 'oci-tagged', reference: version }] });
  expect(read({ 'oci-tagged': top })).toMatchObject({
    needs: [{ role: 'oci-manifest', reference: { digest: amd64!.digest, sizeBytes: manifest.length } }],
  });
  expect(read({ 'oci-tagged': top, 'oci-manifest': manifest })).toMatchObject({
    top: { digest: index },
    index: { digest: index },
    manifest: { digest: amd64!.digest },
  });
});

it('asks for the configuration where the platform’s own manifest is pinned', () => {
  const found = read({ 'oci-tagged': top, 'oci-manifest': manifest }, amd64!.digest);
  expect(found).toMatchObject({ needs: [{ kind: 'blob', role: 'oci-config' }] });
});

it.each([
  ['flipped', Buffer.from(manifest.map((byte, at) => (at === 9 ? byte ^ 1 : byte))), 'DIGEST_MISMATCH'],
  ['cut short', manifest.subarray(1), 'SIZE_MISMATCH'],
] as const)('refuses a manifest that is another than the index names: %s', async (_, other, code) => {
  for (const pin of [index, amd64!.digest]) {
    const reading = () => read({ 'oci-tagged': top, 'oci-manifest': other }, pin);
    await refusal(reading, VerificationError, code);
  }
});

/** Digests that a person wrote into the catalogue: of files and of images, by version and architecture. */
import { describe, expect, it } from 'vitest';
import { ociDigest } from '../../../../scripts/upstream/oci-image.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { assertMinted } from '../../../../src/model/minted.ts';
import type { EvidenceDocument } from '../../../../src/model/verification.ts';
import { digestOf } from '../../../../src/verify/digest.ts';
import { pinned } from '../../../../src/verify/methods/pinned.ts';
import { nothingNewer, sizeUnsigned, Trail } from '../../../../src/verify/trail.ts';
import { hexA, judging, tool } from '../../../support/judge-checksums.ts';
import { openPauseRegistry, outcomeOf, pauseRepository } from '../../../support/pause-registry.ts';
import { refusal } from '../../../support/refusals.ts';
import { trusting } from '../../../support/trusting.ts';

const reason = 'nobody signs this file';
const bytes = Buffer.from('ten bytes!');
const digest = digestOf('sha256', bytes);
const base = { method: 'pinned', reason, digests: { '1.0.0': digest } };

function judge(digests: object, file: Uint8Array | null = bytes, sizeBytes = 10, trail = new Trail()) {
  const spec = pinned.schema.parse({ ...base, digests });
  const subject = { ...tool, artifact: { ...tool.artifact, sizeBytes } };
  const { url } = subject.artifact;
  const document: EvidenceDocument | undefined =
    file === null
      ? undefined
      : {
          ...{ role: 'asset', url, digest: digestOf('sha256', file), sizeBytes: file.length, bytes: file },
        };
  const documents = { has: () => true, find: () => document, of: () => document! };
  return pinned.judge({
    ...judging,
    trail,
    spec,
    subject,
    subjects: [subject],
    documents,
    trust: trusting(),
  });
}

const leftOpen = ({ unproven }: Trail) => unproven.map(({ what }) => what);

describe('pinned, of a file', () => {
  it.each([
    ['of all platforms', { '1.0.0': digest }],
    ['of its architecture', { '1.0.0': { amd64: digest, arm64: `sha256:${hexA}` } }],
    ['of its version among others', { '0.9.0': `sha256:${hexA}`, '1.0.0': digest }],
  ])('takes the digest %s, and says how weak that is', async (_, digests) => {
    const verified = await judge(digests);
    assertMinted(verified, 'Verified');
    expect(verified.subject).toEqual({ ...tool.artifact, digest });
    expect(verified.result).toMatchObject({
      ...{ assurance: 'pinned', method: 'pinned', signers: [], digest },
      documents: [{ role: 'asset', digest }],
    });
  });

  it.each([
    ['another version', { '1.0.1': digest }, 'no digest of 1.0.0: it has 1.0.1'],
    ['another architecture', { '1.0.0': { arm64: digest } }, 'no digest of 1.0.0 for amd64: it has 1.0.0'],
    ['the beginning of the version', { '1.0': digest }, 'no digest of 1.0.0: it has 1.0'],
  ])('refuses a digest of %s', async (_, digests, message) => {
    const error = await refusal(judge(digests), VerificationError, 'EVIDENCE_MISSING');
    expect(error.message).toContain(message);
  });

  it.each([
    ['other bytes', Buffer.from('ten other.'), 10, 'DIGEST_MISMATCH'],
    ['one byte less', bytes.subarray(1), 10, 'SIZE_MISMATCH'],
    ['each byte flipped', Buffer.from(bytes.map((byte) => byte ^ 1)), 10, 'DIGEST_MISMATCH'],
  ] as const)('refuses %s', async (_, file, sizeBytes, code) => {
    await refusal(judge(base.digests, file, sizeBytes), VerificationError, code);
  });

  it('is judged again by the digest, where the file was too large to be kept', async () => {
    const again = await judge(base.digests, null, 5 << 20);
    expect(again.result.documents).toMatchObject([{ role: 'asset', digest, sizeBytes: 5 << 20 }]);
  });

  it('leaves to staging what no run can hold, and asks for nothing', async () => {
    const spec = pinned.schema.parse(base);
    const artifact = { ...tool.artifact, sizeBytes: (1 << 30) + 1 };
    const subject = { ...tool, artifact };
    const documents = { has: () => false, find: () => undefined, of: () => expect.fail() };
    const trail = new Trail();
    const matter = { ...judging, trail, spec, subject, subjects: [subject], documents, trust: trusting() };
    expect(await pinned.next(matter)).toEqual([]);
    expect((await pinned.judge(matter)).subject).toEqual({ ...artifact, digest });
    expect(leftOpen(trail)).toContain(sizeUnsigned[0]);
  });

  it('asks for the largest file that a run can hold', async () => {
    const subject = { ...tool, artifact: { ...tool.artifact, sizeBytes: 1 << 30 } };
    const documents = { has: () => false, find: () => undefined, of: () => expect.fail() };
    const matter = { ...judging, spec: pinned.schema.parse(base), subject, documents, trust: trusting() };
    expect(await pinned.next(matter)).toMatchObject([{ role: 'asset', maxBytes: 1 << 30 }]);
  });

  it('leaves its size open to nobody who has it', async () => {
    const trail = new Trail();
    await judge(base.digests, bytes, 10, trail);
    expect(leftOpen(trail)).toEqual(['that anybody vouches for it', nothingNewer[0]]);
  });

  it('is not judged before it is there', async () => {
    const spec = pinned.schema.parse(base);
    const documents = { has: () => false, find: () => undefined, of: () => expect.fail() };
    const matter = { ...judging, spec, documents, trust: trusting() };
    expect(await pinned.next(matter)).toMatchObject([{ role: 'asset' }]);
    await expect(pinned.judge(matter)).rejects.toThrow('judged too early');
  });

  it.each([
    ['without a reason', { reason: undefined }],
    ['with an empty reason', { reason: '' }],
    ['with a reason of one word', { reason: 'because' }],
    ['with no digest', { digests: {} }],
    ['with no architecture', { digests: { '1.0.0': {} } }],
    ['with an unknown architecture', { digests: { '1.0.0': { riscv64: digest } } }],
    ['with SHA-1', { digests: { '1.0.0': `sha1:${'a'.repeat(40)}` } }],
    ['with a bare digest', { digests: { '1.0.0': hexA } }],
    ['with upper-case digits', { digests: { '1.0.0': `sha256:${hexA.toUpperCase()}` } }],
    ['with a digest of latest', { digests: { latest: digest } }],
    ['with a v before the version', { digests: { 'v1.0.0': digest } }],
    ['with a path behind the version', { digests: { '1.0.0/amd64': digest } }],
    ['with more before the digest', { digests: { '1.0.0': `x${digest}` } }],
    ['with more behind the digest', { digests: { '1.0.0': `${digest}0` } }],
    ['with witnesses', { witnesses: [{ ...base }] }],
  ])('is no verification %s', (_, change) => {
    expect(pinned.schema.safeParse({ ...base, ...change }).success).toBe(false);
  });
});

describe('pinned, of an image', () => {
  const version = '3.10.2';
  const unsigned = () => {
    const repository = pauseRepository();
    const index = repository.tags.get(version)!;
    for (const tag of repository.tags.keys()) if (tag !== version) repository.tags.delete(tag);
    const { manifests } = JSON.parse(Buffer.from(index).toString()) as { manifests: { digest: string }[] };
    return { repository, index: ociDigest(index), amd64: manifests[0]!.digest, arm64: manifests[1]!.digest };
  };
  const ask = async ({ repository }: ReturnType<typeof unsigned>, pin: unknown) => {
    const { ask: asked } = await openPauseRegistry(repository);
    const verification = { ...base, digests: { [version]: pin } };
    return asked({ arch: 'amd64', verification });
  };

  it("takes the index's digest, and records it", async () => {
    const published = unsigned();
    const [resolution] = await ask(published, published.index);
    expect(resolution).toMatchObject({
      verified: {
        subject: { digest: published.amd64, image: { platform: 'linux/amd64', index: published.index } },
        result: { assurance: 'pinned', documents: [{ role: 'oci-tagged' }, { role: 'oci-manifest' }] },
      },
    });
  });

  it("takes the platform's own, and does not record an index that nobody pinned", async () => {
    const published = unsigned();
    const [resolution] = await ask(published, { amd64: published.amd64 });
    expect(resolution).toMatchObject({
      verified: { subject: { digest: published.amd64, image: { index: undefined } } },
    });
  });

  it.each([
    ['another image', () => `sha256:${hexA}`, 'DIGEST_MISMATCH'],
    ["another platform's manifest", ({ arm64 }: ReturnType<typeof unsigned>) => arm64, 'DIGEST_MISMATCH'],
    [
      'another architecture alone',
      ({ arm64 }: ReturnType<typeof unsigned>) => ({ arm64 }),
      'EVIDENCE_MISSING',
    ],
  ] as const)('refuses a digest of %s', async (_, pinOf, code) => {
    const published = unsigned();
    const [resolution] = await ask(published, pinOf(published));
    expect(outcomeOf(resolution)).toBe(`VerificationError ${code}`);
  });

  it('takes the one manifest that a tag leads to, whose configuration says what it runs on', async () => {
    const published = unsigned();
    const { repository, amd64 } = published;
    repository.tags.set(version, repository.manifests.get(amd64)!);
    const [resolution] = await ask(published, amd64);
    expect(resolution).toMatchObject({
      verified: {
        subject: { digest: amd64, image: { index: undefined } },
        result: { documents: [{ role: 'oci-tagged' }, { role: 'oci-config' }] },
      },
    });
    const [refused] = await ask(published, published.index);
    expect(outcomeOf(refused)).toBe('VerificationError DIGEST_MISMATCH');
  });

  it('refuses a tag that was moved', async () => {
    const published = unsigned();
    published.repository.tags.set(version, pauseRepository({ version: '3.10.1' }).tags.get('3.10.1')!);
    const [resolution] = await ask(published, published.index);
    expect(outcomeOf(resolution)).toBe('VerificationError DIGEST_MISMATCH');
  });
});

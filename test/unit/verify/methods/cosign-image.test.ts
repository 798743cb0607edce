/** The method cosign-image: which signature of which manifest counts, and what a registry may be without. */
import { describe, expect, it } from 'vitest';
import {
  addSignatures,
  ociDigest,
  signatureTagOf,
  signImagePayload,
  simpleSigningPayload,
} from '../../../../scripts/upstream/oci-image.ts';
import type { OciRepository } from '../../../../scripts/upstream/oci-registry.ts';
import { kubernetesImageSigner } from '../../../../scripts/upstream/sigstore/pause.ts';
import { readContent } from '../../../../scripts/upstream/virtual-file.ts';
import { flipBit } from '../../../../scripts/upstream/bits.ts';
import { TransportError, VerificationError } from '../../../../src/model/errors.ts';
import type { DocumentStore } from '../../../../src/model/need.ts';
import { Gathering } from '../../../../src/sources/gather.ts';
import { cosignImage, type ImageSubject } from '../../../../src/verify/methods/cosign-image.ts';
import { Trail, type LinkEnd } from '../../../../src/verify/trail.ts';
import {
  judgedAt,
  pauseRepository,
  reference,
  signedAt,
  sigstore,
  trustedRoot,
} from '../../../support/pause-registry.ts';
import { judging } from '../../../support/judge-checksums.ts';
import { refusal } from '../../../support/refusals.ts';
import { trusting } from '../../../support/trusting.ts';

const tag = '3.10.2';
const subject: ImageSubject = {
  artifact: {
    name: 'pause',
    version: tag,
    type: 'oci-image',
    url: `${reference}:${tag}`,
    platform: { os: 'debian-13', arch: 'amd64' },
  },
  repository: { registry: 'registry.k8s.io', repository: 'pause' },
  tag,
  values: { version: tag, tag },
};
const spec = cosignImage.schema.parse({ method: 'cosign-image', ...kubernetesImageSigner });

interface Published extends OciRepository {
  readonly index: Uint8Array;
  readonly amd64: Uint8Array;
  /** Of the index: by who built it, and by who promoted it, whom the catalogue asks for. */
  readonly payloads: readonly string[];
}

function publish(): Published {
  const repository = pauseRepository();
  const index = repository.tags.get(tag)!;
  const { manifests } = JSON.parse(Buffer.from(index).toString()) as { manifests: { digest: string }[] };
  const signatures = repository.tags.get(signatureTagOf(ociDigest(index)))!;
  const { layers } = JSON.parse(Buffer.from(signatures).toString()) as { layers: { digest: string }[] };
  const amd64 = repository.manifests.get(manifests[0]!.digest)!;
  return { ...repository, index, amd64, payloads: layers.map(({ digest }) => digest) };
}

/** Signed by whom the catalogue asks for; nothing else is. */
function signAlone({ tags, ...contents }: Published, signed: Uint8Array): void {
  for (const name of tags.keys()) if (name.endsWith('.sig')) tags.delete(name);
  const digest = ociDigest(signed);
  const payload = simpleSigningPayload(reference, digest);
  const signature = signImagePayload(sigstore, payload, { ...kubernetesImageSigner, at: signedAt });
  tags.set(signatureTagOf(digest), addSignatures(contents, [signature]));
}

/** `failing`: by digest, why a blob cannot be had. */
function judge({ tags, manifests, blobs }: Published, failing: ReadonlyMap<string, Error> = new Map()) {
  const store: DocumentStore = {
    read(need) {
      if (need.kind !== 'manifest' && need.kind !== 'blob') return expect.fail(need.kind);
      const { reference: named } = need;
      const key = typeof named === 'string' ? named : named.digest;
      const error = failing.get(key);
      if (error !== undefined) return Promise.reject(error);
      const found = need.kind === 'blob' ? blobs.get(key) : (tags.get(key) ?? manifests.get(key));
      if (found !== undefined) return Promise.resolve({ bytes: readContent(found) });
      if (need.isOptional === true) return Promise.resolve(undefined);
      return Promise.reject(new TransportError('NOT_FOUND', `${need.url}: not found`));
    },
  };
  const trust = trusting({ trustedRoot: () => Promise.resolve(trustedRoot) });
  const trail = new Trail();
  const judged = new Gathering(store, { trust, now: judgedAt }).judge(
    cosignImage,
    { spec, subject, subjects: [subject] },
    trail,
  );
  return { trail, verified: judged.then(({ verified }) => verified) };
}

/** Each link's ends, by role. */
const ends = ({ links }: Trail) => links.map(({ from, to }) => [from, to].map(nameOf));

function nameOf(end: LinkEnd): string {
  if ('anchor' in end) return end.anchor;
  return 'role' in end ? end.role : 'the image';
}

describe('whichever is signed is enough', () => {
  it('the index', async () => {
    const published = publish();
    signAlone(published, published.index);
    const { verified, trail } = judge(published);
    const { subject: found } = await verified;
    expect(found).toMatchObject({
      digest: ociDigest(published.amd64),
      image: { index: ociDigest(published.index) },
    });
    expect(ends(trail)).toEqual([
      ['sigstore', 'oci-tagged'],
      ['oci-tagged', 'oci-manifest'],
      ['oci-manifest', 'the image'],
    ]);
  });

  it("the platform's manifest, and the index then vouches for nothing", async () => {
    const published = publish();
    signAlone(published, published.amd64);
    const { verified, trail } = judge(published);
    const { subject: found } = await verified;
    expect(found.digest).toBe(ociDigest(published.amd64));
    expect(found.image?.index).toBeUndefined();
    expect(ends(trail)).toEqual([
      ['sigstore', 'oci-manifest'],
      ['oci-manifest', 'the image'],
    ]);
    expect(trail.links.at(-1)?.beside).toMatchObject([{ role: 'oci-config' }]);
  });

  it('the manifest that the tag leads to', async () => {
    const published = publish();
    published.tags.set(tag, published.amd64);
    signAlone(published, published.amd64);
    const { verified, trail } = judge(published);
    expect((await verified).subject.digest).toBe(ociDigest(published.amd64));
    expect(ends(trail)).toEqual([
      ['sigstore', 'oci-tagged'],
      ['oci-tagged', 'the image'],
    ]);
  });
});

it.each([
  ['an index', (published: Published) => published.index],
  ['a manifest', (published: Published) => published.amd64],
])('%s without a signature is refused, by all digests that could have one', async (_, topOf) => {
  const published = publish();
  const top = topOf(published);
  published.tags.set(tag, top);
  for (const name of published.tags.keys()) if (name.endsWith('.sig')) published.tags.delete(name);
  const { message, context } = await refusal(
    judge(published).verified,
    VerificationError,
    'EVIDENCE_MISSING',
  );
  const digests = [...new Set([top, published.amd64].map((bytes) => ociDigest(bytes)))];
  expect(context).toEqual({ digests });
  expect(message).toBe(`${subject.artifact.url} is not signed: neither ${digests.join(' nor ')} is`);
});

it('another manifest than the index lists is refused, whatever the registry calls it', async () => {
  const published = publish();
  const manifests = new Map(published.manifests);
  const other = flipBit(readContent(published.amd64), 77);
  manifests.set(ociDigest(published.amd64), other);
  await refusal(judge({ ...published, manifests }).verified, VerificationError, 'DIGEST_MISMATCH');
});

it('a signed manifest in the place of the one that the index lists is refused', async () => {
  const published = publish();
  const manifest = JSON.parse(Buffer.from(readContent(published.amd64)).toString()) as object;
  const other = Buffer.from(JSON.stringify({ ...manifest, annotations: { of: 'another build' } }));
  signAlone(published, other);
  const manifests = new Map(published.manifests).set(ociDigest(published.amd64), other);
  await refusal(judge({ ...published, manifests }).verified, VerificationError, 'SIZE_MISMATCH');
});

it('is not judged before all is there', async () => {
  const documents = { has: () => false, find: () => undefined, of: () => expect.fail() };
  const matter = { ...judging, spec, subject, subjects: [subject], documents, trust: trusting() };
  expect(await cosignImage.next(matter)).toMatchObject([{ role: 'oci-tagged' }]);
  await expect(cosignImage.judge(matter)).rejects.toThrow('judged too early');
});

it.each(['kind', 'os', 'arch', 'asset'])(
  'one signature is of all platforms: no identity names %s',
  (name) => {
    const identity = `https://example.org/{${name}}.yml`;
    const { issuer } = kubernetesImageSigner;
    expect(cosignImage.schema.safeParse({ method: 'cosign-image', identity, issuer }).success).toBe(false);
    const versioned = { method: 'cosign-image', identity: 'https://example.org/{version}.yml', issuer };
    expect(cosignImage.schema.safeParse(versioned).success).toBe(true);
  },
);

describe('a payload that cannot be had', () => {
  const lost = new TransportError('NOT_FOUND', 'the registry does not have it');
  const named = ({ index }: Published, number: number) =>
    `registry.k8s.io/pause:sha256-${ociDigest(index).slice('sha256:'.length, 19)}….sig, signature ${number}`;

  it('does not spoil the signature behind it', async () => {
    const published = publish();
    const { verified } = judge(published, new Map([[published.payloads[0]!, lost]]));
    expect((await verified).subject.digest).toBe(ociDigest(published.amd64));
  });

  it('is missing evidence, where nothing else vouches', async () => {
    const published = publish();
    const failing = new Map(published.payloads.map((digest) => [digest, lost]));
    const { message, context, hint } = await refusal(
      judge(published, failing).verified,
      VerificationError,
      'EVIDENCE_MISSING',
    );
    expect(message).toBe(
      `none of 2 signatures vouches: ${named(published, 1)}: the registry has the image and its signature, and not the signature's payload: ${lost.message}`,
    );
    expect(context).toMatchObject({
      payload: published.payloads[0],
      refusals: [1, 2].map((number) => ({
        code: 'EVIDENCE_MISSING',
        message: expect.stringContaining(named(published, number)) as string,
      })),
    });
    expect(hint).toContain('another network');
  });

  it.each([new TransportError('TIMED_OUT', 'no answer'), new TypeError('a bug')])(
    'for another reason ends the judgement: %s',
    async (error) => {
      const published = publish();
      const { verified } = judge(published, new Map([[published.payloads[0]!, error]]));
      await expect(verified).rejects.toBe(error);
    },
  );
});

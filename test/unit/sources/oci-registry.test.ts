import { describe, expect, it } from 'vitest';
import { refuse, substitute } from '../../../scripts/upstream/behaviours.ts';
import {
  addImage,
  addIndex,
  addSignatures,
  descriptorOf,
  ociDigest,
  ociTypes,
  renderJson,
  signatureTagOf,
  signImagePayload,
  simpleSigningPayload,
} from '../../../scripts/upstream/oci-image.ts';
import type { OciRepository } from '../../../scripts/upstream/oci-registry.ts';
import { kubernetesImageSigner, pausePlatforms } from '../../../scripts/upstream/sigstore/pause.ts';
import type { SigningRequest } from '../../../scripts/upstream/sigstore/signing.ts';
import type { Sigstore } from '../../../scripts/upstream/sigstore/instance.ts';
import {
  openPauseRegistry,
  otherSigstore,
  outcomeOf,
  pauseRepository,
  reference,
  sigstore,
  signedAt,
  type Asking,
} from '../../support/pause-registry.ts';

const tag = '3.10.2';
const base = 'registry.k8s.io/v2/pause';
const amd64 = { os: 'linux', architecture: 'amd64' };
const arm64 = { os: 'linux', architecture: 'arm64' };

interface Document {
  manifests: { digest: string; size: number; platform: Record<string, string> }[];
  [name: string]: unknown;
}

const documentOf = (bytes: Uint8Array | undefined) => JSON.parse(Buffer.from(bytes!).toString()) as Document;

/** Replaces the index by another one, signed in its own right unless told otherwise. */
function withIndex(edit: (index: Document) => void, isSigned = true): OciRepository {
  const repository = pauseRepository();
  const index = documentOf(repository.tags.get(tag));
  edit(index);
  retag(repository, renderJson(index), isSigned);
  return repository;
}

function retag(repository: OciRepository, top: Buffer, isSigned = true): void {
  repository.tags.set(tag, top);
  repository.manifests.set(ociDigest(top), top);
  if (isSigned) signDigest(repository, ociDigest(top));
}

interface SignOptions {
  readonly payloads?: readonly Uint8Array[];
  readonly signing?: Partial<SigningRequest>;
  readonly by?: Sigstore;
}

function signDigest(repository: OciRepository, digest: string, options: SignOptions = {}): void {
  const { payloads = [simpleSigningPayload(reference, digest)], signing, by = sigstore } = options;
  const signatures = payloads.map((payload) =>
    signImagePayload(by, payload, { ...kubernetesImageSigner, at: signedAt, ...signing }),
  );
  repository.tags.set(signatureTagOf(digest), addSignatures(repository, signatures));
}

/** Replaces all signatures of the pause image. */
function resigned(options: SignOptions, digestOf?: (digest: string) => string): OciRepository {
  const repository = pauseRepository();
  const digest = ociDigest(repository.tags.get(tag)!);
  const payload = simpleSigningPayload(reference, digestOf?.(digest) ?? digest);
  signDigest(repository, digest, { payloads: [payload], ...options });
  return repository;
}

async function outcome(repository: OciRepository, asking: Asking = {}): Promise<string> {
  const { ask } = await openPauseRegistry(repository);
  const [resolution] = await ask(asking);
  return outcomeOf(resolution);
}

/** Signatures of the image, each by its own signer, in this order. */
function signedBy(...signers: readonly Partial<SigningRequest>[]): OciRepository {
  const repository = pauseRepository();
  const digest = ociDigest(repository.tags.get(tag)!);
  const payload = simpleSigningPayload(reference, digest);
  const signatures = signers.map((signer) =>
    signImagePayload(sigstore, payload, { ...kubernetesImageSigner, at: signedAt, ...signer }),
  );
  repository.tags.set(signatureTagOf(digest), addSignatures(repository, signatures));
  return repository;
}

/** The manifest of signatures with its layers changed. */
function withLayers(
  repository: OciRepository,
  edit: (layers: Record<string, unknown>[]) => readonly unknown[],
): OciRepository {
  const name = signatureTagOf(ociDigest(repository.tags.get(tag)!));
  const manifest = documentOf(repository.tags.get(name));
  repository.tags.set(
    name,
    renderJson({ ...manifest, layers: edit(manifest['layers'] as Record<string, unknown>[]) }),
  );
  return repository;
}

describe('an image with several signatures', () => {
  const staging = { identity: 'krel-staging@k8s-releng-prod.iam.gserviceaccount.com' };
  const unlogged = { log: 'none' } as const;

  it.each([
    ["by another of the publisher's identities", staging],
    ['that nobody logged', unlogged],
    ['by another issuer', { issuer: 'https://issuer.example' }],
  ])('is vouched for by the right one beside one %s, in either order', async (_, stranger) => {
    for (const repository of [signedBy({}, stranger), signedBy(stranger, {})]) {
      expect(await outcome(repository)).toMatch(/^sha256:/);
    }
    expect(await outcome(signedBy(stranger, stranger))).toMatch(/^VerificationError/);
  });

  it.each<[string, Record<string, unknown>]>([
    ['has no payload', { digest: ociDigest(Buffer.from('nowhere')) }],
    ['has a payload as large as a disk', { size: 1 << 30 }],
    ['has no annotations', { annotations: {} }],
    ['has annotations that are none', { annotations: { 'dev.cosignproject.cosign/signature': 'x' } }],
  ])('is vouched for by the right one beside one that %s', async (_, change) => {
    const broken = (layers: readonly Record<string, unknown>[]) => ({ ...layers[0], ...change });
    for (const edit of [
      (layers: Record<string, unknown>[]) => [...layers, broken(layers)],
      (layers: Record<string, unknown>[]) => [broken(layers), ...layers],
    ]) {
      expect(await outcome(withLayers(pauseRepository(), edit))).toMatch(/^sha256:/);
    }
    const alone = withLayers(pauseRepository(), (layers) => [broken(layers)]);
    expect(await outcome(alone)).toMatch(/^VerificationError EVIDENCE_M/);
  });
});

describe('an image whose signature has lost its payload', () => {
  it('is told so: what is missing is not the image', async () => {
    const absent = ociDigest(Buffer.from('nowhere'));
    const repository = withLayers(pauseRepository(), (layers) =>
      layers.map((one) => ({ ...one, digest: absent })),
    );
    const { ask } = await openPauseRegistry(repository);
    const [resolution] = await ask();
    const error = resolution?.status === 'failed' ? resolution.error : undefined;
    expect(error).toMatchObject({ name: 'VerificationError', code: 'EVIDENCE_MISSING' });
    expect(error?.message).toContain(
      "the registry has the image and its signature, and not the signature's payload",
    );
    expect(error?.message).toContain(`/v2/pause/blobs/${absent}`);
    expect(error?.hint).toContain('another network');
    expect(error?.hint).toContain('"version"');
  });

  it('is no such case where the registry refuses: that may pass', async () => {
    const { ask, server } = await openPauseRegistry(pauseRepository());
    await ask();
    const blob = server.log.find(({ path }) => path.includes('/blobs/'))!.path;
    const again = await openPauseRegistry(pauseRepository());
    again.server.override(blob, (_request, response) => void response.writeHead(403).end());
    expect(outcomeOf((await again.ask())[0])).toBe('TransportError HTTP_STATUS');
  });
});

describe('an image that a workflow signed', () => {
  const source = 'https://github.com/owner/pause';
  const builder = {
    identity: 'https://github.com/org/builder/.github/workflows/image.yml@refs/tags/v3',
    issuer: 'https://token.actions.githubusercontent.com',
  };
  const releasedAs = (ref: string) =>
    signedBy({ ...builder, certificate: { claims: { 5: 'owner/pause', 12: source, 6: ref, 14: ref } } });
  const verification = { ...builder, sourceRepository: source, sourceRef: 'refs/tags/v{version}' };

  it('is bound to its release by the source ref', async () => {
    expect(await outcome(releasedAs('refs/tags/v3.10.2'), { verification })).toMatch(/^sha256:/);
    for (const ref of ['refs/tags/v3.10.1', 'refs/heads/main']) {
      expect(await outcome(releasedAs(ref), { verification })).toBe('VerificationError SIGNER_UNTRUSTED');
    }
  });

  it('is bound to its release by the tag in its identity', async () => {
    const identity = (version: string) =>
      `https://github.com/owner/pause/.github/workflows/image.yml@refs/tags/v${version}`;
    const asked = { verification: { ...builder, identity: identity('{version}') } };
    expect(await outcome(signedBy({ ...builder, identity: identity('3.10.2') }), asked)).toMatch(/^sha256:/);
    expect(await outcome(signedBy({ ...builder, identity: identity('3.10.1') }), asked)).toBe(
      'VerificationError SIGNER_UNTRUSTED',
    );
  });
});

describe('an image', () => {
  it('is resolved for each platform, with its size, index and signer', async () => {
    const repository = pauseRepository();
    const { ask, server } = await openPauseRegistry(repository);
    const resolutions = await ask({ arch: 'amd64' }, { arch: 'arm64' });
    const { manifests } = documentOf(repository.tags.get(tag));
    for (const [at, arch] of (['amd64', 'arm64'] as const).entries()) {
      const resolution = resolutions[at];
      if (resolution?.status !== 'resolved') throw new Error(outcomeOf(resolution));
      const { subject, result } = resolution.verified;
      const listed = manifests.find(({ platform }) => platform['architecture'] === arch)!;
      const manifest = documentOf(repository.manifests.get(listed.digest)) as unknown as {
        config: { size: number };
        layers: { size: number }[];
      };
      expect(subject).toEqual({
        ...{
          name: 'pause',
          version: tag,
          type: 'oci-image',
          url: `${reference}:${tag}`,
          digest: listed.digest,
        },
        platform: { os: 'debian-13', arch },
        sizeBytes: listed.size + manifest.config.size + manifest.layers[0]!.size,
        image: { platform: `linux/${arch}`, index: ociDigest(repository.tags.get(tag)!) },
      });
      expect(result).toMatchObject({ assurance: 'signed', signers: [kubernetesImageSigner] });
      expect(result.documents.map(({ role }) => role)).toEqual([
        ...['cosign-signatures', 'simple-signing', 'oci-tagged', 'oci-manifest'],
      ]);
      expect(resolution.watermark).toEqual({ [`${reference}:${tag}`]: ociDigest(repository.tags.get(tag)!) });
    }
    // What both platforms share is fetched once: index, signature, two payloads at most, two manifests.
    expect(server.log.length).toBeLessThanOrEqual(6);
  });

  it('costs one conditional request while the tag leads to the same', async () => {
    const repository = pauseRepository();
    const { ask, server } = await openPauseRegistry(repository);
    const [first] = await ask();
    if (first?.status !== 'resolved') throw new Error(outcomeOf(first));
    const before = [server.log.length, server.logElsewhere.length];
    expect((await ask({ watermark: first.watermark }))[0]).toEqual({ status: 'current' });
    const path = `${base}/manifests/${tag}`;
    expect(server.log.slice(before[0])).toMatchObject([{ path, status: 307 }]);
    expect(server.logElsewhere.slice(before[1])).toMatchObject([
      { path: `us-west2-docker.pkg.dev/${path}`, status: 304 },
    ]);
  });

  it('is resolved again once the tag leads elsewhere', async () => {
    expect(await outcome(pauseRepository(), { watermark: { [`${reference}:${tag}`]: 'sha256:0' } })).toMatch(
      /^sha256:/,
    );
  });

  it('may have the variant v8 where it is for arm64', async () => {
    const repository = withIndex(({ manifests }) => void (manifests[1]!.platform['variant'] = 'v8'));
    expect(await outcome(repository, { arch: 'arm64' })).toMatch(/^sha256:/);
  });

  it('may be signed for its platform alone: then nothing is said of the index', async () => {
    const repository = pauseRepository();
    const index = documentOf(repository.tags.get(tag));
    retag(repository, renderJson({ ...index, annotations: { unsigned: 'yes' } }), false);
    signDigest(repository, index.manifests[0]!.digest);
    const { ask } = await openPauseRegistry(repository);
    const [resolution] = await ask();
    if (resolution?.status !== 'resolved') throw new Error(outcomeOf(resolution));
    expect(resolution.verified.subject.image).toEqual({ platform: 'linux/amd64', index: undefined });
    expect(resolution.verified.result.documents.map(({ role }) => role)).toContain('oci-config');
  });

  it('may be for one platform, and says so itself', async () => {
    const repository = pauseRepository();
    retag(repository, addImage(repository, 'single', arm64));
    expect(await outcome(repository, { arch: 'arm64' })).toMatch(/^sha256:/);
    expect(await outcome(repository, { arch: 'amd64' })).toBe('VerificationError SUBJECT_MISMATCH');
  });

  it('may be signed under another name, where the catalogue says so', async () => {
    const digest = ociDigest(pauseRepository().tags.get(tag)!);
    const signedAs = 'staging.example/pause';
    const repository = () => resigned({ payloads: [simpleSigningPayload(signedAs, digest)] });
    expect(await outcome(repository(), { verification: { signedAs } })).toMatch(/^sha256:/);
    expect(await outcome(repository())).toBe('VerificationError SUBJECT_MISMATCH');
  });

  it('needs one good signature, wherever it stands', async () => {
    const repository = pauseRepository();
    const digest = ociDigest(repository.tags.get(tag)!);
    const good = simpleSigningPayload(reference, digest);
    signDigest(repository, digest, { payloads: [simpleSigningPayload('other.example/pause', digest), good] });
    expect(await outcome(repository)).toMatch(/^sha256:/);
  });
});

describe('an image is refused', () => {
  const other = `sha256:${'1'.repeat(64)}`;
  const payloadOf = (change: Record<string, unknown>) => (digest: string) => {
    const payload = documentOf(simpleSigningPayload(reference, digest)) as unknown as {
      critical: Record<string, unknown>;
    };
    Object.assign(payload.critical, change);
    return renderJson(payload);
  };
  const digest = ociDigest(pauseRepository().tags.get(tag)!);
  const staging = 'krel-staging@k8s-releng-prod.iam.gserviceaccount.com';

  it.each<[string, () => OciRepository, string]>([
    [
      'signed by the identity of the binaries',
      () => resigned({ signing: { identity: staging } }),
      'SIGNER_UNTRUSTED',
    ],
    [
      'signed through another issuer',
      () => resigned({ signing: { issuer: 'https://accounts.example.org' } }),
      'SIGNER_UNTRUSTED',
    ],
    ['signed by another Sigstore', () => resigned({ by: otherSigstore }), 'SIGNER_UNTRUSTED'],
    ['with the signature of another image', () => resigned({}, () => other), 'SUBJECT_MISMATCH'],
    [
      'with a signature of another repository',
      () => resigned({ payloads: [simpleSigningPayload('registry.k8s.io/etcd', digest)] }),
      'SUBJECT_MISMATCH',
    ],
    [
      'with a payload of another kind',
      () => resigned({ payloads: [payloadOf({ type: 'atomic container signature' })(digest)] }),
      'EVIDENCE_MALFORMED',
    ],
    [
      'with more in the payload than is understood',
      () => resigned({ payloads: [payloadOf({ expires: 'never' })(digest)] }),
      'EVIDENCE_MALFORMED',
    ],
    [
      'with a signature that was never logged',
      () => resigned({ signing: { log: 'none' } }),
      'EVIDENCE_MISSING',
    ],
    [
      'with a certificate that had expired',
      () => resigned({ signing: { loggedAt: new Date(signedAt.getTime() + 3_600_000) } }),
      'METADATA_EXPIRED',
    ],
    [
      'without a signature',
      () => withIndex((index) => void (index['annotations'] = {}), false),
      'EVIDENCE_MISSING',
    ],
    [
      'without our platform',
      () => withIndex((index) => void (index.manifests = index.manifests.slice(1))),
      'EVIDENCE_MISSING',
    ],
    [
      'with our platform twice',
      () => withIndex(({ manifests }) => void manifests.push(manifests[0]!)),
      'SUBJECT_MISMATCH',
    ],
    [
      'with a size that is not the manifest’s',
      () => withIndex(({ manifests }) => void (manifests[0]!.size += 1)),
      'SIZE_MISMATCH',
    ],
    [
      'with a size that is less',
      () => withIndex(({ manifests }) => void (manifests[0]!.size -= 1)),
      'SIZE_MISMATCH',
    ],
    [
      'that is an index and a manifest at once',
      () => withIndex((index) => void (index['layers'] = [])),
      'EVIDENCE_MALFORMED',
    ],
    [
      'whose index is no JSON',
      () => {
        const repository = pauseRepository();
        retag(repository, Buffer.from('{"manifests":'));
        return repository;
      },
      'EVIDENCE_MALFORMED',
    ],
    [
      'that is an index in an index',
      () => {
        const repository = pauseRepository();
        retag(
          repository,
          renderJson({
            schemaVersion: 2,
            mediaType: ociTypes.index,
            manifests: [{ ...descriptorOf(ociTypes.index, addIndex(repository, [])), platform: amd64 }],
          }),
        );
        return repository;
      },
      'EVIDENCE_MALFORMED',
    ],
    [
      'of the first schema',
      () => withIndex((index) => void (index['schemaVersion'] = 1)),
      'EVIDENCE_MALFORMED',
    ],
    [
      'with a manifest of signatures without any',
      () => {
        const repository = pauseRepository();
        repository.tags.set(signatureTagOf(digest), addImage(repository, 'not signatures', amd64));
        return repository;
      },
      'EVIDENCE_MISSING',
    ],
  ])('%s', async (_, make, code) => {
    expect(await outcome(make())).toBe(`VerificationError ${code}`);
  });

  it('when another index is put in its place', async () => {
    const repository = pauseRepository();
    const members = pausePlatforms.map((platform) => ({
      platform,
      manifest: addImage(repository, 'evil', platform),
    }));
    const signatures = repository.tags.get(signatureTagOf(ociDigest(repository.tags.get(tag)!)))!;
    const evil = addIndex(repository, members);
    repository.tags.set(tag, evil);
    expect(await outcome(repository)).toBe('VerificationError EVIDENCE_MISSING');
    // The good image's signatures, put beside the other one.
    repository.tags.set(signatureTagOf(ociDigest(evil)), signatures);
    expect(await outcome(repository)).toBe('VerificationError SUBJECT_MISMATCH');
  });

  it('when other bytes are served for a digest', async () => {
    const repository = pauseRepository();
    const listed = documentOf(repository.tags.get(tag)).manifests[0]!.digest;
    const manifest = Buffer.from(repository.manifests.get(listed)!);
    const at = manifest.indexOf('"size":') + 7;
    manifest[at]! ^= 1;
    repository.manifests.set(listed, manifest);
    expect(await outcome(repository)).toBe('VerificationError DIGEST_MISMATCH');
    repository.manifests.set(listed, Buffer.concat([manifest, Buffer.from(' ')]));
    expect(await outcome(repository)).toBe('VerificationError SIZE_MISMATCH');
  });

  it('when other bytes are served for a payload', async () => {
    const repository = resigned({});
    const payload = [...repository.blobs].find(
      ([, content]) => content instanceof Uint8Array && Buffer.from(content).includes(digest),
    )!;
    repository.blobs.set(payload[0], simpleSigningPayload(reference, other));
    expect(await outcome(repository)).toBe('VerificationError DIGEST_MISMATCH');
  });

  it('when the unsigned index says another platform than the signed image', async () => {
    const repository = pauseRepository();
    const index = documentOf(repository.tags.get(tag));
    const [one, two] = index.manifests;
    [one!.platform, two!.platform] = [two!.platform, one!.platform];
    retag(repository, renderJson(index), false);
    signDigest(repository, two!.digest);
    expect(await outcome(repository)).toBe('VerificationError SUBJECT_MISMATCH');
  });

  it('when the registry names another digest than it serves', async () => {
    const { ask, server } = await openPauseRegistry(pauseRepository());
    const bytes = Buffer.from('{}');
    server.override(`${base}/manifests/${tag}`, (_request, response) => {
      response.writeHead(200, { 'docker-content-digest': other, 'content-length': bytes.length }).end(bytes);
    });
    expect(outcomeOf((await ask())[0])).toBe('VerificationError DIGEST_MISMATCH');
  });

  it.each<[string, number, Record<string, string>, string]>([
    ['the tag is not there', 404, {}, 'TransportError NOT_FOUND'],
    ['the registry is asked too often', 429, { 'retry-after': '1' }, 'TransportError RATE_LIMITED'],
    ['the registry refuses access', 403, {}, 'TransportError HTTP_STATUS'],
  ])('when %s', async (_, status, headers, expected) => {
    const { ask, server } = await openPauseRegistry(pauseRepository());
    server.override(`${base}/manifests/${tag}`, refuse(status, headers));
    expect(outcomeOf((await ask())[0])).toBe(expected);
  });

  it('when the registry fails on its signature, which is not to have none', async () => {
    const repository = pauseRepository();
    const { ask, server } = await openPauseRegistry(repository);
    server.override(`${base}/manifests/${signatureTagOf(digest)}`, refuse(403));
    expect(outcomeOf((await ask())[0])).toBe('TransportError HTTP_STATUS');
  });

  it('when a manifest is larger than any', async () => {
    const { ask, server } = await openPauseRegistry(pauseRepository());
    server.override(`${base}/manifests/${tag}`, substitute(Buffer.alloc((4 << 20) + 1, ' ')));
    expect(outcomeOf((await ask())[0])).toBe('TransportError TOO_LARGE');
  });

  it('says the refusal that came furthest, and all of them', async () => {
    const repository = pauseRepository();
    signDigest(repository, digest, {
      payloads: [Buffer.from('{}'), simpleSigningPayload('other.example/pause', digest)],
    });
    const { ask } = await openPauseRegistry(repository);
    const [resolution] = await ask();
    expect(outcomeOf(resolution)).toBe('VerificationError SUBJECT_MISMATCH');
    const { error } = resolution as { error: { message: string; context: Record<string, unknown> } };
    expect(error.message).toMatch(/none of 2 signatures vouches.*other\.example\/pause/);
    expect(error.context['refusals']).toHaveLength(2);
  });
});

import { describe, expect, it } from 'vitest';
import {
  addImage,
  addIndex,
  descriptorOf,
  ociDigest,
  ociTypes,
  renderJson,
  signImagePayload,
  simpleSigningPayload,
  type OciContents,
} from '../../../../scripts/upstream/oci-image.ts';
import { kubernetesImageSigner } from '../../../../scripts/upstream/sigstore/pause.ts';
import { isDigest } from '../../../../src/model/digest.ts';
import { AssayError, VerificationError } from '../../../../src/model/errors.ts';
import type { Descriptor } from '../../../../src/formats/upstream/oci-manifest.ts';
import { maxPayloadBytes } from '../../../../src/formats/upstream/simple-signing.ts';
import {
  bundleOf,
  signatureLayers,
  verifyImageSignature,
  type ImageSignatureInput,
} from '../../../../src/verify/image/cosign-signature.ts';
import type { EvidenceDocument } from '../../../../src/model/verification.ts';
import { digestOf } from '../../../../src/verify/digest.ts';
import { vouchedByImageSignature, type ImageChain } from '../../../../src/verify/image/vouch-image.ts';
import { judgedAt, reference, signedAt, sigstore, trustedRoot } from '../../../support/pause-registry.ts';
import { refusal } from '../../../support/refusals.ts';

const contents: OciContents = { manifests: new Map(), blobs: new Map() };
const platform = { os: 'linux', architecture: 'amd64' };
const manifest = addImage(contents, 'tool', platform);
const index = addIndex(contents, [{ manifest, platform }]);
const digest = ociDigest(index);
if (!isDigest(digest)) throw new Error(digest);
const payload = simpleSigningPayload(reference, digest);
const { annotations } = signImagePayload(sigstore, payload, { ...kubernetesImageSigner, at: signedAt });
const layer = { ...descriptorOf(ociTypes.payload, payload), annotations } as Descriptor;
const bundle = bundleOf(layer, 'signature');
const input: ImageSignatureInput = {
  ...{ bundle, payload, layer, digest, reference, trustedRoot, what: 'signature' },
  signer: kubernetesImageSigner,
};
const artifact = {
  name: 'tool',
  version: '1.0',
  type: 'oci-image',
  url: `${reference}:1.0`,
  platform: { os: 'debian-13', arch: 'amd64' },
} as const;

function documentOf(role: string, bytes: Uint8Array): EvidenceDocument {
  return { role, url: role, digest: digestOf('sha256', bytes), sizeBytes: bytes.length, bytes };
}

async function chain(changes: Partial<ImageChain> = {}): Promise<ImageChain> {
  return {
    signature: await verifyImageSignature(input),
    signatures: documentOf('signatures', bundle),
    payload: documentOf('payload', payload),
    index: documentOf('index', index),
    manifest: documentOf('manifest', manifest),
    config: undefined,
    ...changes,
  };
}

describe('a signature of an image', () => {
  it('does not survive a changed bit, wherever it is', async () => {
    const flip = (bytes: Uint8Array, at: number): Buffer => {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      return changed;
    };
    for (let at = 0; at < payload.length; at += 7) {
      await expect(verifyImageSignature({ ...input, payload: flip(payload, at) })).rejects.toBeInstanceOf(
        VerificationError,
      );
    }
    for (let at = 0; at < bundle.length; at += 61) {
      const changed = { ...input, bundle: flip(bundle, at) };
      // The last character of base64 may hold bits that no byte has; strict base64 refuses those, too.
      await expect(verifyImageSignature(changed), `byte ${at}`).rejects.toBeInstanceOf(AssayError);
    }
    const whole = await chain();
    for (let at = 0; at < index.length; at += 23) {
      const changed = { ...whole, index: documentOf('index', flip(index, at)) };
      await refusal(
        () => vouchedByImageSignature(artifact, changed, judgedAt),
        VerificationError,
        'DIGEST_MISMATCH',
      );
    }
    for (let at = 0; at < manifest.length; at += 23) {
      const changed = { ...whole, manifest: documentOf('manifest', flip(manifest, at)) };
      await refusal(
        () => vouchedByImageSignature(artifact, changed, judgedAt),
        VerificationError,
        'DIGEST_MISMATCH',
      );
    }
  });

  it.each(['signature', 'certificate', 'bundle'])('owes its %s', async (name) => {
    const rest = Object.fromEntries(Object.entries(annotations).filter(([key]) => !key.endsWith(`/${name}`)));
    await refusal(
      () => bundleOf({ ...layer, annotations: rest }, 'signature'),
      VerificationError,
      'EVIDENCE_MISSING',
    );
  });

  it('is refused where the payload is no payload by its size', async () => {
    const sized = (size: number) => () => bundleOf({ ...layer, annotations, size }, 'signature');
    sized(maxPayloadBytes)();
    await refusal(sized(maxPayloadBytes + 1), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it('has a log entry of at most a megabyte', async () => {
    const sized = (length: number) => {
      const entry = annotations['dev.sigstore.cosign/bundle']!.padEnd(length);
      return () =>
        bundleOf({ ...layer, annotations: { ...annotations, 'dev.sigstore.cosign/bundle': entry } }, 'a');
    };
    sized(1 << 20)();
    await refusal(sized((1 << 20) + 1), VerificationError, 'LIMIT_EXCEEDED');
  });

  it('owes none that is empty', async () => {
    const changed = { ...annotations, 'dev.cosignproject.cosign/signature': '' };
    await refusal(
      () => bundleOf({ ...layer, annotations: changed }, 'signature'),
      VerificationError,
      'EVIDENCE_MISSING',
    );
  });

  it('is of this digest and this repository', async () => {
    const other = await refusal(
      verifyImageSignature({ ...input, digest: digestOf('sha256', manifest) }),
      VerificationError,
      'SUBJECT_MISMATCH',
    );
    expect(other.context).toMatchObject({ field: 'digest', found: digest });
    const elsewhere = await refusal(
      verifyImageSignature({ ...input, reference: `${reference}-debug` }),
      VerificationError,
      'SUBJECT_MISMATCH',
    );
    expect(elsewhere.context).toMatchObject({ field: 'repository', found: reference });
  });

  it('is of the payload itself, where no layer is kept', async () => {
    const kept = Object.fromEntries(
      Object.entries(input).filter(([key]) => key !== 'layer'),
    ) as unknown as ImageSignatureInput;
    expect((await verifyImageSignature(kept)).digest).toBe(digest);
    const large = Buffer.concat([payload, Buffer.alloc(maxPayloadBytes, ' ')]);
    await refusal(verifyImageSignature({ ...kept, payload: large }), VerificationError, 'LIMIT_EXCEEDED');
  });

  it('is of the payload that its layer names', async () => {
    await verifyImageSignature(input);
    const elsewhere = { ...layer, digest: ociDigest(manifest) } as Descriptor;
    await refusal(verifyImageSignature({ ...input, layer: elsewhere }), VerificationError, 'DIGEST_MISMATCH');
    const longer = { ...layer, size: payload.length + 1 };
    await refusal(verifyImageSignature({ ...input, layer: longer }), VerificationError, 'SIZE_MISMATCH');
  });

  it('is refused with a log entry that is none', async () => {
    const changed = { ...annotations, 'dev.sigstore.cosign/bundle': '{' };
    await refusal(
      () => bundleOf({ ...layer, annotations: changed }, 'signature'),
      VerificationError,
      'EVIDENCE_MALFORMED',
    );
    const empty = bundleOf(
      { ...layer, annotations: { ...annotations, 'dev.sigstore.cosign/bundle': 'null' } },
      'signature',
    );
    await refusal(verifyImageSignature({ ...input, bundle: empty }), VerificationError, 'EVIDENCE_MISSING');
  });

  it.each([
    ['too many of them', Array.from({ length: 65 }, () => layer), 'LIMIT_EXCEEDED'],
    ['layers of other types only', [{ ...layer, mediaType: ociTypes.layer }], 'EVIDENCE_MISSING'],
    ['none', [], 'EVIDENCE_MISSING'],
  ] as const)('is not among %s', async (_, layers, code) => {
    const bytes = renderJson({ schemaVersion: 2, mediaType: ociTypes.manifest, config: layer, layers });
    await refusal(() => signatureLayers(bytes, 'signatures'), VerificationError, code);
  });

  it('is among as many as there may be', () => {
    const layers = Array.from({ length: 64 }, () => layer);
    const bytes = renderJson({ schemaVersion: 2, mediaType: ociTypes.manifest, config: layer, layers });
    expect(signatureLayers(bytes, 'signatures')).toHaveLength(64);
  });
});

describe('a chain', () => {
  const config = JSON.parse(manifest.toString()) as { config: { digest: string } };
  const configBytes = contents.blobs.get(config.config.digest) as Buffer;

  it('needs the configuration where no index is signed', async () => {
    const own = simpleSigningPayload(reference, ociDigest(manifest));
    const signed = signImagePayload(sigstore, own, { ...kubernetesImageSigner, at: signedAt });
    const signature = await verifyImageSignature({
      ...input,
      bundle: bundleOf({ ...layer, annotations: signed.annotations }, 'own'),
      payload: own,
      layer: { ...descriptorOf(ociTypes.payload, own), annotations: signed.annotations } as Descriptor,
      digest: ociDigest(manifest) as typeof digest,
    });
    const withoutIndex = await chain({ signature, index: undefined });
    await refusal(
      () => vouchedByImageSignature(artifact, withoutIndex, judgedAt),
      VerificationError,
      'EVIDENCE_MISSING',
    );
    const whole = { ...withoutIndex, config: documentOf('config', configBytes) };
    expect(vouchedByImageSignature(artifact, whole, judgedAt).subject.image?.index).toBeUndefined();
    const onArm = { ...artifact, platform: { os: 'debian-13', arch: 'arm64' } } as const;
    await refusal(
      () => vouchedByImageSignature(onArm, whole, judgedAt),
      VerificationError,
      'SUBJECT_MISMATCH',
    );
    const asIndex = { ...whole, index: documentOf('index', manifest) };
    await refusal(
      () => vouchedByImageSignature(artifact, asIndex, judgedAt),
      VerificationError,
      'EVIDENCE_MALFORMED',
    );
    const copied = { ...whole, signature: { ...signature } } as unknown as ImageChain;
    expect(() => vouchedByImageSignature(artifact, copied, judgedAt)).toThrow(TypeError);
    const other = { ...withoutIndex, config: documentOf('config', Buffer.from('{}')) };
    await refusal(
      () => vouchedByImageSignature(artifact, other, judgedAt),
      VerificationError,
      'SIZE_MISMATCH',
    );
  });

  it('is of what was signed', async () => {
    const swapped = await chain({ index: undefined, config: documentOf('config', configBytes) });
    await refusal(
      () => vouchedByImageSignature(artifact, swapped, judgedAt),
      VerificationError,
      'DIGEST_MISMATCH',
    );
    const asIndex = await chain({ manifest: documentOf('index', index) });
    await refusal(
      () => vouchedByImageSignature(artifact, asIndex, judgedAt),
      VerificationError,
      'SIZE_MISMATCH',
    );
  });
});

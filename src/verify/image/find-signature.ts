/**
 * The signature of an image's index or manifest, over documents: of those under its tag, the first that holds. The payload
 * of each is asked for when its turn comes.
 */
import type { Repository } from '../../formats/upstream/image-reference.ts';
import type { Descriptor } from '../../formats/upstream/oci-manifest.ts';
import type { Digest } from '../../model/digest.ts';
import { TransportError, VerificationError } from '../../model/errors.ts';
import type { Need } from '../../model/need.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { publicGood } from '../anchors/public-good.ts';
import { cosignImageSignature } from '../by-hand.ts';
import { once, type Matter } from '../method.ts';
import { anyOf } from '../sigstore/any-of.ts';
import type { CertificatePolicy } from '../sigstore/identity.ts';
import { authenticatedTold } from '../sigstore/vouch.ts';
import type { Told } from '../trail.ts';
import {
  bundleOf,
  nameSignature,
  signatureLayers,
  signatureTag,
  verifyImageSignature,
} from './cosign-signature.ts';
import { blobNeed, manifestNeed } from './needs.ts';
import type { ImageChain } from './vouch-image.ts';

export interface Lacking {
  readonly needs: readonly Need[];
}

export type Signed = Pick<ImageChain, 'signature' | 'signatures' | 'payload'>;

/** Who must have signed, and what they call the repository, where that is not its name. */
interface Wanted {
  readonly signer: CertificatePolicy;
  readonly signedAs?: string | undefined;
}

type SignatureMatter = Matter<Wanted, { readonly repository: Repository }>;

/** Undefined where there is none; what is there and does not hold is a refusal. */
export async function readSignature(
  signed: EvidenceDocument,
  matter: SignatureMatter,
): Promise<Signed | Lacking | undefined> {
  const { documents, spec, subject } = matter;
  const { digest } = signed;
  const { repository } = subject;
  const need = manifestNeed('cosign-signatures', repository, signatureTag(digest), true);
  if (!documents.has(need)) return { needs: [need] };
  const signatures = documents.find(need);
  if (signatures === undefined) return undefined;
  const name = `${repository.registry}/${repository.repository}`;
  const byHand = cosignImageSignature(`${name}@${digest}`, spec.signer);
  return matter.trail.link(
    { from: { anchor: publicGood }, to: signed, beside: [signatures], byHand },
    () => readLayers(signatures, digest, matter),
    (found) => ('needs' in found ? undefined : signedTold(found)),
  );
}

function signedTold({ signature, signatures, payload }: Signed): Told {
  return { ...authenticatedTold(signature), beside: [signatures, payload] };
}

async function readLayers(
  signatures: EvidenceDocument,
  digest: Digest,
  matter: SignatureMatter,
): Promise<Signed | Lacking> {
  const { registry, repository } = matter.subject.repository;
  const name = `${registry}/${repository}`;
  const { signer, signedAs: reference = name } = matter.spec;
  const trustedRoot = await matter.trust.trustedRoot();
  try {
    return await anyOf(
      signatureLayers(signatures.bytes, signatures.url),
      async (layer, index) => {
        const what = nameSignature(digest, name, index);
        const bundle = bundleOf(layer, what);
        const payload = payloadOf(layer, what, matter);
        const key = JSON.stringify([digest, layer.digest, signatures.digest, index, reference, signer]);
        const signature = await once(matter.memo, key, () =>
          verifyImageSignature({
            ...{ bundle, payload: payload.bytes, layer, digest, what, trustedRoot, reference, signer },
          }),
        );
        return { signature, signatures, payload };
      },
      { noun: 'signatures' },
    );
  } catch (error) {
    if (error instanceof NotAtHand) return { needs: [error.need] };
    throw error;
  }
}

/** One signature after the other: of those behind a good one nothing is asked for. */
class NotAtHand extends Error {
  readonly need: Need;

  constructor(need: Need) {
    super(`${need.url} is not at hand yet`);
    this.need = need;
  }
}

const missingPayloadHint =
  'Some registries do not serve the payloads of all signatures everywhere: registry.k8s.io none of those made since ' +
  "2026-05-12 to most of Google's cloud (kubernetes-sigs/promo-tools, issue 1949). Run it on another network, or name " +
  'an older "version" in the catalogue.';

/** What is not there does not spoil the signatures beside it. */
function payloadOf(
  layer: Descriptor,
  what: string,
  { documents, subject }: SignatureMatter,
): EvidenceDocument {
  const need = blobNeed('simple-signing', subject.repository, layer);
  if (!documents.has(need)) throw new NotAtHand(need);
  try {
    return documents.of(need);
  } catch (cause) {
    if (!(cause instanceof TransportError) || cause.code !== 'NOT_FOUND') throw cause;
    throw new VerificationError(
      'EVIDENCE_MISSING',
      `${what}: the registry has the image and its signature, and not the signature's payload: ${cause.message}`,
      { hint: missingPayloadHint, context: { payload: layer.digest }, cause },
    );
  }
}

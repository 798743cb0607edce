/** Whose signature a candidate is, from the evidence itself or from keys: as found, for a person to accept. */
import { isUnder } from '../../formats/text/https-url.ts';
import { VerificationError } from '../../model/errors.ts';
import { githubSigstore } from '../../verify/anchors/github-sigstore.ts';
import { digestOf } from '../../verify/digest.ts';
import { maxBundleBytes } from '../../verify/sigstore/bundle.ts';
import {
  signerOfDetached,
  signersInAttestations,
  signersInBundles,
  type ClaimedSigner,
} from '../../verify/sigstore/claimed-signer.ts';
import { attestationsNeed } from '../../verify/sigstore/github-attestations.ts';
import type { Candidate, Published } from './candidates.ts';
import { identityFrom } from './identity.ts';
import type { KeyPlace, Keys } from './keys.ts';
import type { Way } from './look.ts';
import type { AddRequest } from './request.ts';

/** Each way in which it could be verified; none where the evidence is not there, or nobody's key is known. */
export async function learn(
  { signedBy }: Candidate,
  request: AddRequest,
  published: Published,
): Promise<readonly Way[]> {
  const { release, repository, keys } = request;
  const { folder } = release;
  const read = async (name: string) => {
    const url = `${folder}/${name}`;
    const bytes = await keys.read(url, maxBundleBytes);
    if (bytes === undefined) throw new VerificationError('EVIDENCE_MISSING', `${url} is not there`);
    return bytes;
  };
  const ways = (signers: readonly ClaimedSigner[], isAttestation: boolean, what: string) => {
    if (signers.length === 0) {
      throw new VerificationError('EVIDENCE_MALFORMED', `${what} names no signer that could be learnt`);
    }
    return ownFirst(signers, repository).map((signer): Way => {
      const learnt = identityFrom(signer, { tagged: published.tagged, repository, isAttestation });
      return { fields: learnt.fields, learnt };
    });
  };
  switch (signedBy.in) {
    case 'nothing':
      return [{ fields: {} }];
    case 'bundle':
      return ways(signersInBundles(await read(signedBy.file), signedBy.file), false, signedBy.file);
    case 'certificate': {
      const [certificate, signature] = [await read(signedBy.file), await read(signedBy.signature)];
      const files = { digest: digestOf('sha256', signature), signature, certificate, what: signedBy.file };
      return ways(signerOfDetached(files), false, signedBy.file);
    }
    case 'attestations': {
      const digest = [...published.assets.values()].map((name) => release.files.get(name))[0];
      if (repository === undefined || digest?.startsWith('sha256:') !== true) return [];
      const { url, maxBytes } = attestationsNeed(repository, digest);
      const bytes = await keys.read(url, maxBytes);
      if (bytes === undefined) return [];
      const signers = signersInAttestations({ bytes, url });
      return signers.length === 0 ? [] : ways(signers, true, url);
    }
    case 'release':
      // Whoever signs it is known; by which root is a person's to say.
      return [...keys.pinned.anchors.values()]
        .filter(({ pin }) => pin.type === githubSigstore.type)
        .map(({ name }) => ({ fields: { githubRoot: name } }));
    case 'key':
      return byKey(signedBy, request, published);
  }
}

/** A repository's own signature before that of others: of attestations whoever may write to it can add some. */
function ownFirst(
  signers: readonly ClaimedSigner[],
  repository: string | undefined,
): readonly ClaimedSigner[] {
  const own = signers.filter((one) => one.sourceRepository === `https://github.com/${repository ?? ''}`);
  return own.length > 0 ? own : signers;
}

function byKey(
  { kind, field }: Extract<Candidate['signedBy'], { in: 'key' }>,
  { release, repository, keys }: AddRequest,
  published: Published,
): Promise<readonly Way[]> {
  const scope = repository === undefined ? release.folder : `https://github.com/${repository}`;
  const place = { folder: release.folder, scope, names: published.names };
  return waysByKey(kind, place, keys, (anchor) => ({ fields: { [field]: anchor } }));
}

/** By each pinned key that may vouch there; where there is none, by the one that was given or found. */
export async function waysByKey(
  kind: 'openpgp' | 'minisign' | 'cosign-key',
  place: KeyPlace,
  keys: Keys,
  wayOf: (anchor: string) => Way,
): Promise<readonly Way[]> {
  const pinned = [...keys.pinned.anchors.values()].filter((anchor) => {
    const scope = anchor.kind.scope(anchor.pin);
    return anchor.pin.type === kind && scope !== undefined && isUnder(scope, `${place.folder}/x`);
  });
  // A pinned key is the one that counts: what is found beside it does not take its place.
  if (pinned.length > 0) return pinned.map(({ name }) => wayOf(name));
  const key = await keys.find(kind, place);
  return key === undefined ? [] : [{ ...wayOf(key.anchor), key }];
}

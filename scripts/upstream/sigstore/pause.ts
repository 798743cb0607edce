/**
 * registry.k8s.io/pause, as Kubernetes publishes it: an index over several platforms, signed where it was built and
 * again where it was promoted. The two signatures stand side by side, and only the promotion's is the one to ask for.
 */
import {
  addImage,
  addIndex,
  addSignatures,
  ociDigest,
  signatureTagOf,
  signImagePayload,
  simpleSigningPayload,
  type OciLayer,
  type OciPlatformName,
} from '../oci-image.ts';
import { emptyRepository, type OciRepository } from '../oci-registry.ts';
import type { Sigstore } from './instance.ts';
import { kubernetesSigner } from './kubernetes.ts';
import type { SigningRequest } from './signing.ts';

export const kubernetesImageSigner = {
  identity: 'krel-trust@k8s-releng-prod.iam.gserviceaccount.com',
  issuer: 'https://accounts.google.com',
} as const;

export const pausePlatforms: readonly OciPlatformName[] = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
  { os: 'linux', architecture: 's390x' },
];

export interface PauseOptions {
  readonly version: string;
  /** When it was signed. */
  readonly at: Date;
  readonly signing?: Partial<SigningRequest>;
  /** What can be run, for nodes that unpack it. */
  readonly layer?: OciLayer;
}

export function releasePause(sigstore: Sigstore, ...releases: readonly PauseOptions[]): OciRepository {
  const repository = emptyRepository('registry.k8s.io', 'pause');
  for (const { version, at, signing, layer } of releases) {
    const members = pausePlatforms.map((platform) => ({
      platform,
      manifest: addImage(repository, `pause ${version}`, platform, layer),
    }));
    const index = addIndex(repository, members);
    repository.tags.set(version, index);
    const digest = ociDigest(index);
    const signers = [
      { signer: kubernetesSigner, optional: null },
      { signer: kubernetesImageSigner, optional: { 'org.kubernetes.kpromo.version': 'kpromo-v4.1.0' } },
    ];
    const signatures = signers.map(({ signer, optional }) => {
      const payload = simpleSigningPayload('registry.k8s.io/pause', digest, optional);
      return signImagePayload(sigstore, payload, { ...signer, at, ...signing });
    });
    repository.tags.set(signatureTagOf(digest), addSignatures(repository, signatures));
  }
  return repository;
}

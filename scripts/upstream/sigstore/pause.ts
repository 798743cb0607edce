/**
 * registry.k8s.io/pause, as Kubernetes publishes it: an index over several platforms, signed by the promotion's
 * identity, which is not that of the binaries. Twice, since each mirror that it is copied through may add its own.
 */
import {
  addImage,
  addIndex,
  addSignatures,
  ociDigest,
  signatureTagOf,
  signImagePayload,
  simpleSigningPayload,
  type OciPlatformName,
} from '../oci-image.ts';
import { emptyRepository, type OciRepository } from '../oci-registry.ts';
import type { Sigstore } from './instance.ts';
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
}

export function releasePause(sigstore: Sigstore, ...releases: readonly PauseOptions[]): OciRepository {
  const repository = emptyRepository('registry.k8s.io', 'pause');
  for (const { version, at, signing } of releases) {
    const members = pausePlatforms.map((platform) => ({
      platform,
      manifest: addImage(repository, `pause ${version}`, platform),
    }));
    const index = addIndex(repository, members);
    repository.tags.set(version, index);
    const digest = ociDigest(index);
    const payloads = [null, { 'org.kubernetes.kpromo.version': 'kpromo-v4.1.0' }].map((optional) =>
      simpleSigningPayload('registry.k8s.io/pause', digest, optional),
    );
    const signatures = payloads.map((payload) =>
      signImagePayload(sigstore, payload, { ...kubernetesImageSigner, at, ...signing }),
    );
    repository.tags.set(signatureTagOf(digest), addSignatures(repository, signatures));
  }
  return repository;
}

/** The documents of an image, as a registry has them. */
import { repositoryUrl, type Repository } from '../../formats/upstream/image-reference.ts';
import type { Descriptor } from '../../formats/upstream/oci-manifest.ts';
import type { RegistryNeed } from '../../model/need.ts';

export function manifestNeed(
  role: string,
  repository: Repository,
  reference: RegistryNeed['reference'],
  isOptional?: true,
): RegistryNeed {
  const name = typeof reference === 'string' ? reference : reference.digest;
  const url = `${repositoryUrl(repository)}/manifests/${name}`;
  return { kind: 'manifest', role, url, ...repository, reference, ...(isOptional && { isOptional }) };
}

export function blobNeed(role: string, repository: Repository, { digest, size }: Descriptor): RegistryNeed {
  const url = `${repositoryUrl(repository)}/blobs/${digest}`;
  return { kind: 'blob', role, url, ...repository, reference: { digest, sizeBytes: size } };
}

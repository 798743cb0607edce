/** Every kind of source. The catalogue's schema follows from this list. */
import { aptSource } from './apt.ts';
import { githubReleaseSource } from './github-release.ts';
import { helmSource } from './helm.ts';
import { ociRegistrySource } from './oci-registry.ts';
import { releaseServerSource } from './release-server.ts';
import type { SourceKind } from './source.ts';

// A kind is generic in its own specification; the catalogue was parsed by that kind's schemas.
type AnySourceKind = SourceKind<never, never>;

export const sourceKinds: Readonly<Record<string, AnySourceKind>> = {
  [aptSource.type]: aptSource as AnySourceKind,
  [githubReleaseSource.type]: githubReleaseSource as AnySourceKind,
  [helmSource.type]: helmSource as AnySourceKind,
  [ociRegistrySource.type]: ociRegistrySource as AnySourceKind,
  [releaseServerSource.type]: releaseServerSource as AnySourceKind,
};

/**
 * Everything that the catalogue names and that is not in an apt repository: Kubernetes with its log and its image,
 * Debian's cloud image, and the projects on GitHub. With `trusted_root.json` of the same Sigstore and runc's key, the
 * catalogue resolves against it unchanged, through `--mirror` and `--trust-dir`.
 */
import { publishDebianCloud } from '../debian-cloud.ts';
import { publishRegistry } from '../oci-registry.ts';
import { mergePublications, type Publication } from '../publication.ts';
import type { SigningKey } from '../signing-key.ts';
import { containerdSource } from './containerd-source.ts';
import { publishGithub } from './github.ts';
import type { Sigstore } from './instance.ts';
import { publishKubernetes } from './kubernetes.ts';
import { releasePause } from './pause.ts';
import * as projects from './releases.ts';

/** Each without a leading v. */
export interface CatalogueVersions {
  readonly kubernetes: string;
  readonly containerd: string;
  readonly runc: string;
  readonly crictl: string;
  readonly cniPlugins: string;
  readonly zot: string;
  readonly netsy: string;
  readonly nstance: string;
  readonly kube2iam: string;
  readonly distribution: string;
  readonly vmconfig: string;
  readonly pause: string;
  /** Of a build, not of Debian. */
  readonly debianCloud: string;
}

/** As in November 2026, more or less. */
const catalogueVersions: CatalogueVersions = {
  kubernetes: '1.37.0',
  containerd: '2.3.1',
  runc: '1.4.2',
  crictl: '1.36.0',
  cniPlugins: '1.9.1',
  zot: '2.1.17',
  netsy: '1.1.0',
  nstance: '1.2.3',
  kube2iam: '0.12.0',
  distribution: '3.1.1',
  vmconfig: '1.0.0',
  pause: '3.10.2',
  debianCloud: '20261112-2590',
};

/** Of what nobody signs: through a mirror, these have to be answered for. */
export const unsignedHosts: readonly string[] = ['github.com', 'cloud.debian.org'];

export interface CatalogueUpstreamOptions {
  /** When everything was published: in the validity of the Sigstore. */
  readonly at: Date;
  readonly runcKey: SigningKey;
  readonly versions?: Partial<CatalogueVersions>;
  /** As large as the real ones, 2 GB in all; without, a thousandth of that. */
  readonly isFullSize?: boolean;
  /** In the bill of materials of Kubernetes, besides its binaries. */
  readonly otherFiles?: number;
  /** As `GithubOptions` has it. */
  readonly quota?: number;
}

/** Full-size artifacts take a second or two to sign, since their digests have to be known. */
export async function publishCatalogueUpstream(
  sigstore: Sigstore,
  options: CatalogueUpstreamOptions,
): Promise<Publication> {
  const { at, isFullSize = false, otherFiles = 0 } = options;
  const versions = { ...catalogueVersions, ...options.versions };
  const of = (version: string) => ({ version, at, isFullSize });
  const releases = [
    projects.releaseContainerd(sigstore, of(versions.containerd)),
    await projects.releaseRunc(options.runcKey, of(versions.runc)),
    projects.releaseCrictl(of(versions.crictl)),
    projects.releaseCniPlugins(of(versions.cniPlugins)),
    projects.releaseZot(of(versions.zot)),
    projects.releaseNetsy(sigstore, of(versions.netsy)),
    projects.releaseNstance(sigstore, of(versions.nstance)),
    projects.releaseKube2iam(sigstore, of(versions.kube2iam)),
    projects.releaseDistribution(of(versions.distribution)),
    projects.releaseVmconfig(sigstore, of(versions.vmconfig)),
  ];
  return mergePublications(
    publishKubernetes(sigstore, { releases: [{ version: versions.kubernetes, at }], isFullSize, otherFiles }),
    publishGithub({ releases, quota: options.quota }),
    publishRegistry(releasePause(sigstore, { version: versions.pause, at })),
    { files: containerdSource(versions.containerd, `registry.k8s.io/pause:${versions.pause}`) },
    { files: publishDebianCloud({ version: versions.debianCloud, isFullSize }) },
  );
}

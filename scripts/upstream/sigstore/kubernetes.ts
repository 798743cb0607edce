/**
 * dl.k8s.io and Rekor, as Kubernetes publishes: binaries with `.sha256`, `.sig` and `.cert` beside them, the
 * time of whose signature only the transparency log knows; and a bill of materials of each release, signed likewise.
 */
import type { Architecture } from '../../../src/model/artifact.ts';
import type { Publication } from '../publication.ts';
import { contentHex, virtualFile, type Content } from '../virtual-file.ts';
import type { Sigstore } from './instance.ts';
import { rekorRoutes } from './rekor-api.ts';
import { detachedCertificate, detachedSignature } from './renderings.ts';
import { signBlob } from './signing.ts';
import { renderSpdx } from './spdx.ts';

export const kubernetesSigner = {
  identity: 'krel-staging@k8s-releng-prod.iam.gserviceaccount.com',
  issuer: 'https://accounts.google.com',
} as const;

/** About as large as those of 2026. */
const fullSizesBytes = {
  'kube-apiserver': 84_000_000,
  'kube-controller-manager': 71_000_000,
  'kube-scheduler': 48_000_000,
  kubectl: 58_000_000,
  kubelet: 59_000_000,
} as const;

export type KubernetesBinary = keyof typeof fullSizesBytes;
export const kubernetesBinaries = Object.keys(fullSizesBytes) as KubernetesBinary[];

export interface KubernetesRelease {
  /** Without a leading v. */
  readonly version: string;
  /** When it was signed. */
  readonly at: Date;
}

export interface KubernetesOptions {
  /** The first of them is the stable one, and each the stable one of its minor version if it is the first there. */
  readonly releases: readonly KubernetesRelease[];
  /** What a bill of materials lists besides the binaries: files of a release that nothing here asks for. */
  readonly otherFiles?: number;
  /** Binaries are as large as the real ones; without, a thousandth of that. */
  readonly isFullSize?: boolean;
}

export function kubernetesBinaryPath(version: string, arch: Architecture, file: KubernetesBinary): string {
  return `dl.k8s.io/release/v${version}/bin/linux/${arch}/${file}`;
}

export function kubernetesSbomPath(version: string): string {
  return `dl.k8s.io/release/v${version}/kubernetes-release.spdx`;
}

export function publishKubernetes(sigstore: Sigstore, options: KubernetesOptions): Publication {
  const files = new Map<string, Content>();
  const scale = options.isFullSize === true ? 1 : 1000;
  const publishSigned = (path: string, content: Content, at: Date) => {
    const sha256 = contentHex(content, 'sha256');
    const signed = signBlob(sigstore, Buffer.from(sha256, 'hex'), { ...kubernetesSigner, at });
    files.set(path, content);
    files.set(`${path}.sig`, Buffer.from(detachedSignature(signed)));
    files.set(`${path}.cert`, Buffer.from(detachedCertificate(signed)));
  };
  for (const { version, at } of options.releases) {
    const binaries = new Map<string, Content>();
    for (const arch of ['amd64', 'arm64'] as const) {
      for (const file of kubernetesBinaries) {
        const path = kubernetesBinaryPath(version, arch, file);
        const binary = virtualFile(path, fullSizesBytes[file] / scale);
        binaries.set(`bin/linux/${arch}/${file}`, binary);
        files.set(`${path}.sha256`, Buffer.from(contentHex(binary, 'sha256')));
        publishSigned(path, binary, at);
      }
    }
    for (let at = 0; at < (options.otherFiles ?? 0); at++) {
      const path = `bin/other/file-${String(at)}`;
      binaries.set(path, Buffer.from(`${version} ${path}`));
    }
    const sbom = renderKubernetesSbom({ version, at }, binaries);
    publishSigned(kubernetesSbomPath(version), Buffer.from(sbom), at);
  }
  for (const { version } of options.releases.toReversed()) {
    const minor = version.split('.').slice(0, 2).join('.');
    files.set(`dl.k8s.io/release/stable-${minor}.txt`, Buffer.from(`v${version}`));
    files.set('dl.k8s.io/release/stable.txt', Buffer.from(`v${version}`));
  }
  return { files, routes: rekorRoutes(sigstore.rekor) };
}

/** `files`: by their paths in the release. */
function renderKubernetesSbom(
  { version, at }: KubernetesRelease,
  files: ReadonlyMap<string, Content>,
): string {
  return renderSpdx({
    name: `Kubernetes Release v${version}`,
    namespace: `https://sbom.k8s.io/v${version}/release`,
    ...{ created: at, files },
  });
}

/**
 * k3s as it is published on GitHub: a tag with a plus sign in it, a binary whose name has its architecture unless that
 * is amd64, and a checksum file for each architecture that nobody signs.
 */
import type { GithubRelease } from './sigstore/github.ts';
import { contentHex, virtualFile, type Content } from './virtual-file.ts';

export interface K3sOptions {
  /** Without a leading v: `1.35.5+k3s1`. */
  readonly version: string;
  readonly at: Date;
}

/** Files are a thousandth as large as the real ones. */
export function releaseK3s({ version, at }: K3sOptions): GithubRelease {
  const assets = new Map<string, Content>();
  for (const [arch, suffix] of [
    ['amd64', ''],
    ['arm64', '-arm64'],
  ] as const) {
    const airgap = `k3s-airgap-images-${arch}`;
    const files = [`k3s${suffix}`, `${airgap}.tar`, `${airgap}.tar.gz`, `${airgap}.tar.zst`];
    const lines = files.map((file) => {
      const content = virtualFile(`k3s-io/k3s ${version} ${file}`, 75_000);
      assets.set(file, content);
      return `${contentHex(content, 'sha256')}  ${file}\n`;
    });
    assets.set(`sha256sum-${arch}.txt`, Buffer.from(lines.join('')));
  }
  return { repository: 'k3s-io/k3s', tag: `v${version}`, publishedAt: at, assets };
}

/**
 * What the projects of the catalogue publish on GitHub, each in its own form: containerd (an in-toto bundle
 * over everything), runc (OpenPGP), netsy, nstance, kube2iam and vmconfig (signed checksum files), crictl,
 * cni-plugins and zot (checksums that nobody signs).
 */
import type { Architecture } from '../../../src/model/artifact.ts';
import type { SigningKey } from '../signing-key.ts';
import { contentHex, readContent, virtualFile, type Content } from '../virtual-file.ts';
import type { GithubRelease } from './github.ts';
import { githubActionsIssuer } from './github-claims.ts';
import type { Sigstore } from './instance.ts';
import { blobBundle, envelopeBundle, legacyBundle } from './renderings.ts';
import { renderStatement, sha256Of, signBlob, signEnvelope, type SigningRequest } from './signing.ts';

const architectures: readonly Architecture[] = ['amd64', 'arm64'];

export interface ReleaseOptions {
  /** Without a leading v. */
  readonly version: string;
  /** When it was signed and published. */
  readonly at: Date;
  /** As large as the real ones; without, a thousandth of that. */
  readonly isFullSize?: boolean;
  readonly isPrerelease?: boolean;
  readonly isMarkedLatest?: boolean;
  /** What is to be otherwise in its signature. */
  readonly signing?: Partial<SigningRequest>;
}

/** The identity of a workflow at a release's tag. */
export function workflowIdentity(repository: string, workflow: string, tag: string): string {
  return `https://github.com/${repository}/.github/workflows/${workflow}@refs/tags/${tag}`;
}

/** Version 1.7 has no attestation. */
export function releaseContainerd(sigstore: Sigstore, options: ReleaseOptions): GithubRelease {
  const { version } = options;
  const repository = 'containerd/containerd';
  const assets = new Map<string, Content>();
  for (const flavour of ['containerd', 'containerd-static']) {
    for (const arch of architectures) {
      const file = `${flavour}-${version}-linux-${arch}.tar.gz`;
      addWithChecksum(assets, file, artifact(repository, file, 45_000_000, options), '.sha256sum');
    }
  }
  const release = describe(repository, `v${version}`, options, assets);
  if (version.startsWith('1.')) return release;
  const subjects = [...assets].map(([name, content]) => ({
    name,
    digest: { sha256: contentHex(content, 'sha256') },
  }));
  const signed = signEnvelope(
    sigstore,
    renderStatement(subjects),
    signingBy(release, 'release.yml', options),
  );
  assets.set(`containerd-${version}-attestation.intoto.jsonl`, Buffer.from(`${envelopeBundle(signed)}\n`));
  return release;
}

/** A clearsigned checksum file, and a detached signature beside each binary. */
export async function releaseRunc(key: SigningKey, options: ReleaseOptions): Promise<GithubRelease> {
  const repository = 'opencontainers/runc';
  const assets = new Map<string, Content>();
  const lines: string[] = [];
  for (const arch of architectures) {
    const file = `runc.${arch}`;
    const binary = artifact(repository, `${options.version} ${file}`, 13_000_000, options);
    assets.set(file, binary);
    assets.set(`${file}.asc`, Buffer.from(await key.signDetached(readContent(binary), options.at)));
    lines.push(checksumLine(binary, file));
  }
  const clearsigned = await key.clearsign(lines.join(''), options.at);
  // With the line ends of GnuPG, which the signature leaves open.
  assets.set('runc.sha256sum', Buffer.from(clearsigned.replaceAll('\r\n', '\n')));
  return describe(repository, `v${options.version}`, options, assets);
}

export function releaseCrictl(options: ReleaseOptions): GithubRelease {
  const repository = 'kubernetes-sigs/cri-tools';
  const assets = new Map<string, Content>();
  for (const arch of architectures) {
    const file = `crictl-v${options.version}-linux-${arch}.tar.gz`;
    const archive = artifact(repository, file, 20_000_000, options);
    assets.set(file, archive);
    assets.set(`${file}.sha256`, Buffer.from(contentHex(archive, 'sha256')));
    assets.set(`${file}.sha512`, Buffer.from(contentHex(archive, 'sha512')));
  }
  return describe(repository, `v${options.version}`, options, assets);
}

export function releaseCniPlugins(options: ReleaseOptions): GithubRelease {
  const repository = 'containernetworking/plugins';
  const assets = new Map<string, Content>();
  for (const arch of architectures) {
    const file = `cni-plugins-linux-${arch}-v${options.version}.tgz`;
    const archive = artifact(repository, file, 52_000_000, options);
    addWithChecksum(assets, file, archive, '.sha256');
    assets.set(`${file}.sha512`, Buffer.from(`${contentHex(archive, 'sha512')}  ${file}\n`));
  }
  return describe(repository, `v${options.version}`, options, assets);
}

export function releaseZot(options: ReleaseOptions): GithubRelease {
  const repository = 'project-zot/zot';
  const assets = new Map<string, Content>();
  for (const arch of architectures) {
    const file = `zot-linux-${arch}-minimal`;
    assets.set(file, artifact(repository, `${options.version} ${file}`, 60_000_000, options));
  }
  const lines = [...assets].map(([file, content]) => `${contentHex(content, 'sha256')} *${file}\n`);
  assets.set('checksums.sha256.txt', Buffer.from(lines.join('')));
  return describe(repository, `v${options.version}`, options, assets);
}

export function releaseNetsy(sigstore: Sigstore, options: ReleaseOptions): GithubRelease {
  const archives = archivesOf(['netsy'], options);
  const project = { repository: 'netsy-dev/netsy', workflow: 'release.yaml', archives };
  return releaseChecksummed(sigstore, { ...project, tag: `v${options.version}` }, options);
}

export function releaseNstance(sigstore: Sigstore, options: ReleaseOptions): GithubRelease {
  const archives = archivesOf(['nstance-agent', 'nstance-server'], options);
  const project = { repository: 'nstance-dev/nstance', workflow: 'release.yml', archives };
  return releaseChecksummed(sigstore, { ...project, tag: `v${options.version}` }, options);
}

/** With provenance beside each archive that nobody signs. */
export function releaseDistribution(options: ReleaseOptions): GithubRelease {
  const repository = 'distribution/distribution';
  const assets = new Map<string, Content>();
  for (const arch of architectures) {
    const file = `registry_${options.version}_linux_${arch}.tar.gz`;
    const archive = artifact(repository, file, 17_000_000, options);
    assets.set(file, archive);
    assets.set(`${file}.sha256`, Buffer.from(contentHex(archive, 'sha256')));
    assets.set(`${file}.provenance.json`, Buffer.from('{}\n'));
  }
  return describe(repository, `v${options.version}`, options, assets);
}

/** Its tags have no leading v, its workflow runs for none of them, and its bundle is cosign's older one. */
export function releaseKube2iam(sigstore: Sigstore, options: ReleaseOptions): GithubRelease {
  const repository = 'podplane/kube2iam-binaries';
  const archives = archivesOf(['kube2iam'], options);
  const project = { repository, workflow: 'release.yml', archives, tag: options.version };
  const identity = `https://github.com/${repository}/.github/workflows/release.yml@refs/heads/main`;
  const signing = { identity, ...options.signing };
  return releaseChecksummed(
    sigstore,
    { ...project, name: 'kube2iam', isLegacy: true },
    { ...options, signing },
  );
}

/** An archive for each kind of VM. */
export function releaseVmconfig(sigstore: Sigstore, options: ReleaseOptions): GithubRelease {
  const { version } = options;
  const archives = ['knc', 'knd'].flatMap((kind) =>
    architectures.map((arch) => `vmconfig_${version}_${kind}_debian-13_${arch}.tar.gz`),
  );
  const project = { repository: 'podplane/vmconfig', workflow: 'release.yml', archives, tag: `v${version}` };
  return releaseChecksummed(sigstore, { ...project, isLegacy: true }, options);
}

function archivesOf(names: readonly string[], { version }: ReleaseOptions): string[] {
  return names.flatMap((name) => architectures.map((arch) => `${name}_${version}_linux_${arch}.tar.gz`));
}

interface ChecksummedProject {
  readonly repository: string;
  readonly tag: string;
  readonly workflow: string;
  /** File names. */
  readonly archives: readonly string[];
  /** What the checksum file's name begins with: the repository's where nothing is said. */
  readonly name?: string;
  readonly isLegacy?: boolean;
}

/** Archives, and a file of their SHA-512 that has a bundle beside it. */
function releaseChecksummed(
  sigstore: Sigstore,
  project: ChecksummedProject,
  options: ReleaseOptions,
): GithubRelease {
  const { repository, tag } = project;
  const assets = new Map<string, Content>();
  for (const file of project.archives) {
    assets.set(file, artifact(repository, file, 18_000_000, options));
  }
  const lines = [...assets].map(([file, content]) => `${contentHex(content, 'sha512')}  ${file}\n`);
  const checksums = Buffer.from(lines.join(''));
  const release = describe(repository, tag, options, assets);
  const signed = signBlob(sigstore, sha256Of(checksums), signingBy(release, project.workflow, options));
  const name = project.name ?? repository.slice(repository.indexOf('/') + 1);
  const file = `${name}_${options.version}_checksums.txt`;
  assets.set(file, checksums);
  assets.set(
    `${file}.bundle`,
    Buffer.from(project.isLegacy === true ? legacyBundle(signed) : blobBundle(signed)),
  );
  return release;
}

function signingBy(release: GithubRelease, workflow: string, options: ReleaseOptions): SigningRequest {
  const identity = workflowIdentity(release.repository, workflow, release.tag);
  return { identity, issuer: githubActionsIssuer, at: options.at, ...options.signing };
}

function describe(
  repository: string,
  tag: string,
  { at, isPrerelease = false, isMarkedLatest = false }: ReleaseOptions,
  assets: ReadonlyMap<string, Content>,
): GithubRelease {
  return { repository, tag, publishedAt: at, isPrerelease, isMarkedLatest, assets };
}

function artifact(repository: string, file: string, fullSizeBytes: number, options: ReleaseOptions): Content {
  return virtualFile(
    `${repository} ${file}`,
    options.isFullSize === true ? fullSizeBytes : fullSizeBytes / 1000,
  );
}

function addWithChecksum(assets: Map<string, Content>, file: string, content: Content, suffix: string): void {
  assets.set(file, content);
  assets.set(`${file}${suffix}`, Buffer.from(checksumLine(content, file)));
}

/** As sha256sum writes it. */
function checksumLine(content: Content, file: string): string {
  return `${contentHex(content, 'sha256')}  ${file}\n`;
}

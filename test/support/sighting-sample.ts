/** Entries with evidence, as runs leave them, for what compares two of them. */
import type { ManifestName } from '../../src/formats/own/changes.ts';
import type { EvidenceEntry } from '../../src/formats/own/evidence.ts';
import type { ManifestEntry } from '../../src/formats/own/manifest-entries.ts';
import type { Digest } from '../../src/model/digest.ts';
import type { EntryPair, Sighting } from '../../src/pipeline/shared/entry-changes.ts';

export type Workflow = Extract<EvidenceEntry['signers'][number], { method: 'sigstore' }>;

export const amd64: ManifestName = { kind: 'knc', os: 'debian-13', arch: 'amd64' };
export const arm64: ManifestName = { ...amd64, arch: 'arm64' };

export function digestOfText(text: string): Digest {
  return `sha256:${Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64)}`;
}

const signedAt = '2026-11-18T09:00:00.000Z';

/** A release of a project on GitHub that its workflow attests, as containerd's. */
export function attested(version: string, changes: SightingChanges = {}): Sighting {
  const repository = 'https://github.com/containerd/containerd';
  const template = `${repository}/.github/workflows/release.yml@refs/tags/v{version}`;
  const identity = template.replace('{version}', version);
  const build: Workflow['build'] = {
    ...{ sourceRepository: repository, sourceRepositoryId: '1', sourceRef: `refs/tags/v${version}` },
    ...{ sourceDigest: 'c'.repeat(40), runnerEnvironment: 'github-hosted', trigger: 'push' },
    run: `${repository}/actions/runs/${version}/attempts/1`,
  };
  const issuer = 'https://token.actions.githubusercontent.com';
  return sighting(
    { version, url: `${repository}/releases/download/v${version}/containerd.tar.gz`, type: 'tar.gz' },
    {
      ...{ assurance: 'attested', method: 'sigstore' },
      signers: [{ method: 'sigstore', identity, issuer, signedAt, build }],
      question: {
        ...{ name: 'containerd', type: 'tar.gz', os: 'debian-13', arch: 'amd64' },
        source: { type: 'github-release', repository: 'containerd/containerd', tag: 'v{version}' },
        entry: { from: 'containerd', asset: 'containerd.tar.gz' },
        verification: { method: 'in-toto', identity: template, issuer },
      },
    },
    changes,
  );
}

/** A release that a maintainer's key signs, as runc's. */
export function signedByKey(version: string, key = 'A', changes: SightingChanges = {}): Sighting {
  const primaryFingerprint = key.repeat(40);
  return sighting(
    {
      version,
      url: `https://github.com/opencontainers/runc/releases/download/v${version}/runc.amd64`,
      type: 'binary',
    },
    {
      ...{ assurance: 'signed', method: 'openpgp' },
      signers: [
        { method: 'openpgp', fingerprint: primaryFingerprint, primaryFingerprint, signedAt, anchor: 'runc' },
      ],
      question: {
        ...{ name: 'runc', type: 'binary', os: 'debian-13', arch: 'amd64' },
        source: { type: 'github-release', repository: 'opencontainers/runc', tag: 'v{version}' },
        entry: { from: 'runc', asset: 'runc.{arch}' },
        verification: { method: 'openpgp-checksums', form: 'clearsigned', signedBy: 'runc' },
      },
    },
    changes,
  );
}

const debianSuites = [
  { uri: 'https://ftp.debian.org/debian', suite: 'trixie', signedBy: 'debian-archive' },
  {
    uri: 'https://security.debian.org/debian-security',
    suite: 'trixie-security',
    signedBy: 'debian-security',
  },
] as const;

/** A package of Debian, of the main archive or of the security archive. */
export function ofDebian(version: string, suite: 0 | 1 = 0, changes: SightingChanges = {}): Sighting {
  const { uri, signedBy } = debianSuites[suite];
  const primaryFingerprint = 'D'.repeat(40);
  return sighting(
    { version, url: `${uri}/pool/main/p/postgresql-17/libpq5_${version}_amd64.deb`, type: 'deb' },
    {
      ...{ assurance: 'signed', method: 'apt' },
      signers: [
        {
          ...{ method: 'openpgp', fingerprint: primaryFingerprint, primaryFingerprint },
          ...{ signedAt, anchor: signedBy },
        },
      ],
      question: {
        ...{ name: 'libpq5', type: 'deb', os: 'debian-13', arch: 'amd64' },
        source: { type: 'apt', suites: debianSuites },
        entry: { from: 'debian', package: 'libpq5' },
        verification: { method: 'apt' },
      },
    },
    changes,
  );
}

export interface SightingChanges {
  readonly entry?: Partial<ManifestEntry>;
  readonly evidence?: Partial<EvidenceEntry> | 'none';
  /** Of the one signer, and of what its certificate says. */
  readonly signer?: Readonly<Record<string, unknown>>;
  readonly build?: Readonly<Record<string, unknown>>;
  readonly verification?: Readonly<Record<string, unknown>>;
}

function sighting(
  { version, url, type }: Pick<ManifestEntry, 'version' | 'url' | 'type'>,
  proof: Pick<EvidenceEntry, 'assurance' | 'method' | 'signers' | 'question'>,
  { entry: entryChanges, evidence: evidenceChanges, signer, build, verification }: SightingChanges,
): Sighting {
  const entry = { version, url, type, digest: digestOfText(url), size: 1000, ...entryChanges };
  if (evidenceChanges === 'none') return { entry, evidence: undefined };
  const signers = proof.signers.map((one) => ({
    ...{ ...one, ...signer },
    ...('build' in one && { build: { ...one.build, ...build } }),
  }));
  const question = {
    ...proof.question,
    verification: { ...proof.question.verification, ...verification },
  };
  const evidence = {
    ...{ version: entry.version, url: entry.url, digest: entry.digest, size: entry.size, ...proof },
    ...{ signers, question, documents: [], anchors: [], judgedAt: signedAt, watermark: {} },
    ...evidenceChanges,
  } as EvidenceEntry;
  return { entry, evidence };
}

export function pair(
  before: Sighting | undefined,
  after: Sighting | undefined,
  manifest: ManifestName = amd64,
): EntryPair {
  const name = (after ?? before)?.evidence?.question.name ?? 'tool';
  return { manifest, name, before, after };
}

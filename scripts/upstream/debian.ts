/**
 * A miniature of what the production catalogue reads: Debian 13 with its updates and security suites, and
 * Fluent Bit's repository, each signed by a key of its own. `writeTrust` makes the matching trust
 * directory, so that the catalogue resolves against it unchanged, through `--mirror` and `--trust-dir`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Architecture } from '../../src/model/artifact.ts';
import {
  aptlyForms,
  buildAptRepository,
  debianForms,
  debianUpdatesForms,
  type SuiteSpec,
  type UpstreamFiles,
} from './apt-repository.ts';
import type { PackageSpec } from './deb-package.ts';
import { writeSigstoreAnchor, type PinnedTufRoot } from './sigstore-anchor.ts';
import { generateSigningKey, type SigningKey } from './signing-key.ts';

const architectures = ['amd64', 'arm64'] as const;
const dayMs = 86_400_000;

/** The anchors of the catalogue: where each key is published, and what it may vouch for. */
const anchors = {
  'debian-archive': {
    owner: 'Debian Archive Automatic Signing Key (rehearsal)',
    scope: 'https://ftp.debian.org/debian',
    source: 'https://ftp-master.debian.org/keys/archive-key-13.asc',
  },
  'debian-security': {
    owner: 'Debian Security Archive Automatic Signing Key (rehearsal)',
    scope: 'https://security.debian.org/debian-security',
    source: 'https://ftp-master.debian.org/keys/archive-key-13-security.asc',
  },
  'fluent-bit': {
    owner: 'Fluent Bit (rehearsal)',
    scope: 'https://packages.fluentbit.io/debian',
    source: 'https://packages.fluentbit.io/fluentbit.key',
  },
} as const;

export type AnchorName = keyof typeof anchors;
export type DebianKeys = Readonly<Record<AnchorName, SigningKey>>;

/** Of the packages that the catalogue names. */
export interface DebianVersions {
  readonly libpq5: string;
  readonly libpq5Security: string;
  readonly shadow: string;
  readonly fluentBit: string;
}

/** As in November 2026. shadow's packages have an epoch. */
const debianVersions: DebianVersions = {
  libpq5: '17.11-0+deb13u1',
  libpq5Security: '17.12-0+deb13u1',
  shadow: '1:4.17.4-2',
  fluentBit: '5.0.5',
};

export interface DebianOptions {
  /** The time at which all of it is fresh. */
  readonly now: Date;
  /** Pass those of an earlier build to publish a newer state, or an older one, under the same keys. */
  readonly keys: DebianKeys;
  readonly versions?: Partial<DebianVersions>;
  /** Other packages in each index, with one file of `fillerBytes` each. */
  readonly fillers?: number;
  readonly fillerBytes?: number;
}

/** Throwaway keys, made two years before `now`. */
export async function generateDebianKeys(now: Date): Promise<DebianKeys> {
  const createdAt = new Date(now.getTime() - 730 * dayMs);
  const made = await Promise.all(
    anchorNames().map(
      async (name) => [name, await generateSigningKey({ owner: anchors[name].owner, createdAt })] as const,
    ),
  );
  return Object.fromEntries(made) as Record<AnchorName, SigningKey>;
}

export async function buildDebianUpstream(options: DebianOptions): Promise<UpstreamFiles> {
  const { now, keys } = options;
  const versions = { ...debianVersions, ...options.versions };
  const fillers = fillerPackages(options.fillers ?? 10, options.fillerBytes ?? 512);
  const repositories = await Promise.all([
    buildAptRepository({
      root: 'ftp.debian.org/debian',
      suites: [mainSuite(now, versions, fillers), updatesSuite(now, fillers.slice(0, 2))],
      signingKey: keys['debian-archive'],
    }),
    buildAptRepository({
      root: 'security.debian.org/debian-security',
      suites: [securitySuite(now, versions, fillers.slice(0, 2))],
      signingKey: keys['debian-security'],
    }),
    buildAptRepository({
      root: 'packages.fluentbit.io/debian/trixie',
      suites: [fluentBitSuite(now, versions)],
      signingKey: keys['fluent-bit'],
    }),
  ]);
  const published = anchorNames().map(
    (name) => [hostAndPath(anchors[name].source), Buffer.from(keys[name].publicKeyArmored)] as const,
  );
  return new Map([...repositories.flatMap((files) => [...files]), ...published]);
}

/** Values for `--mirror` (`ORIGIN=URL`): every host of the miniature, at a server of its files. */
export function debianMirrors(serverUrl: string): string[] {
  const hosts = anchorNames().flatMap((name) => [anchors[name].scope, anchors[name].source]);
  const names = new Set(hosts.map((url) => new URL(url).host));
  return [...names].map((host) => `https://${host}=${serverUrl}/${host}`);
}

/** A key that may vouch for what is below `scope`, and where it is said to be published. */
export interface RehearsalAnchor {
  readonly key: SigningKey;
  readonly scope: string;
  readonly source: string;
}

/** The anchor of runc's releases. */
export function runcAnchor(key: SigningKey): RehearsalAnchor {
  const source = 'https://raw.githubusercontent.com/opencontainers/runc/main/runc.keyring';
  return { key, scope: 'https://github.com/opencontainers/runc', source };
}

/**
 * Writes `pins.yaml` and what it pins into `directory`, as the catalogue names it: the keys, the trusted root of a
 * Sigstore (JSON) where there is one, other anchors by name, and the root of the TUF repository that publishes the
 * trusted root: one that nobody has the keys of, where none is given.
 */
export async function writeDebianTrust(
  directory: string,
  keys: DebianKeys,
  trustedRoot?: string,
  others: Readonly<Record<string, RehearsalAnchor>> = {},
  tufRoot?: PinnedTufRoot,
): Promise<void> {
  const learnt = 'Made for a rehearsal: it vouches for nothing real.';
  const debian = anchorNames().map((name) => [name, { ...anchors[name], key: keys[name] }] as const);
  const openpgp: readonly (readonly [string, RehearsalAnchor])[] = [...debian, ...Object.entries(others)];
  const pins = openpgp.map(([name, { key, scope, source }]): [string, unknown] => [
    name,
    {
      type: 'openpgp',
      file: `${name}.asc`,
      scope: [scope],
      sources: [source],
      fingerprints: [key.fingerprint],
      learnt,
    },
  ]);
  await mkdir(directory, { recursive: true });
  if (trustedRoot !== undefined) {
    pins.push(['sigstore', await writeSigstoreAnchor(directory, trustedRoot, tufRoot)]);
  }
  await writeFile(
    join(directory, 'pins.yaml'),
    stringify({ version: 1, anchors: Object.fromEntries(pins) as unknown }),
  );
  for (const [name, { key }] of openpgp) {
    await writeFile(join(directory, `${name}.asc`), key.publicKeyArmored);
  }
}

function anchorNames(): AnchorName[] {
  return Object.keys(anchors) as AnchorName[];
}

function hostAndPath(url: string): string {
  return url.replace('https://', '');
}

/** Like the real ones: the main suite has no Valid-Until, and is as old as the last point release. */
function mainSuite(now: Date, versions: DebianVersions, fillers: readonly PackageSpec[]): SuiteSpec {
  const packages = [
    ...forEach(libpq5(versions.libpq5)),
    ...forEach({ package: 'libsubid5', source: 'shadow', version: versions.shadow, payloadBytes: 20_000 }),
    ...forEach({ package: 'uidmap', source: 'shadow', version: versions.shadow, payloadBytes: 40_000 }),
    ...fillers,
  ];
  return {
    ...suiteNames('trixie', 'stable'),
    label: 'Debian',
    date: before(now, 69),
    forms: debianForms,
    md5: true,
    components: [{ name: 'main', packages }],
  };
}

function updatesSuite(now: Date, packages: readonly PackageSpec[]): SuiteSpec {
  return {
    ...suiteNames('trixie-updates', 'stable-updates'),
    label: 'Debian',
    date: before(now, 1),
    validUntil: before(now, -6),
    forms: debianUpdatesForms,
    components: [{ name: 'main', packages }],
  };
}

function securitySuite(now: Date, versions: DebianVersions, fillers: readonly PackageSpec[]): SuiteSpec {
  const packages = [...forEach(libpq5(versions.libpq5Security)), ...fillers];
  return {
    ...suiteNames('trixie-security', 'stable-security'),
    label: 'Debian-Security',
    date: before(now, 2),
    validUntil: before(now, -5),
    forms: debianUpdatesForms,
    allIndex: true,
    components: [{ name: 'main', packages }],
    pool: 'pool/updates',
    releaseFields: { Components: 'updates/main' },
  };
}

function fluentBitSuite(now: Date, versions: DebianVersions): SuiteSpec {
  const packages = forEach({ package: 'fluent-bit', version: versions.fluentBit, payloadBytes: 300_000 });
  return {
    directory: 'trixie',
    suite: 'trixie',
    codename: 'trixie',
    origin: '. trixie',
    label: '. trixie',
    date: before(now, 20),
    byHash: false,
    forms: aptlyForms,
    md5: true,
    architectures,
    components: [{ name: 'main', packages }],
    releaseFields: { 'No-Support-for-Architecture-all': undefined },
  };
}

function suiteNames(codename: string, suite: string) {
  return { directory: codename, codename, suite, origin: 'Debian', byHash: true, architectures };
}

function libpq5(version: string): Omit<PackageSpec, 'architecture'> {
  const fields = { Depends: 'libc6 (>= 2.38)', 'Multi-Arch': 'same' };
  return { package: 'libpq5', source: 'postgresql-17', version, fields, payloadBytes: 60_000 };
}

function forEach(spec: Omit<PackageSpec, 'architecture'>): PackageSpec[] {
  return architectures.map((architecture: Architecture) => ({ ...spec, architecture }));
}

function fillerPackages(count: number, payloadBytes: number): PackageSpec[] {
  return Array.from({ length: count }, (_, at) => ({
    package: `filler-${String(at + 1)}`,
    version: `1.${String(at)}-1`,
    architecture: 'all' as const,
    payloadBytes,
  }));
}

function before(now: Date, days: number): Date {
  return new Date(now.getTime() - days * dayMs);
}

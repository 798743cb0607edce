/**
 * A miniature of what the production catalogue reads: Debian 13 with its updates and security suites, and
 * Fluent Bit's repository, each signed by a key of its own. `writeTrust` makes the matching trust
 * directory, so that the catalogue resolves against it unchanged, through `--mirror` and `--trust-dir`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { buildAptRepository, type UpstreamFiles } from './apt-repository.ts';
import {
  debianVersions,
  fillerPackages,
  fluentBitSuite,
  mainSuite,
  otherIndexes,
  securitySuite,
  updatesSuite,
  type DebianVersions,
} from './debian-suites.ts';
import { writeSigstoreAnchor, type PinnedTufRoot } from './sigstore-anchor.ts';
import { generateSigningKey, type SigningKey } from './signing-key.ts';

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

export interface DebianOptions {
  /** The time at which all of it is fresh. */
  readonly now: Date;
  /** Pass those of an earlier build to publish a newer state, or an older one, under the same keys. */
  readonly keys: DebianKeys;
  readonly versions?: Partial<DebianVersions>;
  /** Every InRelease lists as many files as the real one of its suite, each time with other digests. */
  readonly isFullSize?: boolean;
  /** Other packages in each index, with one file of `fillerBytes` each. */
  readonly fillers?: number;
  readonly fillerBytes?: number;
  /** Of each stanza of theirs, so that few packages make a large index. It does not compress well. */
  readonly fillerStanzaBytes?: number;
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
  const { fillers: count = 10, fillerBytes = 512, fillerStanzaBytes = 0 } = options;
  const fillers = fillerPackages(count, fillerBytes, fillerStanzaBytes);
  // By the sizes of the InRelease files of November 2026: 140, 47 and 43 kB.
  const [main, updates, security] = [715, 405, 365].map((others) => ({
    otherIndexes: options.isFullSize === true ? otherIndexes(others) : [],
  }));
  const repositories = await Promise.all([
    buildAptRepository({
      root: 'ftp.debian.org/debian',
      suites: [
        { ...mainSuite(now, versions, fillers), ...main },
        { ...updatesSuite(now, fillers.slice(0, 2)), ...updates },
      ],
      signingKey: keys['debian-archive'],
    }),
    buildAptRepository({
      root: 'security.debian.org/debian-security',
      suites: [{ ...securitySuite(now, versions, fillers.slice(0, 2)), ...security }],
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

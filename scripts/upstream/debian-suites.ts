/**
 * The suites of the miniature Debian and of Fluent Bit's repository: their names, forms and dates, as the real ones
 * have them.
 */
import type { Architecture } from '../../src/model/artifact.ts';
import { aptlyForms, debianForms, debianUpdatesForms, type SuiteSpec } from './apt-repository.ts';
import { keyStream, type PackageSpec } from './deb-package.ts';

const architectures = ['amd64', 'arm64'] as const;
const dayMs = 86_400_000;

/** Of the packages that the catalogue names. */
export interface DebianVersions {
  readonly libpq5: string;
  readonly libpq5Security: string;
  readonly shadow: string;
  readonly fluentBit: string;
}

/** As in November 2026. shadow's packages have an epoch. */
export const debianVersions: DebianVersions = {
  libpq5: '17.11-0+deb13u1',
  libpq5Security: '17.12-0+deb13u1',
  shadow: '1:4.17.4-2',
  fluentBit: '5.0.5',
};

/** Like the real ones: the main suite has no Valid-Until, and is as old as the last point release. */
export function mainSuite(now: Date, versions: DebianVersions, fillers: readonly PackageSpec[]): SuiteSpec {
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

export function updatesSuite(now: Date, packages: readonly PackageSpec[]): SuiteSpec {
  return {
    ...suiteNames('trixie-updates', 'stable-updates'),
    label: 'Debian',
    date: before(now, 1),
    validUntil: before(now, -6),
    forms: debianUpdatesForms,
    components: [{ name: 'main', packages }],
  };
}

export function securitySuite(
  now: Date,
  versions: DebianVersions,
  fillers: readonly PackageSpec[],
): SuiteSpec {
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

export function fluentBitSuite(now: Date, versions: DebianVersions): SuiteSpec {
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

export function fillerPackages(count: number, payloadBytes: number, stanzaBytes: number): PackageSpec[] {
  return Array.from({ length: count }, (_, at) => ({
    package: `filler-${String(at + 1)}`,
    version: `1.${String(at)}-1`,
    architecture: 'all' as const,
    payloadBytes,
    stanza: stanzaBytes === 0 ? {} : { 'X-Filler': keyStream(String(at), stanzaBytes).toString('base64') },
  }));
}

function before(now: Date, days: number): Date {
  return new Date(now.getTime() - days * dayMs);
}

/** As many other files as the real Release of a suite lists, so that an InRelease is as large as the real one. */
export function otherIndexes(count: number): string[] {
  return Array.from(
    { length: count },
    (_, at) => `main/i18n/Translation-rehearsal-${String(at).padStart(3, '0')}.xz`,
  );
}

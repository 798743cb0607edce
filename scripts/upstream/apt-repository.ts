/**
 * Builds a whole apt repository in memory (Debian repository format): packages, indexes, Release,
 * InRelease. Two flavours of it are `debianForms`/`debianUpdatesForms` and `aptlyForms`.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Architecture } from '../../src/model/artifact.ts';
import { buildDeb, controlFields, renderFields, type PackageSpec } from './deb-package.ts';
import type { SigningKey } from './signing-key.ts';
import { storeXz } from './xz-store.ts';

export type IndexForm = 'plain' | 'gz' | 'xz' | 'bz2';

export interface IndexForms {
  /** Listed in Release, and there. */
  readonly published: readonly Exclude<IndexForm, 'bz2'>[];
  /** Listed in Release, but 404. */
  readonly listedOnly: readonly IndexForm[];
}

/** As Debian's main suites: the plain index is named for its digest, and not on the server. */
export const debianForms: IndexForms = { published: ['gz', 'xz'], listedOnly: ['plain'] };
/** As trixie-updates and trixie-security. */
export const debianUpdatesForms: IndexForms = { published: ['xz'], listedOnly: ['plain'] };
/** As aptly publishes, for example packages.fluentbit.io. Node has no bzip2, and nothing here asks for it. */
export const aptlyForms: IndexForms = { published: ['plain', 'gz'], listedOnly: ['bz2'] };

export interface ComponentSpec {
  readonly name: string;
  readonly packages: readonly PackageSpec[];
}

export interface SuiteSpec {
  /** The folder under `dists/`. */
  readonly directory: string;
  readonly suite: string;
  readonly codename: string;
  readonly origin: string;
  readonly label: string;
  readonly date: Date;
  readonly validUntil?: Date;
  readonly byHash: boolean;
  readonly forms: IndexForms;
  /** What is published in place of a form of an index, and listed: for forms that are not what they should be. */
  readonly encode?: Partial<Record<IndexForm, (plain: Buffer) => Buffer>>;
  /** An MD5Sum section beside SHA256, as old repositories have: nobody may believe it. */
  readonly md5?: boolean;
  /** Have packages of architecture `all` an index of their own as well (as in trixie-security)? */
  readonly allIndex?: boolean;
  readonly architectures: readonly Architecture[];
  readonly components: readonly ComponentSpec[];
  /** Listed besides, by paths below the suite's folder, and not there: other parts, with other digests for each date. */
  readonly otherIndexes?: readonly string[];
  /** Folder of the .deb files; a component's name follows. */
  readonly pool?: string;
  /** Fields of the Release file, to be written in place of the true ones; undefined leaves one out. */
  readonly releaseFields?: Readonly<Record<string, string | undefined>>;
}

export interface AptRepositorySpec {
  /** Where it is published: host and path, for example `ftp.debian.org/debian`. */
  readonly root: string;
  readonly suites: readonly SuiteSpec[];
  readonly signingKey: SigningKey;
}

/** A file of an upstream by host and path, without a slash at either end. */
export type UpstreamFiles = Map<string, Buffer>;

export async function buildAptRepository(spec: AptRepositorySpec): Promise<UpstreamFiles> {
  const files: UpstreamFiles = new Map();
  for (const suite of spec.suites) {
    const directory = `${spec.root}/dists/${suite.directory}`;
    const indexes: Index[] = [];
    for (const { name, packages } of suite.components) {
      const indexed = await addPackages(files, spec.root, `${suite.pool ?? 'pool'}/${name}`, packages);
      indexes.push(...indexesOf(suite, name, indexed));
    }
    for (const path of suite.otherIndexes ?? []) {
      const content = Buffer.from(`${path} of ${suite.date.toISOString()}`);
      indexes.push({ path, content, isPublished: false });
    }
    for (const { path, content } of indexes.filter((index) => index.isPublished)) {
      files.set(`${directory}/${path}`, content);
      if (suite.byHash) files.set(`${directory}/${byHashPath(path, content)}`, content);
    }
    const release = renderRelease(suite, indexes);
    const inRelease = await spec.signingKey.clearsign(release, suite.date);
    files.set(`${directory}/Release`, Buffer.from(release));
    files.set(`${directory}/InRelease`, Buffer.from(inRelease));
  }
  return files;
}

interface Index {
  /** Below the suite's folder. */
  readonly path: string;
  readonly content: Buffer;
  readonly isPublished: boolean;
}

interface IndexedPackage {
  readonly architecture: PackageSpec['architecture'];
  readonly stanza: string;
}

/** Puts a component's packages into `files`, and returns what its indexes say of them. */
async function addPackages(
  files: UpstreamFiles,
  root: string,
  pool: string,
  packages: readonly PackageSpec[],
): Promise<readonly IndexedPackage[]> {
  const indexed: IndexedPackage[] = [];
  for (const spec of packages) {
    const deb = await buildDeb(spec);
    const filename = poolPath(pool, spec);
    files.set(`${root}/${filename}`, deb);
    indexed.push({ architecture: spec.architecture, stanza: renderStanza(spec, filename, deb) });
  }
  return indexed;
}

/** An index for each architecture, in each form. Packages for all architectures are in every one. */
function indexesOf(suite: SuiteSpec, component: string, packages: readonly IndexedPackage[]): Index[] {
  const { published, listedOnly } = suite.forms;
  return architecturesOf(suite).flatMap((architecture) => {
    const plain = packages
      .filter((one) => one.architecture === architecture || one.architecture === 'all')
      .map((one) => one.stanza)
      .join('\n');
    const path = `${component}/binary-${architecture}/Packages`;
    return [...published, ...listedOnly].map((form) => ({
      path: form === 'plain' ? path : `${path}.${form}`,
      content: (suite.encode?.[form] ?? encoders[form])(Buffer.from(plain)),
      isPublished: !listedOnly.includes(form),
    }));
  });
}

function architecturesOf(suite: SuiteSpec): PackageSpec['architecture'][] {
  return suite.allIndex === true ? ['all', ...suite.architectures] : [...suite.architectures];
}

const encoders: Readonly<Record<IndexForm, (plain: Buffer) => Buffer>> = {
  plain: (plain) => plain,
  gz: (plain) => gzipSync(plain, { level: 9 }),
  xz: storeXz,
  bz2: (plain) => Buffer.from(`BZh: a stand-in for ${String(plain.length)} bytes`),
};

function renderStanza(spec: PackageSpec, filename: string, deb: Buffer): string {
  const { Description: description = '', ...control } = controlFields(spec);
  return renderFields({
    ...control,
    Description: description.split('\n')[0] ?? '',
    Filename: filename,
    Size: String(deb.length),
    MD5sum: hex('md5', deb),
    SHA256: hex('sha256', deb),
    ...spec.stanza,
  });
}

/** `pool/main/p/postgresql-17/libpq5_17.11-0+deb13u1_amd64.deb`: without the version's epoch. */
function poolPath(folder: string, spec: PackageSpec): string {
  const source = spec.source ?? spec.package;
  const shelf = source.startsWith('lib') ? source.slice(0, 4) : source.slice(0, 1);
  const version = spec.version.replace(/^\d+:/, '');
  return `${folder}/${shelf}/${source}/${spec.package}_${version}_${spec.architecture}.deb`;
}

function renderRelease(suite: SuiteSpec, indexes: readonly Index[]): string {
  const fields: Record<string, string | undefined> = {
    Origin: suite.origin,
    Label: suite.label,
    Suite: suite.suite,
    Codename: suite.codename,
    Date: suite.date.toUTCString().replace('GMT', 'UTC'),
    'Valid-Until': suite.validUntil?.toUTCString().replace('GMT', 'UTC'),
    'Acquire-By-Hash': suite.byHash ? 'yes' : undefined,
    'No-Support-for-Architecture-all': suite.allIndex === true ? undefined : 'Packages',
    Architectures: architecturesOf(suite).join(' '),
    Components: suite.components.map((component) => component.name).join(' '),
    Description: `${suite.label}, in a rehearsal`,
    ...suite.releaseFields,
  };
  const present = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
  const sections = [
    ...(suite.md5 === true ? [renderSection('MD5Sum', 'md5', indexes)] : []),
    renderSection('SHA256', 'sha256', indexes),
  ];
  return renderFields(Object.fromEntries(present)) + sections.join('');
}

function renderSection(name: string, algorithm: 'md5' | 'sha256', indexes: readonly Index[]): string {
  const lines = indexes.map(
    ({ path, content }) => ` ${hex(algorithm, content)} ${String(content.length).padStart(8)} ${path}\n`,
  );
  return `${name}:\n${lines.join('')}`;
}

function byHashPath(path: string, content: Buffer): string {
  return `${path.slice(0, path.lastIndexOf('/'))}/by-hash/SHA256/${hex('sha256', content)}`;
}

function hex(algorithm: 'md5' | 'sha256', bytes: Buffer): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

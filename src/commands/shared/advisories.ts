/** `--advisories`: where publicly known vulnerabilities are looked up. Off unless asked for. */
import { Option } from 'commander';
import { createFileStore } from '../../io/file-store.ts';
import { UsageError, VerificationError } from '../../model/errors.ts';
import type { Fetcher } from '../../model/ports.ts';
import type { Change } from '../../formats/own/changes.ts';
import type { Catalogue } from '../../formats/own/catalogue.ts';
import type { AdvisoryFinding } from '../../model/advisory.ts';
import { loadCatalogue } from '../../pipeline/manifests/catalogue.ts';
import { advisoriesOf, type AdvisorySource } from '../../sources/advisories.ts';
import { osvApi, osvFiles } from '../../sources/osv-api.ts';
import { readRequired } from './input-files.ts';

export interface AdvisoriesFlags {
  /** `osv`, or a path. */
  readonly advisories?: string;
  /** Where it is no other flag's. */
  readonly catalogue?: string;
}

export const advisoriesOption = new Option(
  '--advisories <osv|path>',
  "say which known vulnerabilities a change fixes or brings: ask api.osv.dev, or read a file or a folder of *.json in OSV's format",
);

/** An entry that is new or other; `whole`: with what a manifest leaves out of a version. */
export interface Changed {
  readonly name: string;
  readonly before: { readonly version: string } | undefined;
  readonly after: { readonly version: string };
  readonly whole: { readonly before: string | undefined; readonly after: string | undefined };
}

/** For commands that have no other use for a catalogue. */
export const namesOption = new Option(
  '--catalogue <file>',
  'with --advisories: what says how OSV calls entries (default: manifests/catalogue.yaml)',
);

export interface AdvisoriesOfChange {
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string;
  readonly finding: AdvisoryFinding;
}

/** What `diff` tells of, without what is gone. */
export function changedIn(changes: readonly Change[]): readonly Changed[] {
  return changes.flatMap(({ name, type, before, after }) => {
    if (type === 'other' || after === undefined) return [];
    return [
      { name, before, after, whole: { before: before?.evidence?.version, after: after.evidence?.version } },
    ];
  });
}

/** A change of several manifests is told of once. Versions as evidence has them, or else as the manifest. */
export async function findAdvisories(
  changes: readonly Changed[],
  { dependencies }: Pick<Catalogue, 'dependencies'>,
  source: AdvisorySource,
): Promise<readonly AdvisoriesOfChange[]> {
  const packages = new Map(dependencies.map(({ name, advisories }) => [name, advisories]));
  const distinct = new Map(
    changes.map(({ name, before, after, whole }) => [
      [name, before?.version, after.version, whole.before, whole.after].join(' '),
      {
        ...{ name, package: packages.get(name), isNew: before === undefined, ...whole },
        shown: { before: whole.before ?? before?.version, after: whole.after ?? after.version },
      },
    ]),
  );
  const found = await advisoriesOf([...distinct.values()], source);
  return [...found].map(([{ name, shown }, finding]) => ({ name, ...shown, finding }));
}

/** A file that is called osv is `./osv`. Throws UsageError `FILE_UNREADABLE`, also for files that are not OSV's. */
export async function openAdvisories(
  where: string,
  network: { readonly fetcher: Pick<Fetcher, 'post'> },
): Promise<AdvisorySource> {
  return where === 'osv' ? osvApi(network.fetcher) : readAdvisories(where);
}

async function readAdvisories(path: string): Promise<AdvisorySource> {
  const files = createFileStore();
  // What is no directory is told of by reading it.
  const names = await files.list(path).catch(() => []);
  const paths = names.filter((name) => name.endsWith('.json')).map((name) => `${path}/${name}`);
  if (names.length > 0 && paths.length === 0) {
    throw new UsageError('FILE_UNREADABLE', `${path} has no *.json in it: expected records in OSV's format`);
  }
  const read = async (file: string) => ({ path: file, bytes: await readRequired(file, files) });
  const found = [];
  for (const file of paths.length === 0 ? [path] : paths.sort()) found.push(await read(file));
  try {
    return osvFiles(found);
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    throw new UsageError('FILE_UNREADABLE', error.message, { hint: error.hint, cause: error });
  }
}

/** The catalogue that says what OSV calls entries. Throws UsageError `FILE_UNREADABLE` and `CATALOGUE_INVALID`. */
export async function readNames({
  catalogue = 'manifests/catalogue.yaml',
}: AdvisoriesFlags): Promise<Catalogue> {
  return loadCatalogue(await readRequired(catalogue, createFileStore()), catalogue);
}

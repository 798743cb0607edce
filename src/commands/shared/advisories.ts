/** `--advisories`: where publicly known vulnerabilities are looked up. Off unless asked for. */
import { Option } from 'commander';
import { createFileStore } from '../../io/file-store.ts';
import { UsageError, VerificationError } from '../../model/errors.ts';
import type { Fetcher } from '../../model/ports.ts';
import type { AdvisorySource } from '../../sources/advisories.ts';
import { osvApi, osvFiles } from '../../sources/osv-api.ts';
import { readRequired } from './input-files.ts';

export interface AdvisoriesFlags {
  /** `osv`, or a path. */
  readonly advisories?: string;
}

export const advisoriesOption = new Option(
  '--advisories <osv|path>',
  "say which known vulnerabilities a change fixes or brings: ask api.osv.dev, or read a file or a folder of *.json in OSV's format",
);

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

/** `assay verify --staged DIR MANIFEST`: hash what is there, on all cores. */
import { openStagedFiles } from '../io/staging-directory.ts';
import { imageItems } from '../pipeline/staging/stage-images.ts';
import { allItems, stagingItems } from '../pipeline/staging/staging-items.ts';
import { verifyStaged, type StagedVerdict } from '../pipeline/staging/verify-staged.ts';
import type { Host } from './shared/host.ts';
import { readManifest } from './shared/input-files.ts';
import type { OutputFlags } from './shared/options.ts';
import type { ImagesFlag, SelectionFlags } from './shared/staging.ts';

export interface StagedFlags extends OutputFlags, SelectionFlags, ImagesFlag {
  readonly staged: string;
}

/** Entries that the flags leave out may be there all the same, and are right then. */
export async function runVerifyStaged(manifestFile: string, flags: StagedFlags, host: Host): Promise<void> {
  const { manifest } = await readManifest(manifestFile);
  const images = imageItems(manifest);
  const required = [...stagingItems(manifest, flags), ...(flags.images === true ? images : [])];
  const names = new Set(required.map(({ name }) => name));
  const allowed = [...allItems(manifest), ...images].filter(({ name }) => !names.has(name));
  const files = await openStagedFiles(flags.staged);
  try {
    await report(await verifyStaged({ required, allowed, files }), flags, host);
  } finally {
    await files.close();
  }
}

async function report(verdicts: readonly StagedVerdict[], flags: StagedFlags, host: Host): Promise<void> {
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const errors = verdicts.flatMap(({ error }) => error ?? []);
  if (flags.json === true) {
    const document = {
      verified: errors.length === 0,
      directory: flags.staged,
      files: verdicts.map(({ name, status, error }) => ({
        ...{ name, status, error },
      })),
    };
    await host.out.document('verify-staged', document);
  }
  for (const { name, status, error } of verdicts) {
    if (error === undefined) reporter.info(`${status.padEnd(7)} ${name}`);
    else reporter.failure(error, `${status} ${name}`);
  }
  // Whatever the reason, a file that cannot be read among them: the directory is not what the manifest says.
  if (errors.length > 0) host.setExitCode(5);
}

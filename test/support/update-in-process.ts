/** `update-manifests` without a process of its own: for ports that a command line cannot set. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCache } from '../../src/io/cache.ts';
import { createFileStore } from '../../src/io/file-store.ts';
import { parseMirror } from '../../src/io/http/mirrors.ts';
import type { FetcherOptions } from '../../src/io/http/options.ts';
import type { OwnFiles } from '../../src/model/own-files.ts';
import type { Reporter } from '../../src/model/ports.ts';
import { loadCatalogue } from '../../src/pipeline/manifests/catalogue.ts';
import { fetchingMissing, readTrust } from '../../src/pipeline/trust/anchors.ts';
import { openTrust } from '../../src/verify/anchors/trust.ts';
import {
  updateManifests,
  type UpdateInput,
  type UpdateResult,
} from '../../src/pipeline/manifests/update-manifests.ts';
import { quickFetcher } from './quick-fetcher.ts';
import { now, type Rehearsal } from './rehearsal.ts';
import { silentReporter } from './silent-reporter.ts';

export interface InProcessOptions extends Partial<
  Pick<UpdateInput, 'filters' | 'refresh' | 'write' | 'keepGoing'>
> {
  readonly now?: string;
  readonly files?: OwnFiles;
  readonly reporter?: Reporter;
  /** Pauses take no time; time-outs are long unless given. */
  readonly fetcher?: FetcherOptions;
}

/** As the command does it, with an empty cache; everything is asked for again unless told otherwise. */
export async function updateInProcess(
  rehearsal: Pick<Rehearsal, 'directory' | 'manifestsDir' | 'trustDir' | 'catalogue' | 'mirrorArgs'>,
  options: InProcessOptions = {},
): Promise<UpdateResult> {
  const { files = createFileStore(), reporter = silentReporter } = options;
  const at = new Date(options.now ?? now);
  const mirrors = rehearsal.mirrorArgs.filter((word) => word !== '--mirror').map((text) => parseMirror(text));
  const fetcher = quickFetcher({ mirrors, ...options.fetcher });
  try {
    return await updateManifests({
      catalogue: loadCatalogue(await readFile(rehearsal.catalogue), rehearsal.catalogue),
      trust: openTrust(await readTrust(rehearsal.trustDir, files), at, fetchingMissing(fetcher, reporter)),
      filters: options.filters ?? {},
      refresh: options.refresh ?? 'all',
      write: options.write ?? true,
      keepGoing: options.keepGoing ?? false,
      paths: { manifestsDir: rehearsal.manifestsDir },
      cache: createCache(join(rehearsal.directory, 'cache-in-process')),
      ...{ fetcher, files, reporter, now: at },
    });
  } finally {
    await fetcher.close();
  }
}

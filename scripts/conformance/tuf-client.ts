/**
 * assay as tuf-conformance wants a client to be (its CLIENT-CLI.md): `init`, `refresh` and `download`, by what
 * `update-trust` does, over the same network code. It remembers what `update-trust` does, and when it does, in a folder
 * of its own; that a person has to accept other signers is left out.
 *
 * The suite reads what a client trusts from files of each role, which assay does not keep: a document is written there once
 * it was judged, that is when the next one is asked for.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isNewsOfTargets, parseTufVersions, renderTufVersions } from '../../src/formats/own/tuf-versions.ts';
import { createFetcher } from '../../src/io/http/fetcher.ts';
import { AssayError } from '../../src/model/errors.ts';
import { fetchMetadata, fetchTarget, type Get } from '../../src/pipeline/trust/fetch-trusted-root.ts';
import { digestOf } from '../../src/verify/digest.ts';
import { verifyKeptRoots } from '../../src/verify/tuf/kept-metadata.ts';
import { maxMetadataBytes } from '../../src/verify/tuf/metadata.ts';
import { openPinnedTufRoot } from '../../src/verify/tuf/update.ts';

const options = {
  'metadata-dir': { type: 'string', default: '' },
  'metadata-url': { type: 'string', default: '' },
  'target-name': { type: 'string', multiple: true, default: [] as string[] },
  'target-base-url': { type: 'string', default: '' },
  'target-dir': { type: 'string', default: '' },
} as const;

/** Its exit code: 1 is a refusal, or that something could not be had. Throws what is a bug. */
export async function runTufClient(args: readonly string[]): Promise<0 | 1> {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [command, initialRoot = ''] = positionals;
  const trusted = values['metadata-dir'];
  if (command === 'init') {
    init(trusted, initialRoot);
    return 0;
  }
  const { get, persist, close } = openRepository(trusted, values['metadata-url'], values['target-base-url']);
  try {
    if (command === 'refresh') await update(trusted, get, persist);
    else {
      for (const name of values['target-name']) {
        const { targets } = await update(trusted, get, persist);
        const bytes = await fetchTarget(get, targets, name);
        writeFileSync(join(values['target-dir'], encodeURIComponent(name)), bytes);
      }
    }
    return 0;
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    console.error(`${error.code}: ${error.message}`);
    return 1;
  } finally {
    await close();
  }
}

/** What stands beside pins.yaml: the pinned root, those that followed it, and the versions that were seen. */
function memoryOf(trusted: string) {
  const at = (name: string) => join(trusted, 'assay', name);
  return { pinned: at('root.json'), roots: at('roots'), seen: at('seen.json') };
}

function init(trusted: string, initialRoot: string): void {
  const { pinned, roots } = memoryOf(trusted);
  mkdirSync(roots, { recursive: true });
  for (const path of [pinned, join(trusted, 'root.json')]) writeFileSync(path, readFileSync(initialRoot));
}

/** As `update-trust` goes on from what it has, and what it leaves for the next run. */
async function update(trusted: string, get: Get, persist: () => void) {
  const memory = memoryOf(trusted);
  const pinned = readFileSync(memory.pinned);
  const { signed } = JSON.parse(pinned.toString()) as { readonly signed: { readonly version: number } };
  const pin = { version: signed.version, digest: digestOf('sha256', pinned) };
  const kept = readdirSync(memory.roots)
    .sort()
    .map((path) => ({ path, bytes: readFileSync(join(memory.roots, path)) }));
  const seen = existsSync(memory.seen) ? parseTufVersions(readFileSync(memory.seen), memory.seen) : undefined;

  const known = verifyKeptRoots(openPinnedTufRoot(pinned, pin, memory.pinned), kept);
  const fetched = await fetchMetadata(get, known, seen, new Date());
  persist();
  for (const { root, bytes } of fetched.chain) {
    writeFileSync(join(memory.roots, String(root.version).padStart(5, '0')), bytes);
  }
  if (isNewsOfTargets(seen, fetched.versions)) {
    writeFileSync(memory.seen, renderTufVersions(fetched.versions));
  }
  return fetched;
}

function openRepository(trusted: string, metadataUrl: string, targetUrl: string) {
  const origin = 'https://repository.example';
  const mirrors = [
    { origin, url: metadataUrl },
    { origin: `${origin}/targets`, url: targetUrl },
  ].filter(({ url }) => url !== '');
  const fetcher = createFetcher({ mirrors });
  let unjudged: { readonly path: string; readonly bytes: Uint8Array } | undefined;
  /** What came last was judged. */
  const persist = () => {
    if (unjudged !== undefined) writeFileSync(unjudged.path, unjudged.bytes);
    unjudged = undefined;
  };
  const get: Get = async (path, maxBytes = maxMetadataBytes) => {
    persist();
    const { bytes } = await fetcher.get({ url: `${origin}/${path}`, maxBytes, coding: 'raw' });
    const [, role] = /^(?:\d+\.)?(root|timestamp|snapshot|targets)\.json$/.exec(path) ?? [];
    if (role !== undefined) unjudged = { path: join(trusted, `${role}.json`), bytes };
    return bytes;
  };
  return { get, persist, close: () => fetcher.close() };
}

/** What clients of TUF make of a scenario: each state, with what the client remembers of those before. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isNewsOfTargets, type TufVersions } from '../../src/formats/own/tuf-versions.ts';
import { AssayError, TransportError } from '../../src/model/errors.ts';
import type { Fetcher } from '../../src/model/ports.ts';
import { fetchTrustedRoot } from '../../src/pipeline/trust/fetch-trusted-root.ts';
import { digestOf } from '../../src/verify/digest.ts';
import type { KeptFile } from '../../src/verify/tuf/kept-metadata.ts';
import { maxMetadataBytes } from '../../src/verify/tuf/metadata.ts';
import type { Scenario } from './tuf-cases.ts';
import { targetName, type Files } from './tuf-draft.ts';

/** Of one state. */
export interface Outcome {
  /** The bytes of the target; undefined: it was refused. */
  readonly target?: Buffer | undefined;
  /** Of assay's: the version of the timestamp that was accepted. */
  readonly timestamp?: number;
  /** For people, and for what is known of it. */
  readonly why: string;
}

export interface Client {
  readonly version: string;
  readonly judge: (scenarios: readonly Scenario[]) => Promise<readonly (readonly Outcome[])[]>;
}

const base = 'https://repository.example';

/** As `update-trust` goes from run to run, but that whatever waits for a person is accepted. */
export async function byAssay({ root, states }: Scenario, now: Date): Promise<readonly Outcome[]> {
  const pin = {
    ...{ type: 'sigstore' as const, file: targetName, digest: digestOf('sha256', Buffer.alloc(0)) },
    root: { file: 'root.json', version: 1, digest: digestOf('sha256', root) },
    ...{ target: targetName, seen: 'seen.json', sources: [base], learnt: '' },
  };
  const keptRoots: KeptFile[] = [];
  let seen: TufVersions | undefined;
  const outcomes: Outcome[] = [];
  for (const files of states) {
    const fetcher: Partial<Fetcher> = {
      get({ url, maxBytes }) {
        const bytes = files.get(url.slice(base.length + 1));
        if (bytes === undefined) throw new TransportError('NOT_FOUND', 'not there');
        if (bytes.length > maxBytes) throw new TransportError('TOO_LARGE', 'too large');
        return Promise.resolve({ bytes } as Awaited<ReturnType<Fetcher['get']>>);
      },
    };
    try {
      const fetched = await fetchTrustedRoot({
        ...{ pin, pinnedRoot: root, keptRoots, seen, fetcher: fetcher as Fetcher, now },
      });
      keptRoots.push(...fetched.rootVersions.map(({ bytes, version }) => ({ bytes, path: String(version) })));
      if (isNewsOfTargets(seen, fetched.versions)) seen = fetched.versions;
      const { timestamp } = fetched.versions;
      outcomes.push({ target: Buffer.from(fetched.bytes), timestamp, why: '' });
    } catch (error) {
      if (!(error instanceof AssayError)) throw error;
      outcomes.push({ why: `${error.code}: ${error.message}` });
    }
  }
  return outcomes;
}

/** What is used of tuf-js. */
interface TufJs {
  readonly Updater: new (options: object) => {
    getTargetInfo(name: string): Promise<object | undefined>;
    downloadTarget(info: object, path: string): Promise<string>;
  };
}

/** Undefined where it is not installed: a dependency of a development dependency. */
export function tufJs(name = 'tuf-js'): Client | undefined {
  try {
    const require = createRequire(import.meta.resolve('@sigstore/tuf'));
    const { version } = require(`${name}/package.json`) as { readonly version: string };
    const { Updater } = require(name) as TufJs;
    const { DownloadHTTPError } = require(`${name}/dist/error.js`) as {
      readonly DownloadHTTPError: new (message: string, statusCode: number) => Error;
    };
    const parent = mkdtempSync(join(tmpdir(), 'assay-tuf-js-'));
    // It may still open a file of which it has refused the digest.
    process.once('exit', () => {
      rmSync(parent, { recursive: true, force: true });
    });
    const judge: Client['judge'] = async (scenarios) => {
      const all: (readonly Outcome[])[] = [];
      for (const one of scenarios) all.push(await byTufJs(Updater, DownloadHTTPError, parent, one));
      return all;
    };
    return { version: `tuf-js ${version}`, judge };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.endsWith('MODULE_NOT_FOUND') === true) return undefined;
    throw error;
  }
}

async function byTufJs(
  Updater: TufJs['Updater'],
  NotThere: new (message: string, statusCode: number) => Error,
  parent: string,
  { root, states }: Scenario,
): Promise<readonly Outcome[]> {
  const folder = mkdtempSync(join(parent, 'scenario-'));
  const downloaded = join(folder, 'downloaded');
  const fetcherOf = (files: Files) => {
    const downloadBytes = (url: string, maxLength: number) => {
      const bytes = files.get(url.slice(base.length + 1));
      if (bytes === undefined) throw new NotThere('not there', 404);
      if (bytes.length > maxLength) throw new Error('too large');
      return Promise.resolve(Buffer.from(bytes));
    };
    return {
      downloadBytes,
      async downloadFile(url: string, maxLength: number, handle: (file: string) => Promise<unknown>) {
        writeFileSync(join(folder, 'temporary'), await downloadBytes(url, maxLength));
        return handle(join(folder, 'temporary'));
      },
    };
  };
  const sizes = ['rootMaxLength', 'timestampMaxLength', 'snapshotMaxLength', 'targetsMaxLength'];
  const config = Object.fromEntries(sizes.map((name) => [name, maxMetadataBytes]));
  writeFileSync(join(folder, 'root.json'), root);
  const outcomes: Outcome[] = [];
  for (const files of states) {
    try {
      const updater = new Updater({
        ...{
          metadataDir: folder,
          metadataBaseUrl: base,
          targetDir: folder,
          targetBaseUrl: `${base}/targets`,
        },
        ...{ fetcher: fetcherOf(files), config },
      });
      const info = await updater.getTargetInfo(targetName);
      if (info === undefined) throw new Error('no such target');
      await updater.downloadTarget(info, downloaded);
      outcomes.push({ target: readFileSync(downloaded), why: '' });
    } catch (error) {
      outcomes.push({ why: String(error) });
    }
  }
  return outcomes;
}

/** Undefined where it is not installed. */
export function pythonTuf(): Client | undefined {
  const { status, stdout } = spawnSync('python3', ['-c', 'import tuf; print(tuf.__version__)'], {
    encoding: 'utf8',
  });
  if (status !== 0) return undefined;
  return {
    version: `python-tuf ${stdout.trim()}`,
    judge: (scenarios) => Promise.resolve(byPython(scenarios)),
  };
}

function byPython(scenarios: readonly Scenario[]): readonly (readonly Outcome[])[] {
  const written = scenarios.map(({ root, states }) => {
    const files = states.map((state) =>
      Object.fromEntries([...state].map(([path, bytes]) => [path, base64(bytes)])),
    );
    return JSON.stringify({ root: base64(root), target: targetName, states: files });
  });
  const { status, stdout, stderr } = spawnSync('python3', [join(import.meta.dirname, 'tuf-python.py')], {
    ...{ input: written.join('\n'), encoding: 'utf8', maxBuffer: 1 << 28 },
  });
  if (status !== 0) throw new Error(`python3 ended with ${String(status)}\n${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) =>
      (JSON.parse(line) as { readonly target?: string; readonly why: string }[]).map(({ target, why }) => ({
        ...{ target: target === undefined ? undefined : Buffer.from(target, 'hex'), why },
      })),
    );
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

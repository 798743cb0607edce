/** The parts of staging that a server has no say in; its faults are in test/e2e/staging-faults.test.ts. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createStagingDirectory } from '../../../../src/io/staging-directory.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import type { PartialFile, StagingDirectory } from '../../../../src/model/staging-ports.ts';
import { stage } from '../../../../src/pipeline/staging/stage.ts';
import { verifyStaged } from '../../../../src/pipeline/staging/verify-staged.ts';
import * as fault from '../../../support/fault-server.ts';
import { quickFetcher } from '../../../support/quick-fetcher.ts';
import { refusal } from '../../../support/refusals.ts';
import { silentReporter } from '../../../support/silent-reporter.ts';

const content = Buffer.from('the bytes of a tool\n');
const digest = `sha256:${createHash('sha256').update(content).digest('hex')}` as const;

let server: fault.FaultServer;
let path: string;
let directory: Awaited<ReturnType<typeof createStagingDirectory>>;
const fetcher = quickFetcher();
beforeAll(async () => void (server = await fault.startFaultServer()));
afterAll(() => Promise.all([server.close(), fetcher.close()]));
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'assay-test-'));
  directory = await createStagingDirectory(path);
});
afterEach(async () => {
  await directory.close();
  await rm(path, { recursive: true });
});

const items = (names: readonly string[]) =>
  names.map((name) => ({ name, url: `${server.origin}/${name}`, digest, sizeBytes: content.length }));

function run(names: readonly string[], over: Partial<StagingDirectory> = {}, signal?: AbortSignal) {
  const port = { ...directory, ...over };
  return stage({ items: items(names), directory: port, fetcher, reporter: silentReporter, jobs: 2, signal });
}

describe('stage', () => {
  it('asks for room for what is missing, less what is left of earlier runs, before anything is fetched', async () => {
    await writeFile(join(path, 'b'), content);
    await refusal(
      run(['a', 'b'], { freeBytes: () => Promise.resolve(content.length - 1) }),
      UsageError,
      'NO_SPACE',
    );
    expect(server.requests).toEqual([]);
    server.on('/a', fault.file(content));
    const enough = { freeBytes: () => Promise.resolve(content.length - 5), leftOf: () => Promise.resolve(5) };
    expect((await run(['a', 'b'], enough)).staged.map(({ status }) => status)).toEqual(['staged', 'kept']);
  });

  it('hands on what is no error of its own, and leaves nothing behind', async () => {
    for (const name of ['d', 'e']) server.on(`/${name}`, fault.file(content));
    const bug = new TypeError('a bug');
    const files: PartialFile[] = [];
    const receive: StagingDirectory['receive'] = async (name, expected) => {
      const file = await directory.receive(name, expected);
      files.push(file);
      return name === 'd' ? { ...file, finish: () => Promise.reject(bug) } : file;
    };
    await expect(run(['d', 'e'], { receive })).rejects.toBe(bug);
    expect((await readdir(join(path, '.assay'))).filter((name) => name.startsWith('.d'))).toEqual([]);
    // A process that has a bug ends; this one goes on.
    await Promise.all(files.map((file) => file.discard()));
  });

  it('gives no name to what is not of its type, nor calls it right where it has one', async () => {
    server.on('/x.zip', fault.file(content));
    const zip = items(['x.zip']).map((item) => ({ ...item, type: 'zip' as const }));
    const staging = { items: zip, directory, fetcher, reporter: silentReporter, jobs: 2 };
    const outcome = async () =>
      (await stage(staging)).failures.map(({ error }) => [error.code, error.exitCode]);
    expect(await outcome()).toEqual([['TYPE_MISMATCH', 5]]);
    expect(await readdir(path)).toEqual(['.assay']);
    expect(await readdir(join(path, '.assay'))).toEqual([]);
    await writeFile(join(path, 'x.zip'), content);
    expect(await outcome()).toEqual([['TYPE_MISMATCH', 5]]);
    const [verdict] = await verifyStaged({ required: zip, allowed: [], files: directory });
    expect([verdict?.status, verdict?.error?.code]).toEqual(['wrong', 'TYPE_MISMATCH']);
    const asTold = await verifyStaged({ required: items(['x.zip']), allowed: [], files: directory });
    expect(asTold.map(({ status }) => status)).toEqual(['right']);
  });

  it('takes a file system that does not say for one with room', async () => {
    server.on('/c', fault.file(content));
    const { staged } = await run(['c'], { freeBytes: () => Promise.resolve(undefined) });
    expect(staged).toHaveLength(1);
  });

  it('begins nothing once it is interrupted', async () => {
    const before = server.requests.length;
    expect(await run(['d'], {}, AbortSignal.abort())).toEqual({ staged: [], failures: [] });
    expect(server.requests).toHaveLength(before);
  });

  it('removes what is left of other content, and of this one once it is right', async () => {
    await writeFile(join(path, 'e'), content);
    const own = join(path, '.assay');
    await writeFile(join(own, '.e.0123456789abcdef.partial'), 'x');
    await writeFile(join(own, '.f.0123456789abcdef.partial'), 'another name');
    await run(['e']);
    expect((await readdir(path)).sort()).toEqual(['.assay', 'e']);
    expect(await readdir(own)).toEqual(['.f.0123456789abcdef.partial']);
  });

  it('refuses a name that leads elsewhere', async () => {
    const { failures } = await run(['../x', '.hidden', 'a/b']);
    expect(failures.map(({ error }) => error.code)).toEqual(['USAGE', 'USAGE', 'USAGE']);
  });
});

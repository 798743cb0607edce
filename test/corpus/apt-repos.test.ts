/**
 * Small apt repositories, good and hostile, through the built command: what it resolves, downloads, refuses.
 *
 * They are an outside corpus, with a `manifest.json`: it runs where ASSAY_CORPUS names the directory that
 * holds its `apt-repos/`. Cases of our own are in test/unit/sources and test/e2e, and always run.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { runAssay } from '../support/run-assay.ts';
import { snapshot } from '../support/snapshot.ts';

interface Resolved {
  readonly package: string;
  readonly version: string;
  readonly architecture: string;
  readonly filename: string;
  readonly size: number;
  readonly sha256: string;
}

interface Case {
  readonly id: string;
  readonly base: string;
  readonly suite: string;
  readonly component: string;
  readonly arch: string;
  readonly keyring: readonly string[];
  readonly request: { readonly package: string; readonly version?: string; readonly arch?: string };
  readonly expect: 'accept' | 'reject' | 'either';
  /** Which of both is our choice. */
  readonly prefer?: 'accept' | 'reject';
  readonly why: string;
  readonly now?: string;
  readonly resolved?: Resolved;
}

const corpus = process.env['ASSAY_CORPUS'] ?? '';

describe.runIf(corpus === '')('apt repositories', () => {
  it('were not tested: ASSAY_CORPUS is unset', () => {
    expect(corpus).toBe('');
  });
});

describe.runIf(corpus !== '').concurrent('apt repositories', () => {
  if (corpus === '') return;
  const root = join(resolve(corpus), 'apt-repos');
  const { cases } = JSON.parse(readFileSync(join(root, 'manifest.json'), 'utf8')) as { cases: Case[] };
  let server: UpstreamServer;
  let folder: string;

  beforeAll(async () => {
    server = await startUpstreamServer({ directory: root });
    folder = mkdtempSync(join(tmpdir(), 'assay-apt-repos-'));
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  it('are there', () => {
    expect(cases.length).toBeGreaterThan(0);
  });

  it.each(cases)('$id: $expect, $why', async (one) => {
    const directory = join(folder, one.id);
    const { request } = one;
    const outcome = await runAssay([
      ...['fetch-deb', '--json', '--repo', `${server.url}/${one.base}`, '--suite', one.suite],
      ...['--component', one.component, '--arch', request.arch ?? one.arch, '--package', request.package],
      ...(request.version === undefined ? [] : ['--version', request.version]),
      ...one.keyring.flatMap((name) => ['--keyring', join(root, name)]),
      ...['--now', one.now ?? '2026-11-21T00:00:00Z', '--dir', directory],
    ]);
    const staged = await snapshot(directory).catch(() => ({}));
    const verdict = outcome.exitCode === 0 ? 'accept' : 'reject';
    if (one.expect !== 'either') expect(verdict, outcome.stderr).toBe(one.expect);
    if (one.prefer !== undefined && verdict !== one.prefer) {
      console.info(`${one.id}: ${verdict}, where ${one.prefer} is preferred: ${one.why}\n${outcome.stderr}`);
    }
    if (verdict === 'reject') {
      expect([4, 5]).toContain(outcome.exitCode);
      expect(staged).toEqual({});
      return;
    }
    const { url, schema, ...found } = JSON.parse(outcome.stdout) as Resolved & { url: string; schema: string };
    expect(schema).toBe('assay/fetch-deb/v1');
    expect(found).toEqual(one.resolved);
    expect(url).toContain(`${server.url}/${one.base}/`);
    expect(Object.keys(staged)).toEqual([found.filename.slice(found.filename.lastIndexOf('/') + 1)]);
  });
});

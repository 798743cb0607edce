/**
 * What earlier answers may do to later ones: nothing, unless they were verified and used. Each upstream names versions
 * in a document of another kind, and its server is honest about the validators that it is asked with.
 */
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { startUpstreamServer, type UpstreamServer } from '../../../../scripts/upstream/server.ts';
import { parseTrustedMirror } from '../../../../src/io/http/mirrors.ts';
import { AssayError } from '../../../../src/model/errors.ts';
import { parseManifest } from '../../../../src/formats/own/manifest.ts';
import type { UpdateResult } from '../../../../src/pipeline/manifests/update-manifests.ts';
import { removeSeed, test as withRehearsal } from '../../../support/rehearsal.ts';
import { updateInProcess, type InProcessOptions } from '../../../support/update-in-process.ts';

afterAll(removeSeed);

const past = 'Thu, 01 Jan 2026 00:00:00 GMT';
const future = 'Tue, 01 Jan 2030 00:00:00 GMT';

interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

interface Seen {
  readonly isConditional: boolean;
  readonly status: number;
}

/** A file with these validators, as a server has it that honours both kinds of conditions. */
function serve(body: string | Uint8Array, { etag, lastModified }: Validators, seen: Seen[]) {
  return ({ headers }: IncomingMessage, response: ServerResponse): void => {
    const { 'if-none-match': known, 'if-modified-since': since } = headers;
    const isSame =
      known === undefined
        ? since !== undefined && lastModified !== undefined && Date.parse(since) >= Date.parse(lastModified)
        : known === etag;
    const status = isSame ? 304 : 200;
    seen.push({ isConditional: known !== undefined || since !== undefined, status });
    response.writeHead(status, {
      ...(etag === undefined ? {} : { etag }),
      ...(lastModified === undefined ? {} : { 'last-modified': lastModified }),
    });
    response.end(isSame ? undefined : body);
  };
}

interface Upstream {
  readonly directory: string;
  readonly server: UpstreamServer;
  /** How the document that names the newest version was asked for. */
  readonly seen: Seen[];
  names(body: string, validators: Validators): void;
  run(options?: InProcessOptions): Promise<UpdateResult>;
  version(): Promise<string>;
}

interface Kind {
  readonly kind: string;
  readonly source: string;
  readonly path: string;
  readonly body: (version: string) => string;
  readonly token?: string;
}

const releases = (version: string) =>
  JSON.stringify([
    {
      ...{ tag_name: `v${version}`, draft: false, prerelease: false, published_at: '2026-11-01T00:00:00Z' },
      assets: [],
    },
  ]);

const kinds: readonly Kind[] = [
  {
    kind: 'stable.txt',
    source:
      "{ type: release-server, uri: 'https://dl.example.org', latest: stable.txt, path: 'v{version}', tag: 'v{version}' }",
    path: 'dl.example.org/stable.txt',
    body: (version) => `v${version}\n`,
  },
  {
    kind: 'a JSON document',
    source:
      "{ type: release-server, uri: 'https://dl.example.org', latest: { path: latest.json, pointer: /newest }, path: 'v{version}', tag: 'v{version}' }",
    path: 'dl.example.org/latest.json',
    body: (version) => JSON.stringify({ newest: `v${version}` }),
  },
  {
    kind: 'a list of releases',
    source: "{ type: github-release, repository: acme/tool, tag: 'v{version}' }",
    path: 'api.github.com/repos/acme/tool/releases',
    body: releases,
    token: 'token-for-tests',
  },
];

const pins = (await readFile(new URL('../../../../trust/pins.yaml', import.meta.url), 'utf8')).replace(
  /anchors:\n.*/s,
  'anchors: {}\n',
);

async function open({ source, path, token }: Kind): Promise<Upstream> {
  const directory = await mkdtemp(join(tmpdir(), 'assay-second-look-'));
  const files = new Map<string, Buffer>();
  for (const version of ['1.0.0', '1.1.0', '1.2.0']) {
    const bytes = Buffer.from(`tool ${version}`);
    const sum = createHash('sha256').update(bytes).digest('hex');
    for (const folder of ['dl.example.org', 'github.com/acme/tool/releases/download']) {
      files.set(`${folder}/v${version}/tool`, bytes);
      files.set(`${folder}/v${version}/tool.sha256`, Buffer.from(`${sum}  tool\n`));
    }
  }
  const server = await startUpstreamServer({ files });
  const catalogue = join(directory, 'catalogue.yaml');
  const [trustDir, manifestsDir] = [join(directory, 'trust'), join(directory, 'manifests')];
  await mkdir(trustDir);
  await writeFile(join(trustDir, 'pins.yaml'), pins);
  await writeFile(
    catalogue,
    [
      'version: 1',
      'kinds: [n]',
      'platforms: [{ os: debian-13, architectures: [amd64] }]',
      `sources: { tool: ${source} }`,
      'dependencies:',
      "  tool: { kinds: [n], type: binary, source: { from: tool, asset: tool }, verification: { method: checksum, checksums: '{asset}.sha256', reason: nobody signs this } }",
      '',
    ].join('\n'),
  );
  const mirrors = ['dl.example.org', 'github.com', 'api.github.com'].map((host) =>
    parseTrustedMirror(`https://${host}=${server.url}/${host}`),
  );
  const seen: Seen[] = [];
  const place = { directory, catalogue, trustDir, manifestsDir, mirrorArgs: [] };
  return {
    ...{ directory, server, seen },
    names: (body, validators) => server.override(path, serve(body, validators, seen)),
    run: (options = {}) =>
      updateInProcess(place, {
        refresh: [],
        ...options,
        fetcher: {
          ...{ mirrors, cacheDir: join(directory, 'cache'), githubToken: token },
          // After the validators of these tests.
          timing: { now: () => Date.UTC(2026, 10, 20) },
        },
      }),
    async version() {
      const bytes = await readFile(join(manifestsDir, 'n.debian-13.amd64.json'));
      return (parseManifest(bytes, 'n').vmconfig.dependencies['tool'] as { version: string }).version;
    },
  };
}

function codes({ failures }: UpdateResult): string[] {
  return failures.map(({ error }) => error.code);
}

describe.for(kinds)('$kind', (kind) => {
  const upstreamTest = test.extend<{ upstream: Upstream }>({
    upstream: async ({}, use) => {
      const upstream = await open(kind);
      await use(upstream);
      await upstream.server.close();
      await rm(upstream.directory, { recursive: true });
    },
  });
  const { body } = kind;

  upstreamTest(
    'is asked about once it was used, and not again where that is wished',
    async ({ upstream }) => {
      upstream.names(body('1.0.0'), { etag: '"a"', lastModified: past });
      expect(codes(await upstream.run())).toEqual([]);
      expect(codes(await upstream.run())).toEqual([]);
      for (const refresh of ['all', ['tool']] as const)
        expect(codes(await upstream.run({ refresh }))).toEqual([]);
      expect(upstream.seen).toEqual([
        { isConditional: false, status: 200 },
        { isConditional: true, status: 304 },
        { isConditional: false, status: 200 },
        { isConditional: false, status: 200 },
      ]);
    },
  );

  upstreamTest('that was from the future does not freeze', async ({ upstream }) => {
    upstream.names(body('1.0.0'), { lastModified: future });
    expect(codes(await upstream.run())).toEqual([]);
    upstream.names(body('1.1.0'), { lastModified: past });
    expect(codes(await upstream.run())).toEqual([]);
    expect(await upstream.version()).toBe('1.1.0');
    expect(upstream.seen.map(({ isConditional }) => isConditional)).toEqual([false, false]);
  });

  upstreamTest.for([
    ['cannot be read', '<html>', 'EVIDENCE_MALFORMED'],
    ['names files that are not there', body('1.9.0'), 'NOT_FOUND'],
    ['goes back', body('1.0.0'), 'VERSION_DOWNGRADED'],
  ] as const)('that %s leaves nothing behind', async ([, bad, code], { upstream }) => {
    upstream.names(body('1.1.0'), { etag: '"a"' });
    await upstream.run();
    upstream.names(bad, { etag: '"evil"', lastModified: past });
    const found = codes(await upstream.run());
    // The list of releases never goes back: what is in use is not in it any more.
    expect([code, 'VERSION_UNAVAILABLE']).toContain(found[0]);
    upstream.names(body('1.2.0'), { etag: '"evil"', lastModified: past });
    expect(codes(await upstream.run())).toEqual([]);
    expect(await upstream.version()).toBe('1.2.0');
    // What was good before may be asked about still.
    expect(upstream.seen.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  upstreamTest(
    'that was kept and leads to a refusal is fetched whole in the same run',
    async ({ upstream }) => {
      const said: string[] = [];
      const { directory } = upstream;
      upstream.names(body('1.0.0'), { etag: '"a"' });
      await upstream.run();
      await cp(join(directory, 'cache'), join(directory, 'older'), { recursive: true });
      upstream.names(body('1.1.0'), { etag: '"b"' });
      await upstream.run();
      await rm(join(directory, 'cache'), { recursive: true });
      await cp(join(directory, 'older'), join(directory, 'cache'), { recursive: true });
      upstream.names(body('1.2.0'), { etag: '"a"' });
      upstream.seen.length = 0;
      const reporter = {
        ...{ step: () => undefined, info: () => undefined, error: () => undefined },
        warn: (message: string) => void said.push(message),
      };
      expect(codes(await upstream.run({ reporter }))).toEqual([]);
      expect(await upstream.version()).toBe('1.2.0');
      expect(upstream.seen).toEqual([
        { isConditional: true, status: 304 },
        { isConditional: false, status: 200 },
      ]);
      expect(new Set(said).size).toBe(said.length);
      expect(await readdir(join(directory, 'cache', 'validators'))).toHaveLength(1);
    },
  );
});

describe('InRelease', () => {
  const path = 'ftp.debian.org/debian/dists/trixie/InRelease';
  const options = (directory: string): InProcessOptions => ({
    refresh: [],
    fetcher: { cacheDir: join(directory, 'validators-cache') },
  });
  const outcome = async (action: Promise<UpdateResult>) =>
    codes(
      await action.catch((error: unknown) => {
        if (error instanceof AssayError) return { failures: [{ error }] } as unknown as UpdateResult;
        throw error;
      }),
    );

  withRehearsal('that is refused leaves no validators', async ({ seeded }) => {
    const seen: Seen[] = [];
    const good = seeded.files.get(path)!;
    const evil = Buffer.from(good);
    evil[evil.length - 200]! ^= 1;
    const same = { etag: '"same"', lastModified: past };
    seeded.server.override(path, serve(evil, same, seen));
    expect(await outcome(updateInProcess(seeded, options(seeded.directory)))).not.toEqual([]);
    seeded.server.override(path, serve(good, same, seen));
    expect(await outcome(updateInProcess(seeded, options(seeded.directory)))).toEqual([]);
    expect(await outcome(updateInProcess(seeded, options(seeded.directory)))).toEqual([]);
    expect(seen.map(({ status }) => status)).toEqual([200, 200, 304]);
  });

  withRehearsal('that was kept and has gone back is fetched whole in the same run', async ({ seeded }) => {
    const seen: Seen[] = [];
    const { directory, files, server } = seeded;
    server.override(path, serve(files.get(path)!, { etag: '"a"' }, seen));
    expect(await outcome(updateInProcess(seeded, options(directory)))).toEqual([]);
    // The dates of a newer one are remembered; the cache of this machine has the older one.
    await seeded.publish({ at: '2026-11-21T11:00:00Z' });
    server.override(path);
    const later = '2026-11-21T12:00:00Z';
    expect(await outcome(updateInProcess(seeded, { refresh: [], now: later }))).toEqual([]);
    server.override(path, serve(files.get(path)!, { etag: '"a"' }, seen));
    expect(await outcome(updateInProcess(seeded, { ...options(directory), now: later }))).toEqual([]);
    expect(seen).toEqual([
      { isConditional: false, status: 200 },
      { isConditional: true, status: 304 },
      { isConditional: false, status: 200 },
    ]);
  });
});

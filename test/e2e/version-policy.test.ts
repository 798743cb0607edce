/** Which versions get into a manifest, with the built command: policies of the catalogue, GitHub's list and its quota. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { generateDebianKeys, writeDebianTrust } from '../../scripts/upstream/debian.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { exhaustedQuota } from '../../scripts/upstream/sigstore/github-api.ts';
import { publishGithub, type GithubRelease } from '../../scripts/upstream/sigstore/github.ts';
import { createSigstore } from '../../scripts/upstream/sigstore/instance.ts';
import { releaseNetsy } from '../../scripts/upstream/sigstore/releases.ts';
import { contentSize } from '../../scripts/upstream/virtual-file.ts';
import { startFaultServer, type FaultServer } from '../support/fault-server.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { changedPaths, snapshot } from '../support/snapshot.ts';

const now = '2026-11-20T12:00:00Z';
const sigstore = createSigstore({ validFrom: new Date('2026-01-01T00:00:00Z') });
const githubToken = 'token-for-tests';
const api = 'api.github.com/repos/netsy-dev/netsy/releases';
const downloads = 'github.com/netsy-dev/netsy/releases/download';
const fileName = 'knc.debian-13.amd64.json';

/** In this order on GitHub: the second is its latest. */
const releases: readonly GithubRelease[] = [
  releaseNetsy(sigstore, { version: '2.1.0-rc.1', at: new Date('2026-11-19T12:00:00Z'), isPrerelease: true }),
  releaseNetsy(sigstore, { version: '1.2.0', at: new Date('2026-11-18T12:00:00Z') }),
  releaseNetsy(sigstore, { version: '2.0.0', at: new Date('2026-11-10T12:00:00Z') }),
  releaseNetsy(sigstore, { version: '1.1.0', at: new Date('2026-11-01T12:00:00Z') }),
];

const { files, routes } = publishGithub({ releases });

let directory: string;
let trustDir: string;
let project: string;
let server: UpstreamServer;
/** Where github.com sends those who ask for a file. */
let objects: FaultServer;
/** `<host> <token or "none">` of every request to the upstream. */
let tokens: string[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-version-policy-'));
  trustDir = join(directory, 'trust');
  await writeDebianTrust(trustDir, await generateDebianKeys(new Date(now)), sigstore.trustedRoot());
  objects = await startFaultServer();
  server = await startUpstreamServer({ files, routes });
  for (const path of routes.keys()) record(path);
  for (const [path, content] of files) {
    if (!path.endsWith('.tar.gz')) continue;
    objects.on(`/objects/${path}?signature=x`, (_request, response) => {
      response.writeHead(200, { 'content-length': contentSize(content) }).end();
    });
    server.override(path, (request, response) => {
      tokens.push(`${path.split('/')[0]!} ${request.headers.authorization ?? 'none'}`);
      response.writeHead(302, { location: `${objects.origin}/objects/${path}?signature=x` }).end();
    });
  }
});
beforeEach(async () => {
  project = await mkdtemp(join(directory, 'project-'));
  tokens = [];
});
afterAll(async () => {
  await server.close();
  await objects.close();
  await rm(directory, { recursive: true, force: true });
});

/** Notes who shows a token, and answers as GitHub does. */
function record(path: string): void {
  server.override(path, (request, response, place) => {
    tokens.push(`${path.split('/')[0]!} ${request.headers.authorization ?? 'none'}`);
    routes.get(path)!(request, response, place);
  });
}

/** A catalogue of one entry, whose source has these lines of YAML besides. */
async function writeCatalogue(...lines: readonly string[]): Promise<void> {
  const text = `version: 1
kinds: [knc]
platforms: [{ os: debian-13, architectures: [amd64] }]
sources:
  netsy:
    type: github-release
    repository: netsy-dev/netsy
    tag: v{version}
${lines.map((line) => `    ${line}\n`).join('')}
dependencies:
  netsy:
    kinds: [knc]
    type: tar.gz
    source: { from: netsy, asset: 'netsy_{version}_linux_{arch}.tar.gz' }
    verification:
      method: sigstore-checksums
      checksums: netsy_{version}_checksums.txt
      bundle: netsy_{version}_checksums.txt.bundle
      identity: https://github.com/netsy-dev/netsy/.github/workflows/release.yaml@refs/tags/v{version}
      issuer: https://token.actions.githubusercontent.com
`;
  await mkdir(project, { recursive: true });
  await writeFile(join(project, 'catalogue.yaml'), text);
}

function update(env: Readonly<Record<string, string>> = {}, args: readonly string[] = ['--json']) {
  const mirrors = ['github.com', 'api.github.com'].flatMap((host) => [
    '--trusted-mirror',
    `https://${host}=${server.url}/${host}`,
  ]);
  return runInProcess(
    [
      ...['update-manifests', '--now', now, '--catalogue', join(project, 'catalogue.yaml')],
      ...['--trust-dir', trustDir, '--cache-dir', join(project, 'cache')],
      ...[...mirrors, ...args],
    ],
    { env },
  );
}

const withToken = { GITHUB_TOKEN: githubToken };

async function version(): Promise<string | undefined> {
  const text = await readFile(join(project, fileName), 'utf8');
  const { vmconfig } = JSON.parse(text) as {
    vmconfig: { dependencies: Record<string, { version: string }> };
  };
  return vmconfig.dependencies['netsy']?.version;
}

describe('with a token', () => {
  it('the highest of the list gets in, and the token goes to the API alone', async () => {
    await writeCatalogue('versions: { range: ">=1.1" }');
    expectDone(await update(withToken));
    expect(await version()).toBe('2.0.0');
    expect(tokens.filter((one) => one.startsWith('api.'))).toEqual([`api.github.com Bearer ${githubToken}`]);
    expect(tokens.filter((one) => !one.startsWith('api.'))).toEqual(['github.com none']);
    const file = `/objects/${downloads}/v2.0.0/netsy_2.0.0_linux_amd64.tar.gz?signature=x`;
    expect(objects.requests.map(({ path, headers }) => [path, headers.authorization])).toContainEqual([
      file,
      undefined,
    ]);
    expect(objects.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it('a run that finds nothing new asks once, and gets no body', async () => {
    await writeCatalogue();
    expectDone(await update(withToken));
    const before = { files: await snapshot(project), requests: server.log.length };
    expectDone(await update(withToken));
    expect(server.log.slice(before.requests).map(({ path, status }) => `${path} ${String(status)}`)).toEqual([
      `${api} 304`,
    ]);
    // The cache has a mark more: what was judged, and found good.
    const changed = changedPaths(before.files, await snapshot(project));
    expect(changed.filter((path) => !/(?:^|\/)(?:cache|blobs)(?:\/|$)/.test(path))).toEqual([]);
  });
});

describe('without a token', () => {
  it('the highest gets in, not what is marked, and a first run says that it asks', async () => {
    await writeCatalogue();
    const { stderr } = expectDone(await update());
    expect(await version()).toBe('2.0.0');
    expect(stderr).toContain('the 60 requests an hour that GitHub grants without GITHUB_TOKEN');
    expect(tokens.filter((one) => one.startsWith('api.'))).toEqual(['api.github.com none']);
    expect(expectDone(await update()).stderr).not.toContain('60 requests');
    expect(await version()).toBe('2.0.0');
  });

  it('where the API has to be asked and has had enough: exit 4, RATE_LIMITED, and what to do', async () => {
    // The machine's own clock counts for waiting, and GitHub's has whole seconds.
    const resetAt = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000);
    server.override(api, exhaustedQuota(resetAt));
    await writeCatalogue('versions: { range: ^2 }');
    const outcome = await update();
    record(api);
    expectRefused(outcome, 4, 'RATE_LIMITED');
    expect(outcome.stderr).toContain(resetAt.toISOString());
    expect(outcome.stderr).toContain('GITHUB_TOKEN');
  });
});

describe('the policy', () => {
  it.each([
    ['versions: { range: ^3 }', 'VERSION_UNAVAILABLE'],
    ['versions: { minimumAge: 52w }', 'VERSION_TOO_YOUNG'],
  ] as const)('%s: exit 6, %s, and no manifest', async (line, code) => {
    await writeCatalogue(line);
    expectRefused(await update(withToken), 6, code);
    await expect(readFile(join(project, fileName))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('a mistake in it: exit 2, with its line', async () => {
    await writeCatalogue('versions: { range: newest }');
    const outcome = await update(withToken);
    expectRefused(outcome, 2, 'CATALOGUE_INVALID');
    expect(outcome.stderr).toContain('sources.netsy.versions.range');
  });

  it('an anchor that nobody pinned: exit 2, with its line, before anything is asked for', async () => {
    await writeCatalogue();
    const catalogue = join(project, 'catalogue.yaml');
    const text = await readFile(catalogue, 'utf8');
    const method = 'method: openpgp-checksums\n      form: clearsigned\n      signedBy: nobody';
    await writeFile(
      catalogue,
      text
        .replace('method: sigstore-checksums', method)
        .replace(/^      (?:bundle|identity|issuer): .*\n/gm, ''),
    );
    const before = server.log.length;
    const outcome = await update(withToken);
    expectRefused(outcome, 2, 'CATALOGUE_INVALID');
    expect(outcome.stderr).toContain('dependencies.netsy.verification.signedBy: names no keys');
    expect(server.log).toHaveLength(before);
  });

  it('what is held stays while others move on; a narrower range is no way back', async () => {
    await writeCatalogue('version: 1.1.0');
    expectDone(await update(withToken));
    await writeCatalogue('versions: { hold: the next one breaks the backups }');
    expectDone(await update(withToken));
    expect(await version()).toBe('1.1.0');
    await writeCatalogue();
    expectDone(await update(withToken));
    expect(await version()).toBe('2.0.0');
    await writeCatalogue('versions: { range: ^1 }');
    expectRefused(await update(withToken), 6, 'VERSION_DOWNGRADED');
    expect(await version()).toBe('2.0.0');
  });

  it('the newest that is old enough gets in, and the next one when it is', async () => {
    await writeCatalogue('versions: { range: ^1, minimumAge: 7d }');
    expectDone(await update(withToken));
    expect(await version()).toBe('1.1.0');
    expectDone(await update(withToken, ['--json', '--now', '2026-11-25T11:59:59Z']));
    expect(await version()).toBe('1.1.0');
    expectDone(await update(withToken, ['--json', '--now', '2026-11-25T12:00:00Z']));
    expect(await version()).toBe('1.2.0');
  });
});

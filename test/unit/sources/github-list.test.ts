/** Versions of a repository by the catalogue's policy: those of the API's list, with a token as without one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { refuse, substitute, type Behaviour } from '../../../scripts/upstream/behaviours.ts';
import { exhaustedQuota, secondaryLimit } from '../../../scripts/upstream/sigstore/github-api.ts';
import { publishGithub, type GithubRelease } from '../../../scripts/upstream/sigstore/github.ts';
import { releaseNetsy, releaseVmconfig } from '../../../scripts/upstream/sigstore/releases.ts';
import { releaseK3s } from '../../../scripts/upstream/k3s.ts';
import { contentHex } from '../../../scripts/upstream/virtual-file.ts';
import { parseMirror } from '../../../src/io/http/mirrors.ts';
import type { Reporter } from '../../../src/model/ports.ts';
import type { Resolution } from '../../../src/sources/source.ts';
import { bareRelease, githubFetcher, githubToken, republishGithub } from '../../support/github-list.ts';
import type { QuickFetcher } from '../../support/quick-fetcher.ts';
import {
  outcomes,
  sigstore,
  test as base,
  type AskOptions,
  type Question,
  type ReleaseUpstream,
} from '../../support/release-upstream.ts';
import { silentReporter } from '../../support/silent-reporter.ts';

const repository = 'netsy-dev/netsy';
const api = `api.github.com/repos/${repository}/releases`;
const latest = `github.com/${repository}/releases/latest`;
const reset = new Date('2026-11-20T13:00:00Z');

/** A list with one release, as JSON. */
function releaseOf(files: string, tag = 'v1.1.0'): string {
  const head = `"tag_name":"${tag}","draft":false,"prerelease":false,"published_at":"2026-01-01T00:00:00Z"`;
  return `[{${head},"assets":[${files}]}]`;
}

function filesOf(count: number): string {
  const time = '"2026-01-01T00:00:00Z"';
  return Array(count).fill(`{"name":"a","created_at":${time},"updated_at":${time}}`).join();
}

/** Days before the time that is judged by. */
function ago(days: number): Date {
  return new Date(Date.parse('2026-11-20T12:00:00Z') - days * 86_400_000);
}

/** Really signed, since what is chosen is verified as well; each once for all tests. */
const made = new Map<string, GithubRelease>();
function netsy(version: string, days: number, more: Partial<GithubRelease> = {}): GithubRelease {
  const key = `${version} ${String(days)}`;
  const release = made.get(key) ?? releaseNetsy(sigstore, { version, at: ago(days) });
  made.set(key, release);
  return { ...release, ...more };
}

type Ask = (questions?: readonly Question[], options?: AskOptions) => Promise<readonly Resolution[]>;

interface Github extends ReleaseUpstream {
  /** Asks for netsy with a token. */
  readonly resolve: Ask;
  /** And without one. */
  readonly resolveAnonymously: Ask;
  readonly authorised: QuickFetcher;
  readonly anonymous: QuickFetcher;
}

let cacheDir: string;
beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'assay-github-list-'));
});
afterAll(() => rm(cacheDir, { recursive: true }));

const test = base.extend<{ github: Github }>({
  github: async ({ upstream }, use) => {
    const authorised = githubFetcher(upstream.server, { githubToken });
    const anonymous = githubFetcher(upstream.server);
    await use({
      ...upstream,
      ...{ authorised, anonymous },
      resolve: (questions, options) =>
        upstream.ask(['netsy'], questions ?? amd64, { fetcher: authorised, ...options }),
      resolveAnonymously: (questions, options) =>
        upstream.ask(['netsy'], questions ?? amd64, { fetcher: anonymous, ...options }),
    });
    await authorised.close();
    await anonymous.close();
  },
});

const amd64: readonly Question[] = [{ arch: 'amd64' }];

/** The version that came out, or the error's class and code. */
function versionsOf(resolutions: readonly Resolution[]): string[] {
  return resolutions.map((one) =>
    one.status === 'resolved' ? one.verified.subject.version : outcomes([one])[0]!,
  );
}

function errorOf([resolution]: readonly Resolution[]) {
  if (resolution?.status === 'failed') return resolution.error;
  throw new Error('not failed');
}

function asked({ server }: ReleaseUpstream, path: string): number {
  return server.log.filter((request) => request.path === path).length;
}

function listening(): Reporter & { readonly lines: string[]; readonly warnings: string[] } {
  const [lines, warnings]: [string[], string[]] = [[], []];
  return {
    ...silentReporter,
    ...{ lines, warnings },
    info: (line) => void lines.push(String(line)),
    warn: (line) => void warnings.push(String(line)),
  };
}

const versions = (of: Readonly<Record<string, unknown>>): AskOptions => ({ source: { versions: of } });

describe('with a token', () => {
  test('the highest of the list counts, not the latest', async ({ github }) => {
    republishGithub(github, { releases: [netsy('1.9.0', 2), netsy('1.10.0', 5), netsy('2.0.0', 9)] });
    expect(versionsOf(await github.resolve())).toEqual(['2.0.0']);
    expect(versionsOf(await github.resolve(undefined, versions({ range: '^1' })))).toEqual(['1.10.0']);
    expect(asked(github, latest)).toBe(0);
  });

  test('drafts and pre-releases are passed over, and pre-releases taken where they are wanted', async ({
    github,
  }) => {
    republishGithub(github, {
      releases: [
        netsy('1.0.0', 9),
        netsy('1.1.0-rc.1', 5),
        netsy('1.2.0', 4, { isPrerelease: true }),
        netsy('1.3.0', 3, { isDraft: true }),
      ],
    });
    expect(versionsOf(await github.resolve())).toEqual(['1.0.0']);
    expect(versionsOf(await github.resolve(undefined, versions({ prereleases: true })))).toEqual(['1.2.0']);
    expect(
      versionsOf(await github.resolve(undefined, versions({ prereleases: true, range: '<1.2.0' }))),
    ).toEqual(['1.1.0-rc.1']);
  });

  test('a version that nobody published is unavailable, and other tags are named', async ({ github }) => {
    const tags = ['nightly', 'api/v9.0.0', 'v9', 'v1.0.0'].map((tag) => bareRelease(repository, tag, ago(9)));
    republishGithub(github, { releases: tags });
    const error = errorOf(await github.resolve(undefined, versions({ range: '^3' })));
    expect(error).toMatchObject({ name: 'PolicyError', code: 'VERSION_UNAVAILABLE' });
    expect(error.message).toContain('a version in ^3');
    expect(error.message).toContain(
      "found 1.0.0, and 3 not of the catalogue's form: nightly, api/v9.0.0, v9",
    );
    expect(error.hint).toContain('Change "versions"');
  });

  test('all pages are read where nothing is in use, and one where nothing is new', async ({ github }) => {
    const other = Array.from({ length: 210 }, (_, at) =>
      bareRelease(repository, `v0.0.${String(at)}`, ago(9 + at / 100)),
    );
    republishGithub(github, { releases: [netsy('1.1.0', 5), ...other, netsy('1.2.0', 50)] });
    expect(versionsOf(await github.resolve())).toEqual(['1.2.0']);
    expect(github.server.log.filter(({ path }) => path.startsWith('api.github.com'))).toHaveLength(3);
    // Whoever pinned a version before has not looked at the list.
    expect(versionsOf(await github.resolve([{ previousVersion: '1.1.0' }]))).toEqual(['1.2.0']);
    expect(github.server.log.filter(({ path }) => path.startsWith('api.github.com'))).toHaveLength(6);
    const watermark = { [`https://github.com/${repository}/releases`]: 'v1.1.0' };
    expect(outcomes(await github.resolve([{ previousVersion: '1.1.0', watermark }]))).toEqual(['current']);
    expect(github.server.log.filter(({ path }) => path.startsWith('api.github.com'))).toHaveLength(7);
  });

  test('a run that finds nothing new costs one conditional request', async ({ github }) => {
    const { routes } = publishGithub({ releases: [netsy('1.1.0', 5)] });
    const conditions: unknown[] = [];
    github.server.override(api, (request, response, place) => {
      conditions.push(request.headers['if-none-match'], request.headers.authorization);
      routes.get(api)!(request, response, place);
    });
    const fetcher = githubFetcher(github.server, { githubToken, cacheDir });
    const [first] = await github.resolve(undefined, { fetcher });
    if (first?.status !== 'resolved') throw new Error(String(outcomes([first!])));
    const before = github.server.log.length;
    const { watermark } = first;
    const again = await github.resolve([{ watermark, previousVersion: '1.1.0' }], { fetcher });
    expect(outcomes(again)).toEqual(['current']);
    expect(github.server.log.slice(before).map(({ path, status }) => `${path} ${String(status)}`)).toEqual([
      `${api} 304`,
    ]);
    expect(conditions).toEqual([
      undefined,
      `Bearer ${githubToken}`,
      expect.any(String),
      `Bearer ${githubToken}`,
    ]);
    await fetcher.close();
  });

  test.for([
    ['another host', 'https://evil.example/repos/netsy-dev/netsy/releases?per_page=100&page=2'],
    ['another path', 'https://api.github.com/user/repos?per_page=100&page=2'],
    ['another repository by name', 'https://api.github.com/repos/evil/netsy/releases?per_page=100&page=2'],
    ['plain HTTP', 'http://api.github.com/repos/netsy-dev/netsy/releases?per_page=100&page=2'],
    ['itself', 'https://api.github.com/repos/netsy-dev/netsy/releases?per_page=100&page=1'],
    [
      'more than was asked for',
      'https://api.github.com/repos/netsy-dev/netsy/releases?per_page=100&page=2&x=1',
    ],
    ['nothing', '::'],
  ])('a next page that is %s is refused', async ([, next], { github }) => {
    github.server.override(api, (_request, response) => {
      response.writeHead(200, { link: `<${next}>; rel="next"` }).end('[]');
    });
    expect(outcomes(await github.resolve())).toEqual(['TransportError URL_REFUSED']);
  });

  test('the pages end somewhere', async ({ github }) => {
    const endless: Behaviour = (request, response) => {
      const page = Number(new URL(request.url!, 'http://x').searchParams.get('page') ?? 1);
      const next = `https://api.github.com/repositories/1/releases?per_page=100&page=${String(page + 1)}`;
      response.writeHead(200, { link: `<${next}>; rel="next"` }).end('[]');
    };
    github.server.override(api, endless);
    github.server.override('api.github.com/repositories/1/releases', endless);
    expect(outcomes(await github.resolve())).toEqual(['PolicyError VERSION_UNAVAILABLE']);
    expect(github.server.log.filter(({ path }) => path.startsWith('api.github.com'))).toHaveLength(10);
  });

  test.for<readonly [string, string]>([
    ['a web page', '<!doctype html><title>Sign in</title>'],
    ['half of it', '[{"tag_name": "v1.0.0",'],
    ['one release', '{"tag_name": "v1.0.0"}'],
    [
      'a release without its files',
      '[{"tag_name":"v1.0.0","draft":false,"prerelease":false,"published_at":null}]',
    ],
    [
      'a date that is none',
      '[{"tag_name":"v1.0.0","draft":false,"prerelease":false,"published_at":"soon","assets":[]}]',
    ],
    ['nothing', ''],
    ['a release of 200,000 files', releaseOf(filesOf(200_000))],
    ['a release of 200,000 files of another form', releaseOf('0,'.repeat(200_000) + '0')],
    ['a tag of a million digits', releaseOf('', '1'.repeat(1_000_000))],
  ])('%s in place of a list is refused', async ([, text], { github }) => {
    github.server.override(api, substitute(Buffer.from(text)));
    expect(outcomes(await github.resolve())).toEqual(['VerificationError EVIDENCE_MALFORMED']);
  });

  test.for([
    ['500, then the list', [refuse(500)], '1.1.0', 1],
    ['a second limit, then the list', [secondaryLimit(1)], '1.1.0', 1],
    ['404', Array<Behaviour>(9).fill(refuse(404)), 'TransportError NOT_FOUND', 0],
    ['403 without a word of limits', Array<Behaviour>(9).fill(refuse(403)), 'TransportError HTTP_STATUS', 0],
    [
      '403 with Retry-After',
      Array<Behaviour>(9).fill(refuse(403, { 'retry-after': '60' })),
      'TransportError RATE_LIMITED',
      0,
    ],
    ['a used-up quota', Array<Behaviour>(9).fill(exhaustedQuota(reset)), 'TransportError RATE_LIMITED', 0],
  ] as const)('%s', async ([, behaviours, expected, retries], { github }) => {
    const { routes } = publishGithub({ releases: [netsy('1.1.0', 5)] });
    const left = [...behaviours];
    github.server.override(api, (...args) => (left.shift() ?? routes.get(api)!)(...args));
    expect(versionsOf(await github.resolve())).toEqual([expected]);
    expect(github.authorised.retries).toHaveLength(retries);
  });

  // Of the catalogue's projects only those with SHA-256 can be compared.
  test('what GitHub says of a file must be what was vouched for, and stands as a witness', async ({
    github,
  }) => {
    const described = (digest: string | null) => [
      {
        ...{ tag_name: 'v1.36.0', draft: false, prerelease: false, published_at: '2026-11-01T00:00:00Z' },
        assets: [
          {
            name: 'crictl-v1.36.0-linux-amd64.tar.gz',
            digest,
            created_at: '2026-11-01T00:00:00Z',
            updated_at: '2026-11-01T00:00:00Z',
          },
        ],
      },
    ];
    const path =
      'github.com/kubernetes-sigs/cri-tools/releases/download/v1.36.0/crictl-v1.36.0-linux-amd64.tar.gz';
    const honest = `sha256:${contentHex(github.files.get(path)!, 'sha256')}`;
    const said = [{ method: 'host', digest: honest, signers: [] }];
    for (const [digest, expected, witnesses] of [
      [honest, 'resolved', said],
      [null, 'resolved', undefined],
      [`sha256:${'0'.repeat(64)}`, 'VerificationError DIGEST_MISMATCH', undefined],
    ] as const) {
      github.server.override(
        'api.github.com/repos/kubernetes-sigs/cri-tools/releases',
        substitute(Buffer.from(JSON.stringify(described(digest)))),
      );
      const resolutions = await github.ask(['crictl'], amd64, { fetcher: github.authorised });
      expect(outcomes(resolutions)).toEqual([expected]);
      const [one] = resolutions;
      expect(one?.status === 'resolved' ? one.verified.result.witnesses : undefined).toEqual(witnesses);
    }
  });
});

describe('without a token', () => {
  test('the highest is taken, whatever is marked as the latest, and it is said that the list is asked', async ({
    github,
  }) => {
    republishGithub(github, { releases: [netsy('2.3.1', 3), netsy('2.2.4', 2)] });
    const reporter = listening();
    expect(versionsOf(await github.resolveAnonymously(undefined, { reporter }))).toEqual(['2.3.1']);
    expect(reporter.lines).toEqual([expect.stringContaining('the 60 requests an hour')]);
    expect(asked(github, api)).toBe(1);
    // The mark moves on, to a fix of an older line.
    republishGithub(github, { releases: [netsy('2.3.1', 3), netsy('2.2.4', 2), netsy('2.2.5', 1)] });
    for (const ask of [github.resolve, github.resolveAnonymously]) {
      for (const previousVersion of ['2.2.4', '2.3.1']) {
        expect(versionsOf(await ask([{ previousVersion }]))).toEqual(['2.3.1']);
      }
    }
    expect(asked(github, latest)).toBe(1);
  });

  test('a first run does not ask the API where x.0.0 is marked, which is no fix of an older line', async ({
    github,
  }) => {
    republishGithub(github, { releases: [netsy('1.9.9', 5), netsy('2.0.0', 3)] });
    expect(versionsOf(await github.resolveAnonymously())).toEqual(['2.0.0']);
    expect(asked(github, api)).toBe(0);
    expect(versionsOf(await github.resolveAnonymously(undefined, versions({ range: '^1' })))).toEqual([
      '1.9.9',
    ]);
    expect(versionsOf(await github.resolveAnonymously([{ previousVersion: '1.9.9' }]))).toEqual(['2.0.0']);
    expect(asked(github, api)).toBe(2);
  });

  test.for([
    ['a range that it is not in', { range: '~1.1' }, '1.1.0'],
    ['pre-releases', { prereleases: true }, '1.3.0-rc.1'],
    ['an age that it does not tell', { minimumAge: '4d' }, '1.1.0'],
  ] as const)('%s leads to the list, once', async ([, policy, expected], { github }) => {
    republishGithub(github, {
      releases: [netsy('1.1.0', 5), netsy('1.2.0', 3), netsy('1.3.0-rc.1', 2, { isPrerelease: true })],
    });
    expect(versionsOf(await github.resolveAnonymously(undefined, versions(policy)))).toEqual([expected]);
    expect(asked(github, api)).toBe(1);
  });

  test('a latest that is lower than what is in use leads to the list', async ({ github }) => {
    // A fix of an older series, published after the newer one.
    republishGithub(github, { releases: [netsy('1.1.1', 1), netsy('1.2.0', 3)] });
    const inUse = [{ previousVersion: '1.2.0' }];
    expect(versionsOf(await github.resolveAnonymously(inUse))).toEqual(['1.2.0']);
    // Withdrawn: the list has nothing higher, and the step back is the ratchet's to refuse.
    republishGithub(github, { releases: [netsy('1.1.1', 1)] });
    expect(versionsOf(await github.resolveAnonymously(inUse))).toEqual(['1.1.1']);
  });

  test('a used-up quota names the time and the token, and nobody waits for it', async ({ github }) => {
    republishGithub(github, {
      releases: [netsy('1.2.0', 3)],
      quota: 0,
      quotaResetAt: new Date('2027-01-01T00:00:00Z'),
    });
    const error = errorOf(await github.resolveAnonymously(undefined, versions({ range: '~1.1' })));
    expect(error).toMatchObject({ name: 'TransportError', code: 'RATE_LIMITED' });
    expect(error.message).toContain('2027-01-01T00:00:00.000Z');
    expect(error.hint).toContain('GITHUB_TOKEN');
    expect(github.anonymous.retries).toEqual([]);
  });

  test.for(['nightly', 'v1.2', 'api/v9.0.0', '3.0.0'])(
    '%s as the latest leads to the list',
    async (tag, { github }) => {
      republishGithub(github, { releases: [bareRelease(repository, tag, ago(1)), netsy('1.1.0', 5)] });
      expect(versionsOf(await github.resolveAnonymously())).toEqual(['1.1.0']);
      expect(asked(github, api)).toBe(1);
    },
  );
});

/** Netsy's release without these of its files. */
function without(version: string, days: number, isMissing: (name: string) => boolean): GithubRelease {
  const release = netsy(version, days);
  return { ...release, assets: new Map([...release.assets].filter(([name]) => !isMissing(name))) };
}

describe('a release that is newer than what is taken is named', () => {
  const warned = (reporter: ReturnType<typeof listening>) => reporter.warnings.join('\n');

  test.for([
    ['without any file', () => true, 30, 'has no files yet'],
    ['without its archive, touched today', (name: string) => name.includes('amd64'), 0, 'amd64.tar.gz yet'],
    ['without its bundle, touched today', (name: string) => name.endsWith('.bundle'), 0, '.bundle yet'],
  ] as const)('%s', async ([, isMissing, days, expected], { github }) => {
    republishGithub(github, { releases: [netsy('1.1.0', 50), without('1.2.0', days, isMissing)] });
    const reporter = listening();
    for (const ask of [github.resolve, github.resolveAnonymously]) {
      expect(versionsOf(await ask(undefined, { reporter }))).toEqual(['1.1.0']);
      expect(warned(reporter)).toContain(`v1.2.0 is passed over: it has no`);
      expect(warned(reporter)).toContain(expected);
    }
    // Once they are up, it is taken.
    republishGithub(github, { releases: [netsy('1.1.0', 50), netsy('1.2.0', days)] });
    expect(versionsOf(await github.resolve())).toEqual(['1.2.0']);
  });

  test('and fails where its files do not come, or nothing else is there', async ({ github }) => {
    const late = without('1.2.0', 2, (name) => name.includes('amd64'));
    for (const releases of [[netsy('1.1.0', 50), late], [without('1.2.0', 0, () => true)]]) {
      republishGithub(github, { releases });
      github.files.delete(`github.com/${repository}/releases/download/v1.2.0/netsy_1.2.0_linux_amd64.tar.gz`);
      const error = errorOf(await github.resolve());
      expect(error).toMatchObject({ name: 'TransportError', code: 'NOT_FOUND' });
      expect(error.message).toContain('netsy_1.2.0_linux_amd64.tar.gz');
    }
  });

  test.for([
    ['without the v', ['1.2.0', '1.3.0-rc.1', '1.3.0'], ['v1.0.0'], '1.3.0, 1.2.0. If'],
    ['with another word', ['release-2.0'], ['v1.0.0'], 'release-2.0. If'],
    ['of the one component with a name now', ['netsy/v1.2.0'], ['other/v0.1.0'], 'netsy/v1.2.0. If'],
    ['with two numbers', ['v1.2'], [], 'v1.2. If'],
    ['with four', ['v1.1.1.1'], [], 'v1.1.1.1. If'],
  ] as const)('by its tag, %s', async ([, newer, older, expected], { github }) => {
    const releases = [
      ...older.map((tag, at) => bareRelease(repository, tag, ago(60 + at))),
      netsy('1.1.0', 50),
      ...newer.map((tag, at) => bareRelease(repository, tag, ago(20 - at))),
    ];
    republishGithub(github, { releases });
    const reporter = listening();
    expect(versionsOf(await github.resolve(undefined, { reporter }))).toEqual(['1.1.0']);
    expect(warned(reporter)).toContain('newer than v1.1.0, and passed over');
    expect(warned(reporter)).toContain(expected);
  });

  test.for([
    ['of another component', ['sdk/v5.0.0'], ['sdk/v4.9.0']],
    ['with a lower number', ['1.0.9'], []],
    ['of what the range excludes', ['2.0.0'], []],
    ['of a pre-release', ['1.2.0rc1', '1.2.0-beta', 'v1.2.0.alpha'], []],
    ['without a number', ['nightly', 'edge'], []],
    ['that is older', [], ['1.9.0', 'v1.8']],
  ] as const)('but not by a tag %s', async ([, newer, older], { github }) => {
    const releases = [
      ...older.map((tag, at) => bareRelease(repository, tag, ago(60 + at))),
      netsy('1.1.0', 50),
      ...newer.map((tag, at) => bareRelease(repository, tag, ago(20 - at))),
    ];
    republishGithub(github, { releases });
    const reporter = listening();
    const options = { reporter, ...versions({ range: '^1' }) };
    expect(versionsOf(await github.resolve(undefined, options))).toEqual(['1.1.0']);
    expect(reporter.warnings).toEqual([]);
  });
});

describe('minimumAge', () => {
  const threeDays = versions({ minimumAge: '3d' });

  test('the newest that is old enough is taken; a replaced file makes a release young', async ({
    github,
  }) => {
    republishGithub(github, { releases: [netsy('1.1.0', 9), netsy('1.2.0', 3), netsy('1.3.0', 2)] });
    expect(versionsOf(await github.resolve(undefined, threeDays))).toEqual(['1.2.0']);
    republishGithub(github, {
      releases: [netsy('1.1.0', 9), netsy('1.2.0', 3, { filesReplacedAt: ago(1) })],
    });
    expect(versionsOf(await github.resolve(undefined, threeDays))).toEqual(['1.1.0']);
  });

  test('where all are young, what is new fails, and says from when', async ({ github }) => {
    republishGithub(github, { releases: [netsy('1.3.0', 2)] });
    const error = errorOf(await github.resolve(undefined, threeDays));
    expect(error).toMatchObject({ name: 'PolicyError', code: 'VERSION_TOO_YOUNG' });
    expect(error.hint).toContain(new Date(ago(2).getTime() + 3 * 86_400_000).toISOString());
  });

  test('what is there already stays, also where it is young itself', async ({ github }) => {
    republishGithub(github, { releases: [netsy('1.3.0', 2), netsy('1.4.0', 1)] });
    expect(versionsOf(await github.resolve([{ previousVersion: '1.3.0' }], threeDays))).toEqual(['1.3.0']);
  });

  test('what is there already stays where upstream lists it no more, with a line that says so', async ({
    github,
  }) => {
    republishGithub(github, { releases: [netsy('1.4.0', 1)] });
    github.publish(netsy('1.3.0', 2));
    const reporter = listening();
    const known = { previousVersion: '1.3.0', watermark: { x: 'y' } };
    const questions: Question[] = [
      { arch: 'amd64', ...known },
      { arch: 'arm64', previousVersion: '1.3.0' },
    ];
    expect(versionsOf(await github.resolve(questions, { ...threeDays, reporter }))).toEqual([
      'current',
      '1.3.0',
    ]);
    expect(reporter.lines).toEqual([
      expect.stringMatching(/^netsy: kept as in the manifests\. .*1\.4\.0 of 2026-11-19/),
    ]);
  });

  test("a mirror's dates prove nothing", async ({ github }) => {
    republishGithub(github, { releases: [netsy('1.1.0', 9)] });
    const fetcher = githubFetcher(github.server, { githubToken }, parseMirror);
    const error = errorOf(await github.resolve(undefined, { ...threeDays, fetcher }));
    expect(error).toMatchObject({ code: 'VERSION_TOO_YOUNG' });
    expect(error.hint).toContain('--trusted-mirror');
    await fetcher.close();
  });
});

describe('hold', () => {
  const held = versions({ hold: '1.2 breaks the backups' });

  test('keeps the version, gives it to what is new, and asks nobody what is newest', async ({ github }) => {
    republishGithub(github, { releases: [netsy('1.1.0', 9), netsy('1.2.0', 3)] });
    const questions: Question[] = [{ arch: 'amd64', previousVersion: '1.1.0' }, { arch: 'arm64' }];
    expect(versionsOf(await github.resolve(questions, held))).toEqual(['1.1.0', '1.1.0']);
    expect(asked(github, latest) + asked(github, api)).toBe(0);
  });

  test('begins with the newest that the policy allows', async ({ github }) => {
    republishGithub(github, { releases: [netsy('1.1.0', 9), netsy('1.2.0', 3)] });
    expect(versionsOf(await github.resolve(undefined, held))).toEqual(['1.2.0']);
  });

  test('of two versions is refused, and names them', async ({ github }) => {
    const questions: Question[] = [
      { arch: 'amd64', previousVersion: '1.1.0' },
      { arch: 'arm64', previousVersion: '1.2.0' },
    ];
    const resolutions = await github.resolve(questions, held);
    expect(outcomes(resolutions)).toEqual(Array(2).fill('PolicyError CROSS_CHECK_FAILED'));
    expect(errorOf(resolutions).message).toContain('netsy amd64 1.1.0, netsy arm64 1.2.0');
  });
});

describe('names', () => {
  test('a tag with a plus sign is encoded in the URL as GitHub writes it, and kept in the version', async ({
    github,
  }) => {
    const releases = ['1.35.5+k3s1', '1.35.5+k3s2', '1.35.5+k3s10'].map((version) =>
      releaseK3s({ version, at: ago(9) }),
    );
    republishGithub(github, { releases });
    const options: AskOptions = {
      source: { repository: 'k3s-io/k3s', versions: { range: '~1.35' } },
      entry: { asset: { amd64: 'k3s', arm64: 'k3s-arm64' } },
      verification: { method: 'checksum', checksums: 'sha256sum-{arch}.txt', reason: 'test' },
    };
    const both: Question[] = [{ arch: 'amd64' }, { arch: 'arm64' }];
    const anonymous = await github.ask(['crictl'], both, { ...options, fetcher: github.anonymous });
    // "latest" is the first of equal dates here; the list has the highest build.
    expect(outcomes(anonymous)).toEqual(['resolved', 'resolved']);
    const resolutions = await github.ask(['crictl'], both, { ...options, fetcher: github.authorised });
    const subjects = resolutions.map((one) => (one.status === 'resolved' ? one.verified.subject : undefined));
    expect(subjects).toMatchObject(
      ['k3s', 'k3s-arm64'].map((file) => ({
        version: '1.35.5+k3s10',
        url: `https://github.com/k3s-io/k3s/releases/download/v1.35.5%2Bk3s10/${file}`,
      })),
    );
  });

  test('the kind of VM and the OS may be part of them', async ({ github }) => {
    republishGithub(github, { releases: [releaseVmconfig(sigstore, { version: '1.0.0', at: ago(9) })] });
    const questions: Question[] = [{ kind: 'knc' }, { kind: 'knd' }];
    const resolutions = await github.resolve(questions, {
      source: { repository: 'podplane/vmconfig' },
      entry: { asset: 'vmconfig_{version}_{kind}_{os}_{arch}.tar.gz' },
      verification: {
        checksums: 'vmconfig_{version}_checksums.txt',
        bundle: 'vmconfig_{version}_checksums.txt.bundle',
        identity: 'https://github.com/podplane/vmconfig/.github/workflows/release.yml@refs/tags/v{version}',
      },
    });
    const urls = resolutions.map((one) =>
      one.status === 'resolved' ? one.verified.subject.url : outcomes([one]),
    );
    const folder = 'https://github.com/podplane/vmconfig/releases/download/v1.0.0';
    expect(urls).toEqual(
      ['knc', 'knd'].map((kind) => `${folder}/vmconfig_1.0.0_${kind}_debian-13_amd64.tar.gz`),
    );
  });
});

describe('a renamed repository', () => {
  const renamed = 'new-owner/netsy';

  test('is followed, signed as before, and said once', async ({ github }) => {
    const releases = [{ ...netsy('1.1.0', 9), repository: renamed }];
    republishGithub(github, { releases, renamed: { [repository]: renamed } });
    const reporter = listening();
    const [resolution] = await github.resolve(undefined, { reporter });
    expect(versionsOf([resolution!])).toEqual(['1.1.0']);
    const url = resolution?.status === 'resolved' ? resolution.verified.subject.url : undefined;
    expect(url).toContain(`https://github.com/${repository}/releases/download/v1.1.0/`);
    expect(reporter.warnings).toHaveLength(1);
    expect(reporter.warnings[0]).toContain(`leads on to ${renamed}.`);
    const numbered = github.server.log.filter(({ path }) => path.startsWith('api.github.com/repositories/'));
    expect(numbered).toHaveLength(1);
  });
});

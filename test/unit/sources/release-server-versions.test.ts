/** Versions of a release server: what the server names as the newest, held to the catalogue's policy. */
import { describe, expect } from 'vitest';
import { substitute } from '../../../scripts/upstream/behaviours.ts';
import { publishDebianCloud } from '../../../scripts/upstream/debian-cloud.ts';
import { publishKubernetes } from '../../../scripts/upstream/sigstore/kubernetes.ts';
import { parseTrustedMirror } from '../../../src/io/http/mirrors.ts';
import type { Resolution } from '../../../src/sources/source.ts';
import { quickFetcher } from '../../support/quick-fetcher.ts';
import {
  outcomes,
  publishedAt,
  sigstore,
  test,
  type AskOptions,
  type Question,
  type ReleaseUpstream,
} from '../../support/release-upstream.ts';
import { silentReporter } from '../../support/silent-reporter.ts';

const amd64: readonly Question[] = [{ arch: 'amd64' }];
const latestUrl = 'https://dl.k8s.io/release/stable.txt';
const versions = (of: Readonly<Record<string, unknown>>): AskOptions => ({ source: { versions: of } });

function versionsOf(resolutions: readonly Resolution[]): string[] {
  return resolutions.map((one) =>
    one.status === 'resolved' ? one.verified.subject.version : outcomes([one])[0]!,
  );
}

function errorOf([resolution]: readonly Resolution[]) {
  if (resolution?.status === 'failed') return resolution.error;
  throw new Error('not failed');
}

/** An older release, which `stable.txt` doesn't name. */
function publishOlder(upstream: ReleaseUpstream, version = '1.36.4', at = publishedAt): void {
  const { files } = publishKubernetes(sigstore, { releases: [{ version, at }] });
  files.delete('dl.k8s.io/release/stable.txt');
  for (const [path, content] of files) upstream.files.set(path, content);
}

describe('a range', () => {
  test('holds the named version, and advises another file where that is outside', async ({ upstream }) => {
    expect(versionsOf(await upstream.ask(['kubelet'], amd64, versions({ range: '~1.37' })))).toEqual([
      '1.37.0',
    ]);
    const error = errorOf(await upstream.ask(['kubelet'], amd64, versions({ range: '~1.36' })));
    expect(error).toMatchObject({ name: 'PolicyError', code: 'VERSION_UNAVAILABLE' });
    expect(error.hint).toContain('stable-1.36.txt');
  });

  test('is followed by a file of its own', async ({ upstream }) => {
    publishOlder(upstream);
    const source = { latest: 'stable-1.36.txt', versions: { range: '~1.36' } };
    expect(versionsOf(await upstream.ask(['kubelet', 'kubectl'], amd64, { source }))).toEqual([
      '1.36.4',
      '1.36.4',
    ]);
  });

  test('has no pre-release in it unless they are wanted', async ({ upstream }) => {
    publishOlder(upstream, '1.38.0-rc.1');
    upstream.server.override('dl.k8s.io/release/stable.txt', substitute(Buffer.from('v1.38.0-rc.1')));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['PolicyError VERSION_UNAVAILABLE']);
    const wanted = await upstream.ask(['kubelet'], amd64, versions({ prereleases: true }));
    expect(versionsOf(wanted)).toEqual(['1.38.0-rc.1']);
  });

  test('of what is no semantic version is refused', async ({ upstream }) => {
    upstream.server.override('dl.k8s.io/release/stable.txt', substitute(Buffer.from('v1.37')));
    const error = errorOf(await upstream.ask(['kubelet'], amd64, versions({ range: '^1' })));
    expect(error).toMatchObject({ name: 'VerificationError', code: 'EVIDENCE_MALFORMED' });
  });
});

describe('hold', () => {
  test('keeps one version for all of the group, and does not ask for the newest', async ({ upstream }) => {
    publishOlder(upstream);
    const questions = [{ previousVersion: '1.36.4' }];
    const held = await upstream.ask(['kubelet', 'kubectl'], questions, versions({ hold: 'etcd' }));
    expect(versionsOf(held)).toEqual(['1.36.4', '1.36.4']);
    expect(upstream.server.log.filter(({ path }) => path.endsWith('stable.txt'))).toEqual([]);
    const again = [{ ...questions[0], watermark: { [latestUrl]: 'v1.36.4' } }];
    expect(outcomes(await upstream.ask(['kubelet'], again, versions({ hold: 'etcd' })))).toEqual(['current']);
  });
});

// The log's time of the signatures is two days and three hours before the time that is judged by.
describe('minimumAge, by the time of the log', () => {
  test('lets in what is old enough', async ({ upstream }) => {
    expect(versionsOf(await upstream.ask(['kubelet'], amd64, versions({ minimumAge: '2d' })))).toEqual([
      '1.37.0',
    ]);
  });

  test('refuses what is young and new', async ({ upstream }) => {
    const error = errorOf(await upstream.ask(['kubelet'], amd64, versions({ minimumAge: '3d' })));
    expect(error).toMatchObject({ name: 'PolicyError', code: 'VERSION_TOO_YOUNG' });
    expect(error.hint).toContain('2026-11-21T09:00:02.000Z');
  });

  test('keeps what is there, whole, and says so once; what is missing gets the same version', async ({
    upstream,
  }) => {
    publishOlder(upstream);
    const lines: string[] = [];
    const reporter = { ...silentReporter, info: (line: string) => void lines.push(line) };
    const known = {
      arch: 'amd64',
      previousVersion: '1.36.4',
      watermark: { [latestUrl]: 'v1.36.4' },
    } as const;
    const questions: Question[] = [known, { arch: 'arm64', previousVersion: '1.36.4' }];
    const options = { ...versions({ minimumAge: '3d' }), reporter };
    const resolutions = await upstream.ask(['kubelet', 'kubectl'], questions, options);
    expect(versionsOf(resolutions)).toEqual(['current', '1.36.4', 'current', '1.36.4']);
    expect(lines).toEqual([
      expect.stringMatching(/^kubelet, kubectl: kept as in the manifests\. .*1\.37\.0 of 2026-11-18/),
    ]);
  });

  test('does not count for what is in use', async ({ upstream }) => {
    const questions: Question[] = [{ previousVersion: '1.37.0' }];
    expect(versionsOf(await upstream.ask(['kubelet'], questions, versions({ minimumAge: '3d' })))).toEqual([
      '1.37.0',
    ]);
  });
});

describe('a newest version in JSON', () => {
  const path = (arch: string) =>
    `cloud.debian.org/images/cloud/trixie/latest/debian-13-genericcloud-${arch}.json`;
  async function askCloud(upstream: ReleaseUpstream, source: Readonly<Record<string, unknown>> = {}) {
    const mirror = parseTrustedMirror(`https://cloud.debian.org=${upstream.server.url}/cloud.debian.org`);
    const fetcher = quickFetcher({ mirrors: [mirror] });
    const resolutions = await upstream.ask(['os-image'], undefined, { fetcher, source });
    await fetcher.close();
    return resolutions;
  }

  test('is each architecture’s own, and its files are in the dated folder', async ({ upstream }) => {
    for (const [file, content] of publishDebianCloud({ version: '20261112-2590' }))
      upstream.files.set(file, content);
    for (const [file, content] of publishDebianCloud({ version: '20261119-2597' })) {
      if (!file.includes('arm64') || !file.includes('latest')) upstream.files.set(file, content);
    }
    const resolutions = await askCloud(upstream);
    const subjects = resolutions.map((one) =>
      one.status === 'resolved' ? one.verified.subject : outcomes([one]),
    );
    const folder = 'https://cloud.debian.org/images/cloud/trixie';
    expect(subjects).toMatchObject([
      {
        version: '20261119-2597',
        url: `${folder}/20261119-2597/debian-13-genericcloud-amd64-20261119-2597.qcow2`,
      },
      {
        version: '20261112-2590',
        url: `${folder}/20261112-2590/debian-13-genericcloud-arm64-20261112-2590.qcow2`,
      },
    ]);
    const ranged = await askCloud(upstream, { versions: { range: '>= 20261115, << 20270101' } });
    expect(versionsOf(ranged)).toEqual(['20261119-2597', 'PolicyError VERSION_UNAVAILABLE']);
  });

  test('has no age that anybody proves', async ({ upstream }) => {
    for (const [file, content] of publishDebianCloud({ version: '20261112-2590' }))
      upstream.files.set(file, content);
    const [resolution] = await askCloud(upstream, { versions: { minimumAge: '1d' } });
    const error = errorOf([resolution!]);
    expect(error.code).toBe('VERSION_TOO_YOUNG');
    expect(error.message).toContain('nothing but its publisher dates');
  });

  const good = '{"items":[{"data":{"info":{"version":"20261112-2590"}}}]}';
  test.for<readonly [string, string]>([
    ['that is no JSON', '<!doctype html>'],
    ['that is cut off', good.slice(0, -3)],
    ['with a key twice', good.replace('"items"', '"items":[],"items"')],
    ['without the list', '{"item":[]}'],
    ['whose list is empty', '{"items":[]}'],
    ['with a number there', good.replace('"20261112-2590"', '20261112')],
    ['with an object there', good.replace('"20261112-2590"', '{}')],
    ['with null there', good.replace('"20261112-2590"', 'null')],
    ['with a path there', good.replace('20261112-2590', '../../evil')],
    ['with two lines there', good.replace('20261112-2590', '20261112\\n1')],
    ['with no version there', good.replace('20261112-2590', 'latest')],
  ])('%s is refused', async ([, text], { upstream }) => {
    for (const arch of ['amd64', 'arm64']) upstream.files.set(path(arch), Buffer.from(text));
    expect(outcomes(await askCloud(upstream))).toEqual(Array(2).fill('VerificationError EVIDENCE_MALFORMED'));
  });

  test('that is not there for one architecture fails for that one', async ({ upstream }) => {
    for (const [file, content] of publishDebianCloud({ version: '20261112-2590' }))
      upstream.files.set(file, content);
    upstream.files.delete(path('arm64'));
    expect(outcomes(await askCloud(upstream))).toEqual(['resolved', 'TransportError NOT_FOUND']);
  });
});

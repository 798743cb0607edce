/** The choice of a version by the catalogue's policy. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chooseVersion,
  requireAge,
  type VersionCandidate,
  type VersionPolicy,
} from '../../../src/sources/version-policy.ts';
import { compareVersions, parseVersion } from '../../../src/formats/own/version-order.ts';
import { isInRange } from '../../../src/formats/own/version-range.ts';
import { PolicyError } from '../../../src/model/errors.ts';
import { refusal } from '../../support/refusals.ts';

const now = new Date('2026-11-20T12:00:00Z');
const day = 86_400_000;
const what = { what: 'https://example.org/releases' };

function ago(days: number): Date {
  return new Date(now.getTime() - days * day);
}

function candidate(version: string, more: Partial<VersionCandidate> = {}): VersionCandidate {
  return { version, tag: `v${version}`, ...more };
}

function choose(policy: Partial<VersionPolicy>, candidates: readonly VersionCandidate[]): string {
  return chooseVersion({ ordering: 'semver', ...policy }, candidates, now, what).version;
}

const versions = (...all: readonly string[]) => all.map((version) => candidate(version));

describe('chooseVersion', () => {
  it.each<[string, Partial<VersionPolicy>, readonly VersionCandidate[], string]>([
    ['the highest, not the first', {}, versions('1.9.0', '1.10.0', '1.2.0'), '1.10.0'],
    [
      'the highest of a range',
      { range: '~1.36' },
      versions('1.37.1', '1.36.2', '1.36.10', '1.35.0'),
      '1.36.10',
    ],
    ['no pre-release by its number', {}, versions('1.37.0-rc.1', '1.36.0'), '1.36.0'],
    ['none by its mark', {}, [candidate('1.37.0', { isPrerelease: true }), candidate('1.36.0')], '1.36.0'],
    ['one where they are wanted', { prereleases: true }, versions('1.37.0-rc.1', '1.36.0'), '1.37.0-rc.1'],
    ['a release over its pre-release', { prereleases: true }, versions('1.37.0-rc.1', '1.37.0'), '1.37.0'],
    ['the latest build', {}, versions('1.35.5+k3s1', '1.35.5+k3s10', '1.35.5+k3s9'), '1.35.5+k3s10'],
    ['what is a version', {}, versions('latest', '20260512-2476', '1.0.0', '9.9'), '1.0.0'],
    [
      "the highest by Debian's rules",
      { ordering: 'debian' },
      versions('20260512-2476', '20260512-999'),
      '20260512-2476',
    ],
    ...[
      '1.38.0-rc.1',
      '1.38.0rc1',
      '1.38.0~rc1',
      '1.38.0-beta',
      '1.38.0.alpha2',
      '1.38.0-RC2',
      '20260601-dev3',
    ].map((early): [string, Partial<VersionPolicy>, readonly VersionCandidate[], string] => [
      `no ${early} by Debian's rules either`,
      { ordering: 'debian' },
      versions('1.37.0', early),
      '1.37.0',
    ]),
    [
      "one by Debian's rules where they are wanted",
      { ordering: 'debian', prereleases: true },
      versions('1.37.0', '1.38.0~rc1'),
      '1.38.0~rc1',
    ],
    ...['1.1.1w', '9.9p1', '17.12-0+deb13u1', '1.35.5+k3s1', '8u402-b06', '20260512-2476', '2.0~bpo12+1'].map(
      (later): [string, Partial<VersionPolicy>, readonly VersionCandidate[], string] => [
        `${later}, which is finished`,
        { ordering: 'debian' },
        versions('0.1', later),
        later,
      ],
    ),
  ])('takes %s', (_, policy, candidates, expected) => {
    expect(choose(policy, candidates)).toBe(expected);
  });

  it('refuses where nothing is there, or fits, and says what was', async () => {
    const nothing = await refusal(() => choose({}, []), PolicyError, 'VERSION_UNAVAILABLE');
    expect(nothing.message).toContain('found no version');
    const other = await refusal(
      () => choose({ range: '~1.36' }, versions('1.37.0', '1.35.0', 'nightly')),
      PolicyError,
      'VERSION_UNAVAILABLE',
    );
    expect(other.message).toContain('a version in ~1.36');
    expect(other.message).toContain("found 1.37.0, 1.35.0, and 1 not of the catalogue's form: vnightly");
    const none = await refusal(
      () => choose({}, versions('a', 'b', 'c', 'd', 'e', 'f', 'g'.repeat(500))),
      PolicyError,
      'VERSION_UNAVAILABLE',
    );
    expect(none.message).toContain(
      "found no version, and 7 not of the catalogue's form: va, vb, vc, vd, ve and 2 more",
    );
    expect(none.hint).toContain('"tag"');
    const long = await refusal(
      () => choose({}, versions('g'.repeat(500))),
      PolicyError,
      'VERSION_UNAVAILABLE',
    );
    expect(long.message.length).toBeLessThan(250);
    const early = [candidate('1.37.0-rc.1'), candidate('1.37.0', { isPrerelease: true })];
    await refusal(() => choose({}, early), PolicyError, 'VERSION_UNAVAILABLE');
  });
});

describe('minimumAge', () => {
  const minimumAgeMs = 3 * day;
  it('takes the highest that is old enough', () => {
    const candidates = [
      candidate('1.3.0', { publishedAt: ago(1) }),
      candidate('1.2.0', { publishedAt: ago(3) }),
      candidate('1.1.0', { publishedAt: ago(30) }),
    ];
    expect(choose({ minimumAgeMs }, candidates)).toBe('1.2.0');
  });

  it('passes over what nobody dates', () => {
    expect(choose({ minimumAgeMs }, [candidate('1.3.0'), candidate('1.1.0', { publishedAt: ago(30) })])).toBe(
      '1.1.0',
    );
  });

  it('does not count for what is in use', () => {
    const candidates = [candidate('1.3.0', { isInUse: true }), candidate('1.1.0', { publishedAt: ago(30) })];
    expect(choose({ minimumAgeMs }, candidates)).toBe('1.3.0');
  });

  it.each<[string, readonly VersionCandidate[], string]>([
    ['young, and says from when', [candidate('1.3.0', { publishedAt: ago(1) })], '2026-11-22T12:00:00.000Z'],
    ['of the future', [candidate('1.3.0', { publishedAt: ago(-1) })], '2026-11-24T12:00:00.000Z'],
    [
      'a moment too young',
      [candidate('1.3.0', { publishedAt: new Date(ago(3).getTime() + 1) })],
      '2026-11-20T12:00:00.001Z',
    ],
    ['undated', [candidate('1.3.0')], 'nothing there can prove an age'],
  ])('refuses what is %s', async (_, candidates, hint) => {
    const error = await refusal(() => choose({ minimumAgeMs }, candidates), PolicyError, 'VERSION_TOO_YOUNG');
    expect(error.hint).toContain(hint);
    const [only] = candidates;
    await refusal(
      () => requireAge({ ordering: 'semver', minimumAgeMs }, only!, now, what),
      PolicyError,
      'VERSION_TOO_YOUNG',
    );
  });
});

const number = fc.nat({ max: 4 });
const anyCandidate = fc.record({
  version: fc
    .tuple(
      number,
      number,
      number,
      fc.constantFrom('', '-rc.1', '-rc.2'),
      fc.constantFrom('', '+k3s1', '+k3s2'),
    )
    .map(([major, minor, patch, pre, build]) => `${major}.${minor}.${patch}${pre}${build}`),
  tag: fc.constantFrom('a', 'b'),
  isPrerelease: fc.boolean(),
  publishedAt: fc.option(fc.integer({ min: -2, max: 9 }).map(ago), { nil: undefined }),
});
const anyPolicy = fc.record({
  ordering: fc.constant('semver' as const),
  range: fc.constantFrom(undefined, '~1.2', '^1', '>=1.1 <3', '*'),
  prereleases: fc.boolean(),
  minimumAgeMs: fc.constantFrom(undefined, 3 * day),
});

describe('whatever there is to choose from', () => {
  it('what is chosen fits, nothing that fits is higher, and the order makes no difference', () => {
    fc.assert(
      fc.property(anyPolicy, fc.array(anyCandidate, { maxLength: 12 }), (policy, candidates) => {
        const fits = ({ version, isPrerelease, publishedAt }: VersionCandidate) =>
          (policy.prereleases || (!version.includes('-') && isPrerelease !== true)) &&
          (policy.range === undefined ||
            isInRange(policy.range, parseVersion('semver', version)!, policy.prereleases)) &&
          (policy.minimumAgeMs === undefined ||
            (publishedAt !== undefined && now.getTime() - publishedAt.getTime() >= policy.minimumAgeMs));
        const fitting = candidates.filter(fits);
        if (fitting.length === 0) {
          expect(() => chooseVersion(policy, candidates, now, what)).toThrow(PolicyError);
          return;
        }
        const chosen = chooseVersion(policy, candidates, now, what);
        expect(fits(chosen)).toBe(true);
        const version = parseVersion('semver', chosen.version)!;
        for (const one of fitting) {
          expect(compareVersions(parseVersion('semver', one.version)!, version)).toBeLessThanOrEqual(0);
        }
        const { version: again, tag } = chooseVersion(policy, candidates.toReversed(), now, what);
        expect([again, tag]).toEqual([chosen.version, chosen.tag]);
      }),
      { numRuns: 500 },
    );
  });
});

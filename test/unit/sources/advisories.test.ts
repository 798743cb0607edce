/** Which versions records of OSV name, and so what a change fixes or brings. */
import { describe, expect, it } from 'vitest';
import { parseOsvFile } from '../../../src/formats/upstream/osv.ts';
import type { AdvisoryFinding, OsvPackage } from '../../../src/model/advisory.ts';
import { UsageError } from '../../../src/model/errors.ts';
import { advisoriesOf } from '../../../src/sources/advisories.ts';
import { osvFiles } from '../../../src/sources/osv-api.ts';

const go = { ecosystem: 'Go', name: 'k8s.io/kubernetes' };
const debian = { ecosystem: 'Debian:13', name: 'shadow' };

type Event = Readonly<Record<string, string>>;

function record(id: string, about: OsvPackage, events: readonly Event[], more: object = {}) {
  const ranges = [{ type: about === go ? 'SEMVER' : 'ECOSYSTEM', events }];
  return { id, affected: [{ package: about, ranges, ...more }] };
}

function sourceOf(...records: readonly object[]) {
  return osvFiles([{ path: 'osv.json', bytes: Buffer.from(JSON.stringify(records)) }]);
}

async function change(
  about: OsvPackage | undefined,
  before: string | undefined,
  after: string | undefined,
  ...records: readonly object[]
): Promise<AdvisoryFinding> {
  const asked = { package: about, isNew: before === undefined, before, after };
  const finding = (await advisoriesOf([asked], sourceOf(...records))).get(asked);
  if (finding === undefined) throw new Error('no answer');
  return finding;
}

/** The identifiers, by what they are found to be. */
async function found(...[about, before, after, ...records]: Parameters<typeof change>) {
  const finding = await change(about, before, after, ...records);
  if (finding.status !== 'looked-up') throw new Error(JSON.stringify(finding));
  const idsOf = (key: 'fixes' | 'brings' | 'undecided') => finding[key].map(({ id }) => id).join(' ');
  return { fixes: idsOf('fixes'), brings: idsOf('brings'), undecided: idsOf('undecided') };
}

const none = { fixes: '', brings: '', undecided: '' };

describe('a range', () => {
  const fixedIn = (fixed: string, about = go) => record('A-1', about, [{ introduced: '0' }, { fixed }]);

  it.each([
    ['1.36.0', '1.36.1', 'A-1', ''],
    ['1.36.1', '1.36.2', '', ''],
    ['1.35.9', '1.36.0', '', ''],
    ['1.36.1', '1.36.0', '', 'A-1'],
    ['1.36.1-rc.1', '1.36.1', 'A-1', ''],
    [undefined, '1.36.0', '', 'A-1'],
    [undefined, '1.36.1', '', ''],
  ])('of SemVer, fixed in 1.36.1: from %s to %s', async (before, after, fixes, brings) => {
    expect(await found(go, before, after, fixedIn('1.36.1'))).toEqual({ ...none, fixes, brings });
  });

  it.each([
    ['1:4.17.4-2', '1:4.17.4-2+deb13u1', 'A-1'],
    ['1:4.17.4-2', '1:4.17.4-2+deb13u2', 'A-1'],
    // As it is without its epoch it would be older than everything, and affected.
    ['1:4.17.4-2+deb13u1', '1:4.18-1', ''],
    ['1:4.17.4-2', '1:4.17.4-2~deb13u9', ''],
    // A rebuild of the same source.
    ['1:4.17.4-2', '1:4.17.4-2+b1', ''],
    ['1:4.17.4-2+b1', '1:4.17.4-2+deb13u1+b1', 'A-1'],
  ])("of Debian's versions, fixed in 1:4.17.4-2+deb13u1: from %s to %s", async (before, after, fixes) => {
    const fixed = fixedIn('1:4.17.4-2+deb13u1', debian);
    expect(await found(debian, before, after, fixed)).toEqual({ ...none, fixes });
  });

  it('ends with the last version that is affected', async () => {
    const last = record('A-1', go, [{ introduced: '1.30.0' }, { last_affected: '1.36.0' }]);
    expect(await found(go, '1.36.0', '1.36.1', last)).toEqual({ ...none, fixes: 'A-1' });
    expect(await found(go, '1.35.0', '1.36.0', last)).toEqual(none);
    expect(await found(go, '1.29.0', '1.30.0', last)).toEqual({ ...none, brings: 'A-1' });
  });

  it('has several spans, in whichever order they are written', async () => {
    const spans = record('A-1', go, [
      { fixed: '1.36.1' },
      { introduced: '1.36.0' },
      { fixed: '1.35.4' },
      { introduced: '0' },
    ]);
    expect(await found(go, '1.35.3', '1.35.4', spans)).toEqual({ ...none, fixes: 'A-1' });
    expect(await found(go, '1.35.4', '1.36.0', spans)).toEqual({ ...none, brings: 'A-1' });
    expect(await found(go, '1.35.3', '1.36.0', spans)).toEqual(none);
  });

  it('is over at its limit, unless that is infinite', async () => {
    const until = (limit: string) => record('A-1', go, [{ introduced: '0' }, { limit }]);
    expect(await found(go, '1.36.0', '2.0.0', until('2.0.0'))).toEqual({ ...none, fixes: 'A-1' });
    expect(await found(go, '1.36.0', '2.0.0', until('*'))).toEqual(none);
  });

  it('of older records has both ends in one event', async () => {
    const both = record('A-1', go, [{ introduced: '1.30.0', fixed: '1.36.1' }]);
    expect(await found(go, '1.36.0', '1.36.1', both)).toEqual({ ...none, fixes: 'A-1' });
  });

  it("does not see Go's +incompatible, which is no part of a version's precedence", async () => {
    expect(await found(go, '20.10.8', '20.10.9', fixedIn('20.10.9+incompatible'))).toEqual({
      ...none,
      fixes: 'A-1',
    });
  });
});

describe('a list of versions', () => {
  it('counts beside ranges, and alone', async () => {
    const listed = record('A-1', debian, [], { versions: ['1:4.16.0-1', '1:4.17.4-2'], ranges: undefined });
    expect(await found(debian, '1:4.17.4-2', '1:4.17.4-3', listed)).toEqual({ ...none, fixes: 'A-1' });
    expect(await found(debian, '1:4.17.4-3', '1:4.16.0-1', listed)).toEqual({ ...none, brings: 'A-1' });
    const beside = record('A-2', go, [{ introduced: '2.0.0' }], { versions: ['1.36.0'] });
    expect(await found(go, '1.36.0', '1.36.1', beside)).toEqual({ ...none, fixes: 'A-2' });
  });

  it('may be of tags, beside commits', async () => {
    const ranges = [{ type: 'GIT', events: [{ introduced: '0' }, { fixed: '5e04a1e3' }] }];
    const tags = record('A-1', go, [], { versions: ['v1.36.0'], ranges });
    expect(await found(go, '1.36.0', '1.36.1', tags)).toEqual({ ...none, fixes: 'A-1' });
  });
});

describe('what cannot be decided is said, and not passed over', () => {
  it.each([
    ['commits alone', { ranges: [{ type: 'GIT', events: [{ introduced: '0' }] }] }],
    ['neither ranges nor versions', { ranges: [] }],
    ['a bound that is no version', { ranges: [{ type: 'SEMVER', events: [{ introduced: 'first' }] }] }],
    ['no beginning', { ranges: [{ type: 'SEMVER', events: [{ fixed: '1.36.1' }] }] }],
    ['a list with something that is no version', { versions: ['final'], ranges: [] }],
  ])('%s', async (_, affected) => {
    const odd = { id: 'A-1', affected: [{ package: go, ...affected }] };
    expect(await found(go, '1.36.0', '1.36.1', odd)).toEqual({ ...none, undecided: 'A-1' });
  });
});

describe('a record counts', () => {
  const ends = [{ introduced: '0' }, { fixed: '1.36.1' }];

  it('for its package alone, and its release of a distribution or all of them', async () => {
    const fix = [{ introduced: '0' }, { fixed: '1:4.18-1' }];
    const about = (ecosystem: string, name = 'shadow') => record('A-1', { ecosystem, name }, fix);
    for (const other of [about('Debian:12'), about('Debian:1'), about('Debian:13', 'shadow2'), about('Go')]) {
      expect(await found(debian, '1:4.17.4-2', '1:4.18-1', other)).toEqual(none);
    }
    for (const same of [about('Debian:13'), about('Debian')]) {
      expect(await found(debian, '1:4.17.4-2', '1:4.18-1', same)).toEqual({ ...none, fixes: 'A-1' });
    }
  });

  it('until it is withdrawn', async () => {
    const withdrawn = { ...record('A-1', go, ends), withdrawn: '2026-11-01T00:00:00Z' };
    expect(await found(go, '1.36.0', '1.36.1', withdrawn)).toEqual(none);
  });

  it('once with all that are of the same vulnerability, by its CVE, however they are linked', async () => {
    const records = [
      { ...record('GO-2026-1', go, ends), aliases: ['CVE-2026-1'] },
      { ...record('KUBE-2026-1', go, ends), aliases: ['GHSA-aaaa-bbbb-cccc'] },
      {
        ...record('GHSA-aaaa-bbbb-cccc', go, ends),
        aliases: ['CVE-2026-1'],
        summary: 'Volumes can be read',
        database_specific: { severity: 'HIGH' },
      },
    ];
    for (const order of [records, records.toReversed()]) {
      expect(await change(go, '1.36.0', '1.36.1', ...order)).toEqual({
        status: 'looked-up',
        fixes: [
          {
            id: 'CVE-2026-1',
            aliases: ['GHSA-aaaa-bbbb-cccc', 'GO-2026-1', 'KUBE-2026-1'],
            summary: 'Volumes can be read',
            severity: 'HIGH',
            url: 'https://osv.dev/vulnerability/GHSA-aaaa-bbbb-cccc',
          },
        ],
        brings: [],
        undecided: [],
      });
    }
  });

  it('as affected where one of several databases says so', async () => {
    const earlier = record('GHSA-1', go, [{ introduced: '0' }, { fixed: '1.36.0' }]);
    const later = { ...record('GO-1', go, ends), aliases: ['GHSA-1'] };
    expect(await found(go, '1.35.0', '1.36.0', earlier, later)).toEqual(none);
  });
});

it('tells of the worst first', async () => {
  const events = [{ introduced: '0' }, { fixed: '1.36.1' }];
  const severities = [
    ['A-1', undefined],
    ['A-2', 'LOW'],
    ['A-3', 'medium'],
    ['A-4', 'CRITICAL'],
    ['A-5', 7],
  ];
  const records = severities.map(([id, severity]) => ({
    ...record(String(id), go, events),
    database_specific: { severity },
  }));
  expect(await found(go, '1.36.0', '1.36.1', ...records)).toMatchObject({ fixes: 'A-4 A-3 A-2 A-1 A-5' });
});

describe('what was not looked up is never "none"', () => {
  it.each([
    [undefined, '1.0.0', '1.0.1', 'the catalogue names no package of OSV for it'],
    [debian, '1:4.17.4-2', undefined, 'no evidence says its whole version'],
    [go, '1:4.17.4-2', '1.0.0', '1:4.17.4-2 is no version of Go'],
    [go, '1.0.0', 'stable', 'stable is no version of Go'],
  ])('%o, from %s to %s', async (about, before, after, reason) => {
    expect(await change(about, before, after)).toEqual({ status: 'not-looked-up', reason });
  });

  it('nor is what was there before without evidence taken for new', async () => {
    const asked = { package: go, isNew: false, before: undefined, after: '1.0.1' };
    const finding = (await advisoriesOf([asked], sourceOf())).get(asked);
    expect(finding).toEqual({ status: 'not-looked-up', reason: 'no evidence says its whole version' });
  });

  it('and what failed says why; a bug is thrown', async () => {
    const asked = { package: go, isNew: false, before: '1.0.0', after: '1.0.1' };
    const error = new UsageError('FILE_UNREADABLE', 'gone');
    const failing = { recordsOf: () => Promise.reject(error) };
    expect((await advisoriesOf([asked], failing)).get(asked)).toEqual({ status: 'failed', error });
    const broken = { recordsOf: () => Promise.reject(new TypeError('bug')) };
    await expect(advisoriesOf([asked], broken)).rejects.toThrow(TypeError);
  });
});

it('asks about a package once, for all its changes', async () => {
  let count = 0;
  const source = {
    recordsOf: () => {
      count += 1;
      return Promise.resolve([]);
    },
  };
  const changes = ['1.0.0', '1.0.1', '1.0.2'].map((before) => ({
    package: go,
    isNew: false,
    before,
    after: '1.1.0',
  }));
  expect((await advisoriesOf(changes, source)).size).toBe(3);
  expect(count).toBe(1);
});

describe('a file of records', () => {
  const one = record('A-1', go, []);
  const parse = (value: unknown) => parseOsvFile(Buffer.from(JSON.stringify(value)), 'osv.json');

  it.each([
    ['a record', one, 1],
    ['a list', [one, one], 2],
    ['an answer of the API', { vulns: [one] }, 1],
    ['an answer that there is nothing', {}, 0],
    ['a record with nulls, as some databases write them', { ...one, aliases: null, affected: null }, 1],
  ])('is %s', (_, value, count) => {
    expect(parse(value)).toHaveLength(count);
  });

  it.each([
    ['something else', { packages: [] }],
    ['a record without an id', [{ affected: [] }]],
    ['an id that is a path', { ...one, id: '../../x' }],
    ['a word', 'none'],
    ['one page of several', { vulns: [one], next_page_token: 'more' }],
  ])('is not %s', (_, value) => {
    expect(() => parse(value)).toThrow(expect.objectContaining({ code: 'EVIDENCE_MALFORMED' }));
  });

  it('is JSON in UTF-8', () => {
    for (const bytes of [Buffer.from('{'), Buffer.from([0xff]), Buffer.alloc(0)]) {
      expect(() => parseOsvFile(bytes, 'osv.json')).toThrow(
        expect.objectContaining({ code: 'EVIDENCE_MALFORMED' }),
      );
    }
  });
});

/** Which manifests and entries a run is about. */
import { describe, expect, it } from 'vitest';
import type { Catalogue, Dependency } from '../../../../src/formats/own/catalogue.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import {
  anchorsWanted,
  isSamePlatform,
  questionKey,
  targetsOf,
  type Filters,
} from '../../../../src/pipeline/manifests/targets.ts';
import { refusal } from '../../../support/refusals.ts';
import { asked } from '../../../support/question-sample.ts';

function dependency(name: string, changes: Partial<Dependency> = {}): Dependency {
  const source = { from: 'debian' };
  const verification = { method: 'apt' };
  return { name, enabled: true, kinds: ['knd', 'knc'], type: 'deb', source, verification, asked, ...changes };
}

const catalogue: Catalogue = {
  kinds: ['knd', 'knc'],
  platforms: [
    { os: 'debian-13', architectures: ['amd64', 'arm64'] },
    { os: 'debian-14', architectures: ['amd64'] },
  ],
  keep: {},
  waivers: [],
  sources: { debian: { type: 'apt' } },
  dependencies: [
    dependency('everywhere'),
    dependency('knc-only', { kinds: ['knc'] }),
    dependency('arm-only', { platforms: [{ os: 'debian-13', architectures: ['arm64'] }] }),
    dependency('off', { enabled: false, reason: 'no key yet' }),
  ],
};

/** By manifest: what belongs into it, with what this run may not change in brackets. */
function targets(filters: Filters): Record<string, string> {
  return Object.fromEntries(
    targetsOf(catalogue, filters).map(({ fileName, dependencies, selected }) => [
      fileName,
      dependencies.map(({ name }) => (selected.has(name) ? name : `(${name})`)).join(' '),
    ]),
  );
}

describe('targetsOf', () => {
  it('is everything that is enabled, where it belongs', () => {
    expect(targets({})).toEqual({
      'knd.debian-13.amd64.json': 'everywhere',
      'knd.debian-13.arm64.json': 'everywhere arm-only',
      'knd.debian-14.amd64.json': 'everywhere',
      'knc.debian-13.amd64.json': 'everywhere knc-only',
      'knc.debian-13.arm64.json': 'everywhere knc-only arm-only',
      'knc.debian-14.amd64.json': 'everywhere knc-only',
    });
  });

  it('keeps what it does not select in view, so that it stays', () => {
    expect(targets({ only: ['arm-only'], kinds: ['knc'], os: ['debian-13'] })).toEqual({
      'knc.debian-13.amd64.json': '(everywhere) (knc-only)',
      'knc.debian-13.arm64.json': '(everywhere) (knc-only) arm-only',
    });
  });

  it('does not filter by what is to be resolved again', () => {
    expect(targets({ refresh: ['arm-only'] })).toEqual(targets({}));
  });

  it.each([
    { only: ['everywere'] },
    { only: ['everywhere', 'everywere'] },
    { only: ['__proto__'] },
    { kinds: ['kn'] },
    { os: ['debian-12'] },
    { architectures: ['x86_64'] },
    { only: ['off'] },
    { refresh: ['everywere'] },
    { refresh: ['everywhere', 'toString'] },
    { refresh: ['off'] },
    { os: ['debian-14'], architectures: ['arm64'] },
    { only: ['knc-only'], kinds: ['knd'] },
    { only: ['everywhere', 'arm-only'], architectures: ['amd64'] },
    { refresh: ['knc-only'], kinds: ['knd'] },
    { refresh: ['arm-only'], only: ['everywhere'] },
  ] satisfies Filters[])('refuses %j', async (filters) => {
    const error = await refusal(() => targets(filters), UsageError, 'USAGE');
    expect(error.hint).toBeDefined();
  });

  it('suggests the name that was meant', async () => {
    const error = await refusal(() => targets({ refresh: ['everywere'] }), UsageError, 'USAGE');
    expect(error.message).toBe(
      '--refresh names "everywere", which the catalogue does not have; did you mean "everywhere"?',
    );
    expect(error.hint).toBe('It has: everywhere, knc-only, arm-only, off.');
  });
});

describe('anchorsWanted', () => {
  const suites = [{ signedBy: 'main' }, { signedBy: 'security' }];
  const method = (name: string, changes: object) =>
    dependency(name, { source: { from: 'files' }, verification: { method: name, ...changes } });
  const wanted = (filters: Filters) =>
    anchorsWanted(
      {
        ...catalogue,
        sources: { debian: { type: 'apt', suites }, files: { type: 'release-server' } } as never,
        dependencies: [
          dependency('package', { platforms: [{ os: 'debian-14', architectures: ['amd64'] }] }),
          method('keys', { signedBy: 'makers' }),
          method('keyless', { identity: 'a@b.c', issuer: 'https://b.c' }),
          method('unsigned', { reason: 'nobody signs it' }),
          { ...method('off', { signedBy: 'off' }), enabled: false, reason: 'no key yet' },
          { ...method('later', { signedBy: 'later' }), stub: true },
        ],
      },
      filters,
    );

  it.each<[Filters, readonly string[]]>([
    [{}, ['main', 'makers', 'security', 'sigstore']],
    [{ only: ['package'] }, ['main', 'security']],
    [{ os: ['debian-13'] }, ['makers', 'sigstore']],
    [{ only: ['keys', 'unsigned'] }, ['makers']],
    [{ only: ['keyless'] }, ['sigstore']],
    [{ only: ['unsigned'] }, []],
    [{ only: ['unsigned', 'later'] }, []],
    [{ refresh: ['unsigned'] }, ['main', 'makers', 'security', 'sigstore']],
  ])('of %j: %j', (filters, names) => {
    expect([...wanted(filters)].sort()).toEqual(names);
  });
});

it('questions are told apart by name and platform', () => {
  const [amd64, arm64] = (['amd64', 'arm64'] as const).map((arch) => ({ os: 'debian-13', arch }));
  expect(isSamePlatform(amd64!, { ...amd64! })).toBe(true);
  expect(isSamePlatform(amd64!, arm64!)).toBe(false);
  expect(isSamePlatform(amd64!, { ...amd64!, os: 'debian-14' })).toBe(false);
  expect(new Set([questionKey('a', amd64!), questionKey('a', arm64!), questionKey('b', amd64!)]).size).toBe(
    3,
  );
});

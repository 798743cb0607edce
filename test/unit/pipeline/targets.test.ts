/** Which manifests and entries a run is about. */
import { describe, expect, it } from 'vitest';
import type { Catalogue, Dependency } from '../../../src/formats/catalogue.ts';
import { UsageError } from '../../../src/model/errors.ts';
import { isSamePlatform, questionKey, targetsOf, type Filters } from '../../../src/pipeline/targets.ts';
import { refusal } from '../../support/refusals.ts';

function dependency(name: string, changes: Partial<Dependency> = {}): Dependency {
  const source = { from: 'debian' };
  const verification = { method: 'apt' };
  return { name, enabled: true, kinds: ['knd', 'knc'], type: 'deb', source, verification, ...changes };
}

const catalogue: Catalogue = {
  kinds: ['knd', 'knc'],
  platforms: [
    { os: 'debian-13', architectures: ['amd64', 'arm64'] },
    { os: 'debian-14', architectures: ['amd64'] },
  ],
  keep: {},
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

  it('can be nothing at all, where filters leave nothing', () => {
    expect(targets({ os: ['debian-14'], architectures: ['arm64'] })).toEqual({});
  });

  it.each([
    { only: ['everywere'] },
    { only: ['everywhere', 'everywere'] },
    { only: ['__proto__'] },
    { kinds: ['kn'] },
    { os: ['debian-12'] },
    { architectures: ['x86_64'] },
    { only: ['off'] },
  ])('refuses %j', async (filters) => {
    const error = await refusal(() => targets(filters), UsageError, 'USAGE');
    expect(error.hint).toBeDefined();
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

/** What comes from one source of releases has one version. */
import { describe, expect, it } from 'vitest';
import type { Catalogue } from '../../../../src/formats/own/catalogue.ts';
import type { ManifestDependency } from '../../../../src/formats/own/manifest.ts';
import { PolicyError } from '../../../../src/model/errors.ts';
import type { Assembled, EntryChange } from '../../../../src/pipeline/manifests/assemble.ts';
import { groupAcross, splitGroups, withGroups } from '../../../../src/pipeline/manifests/groups.ts';
import type { Target, TargetDependency } from '../../../../src/pipeline/manifests/targets.ts';
import { asked } from '../../../support/question-sample.ts';

const catalogue: Catalogue = {
  kinds: ['knc'],
  platforms: [{ os: 'debian-13', architectures: ['amd64'] }],
  keep: {},
  waivers: [],
  sources: {
    kubernetes: { type: 'release-server' },
    project: { type: 'github-release' },
    debian: { type: 'apt' },
  },
  dependencies: [],
};

function dependency(name: string, from: string): TargetDependency {
  const verification = { method: 'm' };
  return {
    name,
    enabled: true,
    kinds: ['knc'],
    type: 'binary',
    source: { from },
    verification,
    ordering: 'semver',
    asked,
  };
}

const target: Target = {
  kind: 'knc',
  platform: { os: 'debian-13', arch: 'amd64' },
  fileName: 'knc.debian-13.amd64.json',
  dependencies: [
    dependency('kubelet', 'kubernetes'),
    dependency('kubectl', 'kubernetes'),
    dependency('libpq5', 'debian'),
    dependency('uidmap', 'debian'),
  ],
  selected: new Set(),
};

function assembled(versions: Readonly<Record<string, string>>, changed: readonly string[]): Assembled {
  const entry = (version: string): ManifestDependency => {
    const digest = `sha256:${'0'.repeat(64)}` as const;
    return { version, url: 'https://example.org/x', type: 'binary', digest, size: 1 };
  };
  const dependencies = Object.fromEntries(Object.entries(versions).map(([name, v]) => [name, entry(v)]));
  const os = { name: 'debian-13', arch: 'amd64' } as const;
  const manifest = { vmconfig: { version: 'dev', kind: 'knc', os, dependencies, images: [] } };
  const changes = changed.map((name) => ({ name }) as EntryChange);
  return {
    state: { target, manifest, evidence: {}, kept: [], large: [] },
    changes,
    refusals: [],
    missing: [],
    waived: [],
  };
}

describe('splitGroups', () => {
  it('accepts one version, and sources whose entries have their own', () => {
    const whole = { kubelet: '1.36.1', kubectl: '1.36.1', libpq5: '17', uidmap: '4' };
    expect(splitGroups(assembled(whole, ['kubelet', 'kubectl', 'libpq5']), catalogue)).toEqual([]);
  });

  it('refuses an entry that would leave its group behind, by name', () => {
    const refusals = splitGroups(assembled({ kubelet: '1.36.2', kubectl: '1.36.1' }, ['kubelet']), catalogue);
    expect(refusals).toMatchObject([{ name: 'kubelet', error: { code: 'CROSS_CHECK_FAILED' } }]);
    expect(refusals[0]?.error).toBeInstanceOf(PolicyError);
    expect(refusals[0]?.error.message).toContain('kubelet 1.36.2, kubectl 1.36.1');
  });

  it('leaves alone what this run does not change', () => {
    const split = assembled({ kubelet: '1.36.2', kubectl: '1.36.1', libpq5: '17' }, ['libpq5']);
    expect(splitGroups(split, catalogue)).toEqual([]);
  });
});

describe('groupAcross', () => {
  const dataPlane = { ...target, kind: 'knd', dependencies: [dependency('kubelet', 'kubernetes')] };
  const arm64 = { ...target, platform: { os: 'debian-13', arch: 'arm64' } as const };
  const all = [target, dataPlane, arm64];

  it('is one for all manifests, where several entries have one version', () => {
    const groupOf = groupAcross(all, catalogue);
    for (const one of all) {
      expect(one.dependencies.map((entry) => groupOf(entry, one))).toEqual(
        one.dependencies.map(({ source }) => (source.from === 'kubernetes' ? 'kubernetes' : undefined)),
      );
    }
  });

  it('is none of the files of a GitHub release, which have one version in a manifest', () => {
    const agents = ['agent', 'cli'].map((name) => dependency(name, 'project'));
    const alike = { ...target, dependencies: agents };
    const groupOf = groupAcross([alike, { ...alike, kind: 'knd' }], catalogue);
    expect(agents.map((entry) => groupOf(entry, alike))).toEqual([undefined, undefined]);
    expect(withGroups(['agent'], alike, catalogue)).toEqual(new Set(['agent', 'cli']));
  });

  it('is none of one entry, and none of what has its own version', () => {
    const groupOf = groupAcross([dataPlane], catalogue);
    expect(dataPlane.dependencies.map((entry) => groupOf(entry, dataPlane))).toEqual([undefined]);
  });

  it("is each architecture's own, where upstream names a version for each", () => {
    const kubernetes = { type: 'release-server', latest: 'stable-{arch}.txt' };
    const groupOf = groupAcross(all, { ...catalogue, sources: { ...catalogue.sources, kubernetes } });
    const [kubelet] = target.dependencies;
    expect([groupOf(kubelet!, target), groupOf(kubelet!, arm64)]).toEqual([
      'kubernetes amd64',
      'kubernetes arm64',
    ]);
  });
});

describe('withGroups', () => {
  it('adds what moves together with a name, and nothing else', () => {
    expect(withGroups(['kubectl', 'libpq5'], target, catalogue)).toEqual(
      new Set(['kubectl', 'libpq5', 'kubelet']),
    );
    expect(withGroups([], target, catalogue)).toEqual(new Set());
  });
});

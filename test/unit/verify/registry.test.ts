/** The methods, by name. */
import { expect, it } from 'vitest';
import {
  chartMethodNames,
  githubMethodNames,
  methodOf,
  methods,
  releaseMethodNames,
} from '../../../src/verify/registry.ts';

it('finds each by its name, and nothing by another', () => {
  for (const { method } of methods) expect(methodOf(method).method).toBe(method);
  expect(() => methodOf('nobody')).toThrow(new TypeError('no verification method nobody'));
});

it('has those of GitHub for releases on GitHub alone', () => {
  expect(githubMethodNames.filter((name) => !releaseMethodNames.includes(name))).toEqual([
    'github-release-attestation',
    'github-digest',
  ]);
  expect(releaseMethodNames).toContain('pinned');
  expect(chartMethodNames).toEqual(['helm-provenance', 'helm-digest', 'pinned']);
});

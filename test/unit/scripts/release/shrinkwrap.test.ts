/** What the published package pins of its dependencies. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shrinkwrapOf } from '../../../../scripts/release/shrinkwrap.ts';
import { root } from '../../../support/run-assay.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const lock = JSON.parse(read('package-lock.json')) as Parameters<typeof shrinkwrapOf>[0];
const packageJson = JSON.parse(read('package.json')) as Record<string, unknown> & {
  readonly dependencies: Readonly<Record<string, string>>;
};

describe('the shrinkwrap', () => {
  it('pins every dependency by version and digest, and nothing of the developers', () => {
    const { packages } = shrinkwrapOf(lock);
    for (const [name, version] of Object.entries(packageJson.dependencies)) {
      expect(packages[`node_modules/${name}`]).toMatchObject({ version });
    }
    expect(packages).not.toHaveProperty('node_modules/vitest');
    expect(packages['']).not.toHaveProperty('devDependencies');
  });

  it('names no registry', () => {
    const given = { resolved: 'https://registry.example/a.tgz', integrity: 'sha512-aa' };
    const text = JSON.stringify(shrinkwrapOf({ lockfileVersion: 3, packages: { 'node_modules/a': given } }));
    expect(text).not.toContain('registry.example');
    expect(JSON.stringify(shrinkwrapOf(lock))).not.toContain('"resolved"');
  });

  it('is not written where a digest is missing', () => {
    const packages = { 'node_modules/a': {} };
    expect(() => shrinkwrapOf({ lockfileVersion: 3, packages })).toThrow(/pins no digest of node_modules\/a/);
  });
});

it('the package can be published, from a repository that provenance names', () => {
  expect(packageJson).not.toHaveProperty('private');
  expect(packageJson['name']).toMatch(/^@[a-z0-9-]+\/assay$/);
  expect(packageJson['repository']).toMatchObject({ url: expect.stringMatching(/^git\+https:/) as string });
});

it('documentation imports the package by its name', () => {
  const imported = [...read('docs/library.md').matchAll(/from '([^']*)assay\//g)].map(([, scope]) => scope);
  expect(new Set(imported)).toEqual(new Set([String(packageJson['name']).replace(/assay$/, '')]));
});

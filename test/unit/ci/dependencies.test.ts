/** What is installed with assay, and to build it: pinned, whole, without scripts, under licences that are known here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../support/run-assay.ts';

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, object>;

/** What goes out with the executable, besides LGPL's openpgp, which is used as it is published. */
const released = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT'];
const known = [...released, 'MPL-2.0'];

describe.each(['', 'scripts/toolchain/'])('%spackage-lock.json', (folder) => {
  const packages = Object.entries(
    read(`${folder}package-lock.json`)['packages'] as Record<string, Locked>,
  ).filter(([path]) => path !== '');

  it('binds each by its digest, with a licence that is known, and none runs anything when it is installed', () => {
    const faults = packages.flatMap(
      ([path, { license = '', integrity, resolved, dev, hasInstallScript }]) => {
        const isOpenpgp = path === 'node_modules/openpgp' && license === 'LGPL-3.0+';
        return [
          integrity?.startsWith('sha512-') === true ? [] : [`${path}: no digest`],
          hasInstallScript === true ? [`${path}: a script`] : [],
          // Any registry has it.
          resolved === undefined ? [] : [`${path}: ${resolved}`],
          isOpenpgp || (dev === true ? known : released).includes(license) ? [] : [`${path}: ${license}`],
        ].flat();
      },
    );
    expect(packages.length).toBeGreaterThan(3);
    expect(faults).toEqual([]);
  });

  it('has exact versions of what is asked for', () => {
    const { dependencies = {}, devDependencies = {} } = read(`${folder}package.json`);
    for (const version of Object.values({ ...dependencies, ...devDependencies }))
      expect(version).toMatch(/^(?:npm:typescript@)?\d+\.\d+\.\d+$/);
  });
});

/**
 * npm-shrinkwrap.json of package-lock.json, while `npm pack` or `npm publish` runs: who installs the package gets the
 * versions and digests that it was tested with. It names no registry: npm asks the one that the user has.
 *
 *   node scripts/release/shrinkwrap.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
  resolved?: string;
  readonly integrity?: string;
  devDependencies?: unknown;
}

export interface Lock {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** Without what only developers install. Throws where a package is not pinned by its digest. */
export function shrinkwrapOf(lock: Lock): Lock {
  const packages: Record<string, LockedPackage> = {};
  for (const [path, { ...locked }] of Object.entries(lock.packages)) {
    delete locked.resolved;
    delete locked.devDependencies;
    if (locked.dev === true || locked.devOptional === true) continue;
    if (path !== '' && (locked.integrity === undefined || locked.link === true)) {
      throw new Error(`package-lock.json pins no digest of ${path}`);
    }
    packages[path] = locked;
  }
  return { ...lock, packages };
}

/** What a shrinkwrap has besides the package itself, by its path in node_modules/. Throws as `shrinkwrapOf` does. */
export function dependenciesOf(
  lock: Lock,
): readonly { readonly path: string; readonly name: string; readonly locked: LockedPackage }[] {
  return Object.entries(shrinkwrapOf(lock).packages)
    .filter(([path]) => path !== '')
    .map(([path, locked]) => ({ path, name: path.replace(/^.*node_modules\//, ''), locked }));
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '../..');
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  writeFileSync(join(root, 'npm-shrinkwrap.json'), `${JSON.stringify(shrinkwrapOf(lock), null, 2)}\n`);
}

/** What importing a sub-path of the library loads: the packages and built-ins of its module graph, as it was built. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { root } from '../support/run-assay.ts';

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, { default: string } | string>;
};

/** Names as they are imported, of the file and of all that it imports. */
function loadedBy(file: string, seen = new Set<string>()): readonly string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const names = ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles.map(({ fileName }) => fileName);
  const outside = names.filter((name) => !name.startsWith('.'));
  const inside = names.filter((name) => name.startsWith('.'));
  return [...outside, ...inside.flatMap((name) => loadedBy(join(dirname(file), name), seen))];
}

function graphOf(path: string) {
  const target = exports[path];
  if (target === undefined || typeof target === 'string') throw new Error(`no module at ${path}`);
  const names = [...new Set(loadedBy(join(root, target.default)))].sort();
  return {
    packages: names.filter((name) => !name.startsWith('node:')),
    builtins: names.filter((name) => name.startsWith('node:')),
  };
}

const sigstore = [
  ...['@noble/curves/nist.js', '@sigstore/bundle', '@sigstore/verify'],
  '@sigstore/verify/dist/tlog/index.js',
];
const pure = ['node:buffer', 'node:crypto', 'node:stream/web', 'node:util', 'node:zlib'];

it.each([
  ['./sigstore', ['zod', ...sigstore]],
  ['./openpgp', ['openpgp']],
  ['./checksums', ['zod', 'openpgp', ...sigstore]],
  ['./apt', ['zod', 'openpgp', 'semver', 'xz-decompress']],
  ['./render', ['zod', 'yaml']],
])(
  '%s loads no file system, no network, and of packages what it verifies or writes with',
  (path, packages) => {
    const graph = graphOf(path);
    expect(graph.builtins.filter((name) => !pure.includes(name))).toEqual([]);
    expect(graph.packages).toEqual([...packages].sort());
  },
);

it('./sigstore loads neither YAML nor HTTP', () => {
  const { packages, builtins } = graphOf('./sigstore');
  expect([...packages, ...builtins].filter((name) => /yaml|undici|http|net|tls|fs/.test(name))).toEqual([]);
});

it('./network loads what fetches, and nothing that verifies', () => {
  expect(graphOf('./network').packages).toEqual(['undici']);
});

it('no sub-path loads the command line', () => {
  for (const path of Object.keys(exports).filter((name) => !name.endsWith('.json'))) {
    expect(graphOf(path).packages).not.toContain('commander');
  }
});

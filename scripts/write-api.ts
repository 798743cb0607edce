/**
 * Writes from dist/*.d.ts what programs see of the library: `api/assay.api.md`, so that a change of it is seen in review,
 * and `docs/api.md`, its reference out of the docstrings. `--check` writes nothing, and fails where one differs, or where a
 * declaration names a type that is not exported.
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format } from 'prettier';
import { renderReference } from './library/reference.ts';
import { readSurface, type Entry } from './library/surface.ts';

const root = dirname(import.meta.dirname);
const update = 'node scripts/write-api.ts';

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Parameters<typeof readSurface>[1];
};
const entries = readSurface(root, exports);

function report(all: readonly Entry[]): string {
  const declared = new Map(all.flatMap((entry) => entry.exports.map(({ name, text }) => [name, text])));
  const sorted = [...declared].sort(([one], [other]) => (one < other ? -1 : 1));
  return [
    '# The public types of the library',
    `Written by \`${update}\`; \`make check\` compares. What changes here is a minor version where it adds, and a major one where it takes away or asks for more ([docs/library.md](../docs/library.md#versions)).`,
    ...all
      .filter(({ path }) => path !== '.')
      .map(({ path, exports: own }) => `- \`${path}\`: ${own.map(({ name }) => name).join(', ')}`),
    '```ts',
    sorted.map(([, text]) => text).join('\n\n'),
    '```\n',
  ].join('\n\n');
}

const options = { parser: 'markdown', printWidth: 110, singleQuote: true } as const;
const examples = globSync('examples/library/*.mts', { cwd: root }).sort();
const texts: Readonly<Record<string, string>> = {
  'api/assay.api.md': report(entries),
  'docs/api.md': renderReference(
    entries,
    examples.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') })),
  ),
};
const unexported = entries.flatMap(({ path, unexported: names }) => names.map((name) => `${path}: ${name}`));
if (unexported.length > 0) {
  console.error(`named by a declaration, and not exported:\n${unexported.join('\n')}`);
  process.exitCode = 1;
}
for (const [file, unformatted] of Object.entries(texts)) {
  const text = await format(unformatted, options);
  if (process.exitCode === 1) break;
  if (!process.argv.includes('--check')) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    writeFileSync(join(root, file), text);
  } else if (readFileSync(join(root, file), 'utf8') !== text) {
    console.error(
      `${file} is not what the library exports. See what changed: ${update} && git diff ${file}; then commit it with the change of version that it means (docs/library.md).`,
    );
    process.exitCode = 1;
  }
}

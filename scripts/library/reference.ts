/** docs/api.md: what each sub-path exports, in the words of its docstrings, with the example that uses it. */
import type { Entry, Exported } from './surface.ts';

interface Example {
  /** As seen from the checkout. */
  readonly path: string;
  readonly text: string;
}

/** Functions with their sub-path; types once, since most belong to several. */
export function renderReference(entries: readonly Entry[], examples: readonly Example[]): string {
  const modules = entries.filter(({ path }) => path !== '.');
  const seenIn = (name: string) =>
    modules.flatMap(({ path, exports }) => (exports.some((one) => one.name === name) ? [path] : []));
  const all = new Map(modules.flatMap(({ exports }) => exports.map((one) => [one.name, one] as const)));
  const types = [...all.values()].filter(({ isValue }) => !isValue);
  return [
    '# Reference of the library',
    'Written by `node scripts/write-api.ts` out of the docstrings; `make check` compares. [library.md](library.md) is the introduction.',
    ...modules.flatMap(({ path, doc, exports }) => [
      `## \`@podplane/assay/${path.slice(2)}\``,
      prose(doc),
      ...exports
        .filter(({ name, isValue }) => isValue && !isShared(name, modules))
        .flatMap((one) => [...section(one), ...exampleOf(one.name, path, examples)]),
    ]),
    '## In every module',
    ...[...all.values()]
      .filter(({ name, isValue }) => isValue && isShared(name, modules))
      .flatMap((one) => section(one)),
    '## Types',
    ...types
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .flatMap((one) => [
        ...section(one),
        isShared(one.name, modules)
          ? ''
          : `In ${seenIn(one.name)
              .map((path) => `\`${path}\``)
              .join(', ')}.`,
      ]),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function section({ name, doc, explained }: Exported): readonly string[] {
  return [`### \`${name}\``, prose(doc), ['```ts', explained, '```'].join('\n')];
}

function exampleOf(name: string, path: string, examples: readonly Example[]): readonly string[] {
  const imports = new RegExp(`import \\{[^}]*\\b${name}\\b[^}]*\\} from '@podplane/assay${path.slice(1)}'`);
  const using = examples.filter(({ text }) => imports.test(text));
  if (using.length === 0) return [];
  const links = using.map((one) => `[${one.path.replace(/^.*\//, '')}](../${one.path})`);
  return [`Example: ${links.join(', ')}.`];
}

function isShared(name: string, modules: readonly Entry[]): boolean {
  return modules.every(({ exports }) => exports.some((one) => one.name === name));
}

/** A docstring is plain text. */
function prose(doc: string): string {
  return doc.replaceAll(/(?<!`)<(?=[a-z/])/g, '&lt;');
}

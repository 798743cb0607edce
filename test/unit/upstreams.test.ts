/** docs/upstreams.md and the catalogue say the same of each upstream, and every assumption says what becomes of it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { realHosts } from '../../scripts/upstream/hosts.ts';

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

interface CatalogueFile {
  readonly sources: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly dependencies: Readonly<
    Record<string, { readonly source: { readonly from: string } & Readonly<Record<string, unknown>> }>
  >;
}

const { sources, dependencies } = parse(read('manifests/catalogue.yaml'), { merge: true }) as CatalogueFile;
const known = new Set(Array.from(read('docs/errors.md').matchAll(/^### `([A-Z_]+)`/gm), ([, code]) => code));

/** By heading. */
const chapters = new Map(
  read('docs/upstreams.md')
    .split(/^## /m)
    .slice(1)
    .map((chapter) => [chapter.slice(0, chapter.indexOf('\n')), chapter] as const),
);
const rehearsal = chapters.get('The rehearsal') ?? '';
chapters.delete('The rehearsal');
/** What holds for many sources. */
const general = ['Every upstream', 'GitHub', 'Sigstore'];

/** What a person would have to look up again. Words of our own are none: reasons, kinds of proof, names of sources. */
const ours = new Set(['type', 'method', 'reason', 'from', 'ordering']);

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (ours.has(key) ? [] : stringsIn(inner)));
}

describe('docs/upstreams.md', () => {
  it('says how the rehearsal plays each host that has a way of its own', () => {
    const rows = Object.entries(realHosts).map(([host, { keptBy }]) => [host, keptBy?.host] as const);
    expect(rows.filter(([host]) => !rehearsal.includes(`\`${host}\``))).toEqual([]);
    const seen = rows.flatMap(([, keeper]) => (keeper === undefined ? [] : [keeper]));
    expect(seen.filter((keeper) => !rehearsal.includes(`\`${keeper}\``))).toEqual([
      'packages-fluentbit.s3.amazonaws.com',
    ]);
  });

  it('has a chapter for each source of the catalogue, and for no other', () => {
    expect([...chapters.keys()]).toEqual([...general, ...Object.keys(sources)]);
  });

  it.each(Object.keys(sources))('says of %s what the catalogue says', (name) => {
    const own = Object.values(dependencies).filter(({ source }) => source.from === name);
    const facts = new Set(
      [sources[name], ...own].flatMap((one) => stringsIn({ ...one, kinds: [], providers: [], reason: '' })),
    );
    // Words that other entries are known by: `equals.dependency`.
    for (const key of Object.keys(dependencies)) if (!own.includes(dependencies[key]!)) facts.delete(key);
    for (const word of ['binary', 'tar.gz', 'deb', 'qcow2', 'oci-image']) facts.delete(word);
    expect(facts.size).toBeGreaterThan(1);
    const chapter = chapters.get(name)!;
    expect([...facts].filter((fact) => !chapter.includes(`\`${fact}\``))).toEqual([]);
  });

  it.each([...chapters])(
    '%s: each assumption is known somehow, was looked at, and has an end',
    (_, chapter) => {
      const rows = chapter.split('\n').filter((line) => line.startsWith('|'));
      const cells = rows.map((row) =>
        row
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
      expect(cells[0]).toEqual(['assumption', 'known', 'looked at', 'when it stops being true']);
      expect(cells.length).toBeGreaterThan(2);
      for (const [assumption = '', how = '', when = '', then = '', ...more] of cells.slice(2)) {
        expect([assumption.length > 10, more]).toEqual([true, []]);
        expect(how).toMatch(/\b(?:seen|workflow|documented|inferred)\b/);
        expect(when).toMatch(/^20\d\d-(?:0[1-9]|1[0-2])$/);
        expect(then.length).toBeGreaterThan(10);
        const codes = then.match(/(?<=`)[A-Z]+_[A-Z_]+(?=`)/g) ?? [];
        expect(codes.filter((code) => !known.has(code))).toEqual([]);
      }
    },
  );
});

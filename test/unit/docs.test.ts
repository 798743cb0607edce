/** The reference of errors is complete, and says nothing that the code does not. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  PolicyError,
  TransportError,
  UsageError,
  VerificationError,
  type AssayError,
} from '../../src/model/errors.ts';

interface ErrorRow {
  readonly code: string;
  readonly className: string;
  readonly exitCode: number | undefined;
}

type ErrorClass = new (code: never, message: string) => AssayError;

const classes: Readonly<Record<string, ErrorClass>> = {
  UsageError,
  TransportError,
  VerificationError,
  PolicyError,
};

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** The unions of `src/model/errors.ts`: `UsageCode` is what a `UsageError` can have. */
function codesOfModel(): ErrorRow[] {
  const model = read('src/model/errors.ts');
  return Object.entries(classes).flatMap(([className, Class]) => {
    const union = className.replace(/Error$/, 'Code');
    const text = new RegExp(`export type ${union} =\n(.*?);`, 's').exec(model)?.[1] ?? '';
    const { exitCode } = new Class('' as never, '');
    return Array.from(text.matchAll(/\| '(\w+)'/g), ([, code = '']) => ({ code, className, exitCode }));
  });
}

/** The headings of docs/errors.md, which links lead to, each below its class. */
function codesOfReference(): (ErrorRow & { readonly text: string })[] {
  const [, ...chapters] = read('docs/errors.md').split(/^## /m);
  return chapters.flatMap((chapter) => {
    const [, exitCode] = /^.*: exit code (\d)$/m.exec(chapter) ?? [];
    const [, className = ''] = /^`(\w+)`\. /m.exec(chapter) ?? [];
    return chapter.split(/^### /m).flatMap((text) => {
      const [, code] = /^`([A-Z_]+)`\n/.exec(text) ?? [];
      return code === undefined ? [] : [{ code, className, exitCode: Number(exitCode), text }];
    });
  });
}

describe('docs/errors.md', () => {
  it('has an entry for each error code, below its class and exit code, and no other', () => {
    const codes = codesOfModel();
    expect(codes.length).toBeGreaterThan(30);
    const byCode = (one: ErrorRow, other: ErrorRow) => (one.code < other.code ? -1 : 1);
    const entries = codesOfReference().map(({ code, className, exitCode }) => ({
      code,
      className,
      exitCode,
    }));
    expect(entries.sort(byCode)).toEqual(codes.sort(byCode));
  });

  it('says of each its cause, and what to do', () => {
    for (const { code, text } of codesOfReference()) {
      expect(text, code).toMatch(/\*\*Cause\.\*\* \S.{20,}\.\n\n\*\*What to do\.\*\* \S.{20,}\.\n/);
    }
  });

  it('calls reserved exactly the codes that nothing throws', () => {
    const root = new URL('../../', import.meta.url);
    const sources = globSync('src/**/*.ts', { cwd: root }).filter(
      (file) => !file.endsWith('model/errors.ts'),
    );
    const all = sources.map(read).join('\n');
    const unused = codesOfModel().filter(({ code }) => !all.includes(`'${code}'`));
    const reserved = codesOfReference().filter(({ text }) => text.includes('**Cause.** Reserved: '));
    expect(reserved.map(({ code }) => code).sort()).toEqual(unused.map(({ code }) => code).sort());
  });
});

/** What a page's links lead to: pages, and headings in them as GitHub names these. */
describe('links between pages', () => {
  const root = new URL('../../', import.meta.url);
  const pages = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: root })];
  const anchorsOf = (page: string) =>
    Array.from(read(page).matchAll(/^#+ (.*)$/gm), ([, heading = '']) =>
      heading
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
        .replaceAll(' ', '-'),
    );

  it.each(pages)('of %s lead somewhere', (page) => {
    const folder = page.includes('/') ? page.slice(0, page.lastIndexOf('/') + 1) : '';
    const broken = Array.from(read(page).matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target).filter(
      (target) => {
        if (/^[a-z]+:/.test(target)) return false;
        const [path = '', anchor] = target.split('#');
        const file =
          path === '' ? page : new URL(path, new URL(folder, root)).pathname.slice(root.pathname.length);
        if (!existsSync(new URL(file, root))) return true;
        return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).includes(anchor);
      },
    );
    expect(broken).toEqual([]);
  });

  it('lead to each page, from the index or the README', () => {
    const index = read('docs/README.md') + read('README.md').replaceAll('](docs/', '](');
    for (const page of globSync('*.md', { cwd: new URL('docs/', root) })) {
      if (page !== 'README.md') expect(index).toContain(`](${page})`);
    }
  });
});

describe('docs/apt.md', () => {
  it('names no code that there is not', () => {
    const known = codesOfModel().map(({ code }) => code);
    const named = read('docs/apt.md').match(/(?<=`)[A-Z]+_[A-Z_]+(?=`)/g) ?? [];
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((code) => !known.includes(code))).toEqual([]);
  });
});

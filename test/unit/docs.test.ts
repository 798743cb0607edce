/** The reference of errors is complete, and says nothing that the code does not. */
import { globSync, readFileSync } from 'node:fs';
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

function codesOfReference(): ErrorRow[] {
  const rows = read('docs/operations.md').matchAll(/^\| `([A-Z_]+)`\s*\| `(\w+)`\s*\| (\d)\s*\|/gm);
  return Array.from(rows, ([, code = '', className = '', exitCode]) => ({
    code,
    className,
    exitCode: Number(exitCode),
  }));
}

describe('docs/operations.md', () => {
  it('has a row for each error code, with its class and exit code, and no other', () => {
    const codes = codesOfModel();
    expect(codes.length).toBeGreaterThan(30);
    const byCode = (one: ErrorRow, other: ErrorRow) => (one.code < other.code ? -1 : 1);
    expect(codesOfReference().sort(byCode)).toEqual(codes.sort(byCode));
  });

  it('calls reserved exactly the codes that nothing throws', () => {
    const root = new URL('../../', import.meta.url);
    const sources = globSync('src/**/*.ts', { cwd: root }).filter(
      (file) => !file.endsWith('model/errors.ts'),
    );
    const text = sources.map(read).join('\n');
    const unused = codesOfModel().filter(({ code }) => !text.includes(`'${code}'`));
    const reserved = read('docs/operations.md').matchAll(/^\| `([A-Z_]+)`.*\| reserved: /gm);
    expect(Array.from(reserved, ([, code]) => code).sort()).toEqual(unused.map(({ code }) => code).sort());
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

/** The reference of errors is complete, and says nothing that the code does not. */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  PolicyError,
  TransportError,
  UsageError,
  VerificationError,
  type AssayError,
  type ErrorCode,
} from '../../src/model/errors.ts';

interface ErrorRow {
  readonly code: string;
  readonly className: string;
  readonly exitCode: number | undefined;
}

const classes: Record<string, new (code: ErrorCode, message: string) => AssayError> = {
  UsageError,
  TransportError,
  VerificationError,
  PolicyError,
};

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** The union `ErrorCode`, each code under the comment that names its class. */
function codesOfModel(): ErrorRow[] {
  const union = /export type ErrorCode =\n(.*?);/s.exec(read('src/model/errors.ts'))?.[1] ?? '';
  let className = '';
  const rows: ErrorRow[] = [];
  for (const line of union.split('\n')) {
    className = /^\s*\/\/ (\w+)$/.exec(line)?.[1] ?? className;
    const code = /^\s*\| '(\w+)'$/.exec(line)?.[1];
    const make = classes[className];
    if (code === undefined) continue;
    const exitCode = make && new make(code as ErrorCode, '').exitCode;
    rows.push({ code, className, exitCode });
  }
  return rows;
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

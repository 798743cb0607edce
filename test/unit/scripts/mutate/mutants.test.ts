import { stripTypeScriptTypes } from 'node:module';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { instrument } from '../../../../scripts/mutate/mutants.ts';

/** What stands there, and what stands there instead. */
function changes(source: string): string[] {
  return instrument('a.ts', source, 1).mutants.map(
    ({ original, replacement }) => `${original} -> ${replacement}`,
  );
}

describe('the mutants of a source', () => {
  it('are the operators, conditions, literals and calls in it', () => {
    expect(changes('if (a < b && c) f();')).toEqual([
      'a < b && c -> true',
      'a < b && c -> false',
      'a < b && c -> a < b',
      'a < b && c -> c',
      'a < b -> a <= b',
      'a < b -> a >= b',
      'f(); -> ;',
    ]);
    expect(changes('const x = !list.some(f) ? "one" : 2;')).toEqual([
      '!list.some(f) -> true',
      '!list.some(f) -> false',
      '!list.some(f) -> list.some(f)',
      'list.some(f) -> list.every(f)',
      `"one" -> ''`,
      '2 -> 2 + 1',
    ]);
    expect(changes('const r = /^a$/u;')).toEqual(['/^a$/u -> /a$/u', '/^a$/u -> /^a/u']);
    expect(changes('throw new TypeError(`no ${x}`);')).toEqual(['throw new TypeError(`no ${x}`); -> ;']);
  });

  it('are no types, names, modules or words for people', () => {
    expect(changes("import { a } from 'a'; type T = 'b' | 3; const c = { 'd-e': f.g }; h as 'i';")).toEqual(
      [],
    );
    expect(changes("const told = 'words for people';")).toEqual([]);
    const refused = 'throw malformed(`line ${line + 1} of it is none`);';
    expect(changes(refused)).toEqual([`${refused} -> ;`]);
  });

  it('leave the source as it is while none is on, and are each what they say when it is', () => {
    const source = 'const within = (n: number, most: number): boolean => n > 0 && n <= most;';
    const { text, mutants } = instrument('a.ts', source, 7);
    const on = (id: number): string => {
      const script = `globalThis.mutant = (n) => n === ${id}; ${stripTypeScriptTypes(text)}; `;
      return String(runInNewContext(`${script} [within(0, 3), within(1, 3), within(3, 3), within(4, 3)]`));
    };
    expect(on(0)).toBe('false,true,true,false');
    expect(mutants.map(({ id, isStatic }) => [id, isStatic])).toEqual(
      mutants.map((_, index) => [index + 7, false]),
    );
    const said = Object.fromEntries(mutants.map(({ id, replacement }) => [replacement, on(id)]));
    expect(said).toEqual({
      'n > 0': 'false,true,true,true',
      'n <= most': 'true,true,true,false',
      'n >= 0': 'true,true,true,false',
      'n <= 0': 'true,false,false,false',
      'n < most': 'false,true,false,false',
      'n > most': 'false,false,false,true',
      '0 + 1': 'false,false,true,false',
    });
  });

  it('know what is made once, when the module is loaded', () => {
    const source = 'const a = 1; const b = [2, (n) => n + 3]; const c = () => 4;';
    const isStatic = instrument('a.ts', source, 1).mutants.map((one) => [one.original, one.isStatic]);
    expect(isStatic).toEqual([
      ['1', true],
      ['2', true],
      ['3', false],
      ['4', false],
    ]);
  });

  it('leave an else where it belongs', () => {
    const source = 'const said: string[] = []; if (a) said.push("a"); else said.push("b");';
    const { text } = instrument('a.ts', source, 1);
    const said = (a: boolean) =>
      runInNewContext(`const a = ${String(a)}; ${stripTypeScriptTypes(text)}; said`) as string[];
    expect([said(true), said(false)]).toEqual([['a'], ['b']]);
  });
});

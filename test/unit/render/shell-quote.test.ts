import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellComment, shellQuote } from '../../../src/render/shell-quote.ts';
import { posixShells } from '../../support/posix-shells.ts';

const hostile = fc.string({
  unit: fc.constantFrom(...Array.from('\'"\\$`(){}!*?[];&|<>#~ \t\n\r-=%aé\u{1f512}')),
});
const text = fc
  .oneof(hostile, fc.string({ unit: 'binary' }))
  .filter((one) => !one.includes('\0') && one.isWellFormed());

/** All of them as the arguments of one command, so that a shell is started once. */
function throughShell(argv: readonly [string, ...string[]], texts: readonly string[]): Buffer {
  const [program, ...args] = argv;
  const script = `set -- ${texts.map(shellQuote).join(' ')}\nprintf '%s\\0' "$@"\n`;
  return spawnSync(program, [...args], { input: script, maxBuffer: 1 << 26 }).stdout;
}

describe('shellQuote', () => {
  for (const { name, argv } of posixShells) {
    it(`gives ${name} the text back, byte for byte`, () => {
      const list = fc.array(text, { minLength: 100, maxLength: 300 });
      fc.assert(
        fc.property(list, (texts) => {
          const expected = Buffer.from(texts.map((one) => `${one}\0`).join(''));
          return throughShell(argv, texts).equals(expected);
        }),
        { numRuns: 10 },
      );
    });
  }

  it.each(['a\0b', '\0', 'a\ud800', '\udfff'])('refuses %j', (bad) => {
    expect(() => shellQuote(bad)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('shellComment', () => {
  it('is one line, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (one) => /^# [\x20-\x7e]*$/.test(shellComment(one))),
    );
  });
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderEnvironmentFile } from '../../../src/render/environment-file.ts';
import { posixShells } from '../../support/posix-shells.ts';

const value = fc
  .string({
    unit: fc.constantFrom(...Array.from('\'"\\$`(){}!*?[];&|<>#~ \t\n-=%aZ9é\u{1f512}')),
    maxLength: 40,
  })
  .filter((one) => one.isWellFormed());
const variables = fc.array(value, { minLength: 50, maxLength: 200 });
const named = (values: readonly string[]) =>
  Object.fromEntries(values.map((one, index) => [`V_${index}`, one]));

/** systemd.exec(5), EnvironmentFile=, for what is between double quotes: `\` counts before `"`, `\`, `$` and a backtick. */
function asSystemdReads(text: string): string[] {
  return Array.from(text.matchAll(/([A-Z_][A-Z0-9_]*)="((?:[^"\\]|\\[^])*)"\n/gu), ([, , quoted]) =>
    quoted!.replaceAll(/\\(["\\$`])|\\\n/g, '$1'),
  );
}

describe('renderEnvironmentFile', () => {
  it('is read alike by the rules of systemd', () => {
    fc.assert(
      fc.property(variables, (values) => {
        expect(asSystemdReads(renderEnvironmentFile(named(values)))).toEqual(values);
      }),
      { numRuns: 20 },
    );
  });

  it.each(posixShells)('and by $name', ({ argv: [program, ...args] }) => {
    const directory = mkdtempSync(join(tmpdir(), 'assay-env-'));
    const file = join(directory, 'user-data.env');
    fc.assert(
      fc.property(variables, (values) => {
        writeFileSync(file, renderEnvironmentFile(named(values)));
        const all = values.map((_, index) => `"$V_${index}"`).join(' ');
        const script = `. ${file}\nprintf '%s\\0' ${all}\n`;
        const { stdout } = spawnSync(program, args, { input: script });
        expect(String(stdout).split('\0').slice(0, -1)).toEqual(values);
      }),
      { numRuns: 10 },
    );
    rmSync(directory, { recursive: true });
  });

  it.each([
    ['a', 'lower'],
    ['1A', 'digit first'],
    ['A B', 'blank'],
    ['A=$(x)', 'shell'],
    ['A', 'return\r'],
    ['A', 'nul\0'],
    ['A', 'half \ud800'],
  ])('refuses %j=%j', (name, text) => {
    expect(() => renderEnvironmentFile({ [name]: text })).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

/**
 * The built command on a terminal: a pty that `script` of util-linux opens, with the size that `stty` gives it. Skipped,
 * with a line that says so, where those programs are not here.
 */
import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect } from 'vitest';
import { widthOf } from '../../src/model/text-width.ts';
import { tooWide } from '../support/json-documents.ts';
import { removeSeed, test } from '../support/rehearsal.ts';
import { cli, runProgram } from '../support/run-assay.ts';
import { shellQuote } from '../../src/render/shell-quote.ts';

const isHere = ['script', 'stty'].every((name) => spawnSync(name, ['--version']).status === 0);
if (!isHere) console.warn('SKIPPED: a terminal needs script and stty');

afterAll(removeSeed);

interface Terminal {
  readonly size?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a terminal is sent, and the exit code. */
async function onTerminal(args: readonly string[], { size = 'rows 24 cols 80', env = {} }: Terminal = {}) {
  const command = [process.execPath, cli, ...args].map(shellQuote).join(' ');
  const shell = `stty ${size}; exec ${command}`;
  const { exitCode, stdout } = await runProgram('script', ['-qec', shell, '/dev/null'], {
    env: { TERM: 'xterm', ...env },
  });
  return { exitCode, shown: stdout.replaceAll('\r\n', '\n') };
}

const escape = '\x1b';

describe.skipIf(!isHere).concurrent('a terminal', () => {
  test.for([
    ['rows 24 cols 40', {}, 40],
    ['rows 24 cols 200', {}, 200],
    // A serial console, an editor's shell: it does not know its size.
    ['rows 0 cols 0', {}, 80],
    ['rows 24 cols 200', { COLUMNS: '40' }, 40],
  ] as const)('of %s with %j has help of %i columns', async ([size, env, width]) => {
    const { exitCode, shown } = await onTerminal(['stage', '--help'], { size, env });
    expect(exitCode).toBe(0);
    const widest = Math.max(...shown.split('\n').map(widthOf));
    // Examples are one line each: they are copied.
    const text = shown.slice(0, shown.indexOf('Examples:'));
    expect(tooWide(text.split('\n'), width)).toEqual([]);
    if (width === 200) expect(widest).toBeGreaterThan(80);
  });

  test.for([
    [{}, true],
    [{ NO_COLOR: '1' }, false],
    [{ TERM: 'dumb' }, false],
    [{ TERM: 'dumb', FORCE_COLOR: '1' }, true],
  ] as const)('with %j has a coloured error: %s', async ([env, isColored]) => {
    const { exitCode, shown } = await onTerminal(['stage', 'no-such-file'], { env });
    expect(exitCode).toBe(2);
    const word = isColored ? `${escape}[1;31merror:${escape}[0m` : 'error:';
    expect(shown).toBe(`${word} no-such-file does not exist [FILE_UNREADABLE]\n`);
  });
});

describe.skipIf(!isHere)('the progress of update-manifests', () => {
  test('is on a terminal, and gone before what is said', async ({ fresh }) => {
    const { exitCode, shown } = await onTerminal(
      [...fresh.updateArgs, ...fresh.mirrorArgs, '--only', 'libpq5'],
      { size: 'rows 10 cols 60' },
    );
    expect(exitCode, shown).toBe(0);
    expect(shown).toContain('debian-security');
    expect(shown).toMatch(/▸ (?:asking|verifying|InRelease|Packages)/);
    expect(shown).toMatch(/\d of \d sources?/);
    // Each drawing takes the one before it away, and the last one is taken away before the result.
    const last = shown.slice(shown.lastIndexOf('sources'));
    expect(last).toMatch(/^sources[^\n]*\r\x1b\[2K(?:\x1b\[1A\x1b\[2K)*/);
    for (const line of shown.split(/\n|\r\x1b\[2K|\x1b\[1A\x1b\[2K/)) {
      if (line.includes('▸')) expect(widthOf(line)).toBeLessThan(60);
    }
  });

  test('is nothing on a dumb one', async ({ fresh }) => {
    const { exitCode, shown } = await onTerminal([...fresh.updateArgs, ...fresh.mirrorArgs], {
      env: { TERM: 'dumb' },
    });
    expect(exitCode, shown).toBe(0);
    expect(shown).not.toContain(escape);
    expect(shown).not.toContain('▸');
  });
});

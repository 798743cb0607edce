import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReporter } from '../../../src/io/terminal.ts';
import { traitsOf } from '../../../src/io/terminal-traits.ts';

const erase = '\r\x1b[2K';

interface Options {
  readonly isTTY?: boolean;
  /** May be changed meanwhile. */
  readonly size?: { columns?: number; rows?: number };
  readonly env?: Readonly<Record<string, string>>;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly isWorkflow?: boolean;
}

function reporter({ isTTY = false, size = {}, env = {}, isWorkflow = false, ...rest }: Options = {}) {
  let written = '';
  const stream = { write: (text: string) => (written += text) };
  const traits = traitsOf(Object.assign(size, { isTTY }), env);
  const workflow = isWorkflow ? { pathOf: (file: string) => `here/${file}` } : undefined;
  const created = createReporter({ quiet: false, verbose: false, ...rest, stream, traits, workflow });
  return { ...created, written: () => written };
}

describe('steps', () => {
  it('are one line on a terminal, gone before anything else', () => {
    const terminal = reporter({ isTTY: true });
    terminal.step('one');
    terminal.step('two');
    terminal.info('result');
    terminal.step('three');
    terminal.clear();
    terminal.clear();
    expect(terminal.written()).toBe(`${erase}one${erase}two${erase}result\n${erase}three${erase}`);
  });

  it('never wrap', () => {
    const terminal = reporter({ isTTY: true, size: { columns: 10 } });
    terminal.step('0123456789');
    expect(terminal.written()).toBe(`${erase}01234567…`);
  });

  it('are not for logs, unless --verbose', () => {
    const log = reporter();
    log.step('one');
    expect(log.written()).toBe('');
    for (const isTTY of [true, false]) {
      const verbose = reporter({ verbose: true, isTTY });
      verbose.step('one');
      expect(verbose.written()).toBe('one\n');
    }
  });
});

describe('a screen', () => {
  it('is a few lines in place of those before, gone before anything else, and keeps steps away', () => {
    const terminal = reporter({ isTTY: true, size: { columns: 10 } });
    terminal.screen?.show(['one', '0123456789']);
    terminal.step('not now');
    terminal.screen?.show(['two']);
    terminal.info('result');
    terminal.screen?.show([]);
    terminal.step('three');
    const up = `${erase}\x1b[1A\x1b[2K`;
    expect(terminal.written()).toBe(`${erase}one\n01234567…${up}two${erase}result\n${erase}three`);
  });

  it('is for terminals, and for who wants neither silence nor every step', () => {
    expect(reporter().screen).toBeUndefined();
    expect(reporter({ isTTY: true, quiet: true }).screen).toBeUndefined();
    expect(reporter({ isTTY: true, verbose: true }).screen).toBeUndefined();
  });
});

describe('lines', () => {
  it('--quiet keeps warnings and errors alone', () => {
    const quiet = reporter({ quiet: true, verbose: true, isTTY: true, env: { NO_COLOR: '1' } });
    quiet.step('step');
    quiet.info('info');
    quiet.warn('warn');
    quiet.error('error');
    expect(quiet.written()).toBe('warning: warn\nerror: error\n');
  });

  it('are coloured only where asked', () => {
    const colored = reporter({ env: { FORCE_COLOR: '1' } });
    colored.warn('w');
    colored.error('e');
    expect(colored.written()).toBe('\x1b[1;33mwarning:\x1b[0m w\n\x1b[1;31merror:\x1b[0m e\n');
  });

  it('cannot be forged from within a message', () => {
    const log = reporter();
    log.info('version 1\nerror: not ours\r\x1b[2Kgone');
    log.error(['several', 'lines\nof ours']);
    expect(log.written()).toBe(
      'version 1\\x0aerror: not ours\\x0d\\x1b[2Kgone\nerror: several\n  lines\\x0aof ours\n',
    );
  });

  it('hold no workflow command, where a runner reads them', () => {
    const log = reporter({ isWorkflow: true, verbose: true });
    log.step('::set-env name=PATH::/tmp');
    log.info(['##[group]a', '  ::stop-commands::x']);
    log.error('"::add-mask::a", ###[add-mask]b');
    expect(log.written().split('\n')).toEqual([
      '\\x3a\\x3aset-env name=PATH::/tmp',
      '\\x23\\x23[group]a',
      '    \\x3a\\x3astop-commands\\x3a\\x3ax',
      'error: "\\x3a\\x3aadd-mask\\x3a\\x3aa", #\\x23\\x23[add-mask]b',
      '',
    ]);
  });

  it('hold no control characters of others, whatever is printed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const terminal = reporter();
        terminal.info(text);
        terminal.warn(text);
        expect(terminal.written()).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
        expect(terminal.written().split('\n')).toHaveLength(3);
      }),
    );
  });
});

describe('a terminal that was made narrower meanwhile', () => {
  it('is erased as it stands now: what was shown has wrapped', () => {
    const size = { columns: 40 };
    const terminal = reporter({ isTTY: true, size });
    terminal.screen?.show(['x'.repeat(30), 'y'.repeat(12)]);
    size.columns = 10;
    terminal.info('result');
    // Three lines of the first, two of the second.
    expect(terminal.written().endsWith(`${erase}${'\x1b[1A\x1b[2K'.repeat(4)}result\n`)).toBe(true);
  });
});

describe('annotations', () => {
  const place = { file: 'a.json', line: 3, column: 5, title: 'SIGNER_CHANGED: \u001b[1m' };

  it('are commands for a runner, and lines for people', () => {
    const runner = reporter({ isWorkflow: true, quiet: true });
    runner.error(['not \u001b[31mthere\n::error::x', 'look'], place);
    runner.warn('100% of it');
    runner.error('nothing was written');
    expect(runner.written().split('\n')).toEqual([
      '::error file=here/a.json,line=3,col=5,title=SIGNER_CHANGED%3A \\x1b[1m::not \\x1b[31mthere\\x0a\\x3a\\x3aerror\\x3a\\x3ax%0Alook',
      '::warning::100%25 of it',
      'error: nothing was written',
      '',
    ]);
    const people = reporter();
    people.warn(['not there', 'look'], place);
    expect(people.written()).toBe('warning: not there\n  look\n');
  });

  it('hold one command each, whatever strangers wrote', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const hostile = `${text}\r\n::set-output name=a::b\r::add-mask::c%0A::stop-commands::d##[add-mask]e`;
        const runner = reporter({ isWorkflow: true });
        runner.warn(hostile, { file: hostile, title: hostile });
        runner.error([hostile, hostile], { title: hostile });
        expect(runner.written().split(/[\n\r\u2028\u2029]/)).toHaveLength(3);
        expect(runner.written()).toMatch(/^::warning file=[^\n]*\n::error title=[^\n]*\n$/);
        // Also of the form that counts in the middle of a line.
        expect(runner.written()).not.toMatch(/::(?:set-output|add-mask|stop-commands)|##\[/);
      }),
    );
  });
});

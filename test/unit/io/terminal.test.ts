import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReporter } from '../../../src/io/terminal.ts';
import type { ReporterOptions } from '../../../src/io/terminal.ts';

const erase = '\r\x1b[2K';

function reporter(options: Partial<ReporterOptions> & { columns?: number } = {}) {
  let written = '';
  const stream = { columns: options.columns, write: (text: string) => (written += text) };
  const defaults = { isTerminal: false, quiet: false, verbose: false, color: false };
  const created = createReporter({ ...defaults, ...options, stream });
  return { ...created, written: () => written };
}

describe('steps', () => {
  it('are one line on a terminal, gone before anything else', () => {
    const terminal = reporter({ isTerminal: true });
    terminal.step('one');
    terminal.step('two');
    terminal.info('result');
    terminal.step('three');
    terminal.clear();
    terminal.clear();
    expect(terminal.written()).toBe(`${erase}one${erase}two${erase}result\n${erase}three${erase}`);
  });

  it('never wrap', () => {
    const terminal = reporter({ isTerminal: true, columns: 10 });
    terminal.step('0123456789');
    expect(terminal.written()).toBe(`${erase}01234567…`);
  });

  it('are not for logs, unless --verbose', () => {
    const log = reporter();
    log.step('one');
    expect(log.written()).toBe('');
    for (const isTerminal of [true, false]) {
      const verbose = reporter({ verbose: true, isTerminal });
      verbose.step('one');
      expect(verbose.written()).toBe('one\n');
    }
  });
});

describe('a screen', () => {
  it('is a few lines in place of those before, gone before anything else, and keeps steps away', () => {
    const terminal = reporter({ isTerminal: true, columns: 10 });
    terminal.screen?.show(['one', '0123456789']);
    terminal.step('not now');
    terminal.screen?.show(['two']);
    terminal.info('result');
    terminal.screen?.show([]);
    terminal.step('three');
    const up = `${erase}\x1b[1A\x1b[2K`;
    expect(terminal.written()).toBe(`one\n01234567…${up}two${erase}result\n${erase}three`);
  });

  it('is for terminals, and for who wants neither silence nor every step', () => {
    expect(reporter().screen).toBeUndefined();
    expect(reporter({ isTerminal: true, quiet: true }).screen).toBeUndefined();
    expect(reporter({ isTerminal: true, verbose: true }).screen).toBeUndefined();
  });
});

describe('lines', () => {
  it('--quiet keeps warnings and errors alone', () => {
    const quiet = reporter({ quiet: true, verbose: true, isTerminal: true });
    quiet.step('step');
    quiet.info('info');
    quiet.warn('warn');
    quiet.error('error');
    expect(quiet.written()).toBe('warning: warn\nerror: error\n');
  });

  it('are coloured only where asked', () => {
    const colored = reporter({ color: true });
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
    log.warn('"::add-mask::a", ###[add-mask]b');
    expect(log.written().split('\n')).toEqual([
      '\\x3a\\x3aset-env name=PATH::/tmp',
      '\\x23\\x23[group]a',
      '    \\x3a\\x3astop-commands\\x3a\\x3ax',
      'warning: "\\x3a\\x3aadd-mask\\x3a\\x3aa", #\\x23\\x23[add-mask]b',
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

describe('annotations', () => {
  const place = { file: 'a.json', title: 'runc gone' };

  it('are commands for a runner, and lines for people', () => {
    const runner = reporter({ isWorkflow: true, quiet: true });
    runner.annotate('error', place, ['not \u001b[31mthere\n::error::x', 'look']);
    expect(runner.written()).toBe(
      '::error file=a.json,title=runc gone::not \\x1b[31mthere\\x0a::error::x%0Alook\n',
    );
    const people = reporter();
    people.annotate('warning', place, ['not there', 'look']);
    expect(people.written()).toBe('warning: runc gone: not there\n  look\n');
  });
});

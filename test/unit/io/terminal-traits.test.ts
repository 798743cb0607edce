import { describe, expect, it } from 'vitest';
import { traitsOf, type TerminalStream } from '../../../src/io/terminal-traits.ts';

const terminal = { isTTY: true, columns: 100, rows: 30 };
const colorOf = (stream: TerminalStream, env: Readonly<Record<string, string>>) =>
  traitsOf(stream, env).hasColor;

describe('colour', () => {
  it.each([
    [terminal, {}, true],
    [{}, {}, false],
    [terminal, { TERM: 'xterm-256color' }, true],
    [terminal, { TERM: 'dumb' }, false],
    [terminal, { NO_COLOR: '1' }, false],
    // https://no-color.org: "when present and not an empty string".
    [terminal, { NO_COLOR: '' }, true],
    [{}, { FORCE_COLOR: '1' }, true],
    [{}, { FORCE_COLOR: 'true' }, true],
    [{}, { FORCE_COLOR: '3', TERM: 'dumb' }, true],
    [terminal, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
    [terminal, { FORCE_COLOR: '0' }, false],
    [terminal, { FORCE_COLOR: 'false' }, false],
    [{}, { FORCE_COLOR: '' }, false],
    [terminal, { FORCE_COLOR: '', NO_COLOR: '1' }, false],
  ])('of %j with %j: %s', (stream, env, expected) => {
    expect(colorOf(stream, env)).toBe(expected);
  });
});

describe('what can be erased', () => {
  it.each([
    [terminal, {}, true],
    [terminal, { TERM: 'dumb' }, false],
    [{}, { TERM: 'xterm' }, false],
    // Colour is another question.
    [{}, { FORCE_COLOR: '1' }, false],
    [terminal, { NO_COLOR: '1' }, true],
  ])('%j with %j: %s', (stream, env, expected) => {
    expect(traitsOf(stream, env).canErase).toBe(expected);
  });
});

describe('size', () => {
  it.each([
    [terminal, {}, 100, 100],
    [terminal, { COLUMNS: '40' }, 40, 40],
    // What is to be erased must not wrap.
    [terminal, { COLUMNS: '200' }, 200, 100],
    [{}, {}, undefined, 80],
    [{}, { COLUMNS: '40' }, 40, 40],
    [{ isTTY: true, columns: 0, rows: 0 }, {}, 80, 80],
    [{ isTTY: true, columns: 0, rows: 0 }, { COLUMNS: '132' }, 132, 132],
    [{ isTTY: true }, {}, 80, 80],
    [terminal, { COLUMNS: '0' }, 100, 100],
    [terminal, { COLUMNS: '' }, 100, 100],
    [terminal, { COLUMNS: '-5' }, 100, 100],
    [terminal, { COLUMNS: '40x' }, 100, 100],
    [terminal, { COLUMNS: '1e9' }, 100, 100],
    [terminal, { COLUMNS: '99999999999' }, 100, 100],
  ])('of %j with %j: %s, and %s on the screen', (stream, env, width, screen) => {
    const traits = traitsOf(stream, env);
    expect([traits.width(), traits.screenWidth()]).toEqual([width, screen]);
  });

  it('is what it is now, and of a terminal without one the usual', () => {
    const stream = { isTTY: true, columns: 80, rows: 0 };
    const traits = traitsOf(stream, {});
    expect(traits.screenHeight()).toBe(24);
    Object.assign(stream, { columns: 40, rows: 10 });
    expect([traits.width(), traits.screenWidth(), traits.screenHeight()]).toEqual([40, 40, 10]);
  });
});

describe('hyperlinks', () => {
  it.each<[boolean, Record<string, string>]>([
    [true, { TERM: 'xterm-kitty' }],
    [true, { TERM: 'xterm-256color', VTE_VERSION: '7600' }],
    [true, { TERM_PROGRAM: 'vscode' }],
    [true, { WT_SESSION: 'x' }],
    [true, { TERM: 'xterm', FORCE_HYPERLINK: '1' }],
    [false, {}],
    [false, { TERM: 'xterm-256color' }],
    [false, { TERM: 'dumb', VTE_VERSION: '7600' }],
    [false, { TERM: 'tmux-256color', TERM_PROGRAM: 'tmux', VTE_VERSION: '7600' }],
    [false, { VTE_VERSION: '5000' }],
    [false, { TERM: 'xterm-kitty', FORCE_HYPERLINK: '0' }],
    [false, { TERM: 'xterm-kitty', CI: 'true' }],
  ])('are %j by %j, and never in a pipe', (hasLinks, env) => {
    expect(traitsOf({ isTTY: true }, env).hasLinks).toBe(hasLinks);
    expect(traitsOf({}, env).hasLinks).toBe(false);
  });
});

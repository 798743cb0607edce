/** Codes as hyperlinks: on terminals that say that they know them, and nowhere else. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { knowsHyperlinks, linkCodes, withCodeLinks } from '../../../src/io/code-links.ts';
import { repository } from '../../../src/model/repository.ts';

const line = 'error: x has the digest sha256:a762…, expected sha256:d120… [DIGEST_MISMATCH]\n';
const link = `https://github.com/${repository}/blob/main/docs/errors.md#digest_mismatch`;

it('leads to the entry of the code, in the repository of package.json', () => {
  expect(linkCodes(line)).toBe(
    line.replace('DIGEST_MISMATCH', `\x1b]8;;${link}\x1b\\DIGEST_MISMATCH\x1b]8;;\x1b\\`),
  );
  const { repository: own } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    repository: { url: string };
  };
  expect(own.url).toBe(`git+https://github.com/${repository}.git`);
});

it.each(['error: a [b]\n', 'error: [X] y\n', 'see [NOT_FOUND](x)\n', 'error: x [A-B]\n', 'error: x [Ä]\n'])(
  'adds nothing to %j',
  (text) => {
    expect(linkCodes(text)).toBe(text);
  },
);

describe('a terminal', () => {
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
  ])('that says %j with %j', (isKnown, env) => {
    expect(knowsHyperlinks(env)).toBe(isKnown);
  });

  it('shows them, and a pipe never does', () => {
    const written: string[] = [];
    const write = (text: string) => written.push(text);
    const env = { TERM: 'xterm-kitty', FORCE_HYPERLINK: '1' };
    withCodeLinks({ write, isTTY: true }, env).write(line);
    withCodeLinks({ write }, env).write(line);
    withCodeLinks({ write, isTTY: true }, { TERM: 'vt100' }).write(line);
    expect(written).toEqual([linkCodes(line), line, line]);
  });
});

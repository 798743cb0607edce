/** Codes as hyperlinks: on terminals that say that they know them, and nowhere else. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { linkCodes, withCodeLinks } from '../../../src/io/code-links.ts';
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

it('shows them where the terminal knows them, and nowhere else', () => {
  const written: string[] = [];
  const write = (text: string) => written.push(text);
  withCodeLinks({ write }, { hasLinks: true }).write(line);
  withCodeLinks({ write }, { hasLinks: false }).write(line);
  expect(written).toEqual([linkCodes(line), line]);
});

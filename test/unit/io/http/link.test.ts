/** The link to the next page, out of whatever a server sends as a Link header. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextLink } from '../../../../src/io/http/link.ts';
import { cpuMsOf } from '../../../support/growth.ts';

const of = (link: string | string[] | undefined) => nextLink({ headers: link === undefined ? {} : { link } });

describe('nextLink', () => {
  it.each<[string, string | string[]]>([
    ['alone', '<https://x.example/2>; rel="next"'],
    ['without quotes', '<https://x.example/2>; rel=next'],
    ['in capitals', '<https://x.example/2>; REL="NEXT"'],
    [
      'among others',
      '<https://x.example/1>; rel="prev", <https://x.example/2>; rel="next", <https://x.example/9>; rel="last"',
    ],
    ['behind another parameter', '<https://x.example/2>; title="a, b; c"; rel="next"'],
    ['as one of two relations', '<https://x.example/2>; rel="next last"'],
    ['in a second header', ['<https://x.example/1>; rel="prev"', '<https://x.example/2>; rel="next"']],
  ])('finds it %s', (_, link) => {
    expect(of(link)).toBe('https://x.example/2');
  });

  it.each<[string, string | undefined]>([
    ['no header', undefined],
    ['an empty one', ''],
    ['another relation', '<https://x.example/2>; rel="prev"'],
    ['a relation that begins like it', '<https://x.example/2>; rel="nextpage"'],
    ['no relation', '<https://x.example/2>'],
    ['no brackets', 'https://x.example/2; rel="next"'],
    ['the word in another parameter', '<https://x.example/2>; title="rel=next"; rel="prev"'],
  ])('finds none in %s', (_, link) => {
    expect(of(link)).toBeUndefined();
  });

  it('reads anything, without an end of time', () => {
    fc.assert(fc.property(fc.string(), (link) => void of(link)));
    const takenMs = cpuMsOf(() => {
      for (const link of [
        '<'.repeat(30_000),
        `<x>${';'.repeat(30_000)}`,
        `<x>;${' '.repeat(30_000)}`,
        `<x>${' ;a=b'.repeat(6_000)}!`,
      ])
        of(link);
    });
    expect(takenMs).toBeLessThan(5_000);
  });
});

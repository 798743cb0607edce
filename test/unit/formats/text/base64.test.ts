import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../../../../src/formats/text/base64.ts';

describe('decodeBase64', () => {
  it('undoes what encoders write', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it.each([
    ['no padding', 'YWI'],
    ['too much padding', 'YWI=='],
    ['bits that mean nothing', 'YWJ='],
    ['a line end', 'YWI=\n'],
    ['a line end within', 'YWJj\nYWJj'],
    ['a space', ' YWI='],
    ["the URL's alphabet", '-_-_'],
    ['what is none', 'Y*I='],
    ['text after the end', 'YWI=YWI='],
    ['one character', 'Y'],
  ])('refuses %s', (_, text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });

  it('has one text for the same bytes', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const bytes = decodeBase64(text);
        expect(bytes?.toString('base64') ?? text).toBe(text);
      }),
    );
  });

  it('reads nothing as nothing', () => {
    expect(decodeBase64('')).toHaveLength(0);
  });
});

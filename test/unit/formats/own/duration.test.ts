import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../../../src/formats/own/duration.ts';
import { durationSchema } from '../../../../src/formats/own/duration-schema.ts';
import { UsageError } from '../../../../src/model/errors.ts';

describe('parseDuration', () => {
  it.each([
    ['1s', 1_000],
    ['90m', 5_400_000],
    ['12h', 43_200_000],
    ['30d', 2_592_000_000],
    ['7w', 4_233_600_000],
    ['36525d', 3_155_760_000_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(durationSchema.parse(text)).toBe(ms);
  });

  it.each([
    '',
    '0d',
    '-1d',
    '+1d',
    '1',
    'd',
    '1.5d',
    '1e3d',
    ' 1d',
    '1d ',
    '1D',
    '1y',
    '1mo',
    '1d12h',
    '01d',
    '36526d',
    '9999999999w',
    '１d',
    '1d\n',
  ])('refuses %j', (text) => {
    expect(() => parseDuration(text)).toThrow(
      expect.objectContaining({ constructor: UsageError, code: 'USAGE' }) as Error,
    );
    expect(durationSchema.safeParse(text).success).toBe(false);
  });

  it.each([400, '400'])('says of the number %j how days are written', (input) => {
    const [issue] = durationSchema.safeParse(input).error?.issues ?? [];
    expect(issue?.message).toMatch(/: write 400d$/);
  });

  it('gives a date’s worth of milliseconds or refuses, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9]{1,12}[smhdw]$/)), (text) => {
        let ms: number;
        try {
          ms = parseDuration(text);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          return;
        }
        expect(Number.isSafeInteger(ms) && ms > 0).toBe(true);
        expect(new Date(ms).getTime()).toBe(ms);
      }),
    );
  });
});

/** What is a whole fingerprint, and what only looks like one. */
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../src/model/errors.ts';
import { parsePin } from '../../../../src/verify/openpgp/pin.ts';
import { refusal } from '../../../support/refusals.ts';

const v4 = '04B54C3CDCA79751B16BC6B5225629DF75B188BD';
const v6 = 'A5'.repeat(32);

describe('parsePin', () => {
  it.each([
    [v4, v4],
    [v6, v6],
    [v4.toLowerCase(), v4],
    [`0x${v4}`, v4],
    [`0X${v4}`, v4],
    ['04B5 4C3C DCA7 9751 B16B  C6B5 2256 29DF 75B1 88BD', v4],
    [`\t${v4} `, v4],
  ])('reads %j', (text, pin) => {
    expect(parsePin(text)).toBe(pin);
  });

  it.each([
    '',
    v4.slice(24),
    v4.slice(1),
    `${v4}0`,
    v6.slice(1),
    `${v6}0`,
    `x${v4}`,
    `${v4}\n`,
    `${v4.slice(0, 20)}0x${v4.slice(20)}`,
    `0x0x${v4}`,
    v4.replace('4', 'G'),
  ])('refuses %j', async (text) => {
    const { context } = await refusal(() => parsePin(text), UsageError, 'TRUST_INVALID');
    expect(context).toEqual({ pin: text });
  });
});

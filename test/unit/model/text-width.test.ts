import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitTo, padTo, widthOf } from '../../../src/model/text-width.ts';

describe('the width of text', () => {
  it.each([
    ['kubelet', 7],
    ['', 0],
    ['größe', 5],
    ['漢字', 4],
    ['ハングル', 8],
    ['한글', 4],
    ['ﾊﾝｸﾞﾙ', 5],
    ['ＡＢ', 4],
    ['e\u0301', 1],
    ['🚀', 2],
    ['✓ ▸ │ …', 7],
    ['\u200b', 0],
    ['𠀀', 2],
  ])('%s: %i', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  it('fits, and is padded, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, width) => {
        expect(widthOf(fitTo(text, width))).toBeLessThanOrEqual(width);
        expect(widthOf(padTo(fitTo(text, width), width))).toBe(width);
      }),
    );
  });

  it('cuts with an ellipsis, and never half of a character', () => {
    expect(fitTo('漢字漢字', 6)).toBe('漢字…');
    expect(fitTo('kubelet', 7)).toBe('kubelet');
    expect(fitTo('kubelet', 6)).toBe('kubel…');
  });
});

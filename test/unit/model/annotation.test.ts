import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { annotation } from '../../../src/model/annotation.ts';

describe('annotation', () => {
  const place = { file: 'manifests/a,b:c.json', title: 'runc 1.0: gone', line: 3, column: 7 };

  it('escapes values as the runner undoes it: a percent sign and line ends, and in properties what ends one', () => {
    expect(annotation('error', place, '100% of\r\nit: a, b')).toBe(
      '::error file=manifests/a%2Cb%3Ac.json,line=3,col=7,title=runc 1.0%3A gone::100%25 of%0D%0Ait: a, b',
    );
  });

  it('is about the run where there is no place', () => {
    expect(annotation('warning', {}, 'late')).toBe('::warning::late');
  });

  it('is one command, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (title, message) => {
        const text = annotation('warning', { file: title, title }, message);
        expect(text).not.toMatch(/[\r\n]/);
        const [, properties = '', data = ''] = /^::warning ([^:]*)::(.*)$/s.exec(text) ?? [];
        const undo = (escaped: string) =>
          escaped.replace(/%(25|0D|0A|3A|2C)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
        expect(properties.split(',').map((one) => undo(one.slice(one.indexOf('=') + 1)))).toEqual([
          title,
          title,
        ]);
        expect(undo(data)).toBe(message);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { widthOf } from '../../../src/model/text-width.ts';
import { table } from '../../../src/render/table.ts';
import { wrap } from '../../../src/render/wrap.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
const url = 'https://github.com/opencontainers/runc/releases/download/v1.4.2/runc.amd64';

describe('a table', () => {
  const rows = [
    ['VERDICT', 'ENTRY', 'SIGNER'],
    ['verified', 'libpq5', '5E04A1E3223A19A20706E20F9904613D4CCE68C6'],
    ['refused', '漢字', '-'],
  ];

  it('is columns where they fit, or nobody says how wide it is', () => {
    const columns = [
      'VERDICT   ENTRY   SIGNER',
      'verified  libpq5  5E04A1E3223A19A20706E20F9904613D4CCE68C6',
      'refused   漢字    -',
    ];
    expect(table(rows)).toEqual(columns);
    expect(table(rows, 58)).toEqual(columns);
  });

  it('is lines of cells where they do not', () => {
    expect(table(rows, 40)).toEqual([
      'VERDICT  ENTRY  SIGNER',
      'verified  libpq5',
      // One character wider, and whole: the terminal goes on with it.
      '    5E04A1E3223A19A20706E20F9904613D4CCE68C6',
      'refused  漢字  -',
    ]);
  });

  it('fits 40 columns, but for words that are longer, which stay whole', () => {
    const words = fc.oneof(
      fc.constantFrom(digest, url),
      fc.string({ unit: 'grapheme', maxLength: 12 }).filter((one) => !/\s/.test(one)),
    );
    const cell = fc.array(words, { maxLength: 6 }).map((all) => all.join(' ').trim());
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 1 }), (cells) => {
        const lines = table(cells, 40);
        for (const line of lines) {
          if (widthOf(line) <= 40) continue;
          expect(Math.max(...line.trim().split(' ').map(widthOf))).toBeGreaterThan(40 - 8);
        }
        const words = (text: readonly string[]) =>
          text
            .join(' ')
            .split(/ +/)
            .filter((one) => one !== '');
        expect(words(lines)).toEqual(words(cells.flat()));
      }),
    );
  });
});

describe('text in lines', () => {
  it('goes on at words, behind its prefix', () => {
    expect(wrap('one two three four', 12, '- ', '  ')).toEqual(['- one two', '  three four']);
  });

  it.each([digest, url])('leaves whole what would be copied: %s', (word) => {
    const lines = wrap(`expected ${word} and no other`, 40, '│ ');
    expect(lines).toEqual(['│ expected', `│ ${word}`, '│ and no other']);
    expect(wrap(word, 40, '│ ')).toEqual([`│ ${word}`]);
  });

  it('counts what is wide twice', () => {
    expect(wrap('漢字 漢字 漢字', 10)).toEqual(['漢字 漢字', '漢字']);
  });
});

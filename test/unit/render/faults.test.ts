/** How what does not follow from the catalogue is told. */
import { describe, expect, it } from 'vitest';
import { renderFaults } from '../../../src/render/faults.ts';

const isRepaired = false;

describe('renderFaults', () => {
  it('has a line for what is alike in a manifest, and names the file where it is of none of its entries', () => {
    const message = 'nothing says why it is believed';
    expect(
      renderFaults([
        { fileName: 'a.json', name: 'one', message, isRepaired },
        { fileName: 'a.json', name: 'two', message, isRepaired },
        { fileName: 'b.json', name: 'one', message, isRepaired },
        { fileName: 'b.json', name: undefined, message: 'its kind is "x"', isRepaired },
      ]),
    ).toEqual([`a.json: one, two: ${message}`, `b.json: one: ${message}`, 'b.json: its kind is "x"']);
  });
});

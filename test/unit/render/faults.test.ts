/** How what does not follow from the catalogue is told. */
import { describe, expect, it } from 'vitest';
import { renderFaults, renderFaultsMarkdown } from '../../../src/render/faults.ts';

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
      ]).map(([line]) => line),
    ).toEqual([`a.json: one, two: ${message}`, `b.json: one: ${message}`, 'b.json: its kind is "x"']);
  });
});

describe('renderFaultsMarkdown', () => {
  it('has a row for what is alike in the same manifests', () => {
    const fault = (fileName: string, name: string, isLeft = false) => ({
      ...{ fileName, name, message: 'no evidence', isRepaired: !isLeft },
    });
    const faults = [fault('a', 'one'), fault('a', 'two'), fault('b', 'one'), fault('b', 'two')];
    expect(renderFaultsMarkdown([...faults, fault('b', 'three'), fault('a', 'four', true)])).toBe(
      [
        '| MANIFEST | ENTRY | FAULT |  |',
        '| --- | --- | --- | --- |',
        '| a, b | one, two | no evidence | repaired |',
        '| b | three | no evidence | repaired |',
        '| a | four | no evidence | left |',
      ].join('\n'),
    );
  });
});

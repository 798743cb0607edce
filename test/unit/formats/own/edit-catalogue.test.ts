/** What is added to a catalogue is no longer kept by it; all else stays as it was written. */
import { describe, expect, it } from 'vitest';
import { addToCatalogue } from '../../../../src/formats/own/edit-catalogue.ts';

const head = 'version: 1\nsources: {}\ndependencies: {}\n';
const add = (text: string, ...names: string[]) =>
  addToCatalogue(
    text,
    names.map((name) => ({ section: 'dependencies', name, value: { type: 'binary' } })),
  );

describe('an entry that was kept', () => {
  const keep =
    '\n# As it was.\nkeep:\n  "runc": before\n  # Ours.\n  site-agent: built by us\n  zot: before\n';

  it.each([
    ['the first', ['runc'], '# As it was.\nkeep:\n  # Ours.\n  site-agent: built by us\n  zot: before\n'],
    ['the last', ['zot'], '# As it was.\nkeep:\n  "runc": before\n  # Ours.\n  site-agent: built by us\n'],
    ['another', ['kubelet'], keep.trimStart()],
    ['two', ['zot', 'runc'], '# As it was.\nkeep:\n  # Ours.\n  site-agent: built by us\n'],
  ])('is taken out: %s', (_, names, left) => {
    expect(add(head + keep, ...names)).toContain(left);
  });

  it('takes the section with it where it was the last one', () => {
    const text = add(`${head}keep:\n  zot: before\nwaivers: []\n`, 'zot');
    expect(text).not.toContain('keep');
    expect(text).toContain('waivers: []');
  });

  it('goes with all lines of its reason, and with no other', () => {
    const text = add(`${head}keep:\n  runc: >-\n    as it\n    was\n  zot: before\n`, 'runc');
    expect(text).toContain('\nkeep:\n  zot: before\n');
    expect(add(`${head}keep:\n  zot: |\n    before\nwaivers: []\n`, 'zot')).toContain('\nwaivers: []\n');
  });

  it('goes, whatever comments say of it', () => {
    const text = add(`keep:\n  # keep: this\n  zot: before\n${head}`, 'zot');
    expect(text).toMatch(/^version: 1\nsources: \{\}\n/);
  });

  it('stays where it is a value, or in braces, which the check then tells of', () => {
    expect(add(`${head}keep: { zot: before }\n`, 'zot')).toContain('keep: { zot: before }');
    expect(add(`${head}keep:\n  legacy: zot\n`, 'zot')).toContain('keep:\n  legacy: zot\n');
  });
});

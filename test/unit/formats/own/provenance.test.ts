import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { updateProvenance } from '../../../../src/formats/own/provenance.ts';

const page = readFileSync(new URL('../../../../trust/PROVENANCE.md', import.meta.url), 'utf8');
const sha256 = '0123456789abcdef'.repeat(4);

describe('updateProvenance', () => {
  it('changes the row of a file, and nothing else', () => {
    const updated = updateProvenance(page, [{ anchor: 'runc', file: 'runc.asc', sha256 }]) ?? '';
    const [before, after] = [page.split('\n'), updated.split('\n')];
    expect(after.filter((line) => !before.includes(line))).toEqual([
      `| runc            | runc.asc                   | ${sha256} |`,
    ]);
    expect(after).toHaveLength(before.length);
  });

  it('fills the row of an anchor that had no file yet', () => {
    const updated = updateProvenance(page, [{ anchor: 'fluent-bit', file: 'fluent-bit.asc', sha256 }]) ?? '';
    expect(updated).toContain(`| fluent-bit      | fluent-bit.asc             | ${sha256} |`);
    expect(updated).not.toContain('none yet');
  });

  it('puts a second file of an anchor behind the first, and an unknown anchor last', () => {
    const rows = [
      { anchor: 'debian-archive', file: 'second.asc', sha256 },
      { anchor: 'quite-a-long-anchor-name', file: 'new.asc', sha256 },
    ];
    const lines = (updateProvenance(page, rows) ?? '').split('\n').filter((line) => line.startsWith('| '));
    const names = lines.map((line) => line.split('|')[2]?.trim());
    expect(names.indexOf('second.asc')).toBe(names.indexOf('debian-archive.asc') + 1);
    expect(lines.find((line) => line.includes('new.asc'))?.length).toBe(lines[0]?.length);
  });

  it('has the same text for the same rows', () => {
    expect(updateProvenance(page, [])).toBe(page);
  });

  it('finds no table in prose', () => {
    expect(updateProvenance('# Where\n\nprose\n', [])).toBeUndefined();
  });
});

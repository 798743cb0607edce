import { describe, expect, it } from 'vitest';
import { parseSample } from '../../../../src/formats/own/sample.ts';
import { chooseSample } from '../../../../src/pipeline/staging/sample.ts';

const files = Array.from({ length: 100 }, (_, at) => ({ name: `file-${at}`, sizeBytes: 1000 * (at + 1) }));
const choose = (text: string, seed = 'a') => chooseSample(files, parseSample(text), seed);
const bytesOf = (chosen: readonly { sizeBytes: number }[]) =>
  chosen.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

describe('a sample', () => {
  it('is of a share of the files, of one at least, unless it is of none', () => {
    expect(choose('5%')).toHaveLength(5);
    expect(choose('0.1%')).toHaveLength(1);
    expect(choose('0%')).toEqual([]);
    expect(choose('all')).toHaveLength(100);
    expect(choose('100%')).toHaveLength(100);
  });

  it('is of a number of files, of all of them where there are fewer', () => {
    expect(choose('7')).toHaveLength(7);
    expect(choose('0')).toEqual([]);
    expect(choose('1000')).toHaveLength(100);
  });

  it('is of as many bytes as fit, and of a first file whatever its size', () => {
    expect(bytesOf(choose('500kB'))).toBeLessThanOrEqual(500_000);
    expect(bytesOf(choose('0.5MiB'))).toBeGreaterThan(400_000);
    expect(choose('1kB')).toHaveLength(1);
    expect(choose('0GB')).toEqual([]);
    expect(choose('1TiB')).toHaveLength(100);
  });

  it('is the same for the same seed, in whatever order the files come, and another for another', () => {
    const names = (chosen: readonly { name: string }[]) => chosen.map(({ name }) => name);
    const again = chooseSample(files.toReversed(), parseSample('5'), 'a');
    expect(names(again)).toEqual(names(choose('5')));
    expect(names(choose('5', 'b'))).not.toEqual(names(choose('5')));
    // Every file has its turn.
    const seen = new Set(Array.from({ length: 200 }, (_, at) => names(choose('5%', String(at)))).flat());
    expect(seen.size).toBe(100);
  });

  it.each(['', '-1', '5 %', '1.5', '101%', 'ALL', '5%%', '1e3', '2gb', '%', 'GiB', '0x10', '99999999999'])(
    'cannot be %j',
    (text) => {
      expect(() => parseSample(text)).toThrow(
        expect.objectContaining({ code: 'USAGE', exitCode: 2 }) as Error,
      );
    },
  );
});

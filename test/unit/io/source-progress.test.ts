import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createSourceProgress, type SourceLines } from '../../../src/io/source-progress.ts';
import { widthOf } from '../../../src/model/text-width.ts';

const open: SourceLines[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** A screen that remembers, and a clock that is set by hand. */
function watched({ width = 80, height = 25 } = {}) {
  const size = { width, height };
  let [shown, nowMs]: [readonly string[], number] = [[], 0];
  const screen = {
    width: () => size.width,
    height: () => size.height,
    show: (lines: readonly string[]) => void (shown = lines),
  };
  const progress = createSourceProgress(screen, () => nowMs);
  open.push(progress);
  return { progress, size, shown: () => shown, pass: (ms: number) => void (nowMs += ms) };
}

describe('the progress of sources', () => {
  it('has a line for each that is asked, what comes in, how fast, and how long yet', () => {
    const { progress, shown, pass } = watched();
    progress.expect(3);
    const debian = progress.begin('debian');
    const fluent = progress.begin('fluent-bit');
    const inRelease = debian.begin('https://deb.example/dists/trixie/InRelease', undefined);
    const packages = fluent.begin('https://packages.example/debian/Packages.gz', 13_300_000);
    pass(1000);
    inRelease.advance(100_000);
    inRelease.end();
    packages.advance(6_000_000);
    pass(1000);
    packages.advance(0);
    expect(shown()).toEqual([
      'debian             ▸ verifying',
      'fluent-bit         ▸ Packages.gz  6.0 of 13.3 MB  3.0 MB/s  0:03 left',
      '0 of 3 sources  6.1 MB  3.0 MB/s',
    ]);
    progress.end('debian');
    pass(1000);
    packages.end();
    expect(shown()).toEqual([
      'fluent-bit         ▸ verifying',
      expect.stringMatching(/^1 of 3 sources {2}6\.1 MB {2}2\.0 MB\/s$/),
    ]);
    progress.close();
    expect(shown()).toEqual([]);
  });

  it('says first that it asks, and of several files at once how many more', () => {
    const { progress, shown, pass } = watched();
    const releases = progress.begin('releases');
    expect(shown()[0]).toBe('releases           ▸ asking');
    const small = releases.begin('https://a.example/small', 1_000_000);
    releases.begin('https://a.example/large/', 5_000_000);
    pass(1000);
    small.advance(500_000);
    expect(shown()[0]).toBe('releases           ▸ large  0.0 of 5.0 MB  0.5 MB/s  0:10 left  and 1 more');
  });

  it('takes a failed transfer away, and counts what is asked a second time', () => {
    const { progress, shown, pass } = watched();
    progress.expect(1);
    progress.begin('debian').begin('https://a.example/x', 10).end();
    progress.end('debian');
    progress.expect(1);
    pass(1000);
    progress.begin('debian');
    expect(shown().at(-1)).toBe('1 of 2 sources');
  });

  it.each([40, 20, 8, 1])('fits %i columns, whatever names strangers chose', (width) => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(1e12), (name, size) => {
        const { progress, shown, pass } = watched({ width });
        const url = `https://a.example/${encodeURIComponent(name.toWellFormed())}`;
        const transfer = progress.begin(name).begin(url, size);
        pass(1000);
        transfer.advance(size / 2);
        for (const line of shown()) expect(widthOf(line)).toBeLessThanOrEqual(Math.max(width - 1, 1));
        progress.close();
      }),
      { numRuns: 30 },
    );
  });

  it('follows a terminal that is made smaller', () => {
    const { progress, size, shown, pass } = watched();
    for (const name of ['one', 'two', 'three', 'four']) progress.begin(name);
    Object.assign(size, { width: 40, height: 4 });
    pass(1000);
    const transfer = progress.begin('five').begin('https://a.example/Packages.xz', 9_000_000);
    pass(1000);
    transfer.advance(4_000_000);
    expect(shown()).toHaveLength(3);
    for (const line of shown()) expect(widthOf(line)).toBeLessThan(40);
  });
});

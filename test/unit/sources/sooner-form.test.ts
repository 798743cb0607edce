import { describe, expect, it } from 'vitest';
import { SoonerForm, watchLine } from '../../../src/sources/sooner-form.ts';

const form = (sizeBytes: number, readMs: number) => ({
  ...{ urls: [`https://example.org/${String(sizeBytes)}`], digest: 'sha256:00' as never },
  ...{ sizeBytes, readMs },
});
/** As trixie's are for one architecture. */
const [gz, xz] = [form(13_300_000, 380), form(9_700_000, 3_800)];

/** What has come by then, of a line with these bytes in each tenth of a second: the form that is turned to. */
function turnedTo(tenths: readonly number[], others = [xz]) {
  const watch = watchLine(gz, others);
  let received = 0;
  for (const [at, bytes] of tenths.entries()) {
    received += bytes;
    try {
      watch?.(received, (at + 1) * 100);
    } catch (error) {
      if (error instanceof SoonerForm) return { form: error.form, atMs: (at + 1) * 100 };
      throw error;
    }
  }
  return undefined;
}

const steady = (bytes: number) => Array.from({ length: 20 }, () => bytes);

describe('watchLine', () => {
  it('turns to the smaller form over a slow line, in little time', () => {
    expect(turnedTo(steady(50_000))).toEqual({ form: xz, atMs: 400 });
  });

  it.each([
    ['a fast line', steady(500_000)],
    ['one over which the smaller form saves less than it costs', steady(120_000)],
    // 100 ms away: each round trip brings twice as much.
    ['a line that has only begun', [14, 28, 56, 112, 224, 448, 900, 900, 900].map((kB) => kB * 1000)],
    ['one that stood still for a while', [500_000, 500_000, 500_000, 0, 0, 0, 500_000, 500_000, 500_000]],
    ['a form that has nearly come', [...steady(50_000).slice(0, 2), 12_000_000, 50_000, 50_000, 50_000]],
  ])('does not over %s', (_, tenths) => {
    expect(turnedTo(tenths)).toBeUndefined();
  });

  it('watches nothing where no other form is smaller', () => {
    expect(watchLine(xz, [gz, form(56_000_000, 0)])).toBeUndefined();
    expect(watchLine(gz, [])).toBeUndefined();
  });
});

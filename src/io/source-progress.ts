/**
 * How far a run is that asks several sources at once: a line for each that is under way, with what comes in from it, and
 * one for all of them. Only on a terminal: who makes it has a screen.
 */
import type { Screen, SourceProgress, Transfer } from '../model/ports.ts';
import { escapeUnprintable } from '../model/printable.ts';
import { firstThatFits, fitTo, padTo } from '../model/text-width.ts';
import { createRedraw } from './redraw.ts';
import { amountOf, createRate, duration, megabytes, type Rate } from './transfer-rate.ts';

export interface SourceLines extends SourceProgress {
  /** Takes the lines away. */
  close(): void;
}

interface Coming {
  /** The last part of its URL. */
  readonly file: string;
  readonly sizeBytes: number | undefined;
  doneBytes: number;
}

interface Source {
  readonly name: string;
  readonly rate: Rate;
  readonly coming: Set<Coming>;
  hasFetched: boolean;
}

/** `now`: a clock that never goes back, in milliseconds. */
export function createSourceProgress(screen: Screen, now = () => performance.now()): SourceLines {
  const sources = new Map<string, Source>();
  const all = createRate(now());
  let [expected, ended, totalBytes] = [0, 0, 0];

  const redraw = createRedraw(now, (atMs) => {
    const perSecond = all.perSecond(atMs);
    if (sources.size === 0) return;
    const width = screen.width();
    // A line of the terminal is left for the cursor.
    const room = Math.max(0, screen.height() - 2);
    const lines = [...sources.values()].slice(0, room).map((source) => lineOf(source, atMs, width));
    const amount = totalBytes === 0 ? [] : [megabytes(totalBytes), `${megabytes(perSecond)}/s`];
    screen.show([
      ...lines,
      firstThatFits([[`${ended} of ${expected} sources`, ...amount].join('  ')], width),
    ]);
  });

  function begin(source: Source, url: string, sizeBytes: number | undefined): Transfer {
    const coming: Coming = { file: fileOf(url), sizeBytes, doneBytes: 0 };
    source.coming.add(coming);
    redraw.due();
    return {
      advance(count) {
        coming.doneBytes += count;
        totalBytes += count;
        source.rate.add(count);
        all.add(count);
        redraw.due();
      },
      end() {
        source.coming.delete(coming);
        source.hasFetched = true;
        redraw.due();
      },
    };
  }
  return {
    expect(count) {
      expected += count;
    },
    begin(name) {
      const source: Source = {
        ...{ name: escapeUnprintable(name), rate: createRate(now()), coming: new Set(), hasFetched: false },
      };
      sources.set(name, source);
      redraw.due();
      return { begin: (url, sizeBytes) => begin(source, url, sizeBytes) };
    },
    end(name) {
      sources.delete(name);
      ended++;
      redraw.due();
    },
    close() {
      redraw.end();
      screen.show([]);
    },
  };
}

const nameWidth = 18;

/** `debian             ▸ Packages.xz  4.1 of 13.3 MB  6.2 MB/s  0:02 left`, as much of it as there is room for. */
function lineOf({ name, rate, coming, hasFetched }: Source, atMs: number, width: number): string {
  const perSecond = rate.perSecond(atMs);
  const label = `${padTo(fitTo(name, nameWidth), nameWidth)} ▸`;
  const largest = [...coming].sort((one, other) => leftOf(other) - leftOf(one))[0];
  if (largest === undefined)
    return firstThatFits([`${label} ${hasFetched ? 'verifying' : 'asking'}`, name], width);
  const { file, sizeBytes, doneBytes } = largest;
  const others = coming.size > 1 ? `  and ${coming.size - 1} more` : '';
  const amount = amountOf(doneBytes, sizeBytes);
  const left =
    sizeBytes !== undefined && perSecond > 0 ? `  ${duration(leftOf(largest) / perSecond)} left` : '';
  const speed = `${megabytes(perSecond)}/s`;
  return firstThatFits(
    [
      `${label} ${file}  ${amount}  ${speed}${left}${others}`,
      `${label} ${file}  ${amount}  ${speed}${left}`,
      `${label} ${file}  ${amount}${left}`,
      `${label} ${amount}${left}`,
      `${label} ${amount}`,
      name,
    ],
    width,
  );
}

function leftOf({ sizeBytes = 0, doneBytes }: Coming): number {
  return Math.max(sizeBytes - doneBytes, 0);
}

function fileOf(url: string): string {
  const { pathname, hostname } = new URL(url);
  return escapeUnprintable(/([^/]+)\/*$/.exec(pathname)?.[1] ?? hostname);
}

/**
 * How far a download of several files is: a bar for each that is under way, and one for all of them, with speed and
 * time left. Only on a terminal: the reporter says whether it wants any. Nothing is drawn more often than eyes see.
 */
import type { Progress, Screen } from '../model/ports.ts';
import { firstThatFits, fitTo, padTo } from '../model/text-width.ts';
import { createRedraw } from './redraw.ts';
import { amountOf, createRate, duration, megabytes } from './transfer-rate.ts';

export interface ProgressOptions {
  /** Undefined where nobody looks. */
  readonly screen: Screen | undefined;
  readonly files: number;
  readonly totalBytes: number;
  /** A clock that never goes back, in milliseconds. */
  readonly now?: () => number;
}

export interface ProgressBars extends Progress {
  /** A file that was there already. */
  skip(sizeBytes: number): void;
  /** Takes the bars away. */
  close(): void;
}

interface Bar {
  readonly name: string;
  readonly sizeBytes: number;
  doneBytes: number;
}

export function createProgressBars({
  screen,
  files,
  totalBytes,
  now = () => performance.now(),
}: ProgressOptions): ProgressBars {
  const bars = new Map<string, Bar>();
  const rate = createRate(now());
  let [endedFiles, endedBytes] = [0, 0];

  const redraw = screen && createRedraw(now, (atMs) => screen.show(lines(screen, rate.perSecond(atMs))));

  function lines(on: Screen, perSecond: number): string[] {
    const width = on.width();
    const current = [...bars.values()];
    const doneBytes = endedBytes + current.reduce((sum, bar) => sum + bar.doneBytes, 0);
    const left = perSecond > 0 ? `${duration((totalBytes - doneBytes) / perSecond)} left` : '';
    const speed = `${megabytes(perSecond)}/s`;
    const total = { name: `${endedFiles} of ${files} files`, doneBytes, sizeBytes: totalBytes };
    const more = `${speed} ${left}`.trimEnd();
    // The total has most to say: the others' bars are as short as its own, below each other.
    const barWidth = barRoom(total, more, width);
    // A line of the terminal is left for the cursor.
    const shown = current.slice(0, Math.max(0, on.height() - 2));
    return [...shown.map((bar) => line(bar, '', width, barWidth)), line(total, more, width, barWidth)];
  }
  return {
    start(name, sizeBytes, doneBytes) {
      bars.set(name, { name, sizeBytes, doneBytes });
      redraw?.due();
    },
    advance(name, count) {
      const bar = bars.get(name);
      if (bar !== undefined) bar.doneBytes += count;
      rate.add(count);
      redraw?.due();
    },
    restart(name) {
      const bar = bars.get(name);
      if (bar !== undefined) bar.doneBytes = 0;
      redraw?.due();
    },
    end(name) {
      const bar = bars.get(name);
      bars.delete(name);
      endedFiles++;
      endedBytes += bar?.sizeBytes ?? 0;
      redraw?.due();
    },
    skip(sizeBytes) {
      endedFiles++;
      endedBytes += sizeBytes;
      redraw?.due();
    },
    close() {
      redraw?.end();
      screen?.show([]);
    },
  };
}

const nameWidth = 22;
const [leastBarWidth, mostBarWidth] = [6, 24];

/** `kubelet   [=====>   ]  54%  38.1 of 70.2 MB  12.3 MB/s`, as much of it as there is room for. */
function line(bar: Bar, more: string, width: number, barWidth: number): string {
  const { name } = bar;
  const part = partOf(bar);
  const percent = percentOf(bar);
  const label = padTo(fitTo(name, nameWidth), nameWidth);
  const filled = Math.floor(part * barWidth);
  const drawn = ('='.repeat(filled) + (filled < barWidth ? '>' : '')).padEnd(barWidth);
  const rest = restOf(bar, more);
  const forms = [
    `${label} [${drawn}] ${rest}`,
    `${label} ${rest}`,
    `${label} ${percent}`,
    `${percent} ${name}`,
  ];
  return firstThatFits(forms, width);
}

/** How wide a bar may be beside all that a line says. */
function barRoom(bar: Bar, more: string, width: number): number {
  const room = width - 1 - nameWidth - ' [] '.length - restOf(bar, more).length;
  return room < leastBarWidth ? mostBarWidth : Math.min(room, mostBarWidth);
}

function partOf({ doneBytes, sizeBytes }: Bar): number {
  return sizeBytes === 0 ? 1 : Math.min(doneBytes / sizeBytes, 1);
}

function percentOf(bar: Bar): string {
  return `${Math.floor(partOf(bar) * 100)}%`.padStart(4);
}

function restOf(bar: Bar, more: string): string {
  return `${percentOf(bar)}  ${amountOf(bar.doneBytes, bar.sizeBytes)}${more === '' ? '' : `  ${more}`}`;
}

/**
 * How far a download of several files is: a bar for each that is under way, and one for all of them, with speed and
 * time left. Only on a terminal: the reporter says whether it wants any. Nothing is drawn more often than eyes see.
 */
import type { Progress, Screen } from '../model/ports.ts';
import { fitTo, padTo, widthOf } from '../model/text-width.ts';
import { createRate, duration, megabytes, redrawMs } from './transfer-rate.ts';

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
  let [endedFiles, endedBytes, drawnAtMs] = [0, 0, Number.NEGATIVE_INFINITY];

  function draw(): void {
    const atMs = now();
    if (screen === undefined || atMs - drawnAtMs < redrawMs) return;
    drawnAtMs = atMs;
    screen.show(lines(rate.perSecond(atMs)));
  }
  function lines(perSecond: number): string[] {
    const width = screen?.width() ?? 80;
    const current = [...bars.values()];
    const doneBytes = endedBytes + current.reduce((sum, bar) => sum + bar.doneBytes, 0);
    const left = perSecond > 0 ? `${duration((totalBytes - doneBytes) / perSecond)} left` : '';
    const speed = `${megabytes(perSecond)}/s`;
    const total = { name: `${endedFiles} of ${files} files`, doneBytes, sizeBytes: totalBytes };
    const more = `${speed} ${left}`.trimEnd();
    // The total has most to say: the others' bars are as short as its own, below each other.
    const barWidth = barRoom(total, more, width);
    // A line of the terminal is left for the cursor.
    const shown = current.slice(0, Math.max(0, (screen?.height() ?? 25) - 2));
    return [...shown.map((bar) => line(bar, '', width, barWidth)), line(total, more, width, barWidth)];
  }
  // A stalled download shows as one: the speed falls though nothing arrives.
  const timer = screen === undefined ? undefined : setInterval(draw, 5 * redrawMs);
  timer?.unref();
  return {
    start(name, sizeBytes, doneBytes) {
      bars.set(name, { name, sizeBytes, doneBytes });
      draw();
    },
    advance(name, count) {
      const bar = bars.get(name);
      if (bar !== undefined) bar.doneBytes += count;
      rate.add(count);
      draw();
    },
    restart(name) {
      const bar = bars.get(name);
      if (bar !== undefined) bar.doneBytes = 0;
      draw();
    },
    end(name) {
      const bar = bars.get(name);
      bars.delete(name);
      endedFiles++;
      endedBytes += bar?.sizeBytes ?? 0;
      draw();
    },
    skip(sizeBytes) {
      endedFiles++;
      endedBytes += sizeBytes;
      draw();
    },
    close() {
      clearInterval(timer);
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
  const forms = [`${label} [${drawn}] ${rest}`, `${label} ${rest}`, `${label} ${percent}`];
  return forms.find((form) => widthOf(form) < width) ?? fitTo(`${percent} ${name}`, width - 1);
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
  const amount = `${(bar.doneBytes / 1e6).toFixed(1)} of ${megabytes(bar.sizeBytes)}`;
  return `${percentOf(bar)}  ${amount}${more === '' ? '' : `  ${more}`}`;
}

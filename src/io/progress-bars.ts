/**
 * How far a download of several files is: a bar for each that is under way, and one for all of them, with speed and
 * time left. Only on a terminal: the reporter says whether it wants any. Nothing is drawn more often than eyes see.
 */
import type { Progress, Screen } from '../model/ports.ts';

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

const redrawMs = 100;
/** The speed is that of so long a time. */
const windowMs = 5000;

export function createProgressBars({
  screen,
  files,
  totalBytes,
  now = () => performance.now(),
}: ProgressOptions): ProgressBars {
  const bars = new Map<string, Bar>();
  const samples: { readonly atMs: number; readonly bytes: number }[] = [{ atMs: now(), bytes: 0 }];
  /** What is done, and what of it came over the network. */
  let [endedFiles, endedBytes, fetchedBytes, drawnAtMs] = [0, 0, 0, Number.NEGATIVE_INFINITY];

  function draw(): void {
    const atMs = now();
    if (screen === undefined || atMs - drawnAtMs < redrawMs) return;
    drawnAtMs = atMs;
    samples.push({ atMs, bytes: fetchedBytes });
    while (samples.length > 2 && atMs - (samples[0]?.atMs ?? atMs) > windowMs) samples.shift();
    screen.show(lines(atMs));
  }
  function lines(atMs: number): string[] {
    const width = screen?.width() ?? 80;
    const current = [...bars.values()];
    const doneBytes = endedBytes + current.reduce((sum, bar) => sum + bar.doneBytes, 0);
    const first = samples[0] ?? { atMs, bytes: 0 };
    const perSecond = atMs > first.atMs ? ((fetchedBytes - first.bytes) * 1000) / (atMs - first.atMs) : 0;
    const left = perSecond > 0 ? `${duration((totalBytes - doneBytes) / perSecond)} left` : '';
    const speed = `${megabytes(perSecond)}/s`;
    return [
      ...current.map((bar) => line(bar.name, bar.doneBytes, bar.sizeBytes, '', width)),
      line(`${endedFiles} of ${files} files`, doneBytes, totalBytes, `${speed} ${left}`.trimEnd(), width),
    ];
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
      fetchedBytes += count;
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

const [nameWidth, barWidth] = [22, 24];

/** `kubelet   [=====>   ]  54%  38.1 of 70.2 MB  12.3 MB/s`, as much of it as there is room for. */
function line(name: string, done: number, size: number, more: string, width: number): string {
  const part = size === 0 ? 1 : Math.min(done / size, 1);
  const percent = `${Math.floor(part * 100)}%`.padStart(4);
  const label = name.length > nameWidth ? `${name.slice(0, nameWidth - 1)}…` : name.padEnd(nameWidth);
  const amount = `${(done / 1e6).toFixed(1)} of ${megabytes(size)}`;
  const filled = Math.floor(part * barWidth);
  const bar = ('='.repeat(filled) + (filled < barWidth ? '>' : '')).padEnd(barWidth);
  const rest = `${percent}  ${amount}${more === '' ? '' : `  ${more}`}`;
  const forms = [`${label} [${bar}] ${rest}`, `${label} ${rest}`, `${label} ${percent}`];
  return forms.find((form) => form.length < width) ?? `${percent} ${name}`.slice(0, width - 1);
}

/** Of 10^6 bytes. */
function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const tail = `${String(minutes).padStart(hours > 0 ? 2 : 1, '0')}:${String(whole % 60).padStart(2, '0')}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

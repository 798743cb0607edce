/** How fast bytes come in, and how amounts and times are written. */

/** The speed is that of so long a time. */
const windowMs = 5000;

export interface Rate {
  add(bytes: number): void;
  /** In bytes, of the last seconds. */
  perSecond(atMs: number): number;
}

/** Times are of a clock that never goes back, in milliseconds. */
export function createRate(beganAtMs: number): Rate {
  const samples = [{ atMs: beganAtMs, bytes: 0 }];
  let total = 0;
  return {
    add(bytes) {
      total += bytes;
    },
    perSecond(atMs) {
      samples.push({ atMs, bytes: total });
      while (samples.length > 2 && atMs - (samples[0]?.atMs ?? atMs) > windowMs) samples.shift();
      const first = samples[0] ?? { atMs, bytes: 0 };
      return atMs > first.atMs ? ((total - first.bytes) * 1000) / (atMs - first.atMs) : 0;
    },
  };
}

/** Of 10^6 bytes. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `4.1 of 13.3 MB`; without a size what there is. */
export function amountOf(doneBytes: number, sizeBytes?: number): string {
  const done = megabytes(doneBytes);
  return sizeBytes === undefined ? done : `${done.slice(0, -' MB'.length)} of ${megabytes(sizeBytes)}`;
}

export function duration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const tail = `${String(minutes).padStart(hours > 0 ? 2 : 1, '0')}:${String(whole % 60).padStart(2, '0')}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

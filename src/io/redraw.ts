/** When what is shown of a run that goes on is drawn anew: no more often than eyes see. */

const leastMs = 100;

export interface Redraw {
  /** Something is other than it was. */
  due(): void;
  end(): void;
}

/** `now`: a clock that never goes back, in milliseconds. */
export function createRedraw(now: () => number, draw: (atMs: number) => void): Redraw {
  let drawnAtMs = Number.NEGATIVE_INFINITY;
  function due(): void {
    const atMs = now();
    if (atMs - drawnAtMs < leastMs) return;
    drawnAtMs = atMs;
    draw(atMs);
  }
  // What stalls shows as such: the speed falls though nothing arrives.
  const timer = setInterval(due, 5 * leastMs);
  timer.unref();
  return {
    due,
    end() {
      clearInterval(timer);
    },
  };
}

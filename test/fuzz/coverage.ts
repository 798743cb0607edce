/**
 * Which of src/ has run, as V8 itself counts it (Profiler domain of its inspector protocol): no code is rewritten, and
 * nothing is installed.
 */
import { Session } from 'node:inspector';

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}
interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

export class Coverage {
  readonly #session = new Session();

  constructor() {
    this.#session.connect();
    this.#post('Profiler.enable');
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** What ran since it was asked last. */
  take(): readonly ScriptCoverage[] {
    const { result } = this.#post('Profiler.takePreciseCoverage') as { readonly result: ScriptCoverage[] };
    return result.filter(({ url }) => url.includes('/src/'));
  }

  close(): void {
    this.#session.disconnect();
  }

  #post(method: string, parameters: object = {}): unknown {
    let answer: unknown;
    // Within one thread, it is answered before it returns.
    this.#session.post(method, parameters, (error, result) => {
      if (error !== null) throw error;
      answer = result;
    });
    return answer;
  }
}

/** Every character of the functions of src/ that one purpose has reached. */
export class Reached {
  readonly #functions = new Map<string, Uint8Array>();

  /** Characters that nothing has reached before. */
  add(taken: readonly ScriptCoverage[]): number {
    return this.#compare(taken, true);
  }

  /** As `add`, and nothing is remembered. */
  wouldAdd(taken: readonly ScriptCoverage[]): number {
    return this.#compare(taken, false);
  }

  #compare(taken: readonly ScriptCoverage[], isKept: boolean): number {
    let more = 0;
    for (const { url, functions } of taken) {
      for (const { ranges } of functions) more += this.#compareFunction(url, ranges, isKept);
    }
    return more;
  }

  #compareFunction(url: string, ranges: readonly Range[], isKept: boolean): number {
    const [whole] = ranges;
    if (whole === undefined) return 0;
    const { startOffset, endOffset } = whole;
    // What is within another stands after it, and decides.
    const now = new Uint8Array(endOffset - startOffset);
    for (const range of ranges) {
      now.fill(range.count > 0 ? 1 : 0, range.startOffset - startOffset, range.endOffset - startOffset);
    }
    const key = `${url}:${String(startOffset)}`;
    const known = this.#functions.get(key);
    let more = 0;
    for (let at = 0; at < now.length; at += 1) {
      if (known?.[at] === 1) now[at] = 1;
      else more += now[at]!;
    }
    if (isKept && more > 0) this.#functions.set(key, now);
    return more;
  }
}

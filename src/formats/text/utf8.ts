/** Strict UTF-8: a byte that is none is an error, never a replacement character. */
import { UsageError, type UsageCode } from '../../model/errors.ts';

/** Undefined where it is none. A byte order mark stays where it is. */
export function readUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Throws UsageError with `code`. A byte order mark is not part of the text. */
export function decodeUtf8(bytes: Uint8Array, file: string, code: UsageCode): string {
  const text = readUtf8(bytes);
  if (text !== undefined) return text.replace(/^\ufeff/, '');
  throw new UsageError(code, `${file} is not UTF-8 text`, {
    hint: 'Save it in the encoding UTF-8.',
    context: { file },
  });
}

/** Texts one after the other, none of which has to be there any more when the next one is. */
export class Utf8Writer {
  #written: Buffer;
  #size = 0;

  /** What is never written to costs no memory: rather too many than too few. */
  constructor(expectedBytes: number) {
    this.#written = Buffer.allocUnsafe(expectedBytes);
  }

  write(text: string): void {
    // Of a UTF-16 code unit there are at most three bytes.
    const needed = this.#size + text.length * 3;
    if (needed > this.#written.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#written.length * 2));
      larger.set(this.#written.subarray(0, this.#size));
      this.#written = larger;
    }
    this.#size += this.#written.write(text, this.#size);
  }

  bytes(): Uint8Array {
    return this.#written.subarray(0, this.#size);
  }
}

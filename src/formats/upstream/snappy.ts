/**
 * Snappy's raw format (https://github.com/google/snappy, format_description.txt): the length in front, then stretches
 * that stand there literally or are copied from what was written before. No frames, no checksums.
 */
import { malformed, requireSize } from './evidence-json.ts';
import { VerificationError } from '../../model/errors.ts';

/** Lengths from 60 on stand for how many bytes behind the tag have the length. */
const longLiteral = 60;

/**
 * Untrusted bytes, unpacked; `what` is for messages. Throws VerificationError `LIMIT_EXCEEDED` for more than `maxBytes`
 * before or after, and `EVIDENCE_MALFORMED`.
 */
export function unpackSnappy(packed: Uint8Array, what: string, maxBytes: number): Uint8Array {
  requireSize(packed, maxBytes, what);
  const input = new Input(packed, what);
  const length = input.varint();
  if (length > maxBytes) {
    throw new VerificationError(
      'LIMIT_EXCEEDED',
      `${what} unpacks to ${length} bytes, of ${maxBytes} allowed`,
    );
  }
  const output = new Output(length, what);
  while (!input.isAtEnd()) readElement(input, output);
  return output.finished();
}

function readElement(input: Input, output: Output): void {
  const tag = input.number(1);
  const upper = tag >> 2;
  switch (tag & 3) {
    case 0:
      output.append(input.take(1 + (upper < longLiteral ? upper : input.number(upper - longLiteral + 1))));
      return;
    case 1:
      output.copy(4 + (upper & 7), ((upper >> 3) << 8) | input.number(1));
      return;
    case 2:
      output.copy(1 + upper, input.number(2));
      return;
    default:
      output.copy(1 + upper, input.number(4));
  }
}

class Input {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #at = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(count: number): Uint8Array {
    const end = this.#at + count;
    if (end > this.#bytes.length)
      throw malformed(this.#what, 'ends within a stretch of its Snappy compression');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** Of up to four bytes, the lowest first. */
  number(byteCount: number): number {
    return this.take(byteCount).reduceRight((value, byte) => value * 256 + byte, 0);
  }

  /** Of seven bits a byte, the lowest first; 32 bits at most. */
  varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 35; scale *= 128) {
      const byte = this.number(1);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80 && value < 2 ** 32) return value;
    }
    throw malformed(this.#what, 'is not compressed with Snappy');
  }
}

class Output {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #length = 0;

  constructor(length: number, what: string) {
    this.#bytes = new Uint8Array(length);
    this.#what = what;
  }

  append(bytes: Uint8Array): void {
    this.#requireRoom(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** From `offset` bytes back, which may reach into what is being written. */
  copy(count: number, offset: number): void {
    if (offset === 0 || offset > this.#length) throw malformed(this.#what, 'copies what was never written');
    this.#requireRoom(count);
    const end = this.#length + count;
    for (; this.#length < end; this.#length += 1) {
      this.#bytes[this.#length] = this.#bytes[this.#length - offset] ?? 0;
    }
  }

  finished(): Uint8Array {
    if (this.#length === this.#bytes.length) return this.#bytes;
    throw malformed(this.#what, 'unpacks to less than it says');
  }

  #requireRoom(count: number): void {
    if (this.#length + count > this.#bytes.length)
      throw malformed(this.#what, 'unpacks to more than it says');
  }
}

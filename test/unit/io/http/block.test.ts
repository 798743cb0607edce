import { describe, expect, it } from 'vitest';
import { allocateRead, openBlock, release } from '../../../../src/io/http/block.ts';

describe('a block', () => {
  it('is due once it holds a mebibyte, or what came in within a quarter of a second', () => {
    let nowMs = 1000;
    const block = openBlock(() => nowMs);
    const half = new Uint8Array(512 * 1024);
    expect([block.add(half), block.add(half)]).toEqual([false, true]);
    expect(block.take()).toEqual([half, half]);

    nowMs += 249;
    expect(block.add(half)).toBe(false);
    nowMs += 1;
    expect(block.add(new Uint8Array(1))).toBe(true);
    expect(block.sizeBytes).toBe(half.length + 1);
  });

  it('is empty once it was taken', () => {
    const block = openBlock();
    block.add(Uint8Array.of(1, 2));
    expect(block.take()).toEqual([Uint8Array.of(1, 2)]);
    expect([block.sizeBytes, block.take()]).toEqual([0, []]);
  });
});

describe('release', () => {
  const read = (bytes: number) => allocateRead(bytes).fill(7);

  it.each([1, 16 * 1024, 256 * 1024])('frees a read of %i bytes', (bytes) => {
    const piece = read(bytes);
    release([piece]);
    expect(piece).toHaveLength(0);
  });

  it('frees a read whose head was something else', () => {
    const whole = read(70_000);
    release([whole.subarray(300)]);
    expect(whole).toHaveLength(0);
  });

  it('leaves what is followed by something else, which is another’s to look at', () => {
    const whole = read(70_000);
    release([whole.subarray(0, 69_999)]);
    expect(whole.equals(Buffer.alloc(70_000, 7))).toBe(true);
  });

  it('leaves what it did not allocate: Node cuts many buffers out of one', () => {
    const others = [Buffer.alloc(70_000, 7), Buffer.alloc(Buffer.poolSize, 7)];
    // More than Node's own pool holds, so that some of them end where it does.
    const small = Array.from({ length: 3 * Buffer.poolSize }, () => Buffer.from([7, 7, 7, 7, 7, 7, 7, 7]));
    release([...others, ...small]);
    expect([...others, ...small].every((buffer) => buffer.length > 0 && buffer[0] === 7)).toBe(true);
  });

  it('frees a read once', () => {
    const piece = read(70_000);
    release([piece, piece]);
    release([piece]);
    expect(piece).toHaveLength(0);
  });
});

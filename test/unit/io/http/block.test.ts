import { describe, expect, it } from 'vitest';
import { openBlock, release } from '../../../../src/io/http/block.ts';

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
  const read = (bytes: number) => Buffer.allocUnsafeSlow(bytes).fill(7);

  it.each([16 * 1024, Buffer.poolSize, 256 * 1024])('frees a read of %i bytes', (bytes) => {
    const { buffer } = read(bytes);
    release([new Uint8Array(buffer)]);
    expect(buffer.byteLength).toBe(0);
  });

  it('frees a read whose head was something else', () => {
    const { buffer } = read(70_000);
    release([new Uint8Array(buffer, 300)]);
    expect(buffer.byteLength).toBe(0);
  });

  it('leaves what is followed by something else, which is another’s to read', () => {
    const bytes = read(70_000);
    release([bytes.subarray(0, 69_999)]);
    expect(bytes).toHaveLength(70_000);
    expect(bytes.every((byte) => byte === 7)).toBe(true);
  });

  it('leaves small buffers, which share one that is all of Node’s', () => {
    // More than the shared one holds, so that some of them end where it does.
    const small = Array.from({ length: 3 * Buffer.poolSize }, (_, at) =>
      Buffer.from([at & 255, 1, 2, 3, 4, 5, 6, 7]),
    );
    release(small);
    expect(small.every((buffer, at) => buffer.length === 8 && buffer[0] === (at & 255))).toBe(true);
  });
});

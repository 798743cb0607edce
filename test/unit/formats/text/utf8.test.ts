import { expect, it } from 'vitest';
import { decodeUtf8, readUtf8, Utf8Writer } from '../../../../src/formats/text/utf8.ts';

it('decodes UTF-8, and drops a byte order mark', () => {
  expect(decodeUtf8(Buffer.from('\uFEFFä\u2028'), 'x', 'TRUST_INVALID')).toBe('ä\u2028');
});

it.each([[[0xff]], [[0xc3]], [[0xed, 0xa0, 0x80]], [[0xc0, 0x80]]])('refuses the bytes %j', (bytes) => {
  expect(() => decodeUtf8(Uint8Array.from(bytes), 'pins.yaml', 'TRUST_INVALID')).toThrow(
    expect.objectContaining({ code: 'TRUST_INVALID', exitCode: 2 }) as Error,
  );
});

it('readUtf8 reads UTF-8 and nothing else', () => {
  expect(readUtf8(Buffer.from('é'))).toBe('é');
  expect(readUtf8(Buffer.from('\uFEFFé'))).toBe('\uFEFFé');
  expect(readUtf8(Uint8Array.of(0xff))).toBeUndefined();
});

it('writes texts one after the other, whatever their sizes and characters', () => {
  const texts = ['a', 'é'.repeat(70_000), '', '\u2028', '😀'.repeat(50_000), 'z'];
  const out = new Utf8Writer(10);
  for (const text of texts) out.write(text);
  expect(Buffer.compare(out.bytes(), Buffer.from(texts.join('')))).toBe(0);
});

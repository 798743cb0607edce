/**
 * The little of DER (X.690) that reading a certificate's extensions takes: definite lengths in their shortest form,
 * and nothing left over. What is not exactly that is undefined, never a guess.
 */
import { Buffer } from 'node:buffer';

export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
}

export const derTags = { utf8String: 0x0c, objectIdentifier: 0x06, sequence: 0x30 } as const;

/** The values that stand one after another in `bytes`. */
export function readDer(bytes: Uint8Array): readonly DerValue[] | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: DerValue[] = [];
  let offset = 0;
  while (offset < buffer.length) {
    const tag = buffer[offset] ?? 0;
    const length = readLength(buffer, offset + 1);
    // Tags of more than one byte occur nowhere in what is read here.
    if ((tag & 0x1f) === 0x1f || length === undefined) return undefined;
    const end = length.contentStart + length.contentBytes;
    if (end > buffer.length) return undefined;
    values.push({ tag, content: buffer.subarray(length.contentStart, end) });
    offset = end;
  }
  return values;
}

/** The content of the one value in `bytes`, if it has this tag. */
export function readOne(bytes: Uint8Array, tag: number): Buffer | undefined {
  const values = readDer(bytes);
  return values?.length === 1 && values[0]?.tag === tag ? values[0].content : undefined;
}

/** Undefined for bytes that are not UTF-8. */
export function readText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function readLength(
  buffer: Buffer,
  offset: number,
): { readonly contentStart: number; readonly contentBytes: number } | undefined {
  const first = buffer[offset];
  if (first === undefined) return undefined;
  if (first < 0x80) return { contentStart: offset + 1, contentBytes: first };
  const count = first & 0x7f;
  if (count === 0 || count > 4 || offset + 1 + count > buffer.length) return undefined;
  const contentBytes = buffer.readUIntBE(offset + 1, count);
  const isShortest = contentBytes >= 0x80 && (count === 1 || contentBytes >= 2 ** (8 * (count - 1)));
  return isShortest ? { contentStart: offset + 1 + count, contentBytes } : undefined;
}

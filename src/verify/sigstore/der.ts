/**
 * The little of DER (X.690) that reading a certificate takes: definite lengths in their shortest form, and nothing left
 * over. What is not exactly that is undefined, never a guess.
 */
import { Buffer } from 'node:buffer';

export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
  /** Tag, length and content, as they stand there. */
  readonly encoded: Buffer;
}

export const derTags = {
  ...{ boolean: 0x01, integer: 0x02, bitString: 0x03, octetString: 0x04, objectIdentifier: 0x06 },
  ...{ utf8String: 0x0c, utcTime: 0x17, generalizedTime: 0x18, sequence: 0x30 },
} as const;

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
    values.push({
      tag,
      content: buffer.subarray(length.contentStart, end),
      encoded: buffer.subarray(offset, end),
    });
    offset = end;
  }
  return values;
}

/** The content of the one value in `bytes`, if it has this tag. */
export function readOne(bytes: Uint8Array, tag: number): Buffer | undefined {
  const values = readDer(bytes);
  return values?.length === 1 && values[0]?.tag === tag ? values[0].content : undefined;
}

/** The values within the one value in `bytes`, if it is a SEQUENCE. */
export function readSequence(bytes: Uint8Array): readonly DerValue[] | undefined {
  const content = readOne(bytes, derTags.sequence);
  return content && readDer(content);
}

/** Dotted: `2.5.29.17`. Undefined for anything but an OBJECT IDENTIFIER. */
export function readOid({ tag, content }: DerValue): string | undefined {
  const isWhole = (content.at(-1) ?? 0x80) < 0x80;
  if (tag !== derTags.objectIdentifier || !isWhole) return undefined;
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const byte of content) {
    // A leading zero would be a second spelling.
    if (arc === 0n && byte === 0x80) return undefined;
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const [first = 0n, ...others] = arcs;
  const top = first < 80n ? first / 40n : 2n;
  return [top, first - top * 40n, ...others].join('.');
}

export function readBoolean({ tag, content }: DerValue): boolean | undefined {
  if (tag !== derTags.boolean || content.length !== 1) return undefined;
  return content[0] === 0xff ? true : content[0] === 0 ? false : undefined;
}

/** A number from 0 on, of at most four bytes, in its shortest form. */
export function readCount({ tag, content }: DerValue): number | undefined {
  const [first = 0x80, second = 0x80] = content;
  const isShortest = first !== 0 || second >= 0x80;
  if (tag !== derTags.integer || content.length > 4 || first >= 0x80 || !isShortest) return undefined;
  return content.readUIntBE(0, content.length);
}

/** The numbers of the bits that are set; named bits (X.680, section 22.7) end with one. */
export function readNamedBits({ tag, content }: DerValue): ReadonlySet<number> | undefined {
  const [unused = 8, ...bytes] = content;
  const isAligned = bytes.length === 0 ? unused === 0 : unused < 8;
  if (tag !== derTags.bitString || !isAligned || ((bytes.at(-1) ?? 0) & ((1 << unused) - 1)) !== 0)
    return undefined;
  const isSet = (bit: number) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0;
  return new Set(Array.from({ length: bytes.length * 8 }, (_, bit) => bit).filter(isSet));
}

/** As certificates have it: UTCTime or GeneralizedTime, in UTC and to the second (RFC 5280, section 4.1.2.5). */
export function readTime({ tag, content }: DerValue): Date | undefined {
  const text = content.toString('latin1');
  const century = tag === derTags.utcTime ? (text < '5' ? '20' : '19') : '';
  if (tag !== derTags.utcTime && tag !== derTags.generalizedTime) return undefined;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(century + text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const time = new Date(iso);
  return !Number.isNaN(time.getTime()) && time.toISOString() === iso ? time : undefined;
}

/** Tag, length and content. */
export function writeDer(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const length: number[] = [];
  for (let left = content.length; left > 0; left = Math.floor(left / 256)) length.unshift(left % 256);
  const head = content.length < 0x80 ? [tag, content.length] : [tag, 0x80 | length.length, ...length];
  return Buffer.concat([Buffer.from(head), content]);
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
  const isShortest = contentBytes >= 0x80 && contentBytes >= 2 ** (8 * (count - 1));
  return isShortest ? { contentStart: offset + 1 + count, contentBytes } : undefined;
}

/**
 * Writes ASN.1 in its distinguished encoding (X.690): what X.509 certificates and RFC 3161 timestamps are
 * made of. It only writes. Certificates are put together from these pieces and not by a library, so that
 * a test can also have the certificate that no library would make.
 */

/** One value: tag, length and content. */
export type Der = Buffer;

function tagged(tag: number, content: Uint8Array): Der {
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

/** Short form below 128, else the length's own length and its bytes. */
function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = unsigned(length);
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

function unsigned(value: number): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
}

export function sequence(...parts: readonly Uint8Array[]): Der {
  return tagged(0x30, Buffer.concat(parts));
}

/** Its members come in the order of their encodings, as DER wants of a SET OF. */
export function setOf(...parts: readonly Uint8Array[]): Der {
  return tagged(0x31, Buffer.concat(parts.toSorted((a, b) => Buffer.compare(a, b))));
}

/** A number, or a non-negative one by its bytes, most significant first. */
export function integer(value: number | Uint8Array): Der {
  let bytes: Uint8Array = typeof value === 'number' ? unsigned(value) : value;
  while (bytes.length > 1 && bytes[0] === 0 && (bytes[1] ?? 0) < 0x80) bytes = bytes.subarray(1);
  const isNegative = (bytes[0] ?? 0) >= 0x80;
  return tagged(0x02, isNegative ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

export function boolean(value: boolean): Der {
  return tagged(0x01, Buffer.from([value ? 0xff : 0]));
}

export function nothing(): Der {
  return tagged(0x05, Buffer.alloc(0));
}

export function octetString(content: Uint8Array): Der {
  return tagged(0x04, content);
}

/** `unusedBits` at the end of the last byte do not count. */
export function bitString(content: Uint8Array, unusedBits = 0): Der {
  return tagged(0x03, Buffer.concat([Buffer.from([unusedBits]), content]));
}

export function utf8String(text: string): Der {
  return tagged(0x0c, Buffer.from(text));
}

export function printableString(text: string): Der {
  return tagged(0x13, Buffer.from(text, 'latin1'));
}

/** Dotted: `2.5.29.17`. */
export function objectIdentifier(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const septets = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      septets.unshift(0x80 | (left % 128));
    }
    return septets;
  });
  return tagged(0x06, Buffer.from(bytes));
}

/** UTCTime until 2049, as RFC 5280 wants it of certificates. */
export function time(date: Date): Der {
  const digits = dateDigits(date);
  return date.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(`${digits.slice(2)}Z`))
    : tagged(0x18, Buffer.from(`${digits}Z`));
}

export function generalizedTime(date: Date): Der {
  return tagged(0x18, Buffer.from(`${dateDigits(date)}Z`));
}

/** `20261120120000`: whole seconds. */
function dateDigits(date: Date): string {
  return date.toISOString().slice(0, 19).replace(/\D/g, '');
}

/** `[number]`, around a whole value. */
export function explicit(number: number, content: Uint8Array): Der {
  return tagged(0xa0 | number, content);
}

/** `[number]` in place of a primitive value's own tag. */
export function implicit(number: number, content: Uint8Array): Der {
  return tagged(0x80 | number, content);
}

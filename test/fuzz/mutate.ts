/** One document, changed in a few ways that parsers trip over: by bytes, by lines, by numbers, by what JSON is made of. */
import { mutateJson } from './mutate-json.ts';
import type { Random } from './random.ts';

/** Where a mutant is longer than this, it is cut. */
export const maxMutantBytes = 1 << 20;

/** What formats are made of, and what has been used against their readers. */
const words: readonly string[] = [
  ...[
    '\0',
    '\r',
    '\r\n',
    '\n',
    '\n\n',
    '\t',
    ' ',
    '\u2028',
    '\ufeff',
    '\x85',
    '\x0b',
    '\x1b[2J',
    '\xff',
    '\u202e',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '\\',
    '\\u0000',
    '\\ud800',
    ',',
    ':',
    '#',
    '- ',
    '---\n',
    '...\n',
    '&a ',
    '*a',
    '<<: ',
  ],
  ...[
    'null',
    'true',
    '~',
    '-0',
    '1e400',
    '0x10',
    '9007199254740993',
    '-1',
    '4294967296',
    '00',
    '1_0',
    '.',
    '..',
    '../',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '%2e%2e/',
    '%00',
    '//',
    '/',
    '@',
    '?',
    '*',
    '+',
    '~',
    '|',
    ';',
    '&',
  ],
  ...[
    '$(touch canary)',
    '`touch canary`',
    "';touch canary;'",
    '${IFS}',
    '\ntouch canary\n',
    'EOF\ntouch canary\n',
  ],
  ...[
    '-----BEGIN PGP SIGNED MESSAGE-----\n',
    '-----BEGIN PGP SIGNATURE-----\n',
    '-----END PGP SIGNATURE-----\n',
  ],
  ...[
    'Hash: SHA256\n',
    '- -',
    '=AAAA\n',
    'Package: a\n',
    'Version: ',
    'Architecture: all\n',
    'Filename: ',
    'SHA256:\n',
    ' ',
  ],
  ...[
    'sha256:',
    'SHA256 (',
    ') = ',
    '  ',
    ' *',
    'a'.repeat(64),
    'https://evil.example/',
    'file://',
    'oci://',
    '=',
    '==',
  ],
];
const sizes = [0, 1, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1] as const;

type Edit = (bytes: Buffer, random: Random, others: readonly Uint8Array[]) => Buffer;

const edits: readonly Edit[] = [
  function flipBit(bytes, random) {
    if (bytes.length === 0) return bytes;
    const at = random.below(bytes.length);
    bytes[at]! ^= 1 << random.below(8);
    return bytes;
  },
  function setByte(bytes, random) {
    if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  },
  function setNumber(bytes, random) {
    const at = random.below(bytes.length - 3);
    if (bytes.length >= 4) bytes.writeUInt32BE(random.of(sizes)!, at);
    return bytes;
  },
  function insertWord(bytes, random) {
    return replaced(bytes, random.below(bytes.length + 1), 0, Buffer.from(random.of(words)!));
  },
  function overwriteByWord(bytes, random) {
    const word = Buffer.from(random.of(words)!);
    return replaced(bytes, random.below(bytes.length), word.length, word);
  },
  function insertBytes(bytes, random) {
    const more = Uint8Array.from({ length: random.length(16) }, () => random.below(256));
    return replaced(bytes, random.below(bytes.length + 1), 0, more);
  },
  function remove(bytes, random) {
    return replaced(bytes, random.below(bytes.length), random.length(bytes.length));
  },
  function repeat(bytes, random) {
    const at = random.below(bytes.length);
    const part = bytes.subarray(at, at + random.length(bytes.length));
    return replaced(bytes, at, 0, part);
  },
  function cut(bytes, random) {
    return bytes.subarray(0, random.below(bytes.length + 1));
  },
  function splice(bytes, random, others) {
    const other = Buffer.from(random.of(others) ?? bytes);
    const from = random.below(other.length);
    const part = other.subarray(from, from + random.length(other.length));
    return replaced(bytes, random.below(bytes.length), random.below(2) * part.length, part);
  },
  function join(bytes, random, others) {
    const other = random.of(others) ?? bytes;
    return random.oneIn(2) ? Buffer.concat([bytes, other]) : Buffer.concat([other, bytes]);
  },
  function otherNumber(bytes, random) {
    const text = bytes.toString('latin1');
    const numbers = [...text.matchAll(/\d+/g)];
    const number = random.of(numbers);
    if (number === undefined) return bytes;
    const value = random.oneIn(2)
      ? String(random.of(sizes))
      : String(Number(number[0]) + random.below(3) - 1);
    return replaced(bytes, number.index, number[0].length, Buffer.from(value));
  },
  function moveLine(bytes, random) {
    const lines = bytes.toString('latin1').split('\n');
    const [line = ''] = lines.splice(random.below(lines.length), random.below(2));
    lines.splice(random.below(lines.length + 1), 0, line);
    return Buffer.from(lines.join('\n'), 'latin1');
  },
  function otherLine(bytes, random, others) {
    const lines = bytes.toString('latin1').split('\n');
    const theirs = Buffer.from(random.of(others) ?? bytes)
      .toString('latin1')
      .split('\n');
    lines.splice(random.below(lines.length), random.below(2), random.of(theirs)!);
    return Buffer.from(lines.join('\n'), 'latin1');
  },
  function otherCase(bytes, random) {
    const at = random.below(bytes.length);
    const part = bytes.subarray(at, at + random.length(64)).toString('latin1');
    const other = random.oneIn(2) ? part.toUpperCase() : part.toLowerCase();
    return replaced(bytes, at, part.length, Buffer.from(other, 'latin1'));
  },
];

/** What grows without end is read in a time that grows no faster. Seldom, since it takes as long as a thousand others. */
function grown(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length);
  const part = bytes.subarray(at, at + random.length(random.oneIn(2) ? 64 : bytes.length));
  const wanted = random.of([16 << 10, 64 << 10, 256 << 10, maxMutantBytes])!;
  const count = Math.ceil(Math.max(0, wanted - bytes.length) / Math.max(1, part.length));
  return replaced(bytes, at, 0, Buffer.concat(Array.from({ length: count }, () => part)));
}

/** `others`: documents of the same kind, parts of which may be put into this one. */
export function mutate(document: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  let bytes: Buffer = Buffer.from(document);
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    const json = random.oneIn(3) ? mutateJson(bytes, random, others, mutate) : undefined;
    bytes = json ?? random.of(edits)!(bytes, random, others);
  }
  if (random.oneIn(250)) bytes = grown(bytes, random);
  return bytes.subarray(0, maxMutantBytes);
}

function replaced(bytes: Buffer, at: number, count: number, by: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(Math.min(bytes.length, at + count))]);
}

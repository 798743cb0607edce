/** `src/verify/sigstore/der.ts`. */
import type { Equivalent } from '../equivalent.ts';

export const der: readonly Equivalent[] = [
  {
    file: 'src/verify/sigstore/der.ts',
    line: 'const tag = buffer[offset] ?? 0;',
    changes: [
      ['buffer[offset] ?? 0', 'buffer[offset]'],
      ['0', '0 + 1'],
    ],
    reason: 'the offset is inside of the buffer, so that there is a byte',
  },
  {
    file: 'src/verify/sigstore/der.ts',
    line: 'const isWhole = (content.at(-1)',
    changes: [
      ['content.at(-1) ?? 0x80', 'content.at(-1)'],
      ['0x80', '0x80 + 1'],
    ],
    reason: 'undefined and 0x81 are not below 0x80 either',
  },
  {
    file: 'src/verify/sigstore/der.ts',
    line: 'const top = first < 80n',
    changes: [['first < 80n', 'first <= 80n']],
    reason: 'a fortieth of 80 is 2 as well',
  },
  {
    file: 'src/verify/sigstore/der.ts',
    line: 'const [first = 0x80, second = 0x80] = content;',
    changes: [['0x80', '0x80 + 1']],
    reason: 'both are only compared with 0x80',
  },
  {
    file: 'src/verify/sigstore/der.ts',
    line: 'const [unused = 8, ...bytes] = content;',
    changes: [['8', '8 + 1']],
    reason: 'without content, any number but zero is refused',
  },
  {
    file: 'src/verify/sigstore/der.ts',
    line: 'if (tag !== derTags.bitString || !isAligned',
    changes: [
      ['bytes.at(-1) ?? 0', 'bytes.at(-1)'],
      ['0', '0 + 1'],
    ],
    reason: 'without a byte no bit is unused, and none of it is looked at',
  },
  {
    file: 'src/verify/sigstore/der.ts',
    line: 'const isSet = (bit: number)',
    changes: [
      ['bytes[bit >> 3] ?? 0', 'bytes[bit >> 3]'],
      ['0', '0 + 1'],
    ],
    reason: 'bits are counted in bytes that are there',
  },
  {
    file: 'src/verify/sigstore/der.ts',
    line: 'return new Set(Array.from({ length: bytes.length * 8 }',
    changes: [['8', '8 + 1']],
    reason: 'no bit is set in bytes that are not there',
  },
  {
    file: 'src/verify/sigstore/der.ts',
    line: 'const century =',
    changes: [["text < '5'", "text <= '5'"]],
    reason: 'a time of one character is none in either century',
  },
  {
    file: 'src/verify/sigstore/der.ts',
    line: 'if (first === undefined) return undefined;',
    changes: [['first === undefined', 'false']],
    reason: 'nothing counts as a length of no bytes, which is refused next',
  },
  {
    file: 'src/verify/sigstore/der.ts',
    line: 'if (count === 0 || count > 4',
    changes: [
      ['4', '4 + 1'],
      ['offset + 1 + count > buffer.length', 'offset + 1 + count >= buffer.length'],
      ['1', '1 + 1'],
    ],
    reason: 'no file has 4 GB, and behind a length of two bytes or more there is content',
  },
];

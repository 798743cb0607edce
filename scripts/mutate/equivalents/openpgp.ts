/** `src/verify/openpgp`. */
import type { Equivalent } from '../equivalent.ts';

export const openpgp: readonly Equivalent[] = [
  {
    file: 'src/verify/openpgp/armor.ts',
    line: 'const dataLine =',
    changes: [['/^[A-Za-z0-9+/]+={0,2}$/', '/[A-Za-z0-9+/]+={0,2}$/', '/^[A-Za-z0-9+/]+={0,2}/']],
    reason: 'what else is in the line is no base64, and does not come out again as it was',
  },
  {
    file: 'src/verify/openpgp/armor.ts',
    line: 'if (checksumLine.test(',
    changes: [["data.at(-1) ?? ''", 'data.at(-1)']],
    reason: 'undefined, as text, is no checksum either',
  },
  {
    file: 'src/verify/openpgp/armor.ts',
    line: 'if ((crc & 0x1000000) !== 0)',
    changes: [['0x1000000', '0x1000000 + 1']],
    reason: 'the last bit was shifted in, and is zero',
  },
  {
    file: 'src/verify/openpgp/armor.ts',
    line: "if (edge === 'END' && open !== undefined) {",
    changes: [["edge === 'END' && open !== undefined", "edge === 'END'"]],
    reason: 'an END line without a BEGIN line was refused before',
  },
  {
    file: 'src/verify/openpgp/frame-cleartext.ts',
    line: '} else if (latin1(line) === beginSignature)',
    changes: [['latin1(line) === beginSignature', 'true']],
    reason: 'where the text ends, any line but that one is refused next, with the same code and number',
  },
  {
    file: 'src/verify/openpgp/frame-cleartext.ts',
    line: 'while (end > 0 &&',
    changes: [
      [
        'end > 0 && (line[end - 1] === space || line[end - 1] === tab)',
        '(line[end - 1] === space || line[end - 1] === tab)',
      ],
      ['end > 0', 'end >= 0'],
    ],
    reason: 'before the first byte there is none, and so no blank',
  },
  {
    file: 'src/verify/openpgp/frame-cleartext.ts',
    line: 'if (offset > 0) text[offset - 1]',
    changes: [['offset > 0', 'true', 'offset >= 0']],
    reason: 'what is written before the first byte is nowhere',
  },
  {
    file: 'src/verify/openpgp/key-block.ts',
    line: 'const key = unreadable.find(',
    changes: [['fingerprint !== undefined && pinned.includes(fingerprint)', 'pinned.includes(fingerprint)']],
    reason: 'undefined is no pin',
  },
  {
    file: 'src/verify/openpgp/key-block.ts',
    line: "return { report, why: standing.kind === 'usable'",
    changes: [
      ["standing.kind === 'usable'", 'false'],
      ["'usable'", "''"],
    ],
    reason: 'why a key has expired is asked where none is usable',
  },
];

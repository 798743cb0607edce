/** Mutants that change nothing that could be noticed, each with its reason. */
export interface Equivalent {
  readonly file: string;
  /** What the line begins with that the mutant is in; empty for any. */
  readonly line: string;
  /** What stands there, and what stands there instead. */
  readonly changes: readonly (readonly [original: string, ...replacements: string[]])[];
  readonly reason: string;
}

export const equivalents: readonly Equivalent[] = [
  {
    file: 'src/verify/apt/release.ts',
    line: 'if (expected.maxAgeMs !== undefined',
    changes: [
      [
        'expected.maxAgeMs !== undefined && now.getTime() - date.getTime() > expected.maxAgeMs',
        'now.getTime() - date.getTime() > expected.maxAgeMs',
      ],
    ],
    reason: 'nothing is more than undefined',
  },
  {
    file: 'src/verify/methods/minisign.ts',
    line: 'if (bytes !== undefined && isKept',
    changes: [['bytes !== undefined && isKept', 'isKept']],
    reason: 'what is kept is at hand',
  },
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
  {
    file: 'src/verify/sigstore/checkpoint.ts',
    line: "if (split === -1 || !envelope.endsWith('\\n'))",
    changes: [["split === -1 || !envelope.endsWith('\\n')", "!envelope.endsWith('\\n')"]],
    reason: 'without an empty line, the size is among the lines of signatures, and is none',
  },
  {
    file: 'src/verify/sigstore/checkpoint.ts',
    line: "const [origin = '', treeSize = '', root = '']",
    changes: [['envelope.slice(0, split)', 'envelope']],
    reason: 'of the first three lines, one that is missing is the empty one then, and is refused as well',
  },
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
  {
    file: 'src/verify/sigstore/identity.ts',
    line: 'if (sourceRepository === undefined ||',
    changes: [
      [
        "sourceRepository === undefined || sourceRef === undefined || sourceRef === ''",
        'sourceRepository === undefined || sourceRef === undefined',
      ],
    ],
    reason: 'an empty ref that is asked for is refused by itself',
  },
  {
    file: 'src/verify/sigstore/identity.ts',
    line: 'const [, file] = name.startsWith(',
    changes: [['name.startsWith(`${identity}/.github/workflows/`)', 'true']],
    reason: 'the whole name is compared on the next line',
  },
  {
    file: 'src/verify/sigstore/identity.ts',
    line: "const said = found.length === 0 ? 'none'",
    changes: [
      ['found.length === 0', 'true', 'false', 'found.length !== 0'],
      ['0', '0 + 1'],
      ["'none'", "''"],
    ],
    reason: 'only words',
  },
  {
    file: 'src/verify/sigstore/log-entry.ts',
    line: 'if (logged.type === signer.type &&',
    changes: [['logged.type === signer.type && logged.der.equals(der)', 'logged.der.equals(der)']],
    reason: 'no certificate is byte for byte a SubjectPublicKeyInfo: the types say no more than the bytes',
  },
  {
    file: 'src/verify/sigstore/source-agreement.ts',
    line: '',
    changes: [
      [
        'repository !== undefined && path !== undefined && ref !== undefined',
        'repository !== undefined && path !== undefined',
        'ref !== undefined',
      ],
      ['repository !== undefined && path !== undefined', 'repository !== undefined', 'path !== undefined'],
      [
        'isWhole && buildConfigs.includes(`${repository}/${path}@${ref}`)',
        'buildConfigs.includes(`${repository}/${path}@${ref}`)',
      ],
    ],
    reason: 'no certificate names a workflow with a part that is not there',
  },
  {
    file: 'src/verify/sigstore/source-agreement.ts',
    line: 'const said =',
    changes: [
      ['[repository, ref].filter((one) => one !== undefined)', '[repository, ref]'],
      ['one !== undefined', 'one === undefined'],
    ],
    reason: 'only words',
  },
  {
    file: 'src/verify/sigstore/source-agreement.ts',
    line: 'const certified =',
    changes: [
      [
        "[...sourceRepositories, ...sourceRefs].join(' at ') || 'another commit'",
        "[...sourceRepositories, ...sourceRefs].join(' at ')",
        "'another commit'",
      ],
    ],
    reason: 'only words',
  },
];

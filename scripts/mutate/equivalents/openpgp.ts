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
  ...['canonical-keys', 'key-block'].map((name) => ({
    file: `src/verify/openpgp/${name}.ts`,
    line: 'if (userID === null) continue;',
    changes: [['userID === null', 'false'] as const],
    reason: 'null where a photograph is meant, and `mergeKey` leaves photographs out of every key',
  })),
  {
    file: 'src/verify/openpgp/fetched-keys.ts',
    line: 'return ',
    changes: [['1', '1 + 1']],
    reason: 'of what a comparison gives, the sign alone counts',
  },
  {
    file: 'src/verify/openpgp/algorithms.ts',
    line: 'allowInsecureVerificationWithReformattedKeys: false',
    changes: [['false', 'true']],
    reason: 'whole messages are verified with it, of which none is read here',
  },
  {
    file: 'src/verify/openpgp/file-digests.ts',
    line: 'const pieceBytes =',
    changes: [
      ['20', '20 + 1'],
      ['1', '1 + 1'],
    ],
    reason: 'how large the pieces are decides about memory alone',
  },
  {
    file: 'src/verify/openpgp/file-digests.ts',
    line: 'for (let offset = 0; offset < bytes.length;',
    changes: [['offset < bytes.length', 'offset <= bytes.length']],
    reason: 'an empty piece adds nothing to a digest',
  },
  {
    file: 'src/verify/openpgp/judge-signature.ts',
    line: 'if (type === null || !by.types.has(type))',
    changes: [['type === null || !by.types.has(type)', '!by.types.has(type)']],
    reason: 'no type is in no set of types',
  },
  {
    file: 'src/verify/openpgp/judge-signature.ts',
    line: 'if (signedAt === null ||',
    changes: [
      [
        'signedAt === null || signedAt.getTime() > now.getTime() + clockToleranceMs',
        'signedAt.getTime() > now.getTime() + clockToleranceMs',
      ],
    ],
    reason: 'openpgp.js reads no signature without its time, and what it does not read is not authentic',
  },
  {
    file: 'src/verify/openpgp/judge-signature.ts',
    line: 'if (signatureExpires instanceof Date',
    changes: [['signatureExpires instanceof Date && signatureExpires <= now', 'signatureExpires <= now']],
    reason: 'Infinity, which it is else, is never over',
  },
  {
    file: 'src/verify/openpgp/key-file.ts',
    line: "return 'primary';",
    changes: [["'primary'", "''"]],
    reason: 'any name is as good that is none of a user ID and of a subkey',
  },
  {
    file: 'src/verify/openpgp/own-signatures.ts',
    line: 'return ((keyFlags?.[0] ?? 0) &',
    changes: [['0', '0 + 1']],
    reason: 'the lowest bit is another flag; the other zeros of the line are noticed',
  },
  {
    file: 'src/verify/openpgp/primary-standing.ts',
    line: 'const kind = flaws.find(',
    changes: [
      [
        "flaws.find((flaw) => lacking.some((standing) => standing.kind === flaw)) ?? 'unbound'",
        'flaws.find((flaw) => lacking.some((standing) => standing.kind === flaw))',
      ],
      ["'unbound'", "''"],
    ],
    reason: 'every flaw is in the list',
  },
  {
    file: 'src/verify/openpgp/read-keys.ts',
    line: 'if (primary === undefined) continue;',
    changes: [['primary === undefined', 'false']],
    reason: 'each part begins with the packet of its primary: only types know',
  },
  {
    file: 'src/verify/openpgp/verify-signatures.ts',
    line: 'if (!(packet instanceof LiteralDataPacket))',
    changes: [['!(packet instanceof LiteralDataPacket)', 'false']],
    reason: 'openpgp.js makes nothing else of bytes: only types know',
  },
  {
    file: 'src/verify/openpgp/appraise-key.ts',
    line: 'if (isSubkey(candidate)) times.push(',
    changes: [['isSubkey(candidate)', 'true']],
    reason: 'a primary is asked twice for the same end',
  },
  {
    file: 'src/verify/openpgp/appraise-key.ts',
    line: 'return isSubkey(candidate) ? [key, candidate]',
    changes: [['isSubkey(candidate)', 'true']],
    reason: 'a primary is looked at twice then',
  },
  {
    file: 'src/verify/openpgp/canonical-keys.ts',
    line: 'return items.toSorted(',
    changes: [
      ['name(a) > name(b)', 'name(a) >= name(b)'],
      ['name(a) < name(b)', 'name(a) <= name(b)'],
    ],
    reason: 'keys, user IDs and signatures of one key have names that differ',
  },
  {
    file: 'src/verify/openpgp/canonical-keys.ts',
    line: 'return Number(created).toString(16)',
    changes: [['16', '16 + 1']],
    reason: 'numbers of one base and length keep their order',
  },
  {
    file: 'src/verify/openpgp/file-digests.ts',
    line: '.matchAll(/^signature',
    changes: [['/^signature (\\d+) .* = ([0-9a-f]+)$/gm', '/signature (\\d+) .* = ([0-9a-f]+)$/gm']],
    reason: 'what was read has to be, written anew, what was kept',
  },
  {
    file: 'src/verify/openpgp/keep-revocations.ts',
    line: 'if (userID !== null && isOwn)',
    changes: [['userID !== null && isOwn', 'isOwn']],
    reason: 'photographs were left out where the copies were joined: only types know',
  },
  {
    file: 'src/verify/openpgp/kept-keyring.ts',
    line: 'return softReasons.has(reasonForRevocationFlag) && created',
    changes: [
      [
        'softReasons.has(reasonForRevocationFlag) && created !== null',
        'softReasons.has(reasonForRevocationFlag)',
      ],
    ],
    reason: 'null is later than no time',
  },
];

/** `src/verify/openpgp`: keys. */
import type { Equivalent } from '../equivalent.ts';

export const openpgpKeys: readonly Equivalent[] = [
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
    file: 'src/verify/openpgp/appraise-key.ts',
    line: 'return reasonForRevocationFlag === null',
    changes: [['reasonForRevocationFlag === null', 'false']],
    reason: 'no reason has the number null: only types know',
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
    changes: [
      ['16', '16 + 1'],
      ['12', '12 + 1'],
    ],
    reason: 'numbers of one base and length keep their order',
  },
  {
    file: 'src/verify/openpgp/canonical-keys.ts',
    line: 'signature.embeddedSignature === null',
    changes: [['signature.embeddedSignature === null', 'false']],
    reason: 'null was made by nobody: only types know',
  },
  {
    file: 'src/verify/openpgp/canonical-keys.ts',
    line: "return userID?.userID ?? ''",
    changes: [["userID?.userID ?? ''", 'userID?.userID']],
    reason: '`mergeKey` leaves photographs out of every key: only types know',
  },
  {
    file: 'src/verify/openpgp/fetched-keys.ts',
    line: 'return ',
    changes: [['1', '1 + 1']],
    reason: 'of what a comparison gives, the sign alone counts',
  },
  {
    file: 'src/verify/openpgp/fetched-keys.ts',
    line: 'return served.toSorted(',
    changes: [['one.fingerprint < other.fingerprint', 'one.fingerprint <= other.fingerprint']],
    reason: 'no two of them are equal',
  },
  {
    file: 'src/verify/openpgp/keep-revocations.ts',
    line: 'if (userID !== null && isOwn)',
    changes: [['userID !== null && isOwn', 'isOwn']],
    reason: 'photographs were left out where the copies were joined: only types know',
  },
  {
    file: 'src/verify/openpgp/keep-revocations.ts',
    line: 'what: `user ID',
    changes: [["userID?.userID ?? ''", 'userID?.userID']],
    reason: '`mergeKey` leaves photographs out of every key: only types know',
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
  {
    file: 'src/verify/openpgp/kept-keyring.ts',
    line: 'const ended = new Set(',
    changes: [['endings.filter((name) => retired.includes(name))', 'endings']],
    reason:
      "only today's file can say so, and it holds pinned and retired keys alone; what is pinned counts anyway",
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
    file: 'src/verify/openpgp/key-file.ts',
    line: "return 'primary';",
    changes: [["'primary'", "''"]],
    reason: 'any name is as good that is none of a user ID and of a subkey',
  },
  {
    file: 'src/verify/openpgp/key-rollback.ts',
    line: 'parts.set(`user ID',
    changes: [['0', '0 + 1']],
    reason: 'it is compared with itself alone',
  },
  {
    file: 'src/verify/openpgp/key-rollback.ts',
    line: 'return Math.max(0,',
    changes: [
      ['0', '0 + 1'],
      ['created?.getTime() ?? 0', 'created?.getTime()'],
    ],
    reason: 'times are whole seconds, and a signature that was read has one',
  },
  {
    file: 'src/verify/openpgp/keyring.ts',
    line: 'if (!(cause instanceof VerificationError)) throw cause;',
    changes: [
      ['!(cause instanceof VerificationError)', 'false'],
      ['throw cause;', ';'],
    ],
    reason: 'nothing else is thrown but by a fault of the reader itself',
  },
  {
    file: 'src/verify/openpgp/own-signatures.ts',
    line: 'return ((keyFlags?.[0] ?? 0) &',
    changes: [
      ['0', '0 + 1'],
      ['keyFlags?.[0] ?? 0', 'keyFlags?.[0]'],
    ],
    reason: 'the lowest bit is another flag, and undefined has none; the other zeros of the line are noticed',
  },
  {
    file: 'src/verify/openpgp/own-signatures.ts',
    line: 'return [...key.toPacketList()]',
    changes: [
      [
        `[...key.toPacketList()]
    .filter((packet) => packet instanceof SignaturePacket)`,
        '[...key.toPacketList()]',
      ],
    ],
    reason: 'what is no signature has no type of one: only types know',
  },
  {
    file: 'src/verify/openpgp/read-keys.ts',
    line: 'if (primary === undefined) continue;',
    changes: [['primary === undefined', 'false']],
    reason: 'each part begins with the packet of its primary: only types know',
  },
  {
    file: 'src/verify/openpgp/read-keys.ts',
    line: 'if (!(error instanceof VerificationError)) throw error;',
    changes: [
      ['!(error instanceof VerificationError)', 'false'],
      ['throw error;', ';'],
    ],
    reason: 'nothing else is thrown but by a fault of the reader itself',
  },
  {
    file: 'src/verify/openpgp/read-keys.ts',
    line: 'const first = bytes[0] ?? 0;',
    changes: [
      ['bytes[0] ?? 0', 'bytes[0]'],
      ['0', '0 + 1'],
    ],
    reason: 'none of them has the highest bit; the other zero of the line is noticed',
  },
  ...['canonical-keys', 'key-block', 'key-rollback', 'own-signatures'].map((name) => ({
    file: `src/verify/openpgp/${name}.ts`,
    line: 'if (userID === null) continue;',
    changes: [['userID === null', 'false'] as const],
    reason: 'null where a photograph is meant, and `mergeKey` leaves photographs out of every key',
  })),
];

/** `src/verify/openpgp`: signatures. */
import type { Equivalent } from '../equivalent.ts';

export const openpgp: readonly Equivalent[] = [
  {
    file: 'src/verify/openpgp/verify-signatures.ts',
    line: "throw new TypeError('openpgp.js made another packet",
    changes: [["throw new TypeError('openpgp.js made another packet than literal data');", ';']],
    reason: 'openpgp.js makes nothing else of bytes: only types know',
  },
  {
    file: 'src/verify/openpgp/algorithms.ts',
    line: 'allowInsecureVerificationWithReformattedKeys: false',
    changes: [['false', 'true']],
    reason: 'whole messages are verified with it, of which none is read here',
  },
  {
    file: 'src/verify/openpgp/algorithms.ts',
    line: 'enforceGrammar: true',
    changes: [['true', 'false']],
    reason: 'the grammar is that of messages, of which none is read here',
  },
  {
    file: 'src/verify/openpgp/algorithms.ts',
    line: 'minRSABits: 0',
    changes: [['0', '0 + 1']],
    reason: 'no key has no bits',
  },
  {
    file: 'src/verify/openpgp/algorithms.ts',
    line: 'const name = algorithm === null',
    changes: [['algorithm === null', 'false']],
    reason: 'null is the number of no hash: only types know',
  },
  {
    file: 'src/verify/openpgp/algorithms.ts',
    line: 'return bits !== undefined',
    changes: [['bits !== undefined && bits >= minRsaBits', 'bits >= minRsaBits']],
    reason: 'undefined is no more than any number',
  },
  {
    file: 'src/verify/openpgp/algorithms.ts',
    line: 'return curve !== undefined',
    changes: [['curve !== undefined && strongCurves.has(curve)', 'strongCurves.has(curve)']],
    reason: 'undefined is none of the curves',
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
    file: 'src/verify/openpgp/authentic.ts',
    line: 'if (hashed === undefined) return false;',
    changes: [['hashed === undefined', 'false']],
    reason: 'openpgp.js would take the digests for data, which they are not, and fails',
  },
  {
    file: 'src/verify/openpgp/authentic.ts',
    line: 'await copy.verify(',
    changes: [
      ['copy.created ?? undefined', 'copy.created'],
      ['false', 'true'],
    ],
    reason:
      'a signature that was read has its time; whether it stands apart from its data matters to version 5 alone, which is not read',
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
    file: 'src/verify/openpgp/file-digests.ts',
    line: '.matchAll(/^signature',
    changes: [
      [
        '/^signature (\\d+) .* = ([0-9a-f]+)$/gm',
        '/signature (\\d+) .* = ([0-9a-f]+)$/gm',
        '/^signature (\\d+) .* = ([0-9a-f]+)/gm',
      ],
    ],
    reason: 'what was read has to be, written anew, what was kept',
  },
  {
    file: 'src/verify/openpgp/file-digests.ts',
    line: 'if (digest === undefined || hash === undefined)',
    changes: [['digest === undefined || hash === undefined', 'digest === undefined']],
    reason: 'what has a digest has a hash: only types know',
  },
  {
    file: 'src/verify/openpgp/file-digests.ts',
    line: 'if (!(packet instanceof SignaturePacket))',
    changes: [['!(packet instanceof SignaturePacket)', 'false']],
    reason: 'what is no signature has no hash algorithm: only types know',
  },
  {
    file: 'src/verify/openpgp/file-digests.ts',
    line: 'if (known === undefined || fields === null)',
    changes: [['known === undefined || fields === null', 'known === undefined']],
    reason: 'a signature that was read has its fields: only types know',
  },
  {
    file: 'src/verify/openpgp/file-digests.ts',
    line: 'const trailer =',
    changes: [['true', 'false']],
    reason: 'it matters to version 5 alone, which is not read',
  },
  {
    file: 'src/verify/openpgp/file-digests.ts',
    line: 'const hash = shared.get(key) ??',
    changes: [
      [
        'shared.get(key) ?? hashContent(createHash(name).update(salt), bytes, isText)',
        'hashContent(createHash(name).update(salt), bytes, isText)',
      ],
    ],
    reason: 'the file is hashed once more, to the same digest',
  },
  {
    file: 'src/verify/openpgp/file-digests.ts',
    line: 'shared.set(key, hash);',
    changes: [['shared.set(key, hash);', ';']],
    reason: 'the file is hashed once more, to the same digest',
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
    file: 'src/verify/openpgp/verify-signatures.ts',
    line: 'if (!(packet instanceof LiteralDataPacket))',
    changes: [['!(packet instanceof LiteralDataPacket)', 'false']],
    reason: 'openpgp.js makes nothing else of bytes: only types know',
  },
  {
    file: 'src/verify/openpgp/verify-signatures.ts',
    line: "return { kind: 'worthless', reason: 'unsupported'",
    changes: [["'worthless'", "''"]],
    reason: 'what is neither good nor bad is passed over',
  },
  {
    file: 'src/verify/openpgp/verify-signatures.ts',
    line: 'const whys = [...new Set((known.length > 0',
    changes: [['0', '0 + 1']],
    reason: 'what ails keys of the keyring comes first: a single one of them is the first',
  },
];

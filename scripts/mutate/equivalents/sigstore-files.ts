/** The rest of `src/verify/sigstore`: files, keys, roots and logs. */
import type { Equivalent } from '../equivalent.ts';

export const sigstoreFiles: readonly Equivalent[] = [
  {
    file: 'src/verify/sigstore/bare-envelope.ts',
    line: 'return mayBe && shape()',
    changes: [['mayBe && shape().safeParse(json).success', 'shape().safeParse(json).success']],
    reason: 'the shape has all of it: a look at the field spares what is none the making of a schema',
  },
  {
    file: 'src/verify/sigstore/trusted-root-review.ts',
    line: 'if (entry === undefined) throw',
    changes: [
      ['entry === undefined', 'false'],
      ["throw new TypeError('a change has a side');", ';'],
    ],
    reason: 'there are as many changes as the longer of two lists has entries, so that each has a side',
  },
  {
    file: 'src/verify/sigstore/certificate-claims.ts',
    line: 'const content = number <= 6 ?',
    changes: [['6', '6 + 1']],
    reason: 'nobody reads the extension 7',
  },
  {
    file: 'src/verify/sigstore/github-attestations.ts',
    line: 'if (answer === undefined || listed.length === 0)',
    changes: [['answer === undefined || listed.length === 0', 'listed.length === 0']],
    reason: 'without an answer nothing is listed: only types know',
  },
  {
    file: 'src/verify/sigstore/rekor-answer.ts',
    line: 'hashes: z.array(hexSchema).max(64),',
    changes: [['64', '64 + 1']],
    reason: 'the bundle that is made of it is refused with one more, with the same code',
  },
  {
    file: 'src/verify/sigstore/trusted-root-review.ts',
    line: 'return describeAuthority(',
    changes: [
      ['authority && refusalOf(authority)', 'refusalOf(authority)'],
      ['authority && refusalOfTimestamps(authority)', 'refusalOfTimestamps(authority)'],
    ],
    reason: 'the root has as many authorities as its document: only types know',
  },
  {
    file: 'src/verify/sigstore/bundle-file.ts',
    line: 'const isLines = count > 1',
    changes: [
      ['count > 1 && objects.length > 0', 'count > 1'],
      ['objects.length > 0', 'objects.length >= 0'],
    ],
    reason: 'without an object on a line the file is one document either way: it spares its parsing',
  },
  {
    file: 'src/verify/sigstore/bundle-file.ts',
    line: 'for (let start = 0, number = 1;',
    changes: [
      ['start < buffer.length && objects.size <= maxBundles', 'start < buffer.length'],
      ['start < buffer.length', 'start <= buffer.length'],
    ],
    reason: 'more is read of a file that is refused anyway, or an empty line more behind the last',
  },
  {
    file: 'src/verify/sigstore/certificate-timestamp.ts',
    line: 'const fields = (readSequence(signed)',
    changes: [['readSequence(signed) ?? []', 'readSequence(signed)']],
    reason: 'the certificate was read before',
  },
  {
    file: 'src/verify/sigstore/certificate-timestamp.ts',
    line: 'const kept = (readSequence(content)',
    changes: [['readSequence(content) ?? []', 'readSequence(content)']],
    reason: 'the certificate was read before',
  },
  {
    file: 'src/verify/sigstore/claimed-signer.ts',
    line: 'return der && signerIn(der, what);',
    changes: [['der && signerIn(der, what)', 'signerIn(der, what)']],
    reason: 'the schema refuses an empty chain: only types know',
  },
  {
    file: 'src/verify/sigstore/former-root.ts',
    line: 'const start = one.start > other.start',
    changes: [['one.start > other.start', 'one.start >= other.start']],
    reason: 'of two equal times it is the same which',
  },
  {
    file: 'src/verify/sigstore/former-root.ts',
    line: 'const ends = [one.end, other.end]',
    changes: [['[one.end, other.end].filter((end) => end !== undefined)', '[one.end, other.end]']],
    reason: 'sorting leaves undefined for the last, and compares it with nothing',
  },
  {
    file: 'src/verify/sigstore/rekor.ts',
    line: "const pem = text.startsWith('-----')",
    changes: [["decodeBase64(text)?.toString('latin1') ?? ''", "decodeBase64(text)?.toString('latin1')"]],
    reason: 'undefined, as text, is no PEM',
  },
  {
    file: 'src/verify/sigstore/rekor-answer.ts',
    line: "const { checkpoint = '', treeSize = 0 }",
    changes: [
      ['verification?.inclusionProof ?? {}', 'verification?.inclusionProof'],
      ['0', '0 + 1'],
    ],
    reason: 'an entry without a proof was refused before: only types know',
  },
  {
    file: 'src/verify/sigstore/rekor-answer.ts',
    line: 'return { log: `${logID} ${parseCheckpoint',
    changes: [["parseCheckpoint(checkpoint)?.origin ?? ''", 'parseCheckpoint(checkpoint)?.origin']],
    reason: 'an entry without a checkpoint was refused before: only types know',
  },
  {
    file: 'src/verify/sigstore/signer-material.ts',
    line: 'if (leaf === undefined) throw',
    changes: [
      ['leaf === undefined', 'false'],
      ["throw wrongMaterial(what, 'no certificate');", ';'],
    ],
    reason: 'the schema refuses an empty chain: only types know',
  },
  {
    file: 'src/verify/sigstore/trusted-root.ts',
    line: 'if (certificate === undefined) return [];',
    changes: [['certificate === undefined', 'false']],
    reason: 'the schema refuses an empty chain: only types know',
  },
  {
    file: 'src/verify/sigstore/keys.ts',
    line: "if (der === undefined) throw new TypeError('not one block",
    changes: [
      ['der === undefined', 'false'],
      ["throw new TypeError('not one block of PEM');", ';'],
    ],
    reason: 'what is not there is no DER, and is refused as that: only types know',
  },
  {
    file: 'src/verify/sigstore/keys.ts',
    line: "(type === 'ec' && curves.has(namedCurve))",
    changes: [["type === 'ec' && curves.has(namedCurve)", 'curves.has(namedCurve)']],
    reason: 'no other kind of key has a curve with a name',
  },
  {
    file: 'src/verify/sigstore/authority.ts',
    line: 'throw refusals[0] ??',
    changes: [["refusals[0] ?? new TypeError('there is no authority to ask')", 'refusals[0]']],
    reason: 'there is one that was asked, and has refused: only types know',
  },
  {
    file: 'src/verify/sigstore/trusted-root-review.ts',
    line: "fingerprint: certificates[0] ?? ''",
    changes: [["certificates[0] ?? ''", 'certificates[0]']],
    reason: 'the schema refuses an empty chain: only types know',
  },
  {
    file: 'src/verify/sigstore/trusted-root.ts',
    line: 'const sha256 = 1;',
    changes: [['1', '1 + 1']],
    reason: 'the library does not read it, and takes no log without it',
  },
];

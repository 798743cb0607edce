/** `src/verify/apt`. */
import type { Equivalent } from '../equivalent.ts';

export const apt: readonly Equivalent[] = [
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
    file: 'src/verify/apt/read-index.ts',
    line: 'const found = all.names.has(name)',
    changes: [['all.names.has(name)', 'false']],
    reason: 'the same index is searched once more, for the one name',
  },
  {
    file: 'src/verify/apt/package.ts',
    line: 'const best =',
    changes: [['compareVersionsOf(one, high) > 0', 'compareVersionsOf(one, high) >= 0']],
    reason: 'which of equal versions the others are compared with makes no difference',
  },
  {
    file: 'src/verify/apt/package.ts',
    line: 'if (chosen === undefined) throw',
    changes: [
      ['chosen === undefined', 'false'],
      ["throw new TypeError('the highest version is one of those that are allowed');", ';'],
    ],
    reason: 'the highest is one of them: only types know',
  },
  {
    file: 'src/verify/apt/package.ts',
    line: 'return one === other',
    changes: [['one === other', 'false']],
    reason: 'a version is equal to itself',
  },
  {
    file: 'src/verify/apt/package.ts',
    line: 'const wanted =',
    changes: [["range ?? ''", 'range']],
    reason: 'where nothing is held, and there is no range, every version is allowed',
  },
  {
    file: 'src/verify/apt/packages.ts',
    line: "['gz', '.gz',",
    changes: [['150_000', '150_000 + 1']],
    reason: 'an estimate, on whose last digit no choice hangs',
  },
  {
    file: 'src/verify/apt/packages.ts',
    line: "['xz', '.xz',",
    changes: [['15_000', '15_000 + 1']],
    reason: 'an estimate, on whose last digit no choice hangs',
  },
  {
    file: 'src/verify/apt/packages.ts',
    line: 'const plain = form.compression',
    changes: [
      ["form.compression === 'none'", 'false'],
      ["'none'", "''"],
    ],
    reason: 'the plain form is checked once more then',
  },
  {
    file: 'src/verify/apt/read-index.ts',
    line: 'return error instanceof VerificationError &&',
    changes: [
      [
        "error instanceof VerificationError && error.code === 'EVIDENCE_MALFORMED'",
        "error.code === 'EVIDENCE_MALFORMED'",
      ],
    ],
    reason: 'no error of another class has that code',
  },
];

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
];

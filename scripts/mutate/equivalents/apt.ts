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
];

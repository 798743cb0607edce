/** `src/verify/methods`, and files in `src/verify` itself. */
import type { Equivalent } from '../equivalent.ts';

export const methods: readonly Equivalent[] = [
  {
    file: 'src/verify/methods/minisign.ts',
    line: 'if (bytes !== undefined && isKept',
    changes: [['bytes !== undefined && isKept', 'isKept']],
    reason: 'what is kept is at hand',
  },
];

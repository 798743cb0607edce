/** `src/verify/tuf`. */
import type { Equivalent } from '../equivalent.ts';

export const tuf: readonly Equivalent[] = [
  {
    file: 'src/verify/tuf/kept-metadata.ts',
    line: 'return chain.at(-1) ?? chain[0];',
    changes: [
      ['chain.at(-1) ?? chain[0]', 'chain.at(-1)'],
      ['0', '0 + 1'],
    ],
    reason: 'a chain has a last root: only types know',
  },
  {
    file: 'src/verify/tuf/update.ts',
    line: 'const final = chain.at(-1) ?? chain[0];',
    changes: [
      ['chain.at(-1) ?? chain[0]', 'chain.at(-1)'],
      ['0', '0 + 1'],
    ],
    reason: 'a chain has a last root: only types know',
  },
  {
    file: 'src/verify/tuf/update.ts',
    line: 'const changes = chain.flatMap(',
    changes: [['index - 1', 'index + 1']],
    reason: 'each two neighbours are compared, either way round: only whether their keys differ is asked',
  },
  {
    file: 'src/verify/tuf/update.ts',
    line: 'if (meta === undefined) throw',
    changes: [
      ['meta === undefined', 'false'],
      ['throw new TypeError(`${snapshot.what} names no targets`);', ';'],
    ],
    reason: 'the schema asks for it: only types know',
  },
  {
    file: 'src/verify/tuf/metadata.ts',
    line: 'if (found === undefined) throw',
    changes: [
      ['found === undefined', 'false'],
      ['throw new TypeError(`${root.what} names no keys for ${role}`);', ';'],
    ],
    reason: 'the schema asks for all four: only types know',
  },
];

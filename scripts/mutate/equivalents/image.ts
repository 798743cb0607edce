/** `src/verify/image`, `src/verify/sbom`. */
import type { Equivalent } from '../equivalent.ts';

export const image: readonly Equivalent[] = [
  {
    file: 'src/verify/image/find-signature.ts',
    line: 'if (!(cause instanceof TransportError) ||',
    changes: [
      ["!(cause instanceof TransportError) || cause.code !== 'NOT_FOUND'", "cause.code !== 'NOT_FOUND'"],
    ],
    reason: 'no other error has this code',
  },
  {
    file: 'src/verify/sbom/document.ts',
    line: "if (!(error instanceof TransportError && error.code === 'NOT_FOUND'))",
    changes: [
      ["error instanceof TransportError && error.code === 'NOT_FOUND'", "error.code === 'NOT_FOUND'"],
    ],
    reason: 'no other error has this code',
  },
  {
    file: 'src/verify/sbom/document.ts',
    line: "const key = JSON.stringify(['signed-sbom',",
    changes: [["'signed-sbom'", "''"]],
    reason: 'any word, and none, makes the key unlike those of others',
  },
];

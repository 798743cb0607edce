/** `src/verify/image`, `src/verify/sbom`. */
import type { Equivalent } from '../equivalent.ts';

export const image: readonly Equivalent[] = [
  {
    file: 'src/verify/methods/cosign-image.ts',
    line: "return 'needs' in own ? own",
    changes: [
      ["'needs' in own", 'false'],
      ["'needs'", "''"],
    ],
    reason: 'what is needed is handed on with the rest, and asked for after the configuration',
  },
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

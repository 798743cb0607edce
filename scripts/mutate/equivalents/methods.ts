/** `src/verify/methods`, and files in `src/verify` itself. */
import type { Equivalent } from '../equivalent.ts';

export const methods: readonly Equivalent[] = [
  {
    file: 'src/verify/methods/minisign.ts',
    line: 'if (bytes !== undefined && isKept',
    changes: [['bytes !== undefined && isKept', 'isKept']],
    reason: 'what is kept is at hand',
  },
  {
    file: 'src/verify/methods/apt.ts',
    line: "error instanceof VerificationError && (error.code === 'DIGEST_MISMATCH'",
    changes: [
      [
        "error instanceof VerificationError && (error.code === 'DIGEST_MISMATCH' || error.code === 'SIZE_MISMATCH')",
        "(error.code === 'DIGEST_MISMATCH' || error.code === 'SIZE_MISMATCH')",
      ],
    ],
    reason: 'no other error has these codes',
  },
  {
    file: 'src/verify/by-hand.ts',
    line: "signer.method === 'sigstore' ? (signer.build ?? {})",
    changes: [["signer.method === 'sigstore'", 'true']],
    reason: 'no other signer has a build: only types know',
  },
  {
    file: 'src/verify/digest.ts',
    line: "const isOther = digestAlgorithm(expected.digest) !== 'sha256';",
    changes: [["'sha256'", "''"]],
    reason: 'the same digest is reckoned twice then',
  },
  {
    file: 'src/verify/digest.ts',
    line: 'if (isOther) hash.update(piece);',
    changes: [['isOther', 'true']],
    reason: 'nobody asks for the digest of what was hashed besides',
  },
];

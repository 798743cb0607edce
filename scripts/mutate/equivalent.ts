/** Mutants that change nothing that could be noticed, each with its reason. */
import type { Mutant } from './mutants.ts';

interface Equivalent {
  readonly file: string;
  readonly original: string;
  /** Several, where one reason covers them. */
  readonly replacements: readonly string[];
  readonly reason: string;
}

const equivalents: readonly Equivalent[] = [
  {
    file: 'src/verify/sigstore/log-entry.ts',
    original: 'logged.type === signer.type && logged.der.equals(der)',
    replacements: ['logged.der.equals(der)'],
    reason: 'no certificate is byte for byte a SubjectPublicKeyInfo: the types say no more than the bytes',
  },
];

export function reasonFor({ file, original, replacement }: Mutant): string | undefined {
  return equivalents.find(
    (one) => one.file === file && one.original === original && one.replacements.includes(replacement),
  )?.reason;
}

/** Mutants that change nothing that could be noticed, each with its reason. */
import type { Mutant } from './mutants.ts';

interface Equivalent {
  readonly file: string;
  readonly original: string;
  /** Several, where one reason covers them. */
  readonly replacements: readonly string[];
  readonly reason: string;
}

const equivalents: readonly Equivalent[] = [];

export function reasonFor({ file, original, replacement }: Mutant): string | undefined {
  return equivalents.find(
    (one) => one.file === file && one.original === original && one.replacements.includes(replacement),
  )?.reason;
}

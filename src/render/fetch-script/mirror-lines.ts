/** The authority of a fetch script's mirrors, as lines of its head. */
import { shellQuote } from '../shell-quote.ts';
import { caseFunction } from './case-function.ts';

/**
 * Not every file is a mirror's: whoever may sign for the mirrors could else stand in for any other host. Throws UsageError
 * `USAGE` for text that no shell can hold.
 */
export function mirrorLines(mirrorCa = '', mirrors: readonly string[] = []): readonly string[] {
  const lines = [`mirror_ca=${shellQuote(mirrorCa)}`];
  if (mirrorCa === '') return lines;
  const origins = [...new Set(mirrors.map((url) => new URL(url).origin))];
  const branches = origins.map((origin) => `${shellQuote(`${origin}/`)}*) ;;`);
  return [...lines, ...caseFunction('is_mirror', '$url', [...branches, '*) return 1 ;;'])];
}

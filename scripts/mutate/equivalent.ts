/** Whether a mutant is one of those that change nothing that could be noticed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { equivalents } from './equivalents.ts';
import type { Mutant } from './mutants.ts';

const root = join(import.meta.dirname, '../..');

export function reasonFor({ file, line, original, replacement }: Mutant): string | undefined {
  const text = readFileSync(join(root, file), 'utf8').split('\n')[line - 1]?.trim() ?? '';
  return equivalents.find(
    (one) =>
      one.file === file &&
      text.startsWith(one.line) &&
      one.changes.some(([from, ...to]) => from === original && to.includes(replacement)),
  )?.reason;
}

/** What `doctor` found, for people: a paragraph a check, in lines of a width. */
import type { Check } from '../formats/own/documents/machine.ts';
import { wrap } from './wrap.ts';

export function renderChecks(checks: readonly Check[], width: number): readonly string[] {
  const indent = ' '.repeat(6);
  return checks.flatMap(({ name, verdict, found, meaning }) => [
    ...wrap(`${name}: ${found}`, width, verdict.padEnd(6), indent),
    ...(meaning === undefined ? [] : wrap(meaning, width, indent, indent)),
  ]);
}

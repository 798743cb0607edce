/** `[ … ]` and `test` of GRUB: comparisons of text and numbers, and whether there is a file. What it cannot read is false. */

/** `sizeOf`: of a file in bytes, undefined where there is none. */
export function holdsGrubTest(
  words: readonly string[],
  sizeOf: (path: string) => number | undefined,
): boolean {
  // `-a` binds closer than `-o`.
  return split(words, '-o').some((some) => split(some, '-a').every((one) => holdsOne(one, sizeOf)));
}

function holdsOne(words: readonly string[], sizeOf: (path: string) => number | undefined): boolean {
  const [first = '', second = '', third = ''] = words;
  if (first === '!') return !holdsOne(words.slice(1), sizeOf);
  if (words.length === 1) return first !== '';
  if (words.length === 2) {
    if (first === '-n') return second !== '';
    if (first === '-z') return second === '';
    if (first === '-e' || first === '-f') return sizeOf(second) !== undefined;
    if (first === '-s') return (sizeOf(second) ?? 0) > 0;
    return false;
  }
  return words.length === 3 && compares(first, second, third);
}

function compares(one: string, operator: string, other: string): boolean {
  const order = Number.parseInt(one, 10) - Number.parseInt(other, 10);
  switch (operator) {
    case '=':
    case '==':
      return one === other;
    case '!=':
      return one !== other;
    case '<':
      return one < other;
    case '>':
      return one > other;
    case '-eq':
      return order === 0;
    case '-ne':
      return order !== 0;
    case '-lt':
      return order < 0;
    case '-le':
      return order <= 0;
    case '-gt':
      return order > 0;
    case '-ge':
      return order >= 0;
    default:
      return false;
  }
}

function split(words: readonly string[], at: string): readonly (readonly string[])[] {
  const found = words.indexOf(at);
  return found === -1 ? [words] : [words.slice(0, found), ...split(words.slice(found + 1), at)];
}

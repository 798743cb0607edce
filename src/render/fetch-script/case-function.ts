/** A function of the shell that looks at one word: `branches` are those of its `case`. */
export function caseFunction(name: string, word: string, branches: readonly string[]): readonly string[] {
  return [`${name}() {`, `\tcase ${word} in`, ...branches.map((one) => `\t${one}`), '\tesac', '}'];
}

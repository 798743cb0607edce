/** What the command line's exit codes mean, for help and manual pages. */
export const exitCodes: readonly (readonly [number, string])[] = [
  [0, 'done'],
  [2, 'wrong usage or file'],
  [3, 'found changes'],
  [4, 'network'],
  [5, 'refused by a check'],
  [6, 'refused until a person decides'],
  [1, 'a bug in assay'],
];

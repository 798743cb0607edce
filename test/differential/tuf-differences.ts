/** Where assay and other clients of TUF differ for a reason: docs/differences.md says which. */
export interface Difference {
  /** What is wrong or rare in the second state. */
  readonly name: string;
  /** Has it roots that others sign for some of the roles? */
  readonly isRotated: boolean;
  /** 0, 1 or 2. */
  readonly state: number;
  /** Who alone accepts it; or both do, and something else. */
  readonly who: 'ours' | 'theirs' | 'otherwise';
  /** The version of the timestamp in the state before; undefined where both refused that state. */
  readonly before: number | undefined;
  /** Where assay accepts it: the version of its timestamp. */
  readonly now: number | undefined;
  readonly ours: string;
  readonly theirs: string;
}

export const knownDifferences: readonly ((difference: Difference) => boolean)[] = [
  // One form of each thing.
  ({ who, ours }) => who === 'theirs' && ours.startsWith('EVIDENCE_MALFORMED: '),
  // What lists digests lists one that is known.
  ({ who, ours }) => who === 'theirs' && ours.startsWith('ALGORITHM_REFUSED: '),
  // Of a run that failed nothing is remembered. The third state is always an honest one.
  ({ who, state, before }) => who === 'ours' && state === 2 && before === undefined,
  // Of the same version another document is judged like any.
  ({ who, state, before, now }) => who !== 'theirs' && state > 0 && before !== undefined && before === now,
  // What the timestamp lists by its digest is fetched, and no snapshot of that version that was seen before stands for it.
  ({ who, name }) =>
    who === 'ours' &&
    ['snapshot: another of the version that was seen', 'nothing but a timestamp'].includes(name),
  // A state with the same versions of root and targets is not remembered.
  ({ who, name, state }) =>
    who === 'ours' &&
    state === 2 &&
    ['nothing but a timestamp', 'targets: another of the version that was seen'].includes(name),
  // One true digest of a strong kind is enough.
  ({ who, name }) =>
    who === 'ours' && /lists (?:a digest of an unknown kind|a wrong MD5 or SHA-1) beside/.test(name),
  // What assay does not ask for may come and go.
  ({ who, name, theirs }) =>
    who === 'ours' &&
    name === 'snapshot: names one that nobody knows beside' &&
    theirs.includes('other.json'),
  // python-tuf reads no root with a key or a role of a kind that it does not know: they count for nothing.
  ({ who, name, theirs }) =>
    who === 'ours' && /^roots?\b/.test(name) && theirs.startsWith('DeserializationError'),
  // What is canonical of fractions, and in which order letters beyond 16 bits are, python-tuf and JavaScript see differently.
  ({ who, name, theirs }) =>
    who === 'ours' &&
    /nobody knows|custom data|as JSON, then/.test(name) &&
    /^(?:UnsignedMetadata|Serialization)Error/.test(theirs),
  // A kind of digest that nobody knows, however it came there.
  ({ who, theirs }) =>
    who === 'ours' && /Hash algorithm \S+ not supported|Unsupported algorithm/.test(theirs),
  // Other keys of timestamp or snapshot: both are forgotten (step 5.3.11). The others keep what still has a signature.
  ({ who, name, isRotated }) =>
    who === 'ours' && isRotated && name.endsWith('an older version than was seen'),
];

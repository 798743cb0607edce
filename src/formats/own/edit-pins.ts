/**
 * Changes single values of `trust/pins.yaml` in place: everything else, comments included, stays as it was written,
 * so that the difference to be reviewed is the pin. The text is the user's own and has been parsed as pins before.
 *
 * Values are found by the places that the YAML parser gives them. A form that cannot be edited so (an alias, several
 * items on a line of a block list) is refused, never guessed at.
 */
import { isMap, isScalar, isSeq, parseDocument, type Scalar, type YAMLSeq } from 'yaml';
import { UsageError } from '../../model/errors.ts';

type Path = readonly string[];

/** Throws UsageError `TRUST_INVALID` where there is no single value at `path`. */
export function setScalar(text: string, path: Path, value: string | number): string {
  const node = nodeAt(text, path);
  if (!isScalar(node)) throw uneditable(path);
  const [start, end] = placeOf(node, path);
  return splice(text, start, end, String(value));
}

/**
 * As `setList`, and where there is no list at `path` yet, one is written behind the field `after` beside it. Throws
 * UsageError `TRUST_INVALID` where that is no list of a block of fields.
 */
export function setOrAddList(
  text: string,
  path: Path,
  after: string,
  values: readonly string[],
  normalise: (item: string) => string,
): string {
  if (nodeAt(text, path) !== undefined) return setList(text, path, values, normalise);
  const fields = nodeAt(text, path.slice(0, -1));
  const pair = isMap(fields)
    ? fields.items.find(({ key }) => isScalar(key) && key.value === after)
    : undefined;
  if (!isMap(fields) || fields.flow === true || !isScalar(pair?.key) || !isSeq(pair.value))
    throw uneditable(path);
  const [start] = placeOf(pair.key, path);
  const indent = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  const last = pair.value.flow === true ? pair.value : itemsOf(pair.value, path).at(-1);
  const feed = last === undefined ? -1 : text.indexOf('\n', placeOf(last, path)[1]);
  if (indent.trim() !== '' || feed === -1) throw uneditable(path);
  const end = text[feed - 1] === '\r' ? '\r\n' : '\n';
  const lines = [`${indent}${path.at(-1) ?? ''}:`, ...values.map((value) => `${indent}  - ${value}`)];
  return splice(text, feed + 1, feed + 1, lines.map((line) => line + end).join(''));
}

/**
 * Makes the list at `path` hold `values`: items that go are cut out with their line, new ones come last. Items are
 * compared by `normalise`. Throws UsageError `TRUST_INVALID` where there is no list of single values.
 */
export function setList(
  text: string,
  path: Path,
  values: readonly string[],
  normalise: (item: string) => string,
): string {
  const list = nodeAt(text, path);
  if (!isSeq(list)) throw uneditable(path);
  const items = itemsOf(list, path);
  if (list.flow === true) {
    const [start, end] = placeOf(list, path);
    // Written anew as a whole: what somebody noted in it would be lost.
    if (text.slice(start, end).includes('#')) throw uneditable(path);
    return splice(text, start, end, `[${values.join(', ')}]`);
  }
  const known = items.map((item) => normalise(String(item.value)));
  const added = values.filter((value) => !known.includes(value));
  const lines = items.map((item) => lineOf(text, item, path));
  const last = lines.at(-1);
  if (last === undefined || new Set(lines.map(({ start }) => start)).size < lines.length)
    throw uneditable(path);

  let edited = splice(
    text,
    last.end,
    last.end,
    added.map((value) => `${last.head}${value}${last.feed}`).join(''),
  );
  // From the last to the first: the places of those before stay right.
  for (const [at, { start, end }] of [...lines.entries()].reverse()) {
    if (!values.includes(known[at] ?? '')) edited = splice(edited, start, end, '');
  }
  return edited;
}

function nodeAt(text: string, path: Path): unknown {
  return parseDocument(text, { version: '1.2', schema: 'core', stringKeys: true }).getIn(path, true);
}

function itemsOf(list: YAMLSeq, path: Path): Scalar[] {
  return list.items.map((item) => {
    if (!isScalar(item)) throw uneditable(path);
    return item;
  });
}

interface Line {
  readonly start: number;
  /** Behind its end. */
  readonly end: number;
  /** What is before the item's value: `      - `. */
  readonly head: string;
  /** How it ends. */
  readonly feed: string;
}

/** The line that an item stands on. */
function lineOf(text: string, item: Scalar, path: Path): Line {
  const [valueStart, valueEnd] = placeOf(item, path);
  const start = text.lastIndexOf('\n', valueStart - 1) + 1;
  const feed = text.indexOf('\n', valueEnd);
  const head = text.slice(start, valueStart);
  const isOneLine = !text.slice(valueStart, valueEnd).includes('\n');
  if (feed === -1 || !isOneLine || !/^ *- +$/.test(head)) throw uneditable(path);
  return { start, end: feed + 1, head, feed: text[feed - 1] === '\r' ? '\r\n' : '\n' };
}

function placeOf(node: Scalar | YAMLSeq, path: Path): [number, number] {
  if (node.range === undefined || node.range === null) throw uneditable(path);
  const [start, end] = node.range;
  return [start, end];
}

function splice(text: string, start: number, end: number, inserted: string): string {
  return `${text.slice(0, start)}${inserted}${text.slice(end)}`;
}

function uneditable(path: Path): UsageError {
  return new UsageError('TRUST_INVALID', `the pins' ${path.join('.')} is not written as it can be changed`, {
    hint: 'Write it as a plain list or value, or change the pin by hand.',
  });
}

/**
 * The members of one block collection of YAML (1.2, chapter 8), found by how far lines are indented, so that of a large
 * file only those are parsed that are asked for: an index of tens of megabytes costs one pass over its bytes.
 *
 * A member reaches to the next line that is indented as it is, since whatever belongs to it is indented more: the lines
 * of a block scalar, and the further lines of any other. The items of a list may stand under their key as far left as it.
 */

/** A range of bytes. */
export interface Block {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export interface BlockMember extends Block {
  /** What stands before the colon, quotes removed; `-` for an item of a list. */
  readonly key: string;
  /** Of the first line of what it holds: behind the key and its colon, or behind the dash. */
  readonly valueStart: number;
}

const [lf, space, dash, hash] = [0x0a, 0x20, 0x2d, 0x23];
const key = /^(?:"([^"\\]*)"|'([^']*)'|([^\s"'#&*!|>%@`[\]{},?:-][^#]*?)) *:(?=[ \r]|$)/;
const maxKeyBytes = 300;

/** In their order; a line that begins no member, and belongs to none, ends the block. */
export function* membersOf({ bytes, start, end }: Block): Generator<BlockMember> {
  let indent: number | undefined;
  let open: Omit<BlockMember, 'end'> | undefined;
  for (let at = start; at < end; at = lineEnd(bytes, at, end)) {
    const column = indentOf(bytes, at, end);
    if (column === undefined) continue;
    indent ??= column;
    const isItem = bytes[at + column] === dash && isBlankAt(bytes, at + column + 1, end);
    if (column > indent || (isItem && column === indent && open !== undefined && open.key !== '-')) continue;
    if (open !== undefined) yield { ...open, end: at };
    open = column < indent ? undefined : memberAt(bytes, at, column, end, isItem);
    if (open === undefined) return;
  }
  if (open !== undefined) yield { ...open, end };
}

/** What an item of a list holds, as a block whose first line has a blank in place of the dash. */
export function itemBlock({ bytes, start, end, valueStart }: BlockMember): Block {
  // A Buffer's own `slice` would be the document itself.
  const copy = new Uint8Array(bytes.subarray(start, end));
  copy.fill(space, 0, valueStart - start);
  return { bytes: copy, start: 0, end: copy.length };
}

/** What a key holds on the lines below it; empty where it holds something on its own line. */
export function valueBlock({ bytes, valueStart, end }: BlockMember): Block {
  const line = lineEnd(bytes, valueStart, end);
  const isBelow = indentOf(bytes, valueStart, line) === undefined;
  return { bytes, start: isBelow ? line : end, end };
}

function memberAt(bytes: Uint8Array, at: number, column: number, end: number, isItem: boolean) {
  const common = { bytes, start: at };
  if (isItem) return { ...common, key: '-', valueStart: at + column + 1 };
  const line = Math.min(lineEnd(bytes, at, end), at + column + maxKeyBytes);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + at + column, line - at - column);
  const found = key.exec(text.toString('latin1').replace(/\n$/, ''));
  if (found === null) return undefined;
  const name = found[1] ?? found[2] ?? found[3] ?? '';
  return { ...common, key: name, valueStart: at + column + found[0].length };
}

/** Undefined for a line that holds nothing, or a comment alone. */
function indentOf(bytes: Uint8Array, at: number, end: number): number | undefined {
  let column = 0;
  while (at + column < end && bytes[at + column] === space) column += 1;
  const first = bytes[at + column];
  const isNothing = at + column >= end || first === lf || first === 0x0d || first === hash;
  return isNothing ? undefined : column;
}

function isBlankAt(bytes: Uint8Array, at: number, end: number): boolean {
  return at >= end || [space, lf, 0x0d].includes(bytes[at] ?? lf);
}

/** Where the next line begins. */
function lineEnd(bytes: Uint8Array, at: number, end: number): number {
  const found = bytes.indexOf(lf, at);
  return found === -1 || found >= end ? end : found + 1;
}

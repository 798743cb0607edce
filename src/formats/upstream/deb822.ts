/**
 * One stanza of deb822(5): `Field: value` lines, and lines that continue a value.
 *
 * Works on bytes, read as Latin-1 so that every byte is one character: only LF ends a line, whatever
 * other characters a value holds, and nothing is lost in decoding. The fields that assay acts on are
 * ASCII, and are checked to be where they are used. Inputs are trusted only as far as what was signed:
 * call this after authentication. Whoever signs may be careless: time grows with the size and no faster.
 */
import { VerificationError } from '../../model/errors.ts';

/** deb822(5): printable ASCII without a colon, and neither `#` nor `-` first. */
const fieldName = /^[!-"$-,.-9;-~][!-9;-~]*[ \t]*$/;

export interface Field {
  /** As written. */
  readonly name: string;
  /** The first line, without white space around it. */
  readonly value: string;
  /** The lines that continue it, without white space around them. */
  readonly continuation: readonly string[];
}

/** By lower-case name: field names are case-insensitive. */
export type Stanza = ReadonlyMap<string, Field>;

/** A stanza as it stands there, whether or not it is well-formed. */
export interface RawFields {
  /** The first of each name. */
  readonly fields: Stanza;
  /** By lower-case name: those that differ from the first. */
  readonly others: ReadonlyMap<string, readonly Field[]>;
  /** Why `parseStanza` refuses it: the first reason. */
  readonly fault: VerificationError | undefined;
}

/**
 * Parses the first stanza of `bytes`: blank lines before it are passed over, what follows the next blank
 * line is not looked at (apt reads only the first stanza of a Release file).
 *
 * A field that stands there twice with the same value counts once: what is the same are the lines without
 * the white space around them, byte for byte. Throws VerificationError `EVIDENCE_MALFORMED` for a field that
 * stands there with two values, since two readers could disagree about which one counts, and for a line that
 * is no field.
 */
export function parseStanza(bytes: Uint8Array, what: string): Stanza {
  const { fields, fault } = readFields(bytes, what);
  if (fault !== undefined) throw fault;
  return fields;
}

/** All that are in a file, each for `parseStanza`: of files that are in memory whole, and have few. */
export function stanzasOf(bytes: Uint8Array): readonly Buffer[] {
  const texts = Buffer.from(bytes)
    .toString('latin1')
    .split(/\n(?:[ \t\r]*\n)+/);
  return texts.filter((text) => !isBlank(text)).map((text) => Buffer.from(text, 'latin1'));
}

interface Fault {
  readonly problem: string;
  readonly line: string;
}

/** Reads the stanza that `parseStanza` parses, and throws nothing: to see what a malformed one is about. */
export function readFields(bytes: Uint8Array, what: string): RawFields {
  const { fields, again, ...lines } = readLines(bytes);
  let { fault } = lines;
  const others = new Map<string, Field[]>();
  for (const [key, field] of again) {
    const first = fields.get(key);
    if (first === undefined || isSameValue(first, field)) continue;
    const known = others.get(key);
    if (known === undefined) others.set(key, [field]);
    else known.push(field);
    fault ??= { problem: `has the field ${shown(field.name)} with two values`, line: field.value };
  }
  return { fields, others, fault: fault && malformed(what, fault) };
}

interface Lines {
  /** The first of each name. */
  readonly fields: Stanza;
  /** Those after it, whether or not they differ: which they do is known at the end of each. */
  readonly again: readonly (readonly [string, Field])[];
  readonly fault: Fault | undefined;
}

/** Of most fields. */
const noContinuation: readonly string[] = [];

/** By places in the text: a line of its own would be a string that nobody keeps. */
function readLines(bytes: Uint8Array): Lines {
  const fields = new Map<string, Field>();
  const again: (readonly [string, Field])[] = [];
  let last: { continuation: readonly string[] } | undefined;
  let continuation: string[] = [];
  let fault: Fault | undefined;
  let colon = -1;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  for (let start = 0, end = 0; start < text.length; start = end + 1) {
    end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    if (isBlank(text, start, end)) {
      if (last !== undefined) break;
      continue;
    }
    if (isBlankByte(text.charCodeAt(start))) {
      if (last === undefined)
        fault ??= { problem: 'begins with a continuation line', line: text.slice(start, end) };
      else if (last.continuation === noContinuation) last.continuation = continuation = [];
      continuation.push(trim(text, start, end));
      continue;
    }
    // Looked for once, however many lines have none.
    if (colon < start) colon = text.indexOf(':', start);
    if (colon === -1) colon = text.length;
    const name = text.slice(start, colon < end ? colon : start);
    if (!fieldName.test(name)) {
      fault ??= { problem: 'has a line that is no field', line: text.slice(start, end) };
      continue;
    }
    const field = { name: trim(name), value: trim(text, colon + 1, end), continuation: noContinuation };
    const key = field.name.toLowerCase();
    if (fields.has(key)) again.push([key, field]);
    else fields.set(key, field);
    last = field;
  }
  return { fields, again, fault };
}

function isSameValue(one: Field, other: Field): boolean {
  return (
    one.value === other.value &&
    one.continuation.length === other.continuation.length &&
    one.continuation.every((line, at) => line === other.continuation[at])
  );
}

/** True for an empty line. Spaces, tabs and CRs count as empty: indexes with CRLF exist. */
function isBlank(text: string, start = 0, end = text.length): boolean {
  return !(start < end && text.charCodeAt(start) > 0x20) && trim(text, start, end) === '';
}

/** CR is white space at the end of a line only. A loop: a regular expression would try each run of blanks inside. */
export function trim(text: string, start = 0, end = text.length): string {
  while (start < end && isBlankByte(text.charCodeAt(start))) start += 1;
  while (end > start && (isBlankByte(text.charCodeAt(end - 1)) || text.charCodeAt(end - 1) === 0x0d))
    end -= 1;
  return text.slice(start, end);
}

/** Of a space or a tab. */
export function isBlankByte(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** A signed text for a message: quoted, and not at any length. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

function malformed(what: string, { problem, line }: Fault): VerificationError {
  return new VerificationError('EVIDENCE_MALFORMED', `${what} ${problem}: ${shown(line)}`);
}

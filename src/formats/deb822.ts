/**
 * One stanza of deb822(5): `Field: value` lines, and lines that continue a value.
 *
 * Works on bytes, read as Latin-1 so that every byte is one character: only LF ends a line, whatever
 * other characters a value holds, and nothing is lost in decoding. The fields that assay acts on are
 * ASCII, and are checked to be where they are used. Inputs are trusted only as far as what was signed:
 * call this after authentication.
 */
import { VerificationError } from '../model/errors.ts';

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

/**
 * Parses the first stanza of `bytes`: blank lines before it are passed over, what follows the next blank
 * line is not looked at (apt reads only the first stanza of a Release file).
 *
 * Throws VerificationError `EVIDENCE_MALFORMED` for a line that is no field, and for a repeated field:
 * two readers could disagree about which one counts.
 */
export function parseStanza(bytes: Uint8Array, what: string): Stanza {
  const fields = new Map<string, Field & { continuation: string[] }>();
  let last: { continuation: string[] } | undefined;
  for (const line of linesOf(bytes)) {
    if (isBlank(line)) {
      if (fields.size > 0) break;
      continue;
    }
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (last === undefined) throw malformed(what, 'begins with a continuation line', line);
      last.continuation.push(trim(line));
      continue;
    }
    const match = /^([!-"$-,.-9;-~][!-9;-~]*)[ \t]*:(.*)$/s.exec(line);
    if (match?.[1] === undefined || match[2] === undefined)
      throw malformed(what, 'has a line that is no field', line);
    const name = match[1];
    if (fields.has(name.toLowerCase())) throw malformed(what, `has the field ${name} twice`, line);
    const field = { name, value: trim(match[2]), continuation: [] };
    fields.set(name.toLowerCase(), field);
    last = field;
  }
  return fields;
}

/** True for an empty line; spaces and tabs only count as empty. */
function isBlank(line: string): boolean {
  return /^[ \t]*$/.test(line);
}

function* linesOf(bytes: Uint8Array): Generator<string> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    yield end === -1 ? text.slice(start) : text.slice(start, end);
    start = end === -1 ? text.length : end + 1;
  }
}

/** CR is white space at the end of a line only: files with CRLF exist. */
function trim(text: string): string {
  return text.replace(/^[ \t]+/, '').replace(/[ \t\r]+$/, '');
}

function malformed(what: string, problem: string, line: string): VerificationError {
  return new VerificationError(
    'EVIDENCE_MALFORMED',
    `${what} ${problem}: ${JSON.stringify(line.slice(0, 80))}`,
  );
}

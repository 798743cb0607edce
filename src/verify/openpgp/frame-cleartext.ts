/**
 * The framing of a cleartext signed message (RFC 9580 section 7), on bytes, before any cryptography.
 *
 * As strict as apt's SplitClearSignedFile: the message is the whole file, nothing stands before it, and behind
 * its first signature block stands nothing but further signature blocks, not even an empty line. What comes out
 * is exactly what the signatures cover, so that nobody parses anything else.
 *
 * Lines end at LF, or CR LF, and nowhere else. VT, FF, U+0085 and U+2028 are ordinary characters of a line,
 * as they are for apt and for OpenPGP. A CR elsewhere and a NUL are refused: tools differ about both.
 */
import { Buffer } from 'node:buffer';
import { VerificationError } from '../../model/errors.ts';

/** Debian's largest InRelease is 0.2 MB. */
const maxMessageBytes = 8 * 1024 * 1024;
const maxLines = 200_000;
const maxHeaders = 16;
const maxHeaderBytes = 1024;
const maxSignatureBlocks = 16;

const lf = 0x0a;
const cr = 0x0d;
const dash = 0x2d;
const space = 0x20;
const tab = 0x09;

const beginMessage = '-----BEGIN PGP SIGNED MESSAGE-----';
const beginSignature = '-----BEGIN PGP SIGNATURE-----';
const endSignature = '-----END PGP SIGNATURE-----';

/** The only header allowed: what it says is not used, each signature names its own hash. */
const hashHeader = /^Hash:[ \t]*[A-Za-z0-9-]+(?:[ \t]*,[ \t]*[A-Za-z0-9-]+)*$/;

export interface CleartextMessage {
  /**
   * What is signed: dash-unescaped lines joined by LF, without trailing spaces and tabs, without a final
   * newline. Not yet verified.
   */
  readonly text: Uint8Array;
  /** The armored signature blocks, each from its BEGIN line to its END line, joined by LF. At least one. */
  readonly signatureBlocks: readonly string[];
}

/**
 * Splits an untrusted file into signed text and signature blocks.
 *
 * Throws VerificationError `EVIDENCE_MALFORMED` for any other file than one cleartext signed message, and
 * `LIMIT_EXCEEDED` for one that is unreasonably large.
 */
export function frameCleartext(bytes: Uint8Array): CleartextMessage {
  const lines = splitLines(bytes);
  const textStart = skipHeaders(lines);
  const { text, end } = readText(lines, textStart);
  return { text, signatureBlocks: readSignatureBlocks(lines, end) };
}

/**
 * The armored signature blocks of an untrusted detached signature: nothing else may stand in the file, as in apt, which
 * takes no binary one either. Throws as `frameCleartext` does.
 */
export function frameSignatureBlocks(bytes: Uint8Array): readonly string[] {
  const form = 'armored signatures alone';
  return readSignatureBlocks(splitLines(bytes, form), 0, form);
}

/** Refuses what may not stand in a cleartext signed message either. Throws as `frameCleartext` does. */
export function requirePlainLines(text: Uint8Array): void {
  splitLines(text, 'plain text');
}

/** Lines without their end, which is LF or CR LF; the last line needs none. */
function splitLines(bytes: Uint8Array, form?: string): Uint8Array[] {
  if (bytes.length > maxMessageBytes) {
    throw tooLarge(
      `a signed message of at most ${maxMessageBytes} bytes was expected, this is ${bytes.length}`,
    );
  }
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(lf, start);
    const end = found === -1 ? bytes.length : found;
    // Of an empty line, what stands before it is the LF of the line before.
    const line = bytes.subarray(start, bytes[end - 1] === cr ? end - 1 : end);
    lines.push(line);
    if (lines.length > maxLines) throw tooLarge(`a signed message has more than ${maxLines} lines`);
    if (line.includes(0)) throw malformed('holds a NUL byte', lines.length, form);
    if (line.includes(cr)) throw malformed('holds a CR that is not part of a line end', lines.length, form);
    start = end + 1;
  }
  return lines;
}

/** The index of the first line of text. */
function skipHeaders(lines: readonly Uint8Array[]): number {
  if (latin1(lines[0]) !== beginMessage) throw malformed(`is not ${beginMessage}`, 1);
  for (let index = 1; ; index += 1) {
    const line = lines[index];
    // Where there is no text either, that is refused next.
    if (line === undefined || stripped(line).length === 0) return index + 1;
    if (index > maxHeaders) throw tooLarge(`a signed message has more than ${maxHeaders} armor headers`);
    if (line.length > maxHeaderBytes) {
      throw tooLarge(`an armor header of a signed message is longer than ${maxHeaderBytes} bytes`);
    }
    if (!hashHeader.test(latin1(line))) throw malformed('is not a "Hash:" armor header', index + 1);
  }
}

/** The signed text, and the index of the line that ends it. */
function readText(lines: readonly Uint8Array[], start: number): { text: Uint8Array; end: number } {
  const signed: Uint8Array[] = [];
  for (const [offset, line] of lines.slice(start).entries()) {
    const index = start + offset;
    if (line[0] !== dash) {
      signed.push(stripped(line));
    } else if (line[1] === space) {
      signed.push(stripped(line.subarray(2)));
    } else if (latin1(line) === beginSignature) {
      return { text: joinLines(signed), end: index };
    } else {
      throw malformed('starts with a dash that is not escaped', index + 1);
    }
  }
  throw malformed('is the last, and no signature block was found', lines.length);
}

function readSignatureBlocks(lines: readonly Uint8Array[], start: number, form?: string): string[] {
  const blocks: string[] = [];
  let open: string[] | undefined;
  for (let index = start; index < lines.length; index += 1) {
    const line = latin1(lines[index]);
    if (open === undefined) {
      // An empty line is one, too: nothing that is not signed may be there.
      if (line !== beginSignature) throw malformed('stands outside of what is signed', index + 1, form);
      open = [line];
    } else {
      open.push(line);
      if (line === endSignature) {
        blocks.push(open.join('\n'));
        open = undefined;
        if (blocks.length > maxSignatureBlocks) {
          throw tooLarge(`a signed message has more than ${maxSignatureBlocks} signature blocks`);
        }
      } else if (line.startsWith('-')) {
        throw malformed('starts with a dash inside of a signature block', index + 1, form);
      }
    }
  }
  if (open !== undefined) throw malformed(`is the last, and ${endSignature} is missing`, lines.length, form);
  return blocks;
}

/** Without the trailing white space that RFC 9580 section 7.2 leaves out of the signature. */
function stripped(line: Uint8Array): Uint8Array {
  let end = line.length;
  while (end > 0 && (line[end - 1] === space || line[end - 1] === tab)) end -= 1;
  return line.subarray(0, end);
}

function joinLines(lines: readonly Uint8Array[]): Uint8Array {
  const size = lines.reduce((sum, line) => sum + line.length + 1, 0);
  const text = new Uint8Array(Math.max(0, size - 1));
  let offset = 0;
  for (const line of lines) {
    if (offset > 0) text[offset - 1] = lf;
    text.set(line, offset);
    offset += line.length + 1;
  }
  return text;
}

/** One character a byte: no decoding that could make two different lines look alike. */
function latin1(line: Uint8Array | undefined): string {
  if (line === undefined) return '';
  const kept = stripped(line);
  return Buffer.from(kept.buffer, kept.byteOffset, kept.length).toString('latin1');
}

function malformed(what: string, line: number, form = 'one cleartext signed message'): VerificationError {
  return new VerificationError('EVIDENCE_MALFORMED', `not ${form}: line ${line} ${what}`, {
    hint: 'Fetch the file again; if it stays so, the mirror serves something else than the signed original.',
    context: { line },
  });
}

function tooLarge(message: string): VerificationError {
  return new VerificationError('LIMIT_EXCEEDED', message);
}

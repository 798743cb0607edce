/**
 * ASCII armor (RFC 9580 section 6.2) of one block, read strictly: the BEGIN line, headers, an empty line,
 * canonical base64, an optional checksum, the matching END line.
 *
 * The checksum's value is not looked at, as RFC 9580 section 6.1 demands: it protects nothing that a
 * signature does not protect.
 */
import { Buffer } from 'node:buffer';
import { VerificationError } from '../../model/errors.ts';

const maxHeaders = 32;
const maxHeaderLength = 1024;

const headerLine = /^[A-Za-z][A-Za-z0-9-]*:/;
const dataLine = /^[A-Za-z0-9+/]+={0,2}$/;
const checksumLine = /^=[A-Za-z0-9+/]{4}$/;
const armorLine = /^-----(BEGIN|END) PGP ([^-]+)-----$/;

export type ArmorLabel = 'SIGNATURE' | 'PUBLIC KEY BLOCK';

/** One label, or any of several. The first names the block in messages. */
type Labels = readonly [ArmorLabel, ...ArmorLabel[]];

/**
 * The packets inside of one armored block. `block` is untrusted: its lines joined by LF, from the BEGIN line
 * to the END line, both with one of `labels`.
 *
 * Throws VerificationError `EVIDENCE_MALFORMED`, and `LIMIT_EXCEEDED` for unreasonable headers.
 */
export function decodeArmor(block: string, ...labels: Labels): Uint8Array {
  const lines = block.split('\n').map(trimEnd);
  const label = labels.find((one) => lines[0] === `-----BEGIN PGP ${one}-----`) ?? labels[0];
  if (lines.shift() !== `-----BEGIN PGP ${label}-----`) throw malformed(label, 'its BEGIN line is wrong');
  if (lines.pop() !== `-----END PGP ${label}-----`)
    throw malformed(label, 'its END line is missing or wrong');
  const empty = lines.indexOf('');
  if (empty === -1) throw malformed(label, 'the empty line behind its headers is missing');
  checkHeaders(lines.slice(0, empty), label);

  // Empty lines between lines of base64 mean nothing, to any implementation.
  const data = lines.slice(empty + 1).filter((line) => line !== '');
  if (checksumLine.test(data.at(-1) ?? '')) data.pop();
  const misfit = data.findIndex((line) => !dataLine.test(line));
  if (misfit !== -1) throw malformed(label, `line ${misfit + 1} of its data is not base64`);
  const base64 = data.join('');
  const bytes = Buffer.from(base64, 'base64');
  // Node skips what it does not understand: only text that comes out again was understood in full.
  if (bytes.length === 0 || bytes.toString('base64') !== base64) {
    throw malformed(label, 'its data is empty or not canonical base64');
  }
  return new Uint8Array(bytes);
}

/**
 * Armor of one fixed form: no headers, 64 characters a line, and the checksum. RFC 9580 asks for none, but GnuPG 2.2
 * needs it: where the base64 ends without padding, it reads on into the END line and finds no key.
 */
export function encodeArmor(bytes: Uint8Array, label: ArmorLabel): string {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
  const lines = [...(base64.match(/.{1,64}/g) ?? []), `=${checksumOf(bytes)}`];
  return `-----BEGIN PGP ${label}-----\n\n${lines.join('\n')}\n-----END PGP ${label}-----\n`;
}

/** CRC-24 (RFC 9580 section 6.1.1) in base64. */
function checksumOf(bytes: Uint8Array): string {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit += 1) {
      crc <<= 1;
      if ((crc & 0x1000000) !== 0) crc ^= 0x1864cfb;
    }
  }
  return Buffer.from([crc >> 16, crc >> 8, crc]).toString('base64');
}

/**
 * The armored blocks of a file, each as `decodeArmor` takes it. Text around them is a comment, as it is for
 * gpg; a block of any other kind than `labels` (a private key!) is refused.
 *
 * Throws VerificationError `EVIDENCE_MALFORMED`.
 */
export function findArmor(text: string, ...labels: Labels): string[] {
  const [label] = labels;
  const blocks: string[] = [];
  let open: string[] | undefined;
  for (const line of text.split('\n').map(trimEnd)) {
    const [, edge, kind] = armorLine.exec(line) ?? [];
    if (kind !== undefined && !labels.some((one) => one === kind))
      throw malformed(label, `there is a ${kind} in its place`);
    if (edge === 'BEGIN' && open !== undefined) throw malformed(label, 'another one begins inside of it');
    if (edge === 'END' && open === undefined) throw malformed(label, 'one ends that never began');
    if (edge === 'BEGIN') open = [];
    open?.push(line);
    if (edge === 'END' && open !== undefined) {
      blocks.push(open.join('\n'));
      open = undefined;
    }
  }
  if (open !== undefined) throw malformed(label, 'it is cut short: its END line is missing');
  return blocks;
}

/** Those blocks of a file that are whole and of one of `labels`, whatever else it holds. */
export function findWholeArmor(text: string, ...labels: Labels): string[] {
  const blocks: string[] = [];
  let open: string[] = [];
  for (const line of text.split('\n').map(trimEnd)) {
    const [, edge, kind] = armorLine.exec(line) ?? [];
    if (edge === 'BEGIN') open = [];
    open.push(line);
    if (edge === 'END' && labels.some((one) => one === kind)) blocks.push(open.join('\n'));
  }
  return blocks;
}

function checkHeaders(headers: readonly string[], label: ArmorLabel): void {
  if (headers.length > maxHeaders || headers.some((line) => line.length > maxHeaderLength)) {
    throw new VerificationError(
      'LIMIT_EXCEEDED',
      `the armor headers of a PGP ${label} are too many or too long`,
    );
  }
  if (!headers.every((line) => headerLine.test(line))) {
    throw malformed(label, 'one of its armor headers is not "Key: value"');
  }
}

function trimEnd(line: string): string {
  let end = line.length;
  while (end > 0 && ' \t\r'.includes(line.charAt(end - 1))) end -= 1;
  return line.slice(0, end);
}

function malformed(label: ArmorLabel, what: string): VerificationError {
  return new VerificationError('EVIDENCE_MALFORMED', `not an armored PGP ${label}: ${what}`);
}

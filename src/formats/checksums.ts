/**
 * Checksum files, in the forms that upstreams publish:
 *
 *   <hex>  <name>            sha256sum(1), text mode
 *   <hex> *<name>            sha256sum(1), binary mode
 *   SHA256 (<name>) = <hex>  BSD style, `sha256sum --tag`
 *   SHA256(<name>)= <hex>    the manifest (.mf) of an OVF package (DSP0243)
 *   <hex>                    alone in the file: of whatever the file is named after
 *
 * A name is matched whole; only a `./` before it does not count. Authenticate the file first, where it is
 * signed at all.
 */
import { digestFromHex, type Digest, type DigestAlgorithm } from '../model/digest.ts';
import { VerificationError } from '../model/errors.ts';

const maxBytes = 4 << 20;

interface Line {
  /** Undefined for a bare digest. */
  readonly name: string | undefined;
  /** Undefined for an algorithm that vouches for nothing: MD5, SHA-1 and the like. */
  readonly digest: Digest | undefined;
}

export type Checksums = readonly Line[];

/**
 * Throws VerificationError `EVIDENCE_MALFORMED` for any line that is none of the forms (an HTML page where a
 * checksum file was expected), and `LIMIT_EXCEEDED`.
 */
export function parseChecksums(bytes: Uint8Array, what: string): Checksums {
  if (bytes.length > maxBytes) {
    throw new VerificationError('LIMIT_EXCEEDED', `${what} has more than ${String(maxBytes)} bytes`);
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const lines: Line[] = [];
  text.split('\n').forEach((raw, index) => {
    const line = withoutBlankEnd(raw);
    if (line === '' || line.startsWith('#')) return;
    const parsed = parseLine(line);
    if (parsed === undefined) {
      throw new VerificationError(
        'EVIDENCE_MALFORMED',
        `${what}, line ${String(index + 1)}, is no line of a checksum file: ${JSON.stringify(line.slice(0, 80))}`,
        { hint: 'Is it a checksum file at all? A web page in its place means that upstream moved it.' },
      );
    }
    lines.push(parsed);
  });
  if (lines.length > 1 && lines.some((line) => line.name === undefined)) {
    throw new VerificationError(
      'EVIDENCE_MALFORMED',
      `${what} has a digest without a name beside other lines`,
    );
  }
  return lines;
}

/**
 * For a file that is not named after what its digest is of. Throws VerificationError `EVIDENCE_MALFORMED` for a digest
 * without a name.
 */
export function requireNames(checksums: Checksums, what: string): void {
  if (checksums.every(({ name }) => name !== undefined)) return;
  throw new VerificationError(
    'EVIDENCE_MALFORMED',
    `${what} has a digest without a name: it does not say of what`,
  );
}

/**
 * The digest of `name`. A file of one bare digest answers for any name: its URL says which one.
 *
 * Throws VerificationError `EVIDENCE_MISSING` where there is no line for it, `ALGORITHM_REFUSED` where there
 * are only weak ones, `EVIDENCE_MALFORMED` where there are several of one algorithm. SHA-256 goes before SHA-512.
 */
export function checksumOf(checksums: Checksums, name: string, what: string): Digest {
  const ours = checksums.filter((line) => line.name === undefined || line.name === name);
  if (ours.length === 0) {
    throw new VerificationError('EVIDENCE_MISSING', `${what} has no line for ${name}`, {
      hint: 'Did upstream rename the file, or leave it out of this release?',
      context: { name },
    });
  }
  const found = ours.flatMap(({ digest }) => (digest === undefined ? [] : [digest]));
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const [digest, ...others] = found.filter((one) => one.startsWith(`${algorithm}:`));
    if (others.length > 0) {
      throw new VerificationError('EVIDENCE_MALFORMED', `${what} has more than one line for ${name}`);
    }
    if (digest !== undefined) return digest;
  }
  throw new VerificationError('ALGORITHM_REFUSED', `${what} has only weak digests of ${name}`, {
    hint: 'MD5 and SHA-1 vouch for nothing: upstream has to publish SHA-256 or SHA-512.',
  });
}

const gnu = /^([0-9A-Fa-f]{32,128}) [ *](\S(?:.*\S)?)$/;
const tagged = /^([A-Z0-9/-]{3,12}) ?\((\S(?:.*\S)?)\) ?= ?([0-9A-Fa-f]{32,128})$/;
const bare = /^[0-9A-Fa-f]{32,128}$/;

function parseLine(line: string): Line | undefined {
  if (bare.test(line)) return { name: undefined, digest: digestByLength(line) };
  const plain = gnu.exec(line);
  if (plain?.[1] !== undefined && plain[2] !== undefined) {
    return { name: withoutDot(plain[2]), digest: digestByLength(plain[1]) };
  }
  const [, label, name, hex] = tagged.exec(line) ?? [];
  if (label === undefined || name === undefined || hex === undefined) return undefined;
  const algorithm = algorithmOf(label);
  if (algorithm === undefined) return { name: withoutDot(name), digest: undefined };
  const digest = digestFromHex(algorithm, hex);
  // A label that its own digest belies.
  return digest === undefined ? undefined : { name: withoutDot(name), digest };
}

function digestByLength(hex: string): Digest | undefined {
  return digestFromHex('sha256', hex) ?? digestFromHex('sha512', hex);
}

function algorithmOf(label: string): DigestAlgorithm | undefined {
  if (label === 'SHA256' || label === 'SHA2-256') return 'sha256';
  return label === 'SHA512' || label === 'SHA2-512' ? 'sha512' : undefined;
}

/** No expression: one that looks for blanks at the end begins anew at each of a line's blanks. */
function withoutBlankEnd(line: string): string {
  let end = line.length;
  while (end > 0 && ' \t\r'.includes(line.charAt(end - 1))) end -= 1;
  return line.slice(0, end);
}

function withoutDot(name: string): string {
  return name.replace(/^\.\//, '');
}

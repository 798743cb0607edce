/**
 * SPDX documents in tag-value form (SPDX 2.3, annex "Tag-value format"): what such a document says that it is, and the
 * digests of the files that it lists. Nothing else of it is read.
 *
 * Works on bytes, read as Latin-1 as deb822 is. Whoever signs such a document copies texts of others into it, licences
 * and notices: what stands between `<text>` and `</text>` is never a field, and a file that is listed twice has one set
 * of digests, so that a text which breaks out of its brackets can't put another in the place of the first. Authenticate
 * the document first; time grows with its size and no faster.
 */
import {
  digestAlgorithm,
  digestFromHex,
  digestHex,
  type Digest,
  type DigestAlgorithm,
} from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { withoutDots } from './checksum-lines.ts';
import { shown, trim } from './deb822.ts';

/** Kubernetes' have a few MB. */
export const maxSpdxBytes = 16 << 20;
/** Kubernetes lists a few hundred. */
const maxFiles = 100_000;

export interface SpdxDocument {
  /** DocumentName. */
  readonly name: string;
  /** DocumentNamespace: a URI that no other document has. */
  readonly namespace: string;
  /** By FileName, without `./` before it. */
  readonly files: ReadonlyMap<string, SpdxFile>;
}

interface SpdxFile {
  /** By algorithm as SPDX names it, in lower-case hex as far as it is any. */
  readonly checksums: ReadonlyMap<string, string>;
  /** It is listed with two values of one algorithm. */
  readonly isAmbiguous: boolean;
}

/**
 * Throws VerificationError `EVIDENCE_MALFORMED` for what is no SPDX 2 document in tag-value form, or says two things of
 * itself, and `LIMIT_EXCEEDED`.
 */
export function parseSpdxDocument(bytes: Uint8Array, what: string): SpdxDocument {
  if (bytes.length > maxSpdxBytes) {
    throw new VerificationError('LIMIT_EXCEEDED', `${what} has more than ${String(maxSpdxBytes)} bytes`);
  }
  const head = new Map<string, string>();
  const files = new FileList(what);
  for (const { tag, value } of fieldsOf(bytes, what)) {
    if (tag === 'SPDXVersion' || tag === 'DocumentName' || tag === 'DocumentNamespace') {
      const known = head.get(tag) ?? value;
      if (known !== value) throw malformed(what, `has two values of ${tag}`, value);
      head.set(tag, value);
    } else files.read(tag, value);
  }
  const version = head.get('SPDXVersion') ?? '';
  if (!/^SPDX-2\.\d{1,2}$/.test(version)) {
    throw malformed(what, 'is no SPDX 2 document in tag-value form: its SPDXVersion is', version);
  }
  const [name, namespace] = [head.get('DocumentName'), head.get('DocumentNamespace')];
  if (name === undefined || namespace === undefined) {
    throw new VerificationError('EVIDENCE_MALFORMED', `${what} does not say which document it is`, {
      hint: 'Every SPDX document has a DocumentName and a DocumentNamespace.',
    });
  }
  return { name, namespace, files: files.files };
}

/** What a document says of a file: its digests, SHA-256 first. */
export type FileDigests = readonly [Digest, ...Digest[]];

/**
 * Throws VerificationError `SUBJECT_MISMATCH` where the file is not listed, or with two digests of one kind,
 * `ALGORITHM_REFUSED` where it has no SHA-256, and `EVIDENCE_MALFORMED` where that is none.
 */
export function fileDigestsOf({ files }: SpdxDocument, path: string, what: string): FileDigests {
  const file = files.get(withoutDots(path));
  if (file === undefined) throw notVouchedFor(path, what, 'does not list it');
  if (file.isAmbiguous) throw notVouchedFor(path, what, 'lists it with several digests of one kind');
  const digestBy = (algorithm: DigestAlgorithm): Digest | undefined => {
    const hex = file.checksums.get(algorithm.toUpperCase());
    if (hex === undefined) return undefined;
    const digest = digestFromHex(algorithm, hex);
    if (digest === undefined) throw malformed(what, `has a ${algorithm} of ${path} that is none`, hex);
    return digest;
  };
  const [sha256, sha512] = [digestBy('sha256'), digestBy('sha512')];
  if (sha256 === undefined) {
    throw new VerificationError('ALGORITHM_REFUSED', `${what} has no SHA-256 of ${path}`);
  }
  return sha512 === undefined ? [sha256] : [sha256, sha512];
}

/** The path of a file that is listed with this SHA-256, for messages. */
export function pathOf({ files }: SpdxDocument, digest: Digest): string | undefined {
  const hex = digestHex(digest);
  for (const [path, { checksums }] of files) if (checksums.get('SHA256') === hex) return path;
  return undefined;
}

/** A document that is not at hand. */
export interface WholeDocument {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** The head of a document and its entry of one file, with the document's digest: the same text for the same entry. */
export function renderExcerpt(
  { name, namespace }: Pick<SpdxDocument, 'name' | 'namespace'>,
  path: string,
  digests: FileDigests,
  { digest, sizeBytes }: WholeDocument,
): Uint8Array {
  const checksums = digests.map(
    (one) => `FileChecksum: ${digestAlgorithm(one).toUpperCase()}: ${digestHex(one)}`,
  );
  const lines = [
    `# Excerpt of ${digest}, ${String(sizeBytes)} bytes`,
    'SPDXVersion: SPDX-2.3',
    `DocumentName: ${name}`,
    `DocumentNamespace: ${namespace}`,
    `FileName: ${path}`,
    ...checksums,
  ];
  return Buffer.from(`${lines.join('\n')}\n`, 'latin1');
}

/** What an excerpt says that it is of. Throws VerificationError `EVIDENCE_MALFORMED`. */
export function wholeOf(excerpt: Uint8Array, what: string): WholeDocument {
  const [first = ''] = Buffer.from(excerpt).toString('latin1', 0, 200).split('\n', 1);
  const [, hex = '', size = ''] =
    /^# Excerpt of sha256:([0-9a-f]{64}), ([1-9]\d{0,8}) bytes$/.exec(first) ?? [];
  const digest = digestFromHex('sha256', hex);
  if (digest === undefined) throw malformed(what, 'does not say which document it is of:', first);
  return { digest, sizeBytes: Number(size) };
}

interface Field {
  readonly tag: string;
  readonly value: string;
}

/** Those that are acted on, which have one line each. */
const used = new Set([
  ...['SPDXVersion', 'DocumentName', 'DocumentNamespace'],
  ...['PackageName', 'FileName', 'FileChecksum'],
]);

/** The fields that are used. Others, the texts in them, and lines that are no fields are passed over. */
function* fieldsOf(bytes: Uint8Array, what: string): Generator<Field> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  let start = 0;
  while (start < text.length) {
    let end = endOfLine(text, start);
    const line = trim(text.slice(start, end));
    const tag = line.startsWith('#') ? '' : trim(line.slice(0, Math.max(0, line.indexOf(':'))));
    const isUsed = used.has(tag);
    if (!line.startsWith('#') && line.includes('<text>')) {
      if (isUsed) throw malformed(what, 'has a text where one line is expected:', line);
      const close = text.indexOf('</text>', text.indexOf('<text>', start));
      if (close === -1) throw malformed(what, 'has a text without an end:', line);
      end = endOfLine(text, close);
    }
    if (isUsed) yield { tag, value: trim(line.slice(line.indexOf(':') + 1)) };
    start = end + 1;
  }
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at === -1 ? text.length : at;
}

class FileList {
  readonly files = new Map<string, { checksums: Map<string, string>; isAmbiguous: boolean }>();
  readonly #what: string;
  /** The one that checksums are of. */
  #current: { checksums: Map<string, string>; isAmbiguous: boolean } | undefined;

  constructor(what: string) {
    this.#what = what;
  }

  read(tag: string, value: string): void {
    // A package's fields come before those of its files, and end those of a file before it.
    if (tag === 'PackageName') this.#current = undefined;
    if (tag === 'FileName') this.#begin(withoutDots(value));
    if (tag === 'FileChecksum') this.#add(value);
  }

  #begin(name: string): void {
    this.#current = this.files.get(name) ?? { checksums: new Map(), isAmbiguous: false };
    this.files.set(name, this.#current);
    if (this.files.size <= maxFiles) return;
    throw new VerificationError('LIMIT_EXCEEDED', `${this.#what} has more than ${String(maxFiles)} files`);
  }

  #add(value: string): void {
    const file = this.#current;
    const colon = value.indexOf(':');
    if (file === undefined || colon === -1) {
      throw malformed(this.#what, 'has a FileChecksum that is of nothing', value);
    }
    const algorithm = trim(value.slice(0, colon));
    const hex = trim(value.slice(colon + 1)).toLowerCase();
    const known = file.checksums.get(algorithm) ?? hex;
    if (known !== hex) file.isAmbiguous = true;
    file.checksums.set(algorithm, known);
  }
}

function notVouchedFor(path: string, what: string, found: string): VerificationError {
  return new VerificationError('SUBJECT_MISMATCH', `${what} does not vouch for ${path}: it ${found}`, {
    hint: 'Did upstream rename the file, or leave it out of this release?',
    context: { path },
  });
}

function malformed(what: string, problem: string, value: string): VerificationError {
  return new VerificationError('EVIDENCE_MALFORMED', `${what} ${problem} ${shown(value)}`);
}

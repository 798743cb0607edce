/**
 * The documents of evidence, by their digests: excerpts in the proof itself; small ones and the files of anchors in
 * `evidence/documents`, beside the manifests; large ones in an evidence store, a directory of the user's, where there is
 * one. Both name files alike.
 */
import { maxKeptBytes, type NamedDocument } from '../../formats/own/evidence.ts';
import { digestAlgorithm, type Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import type { FileStore } from '../../model/ports.ts';
import { digestOf } from '../../verify/digest.ts';
import { once } from '../../verify/method.ts';

interface Wanted extends Pick<NamedDocument, 'role' | 'digest' | 'size' | 'text'> {
  /** Where it is the file of one. */
  readonly anchor?: string;
}

/** Documents by digest, each read and compared once. */
export class KeptDocuments {
  readonly #directory: string;
  readonly #store: string | undefined;
  readonly #files: FileStore;
  readonly #reading = new Map<string, Promise<Uint8Array | undefined>>();

  /** `written`: those that are about to be written there. `store`: the directory of large ones. */
  constructor(
    manifestsDir: string,
    files: FileStore,
    written: Iterable<readonly [Digest, Uint8Array]> = [],
    store?: string,
  ) {
    this.#directory = documentsDirectory(manifestsDir);
    this.#store = store;
    this.#files = files;
    for (const [digest, bytes] of written) this.#reading.set(digest, Promise.resolve(bytes));
  }

  /** What its name says, and nothing else. Throws VerificationError `EVIDENCE_MISSING`, `DIGEST_MISMATCH`, `SIZE_MISMATCH`. */
  async read(document: Wanted): Promise<Uint8Array> {
    const bytes = await this.#readFrom(this.#directory, document);
    if (bytes !== undefined) return bytes;
    const { role, digest } = document;
    throw new VerificationError('EVIDENCE_MISSING', `its ${role} is not in evidence/documents: ${digest}`, {
      hint: 'Restore it from version control. Or resolve its entry anew: update-manifests.',
      context: { ...about(document), expected: digest },
    });
  }

  /** The same, but undefined for a large one where there is no store, or this is not in it. */
  async find(document: Wanted): Promise<Uint8Array | undefined> {
    if (document.text !== undefined || document.size <= maxKeptBytes) return this.read(document);
    return this.#store === undefined ? undefined : this.#readFrom(this.#store, document);
  }

  async #readFrom(directory: string, document: Wanted): Promise<Uint8Array | undefined> {
    const { role, digest, size } = document;
    const excerpt = document.text && Buffer.from(document.text.join('\n'));
    const place = excerpt === undefined ? nameOf(directory) : 'its proof';
    const bytes =
      excerpt === undefined
        ? await once(this.#reading, digest, () => this.#read(directory, document))
        : requireDigest(excerpt, document, place);
    if (bytes === undefined || bytes.length === size) return bytes;
    throw new VerificationError(
      'SIZE_MISMATCH',
      `its ${role} in ${place} has ${String(bytes.length)} bytes, expected ${String(size)}`,
      { context: { ...about(document), expected: size, found: bytes.length } },
    );
  }

  async #read(directory: string, document: Wanted): Promise<Uint8Array | undefined> {
    const bytes = await this.#files.read(`${directory}/${documentName(document.digest)}`);
    return bytes && requireDigest(bytes, document, nameOf(directory));
  }
}

function requireDigest(bytes: Uint8Array, document: Wanted, place: string): Uint8Array {
  const { role, digest } = document;
  const found = digestOf(digestAlgorithm(digest), bytes);
  if (found === digest) return bytes;
  throw new VerificationError(
    'DIGEST_MISMATCH',
    `its ${role} in ${place} has the digest ${found}, expected ${digest}`,
    {
      hint: 'The file was changed. Restore it from version control. Or resolve its entry anew: update-manifests.',
      context: { ...about(document), expected: digest, found },
    },
  );
}

function about({ role, anchor }: Wanted): Readonly<Record<string, string>> {
  return anchor === undefined ? { document: role } : { anchor };
}

/** Whatever the path to the manifests is. */
function nameOf(directory: string): string {
  return directory.endsWith(folder) ? folder.slice(1) : directory;
}

const folder = '/evidence/documents';

export function documentsDirectory(manifestsDir: string): string {
  return `${manifestsDir}${folder}`;
}

export function documentName(digest: Digest): string {
  return digest.replace(':', '-');
}

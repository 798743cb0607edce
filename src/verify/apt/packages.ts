/**
 * The second link of an apt chain: a Packages index, bound to its Release by size and digest.
 *
 * Both the compressed file and the plain content are checked where the Release lists both, and nothing
 * that was found is handed out before all of it was hashed.
 */
import { decompress, type Compression } from '../../formats/upstream/decompress.ts';
import { StanzaSearch } from '../../formats/upstream/packages-index.ts';
import type { Release, ReleaseFile } from '../../formats/upstream/release.ts';
import type { Architecture } from '../../model/artifact.ts';
import { VerificationError } from '../../model/errors.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { StreamCheck, verifyBytes } from '../digest.ts';
import type { VerifiedRelease } from './release.ts';

export interface IndexForm {
  readonly compression: Compression;
  readonly file: ReleaseFile;
  /** About how long it takes to read it. */
  readonly readMs: number;
}

/** An index as the Release lists it. */
export interface IndexListing {
  /** Without the compression's suffix: `main/binary-amd64/Packages`. */
  readonly name: string;
  /** Those that assay reads, in the order of preference; the plain form comes last. */
  readonly forms: readonly [IndexForm, ...IndexForm[]];
  /** Undefined where a Release lists compressed forms only. */
  readonly plain: ReleaseFile | undefined;
  /** Suffixes of listed forms that apt reads and assay does not. */
  readonly unread: readonly string[];
}

/** For a repository that does not list the plain size: far above any real index. */
const maxPlainBytes = 1 << 30;
/** Compressed indexes are held in memory. trixie main has 13 MB. */
const maxCompressedBytes = 256 << 20;

/**
 * The indexes that may hold packages of an architecture: `binary-ARCH`, and `binary-all` where the Release says that
 * it counts. `binary-all` may stand alone in its component, and answers for every architecture then; beside others it
 * does not make up for one that is missing. Throws VerificationError `EVIDENCE_MISSING` where an index is missing, or
 * listed in no form that assay reads, and `LIMIT_EXCEEDED`.
 */
export function indexesOf(
  release: Release,
  component: string,
  architecture: Architecture,
  what: string,
): readonly IndexListing[] {
  const own = listingOf(release, `${component}/binary-${architecture}/Packages`, what);
  const all = release.hasArchitectureAllIndex
    ? listingOf(release, `${component}/binary-all/Packages`, what)
    : undefined;
  if (own !== undefined) return all === undefined ? [own] : [own, all];
  if (all !== undefined && !hasArchitectures(release, component)) return [all];
  throw new VerificationError(
    'EVIDENCE_MISSING',
    `${what} lists no ${component}/binary-${architecture}/Packages`,
    { hint: 'Does the suite have this component and this architecture?' },
  );
}

/** The one index of a flat repository, which holds packages of all architectures. Throws as `indexesOf` does. */
export function flatIndexOf(release: Release, what: string): IndexListing {
  const listing = listingOf(release, 'Packages', what);
  if (listing !== undefined) return listing;
  throw new VerificationError('EVIDENCE_MISSING', `${what} lists no Packages`, {
    hint: 'Is the repository a flat one, with Packages beside its Release?',
  });
}

function hasArchitectures({ files }: Release, component: string): boolean {
  const [own, all] = [`${component}/binary-`, `${component}/binary-all/`];
  for (const path of files.keys()) if (path.startsWith(own) && !path.startsWith(all)) return true;
  return false;
}

/**
 * With how many bytes of the content are read in a millisecond, measured on a core that has other work as well; of xz
 * half as many, since it is decoded on the main thread, one architecture after the other. gzip first: half as much again
 * to fetch, and a tenth of the time to read. Who fetches may find that the line is so slow that xz pays all the same.
 */
const suffixes: readonly (readonly [Compression, string, number])[] = [
  ['gz', '.gz', 150_000],
  ['xz', '.xz', 15_000],
  ['none', '', Infinity],
];
/** Where the Release does not say how large the content is. */
const usualRatio = 5;
const unreadSuffixes = ['.bz2', '.lzma', '.lz4', '.zst'];

function listingOf(release: Release, name: string, what: string): IndexListing | undefined {
  const plain = release.files.get(name);
  const [first, ...others] = suffixes.flatMap(([compression, suffix, bytesPerMs]) => {
    // Looked up whole: a path that merely ends in the one that is wanted is another file.
    const file = release.files.get(name + suffix);
    if (file === undefined) return [];
    return [{ compression, file, readMs: (plain?.sizeBytes ?? usualRatio * file.sizeBytes) / bytesPerMs }];
  });
  const unread = unreadSuffixes.filter((suffix) => release.files.has(name + suffix));
  if (first === undefined) {
    if (unread.length === 0) return undefined;
    throw new VerificationError(
      'EVIDENCE_MISSING',
      `${what} lists ${name} as ${unread.join(' and ')} only, which assay does not read`,
      { hint: 'assay reads .gz, .xz and the plain form.' },
    );
  }
  const forms = [first, ...others] as const;
  for (const { compression, file } of forms) {
    const most = compression === 'none' ? maxPlainBytes : maxCompressedBytes;
    if (file.sizeBytes > most) {
      throw new VerificationError(
        'LIMIT_EXCEEDED',
        `${what} lists ${file.path} with ${String(file.sizeBytes)} bytes, more than the ${String(most)} accepted`,
      );
    }
  }
  return { name, forms, plain, unread };
}

/** A stanza out of an index whose whole content was checked, and where it came from. */
export interface FoundStanza {
  readonly package: string;
  readonly bytes: Uint8Array;
  readonly release: VerifiedRelease;
  readonly listing: IndexListing;
  readonly index: EvidenceDocument;
}

export interface IndexInput {
  readonly release: VerifiedRelease;
  readonly listing: IndexListing;
  /** Which of the listing's forms `bytes` is meant to be. */
  readonly form: IndexForm;
  /** Of the index, at the origin. */
  readonly url: string;
  /** Untrusted. */
  readonly bytes: Uint8Array;
  /** Package names. */
  readonly names: ReadonlySet<string>;
}

/**
 * Checks an index against its Release and returns the stanzas of `names`.
 *
 * Throws VerificationError `SIZE_MISMATCH`, `DIGEST_MISMATCH` or `LIMIT_EXCEEDED` (it decompresses to more
 * than the Release lists). And `EVIDENCE_MALFORMED` for what is the signed file, and cannot be decompressed: then
 * another form of the listing may do.
 */
export async function searchIndex(input: IndexInput): Promise<readonly FoundStanza[]> {
  const { release, listing, form, url, bytes, names } = input;
  verifyBytes(bytes, form.file, url);
  const search = new StanzaSearch(names, url);
  // The plain form was just checked whole.
  const plain = form.compression === 'none' ? undefined : listing.plain;
  const check = plain && new StreamCheck(plain, `${url}, decompressed,`);
  const maxBytes = listing.plain === undefined ? maxPlainBytes : listing.plain.sizeBytes;
  for await (const chunk of decompress(bytes, form.compression, maxBytes, url)) {
    check?.update(chunk);
    search.push(chunk);
  }
  check?.finish();
  search.end();
  const { digest, sizeBytes } = form.file;
  const index: EvidenceDocument = { role: 'packages', url, digest, sizeBytes, bytes };
  return search.stanzas.map((stanza) => ({ ...stanza, release, listing, index }));
}

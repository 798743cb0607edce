/**
 * Documents that are files of a command line: as untrusted as a server's, and of no more bytes. Throws UsageError
 * `FILE_UNREADABLE` for a file that cannot be read, and VerificationError `LIMIT_EXCEEDED` for one that is too large.
 */
import { requireSize } from '../../formats/upstream/evidence-json.ts';
import { readFileStart } from '../../io/file-reading.ts';
import type { DocumentKind, DocumentStore } from '../../model/need.ts';

type Paths = Readonly<Record<string, string | undefined>>;

/** What is asked for by its role is the file that was named for it; a question goes to `upstream` where none was. */
export function fileDocuments(paths: Paths, upstream: DocumentStore): DocumentStore {
  return {
    async read(need) {
      const path = paths[need.role];
      if (path !== undefined && 'maxBytes' in need) return readDocument(need, path);
      if (need.kind === 'lookup') return upstream.read(need);
      throw new TypeError(`no file of the command line is the ${need.role}`);
    },
  };
}

export async function readDocument(
  { maxBytes }: Pick<DocumentKind, 'maxBytes'>,
  path: string,
): Promise<{ readonly url: string; readonly bytes: Uint8Array }> {
  // One byte more than allowed is enough to see that it is too large.
  const bytes = await readFileStart(path, maxBytes + 1);
  requireSize(bytes, maxBytes, path);
  return { url: path, bytes };
}

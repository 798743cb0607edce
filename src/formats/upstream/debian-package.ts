/** A .deb, as far as its content is asked for (deb(5)): an ar archive of `debian-binary`, a control and a data archive. */
import { VerificationError } from '../../model/errors.ts';
import type { Compression } from './decompress.ts';

const magic = '!<arch>\n';
const headerBytes = 60;

export interface DataArchive {
  readonly bytes: Uint8Array;
  /** Undefined for one that assay does not read. */
  readonly compression: Compression | undefined;
}

/** Its files. Throws VerificationError `EVIDENCE_MALFORMED`. */
export function dataArchiveOf(deb: Uint8Array, what: string): DataArchive {
  const text = (start: number, end: number) => Buffer.from(deb.subarray(start, end)).toString('latin1');
  if (text(0, magic.length) !== magic) throw malformed(what);
  let at = magic.length;
  while (at + headerBytes <= deb.length) {
    const name = text(at, at + 16)
      .trimEnd()
      .replace(/\/$/, '');
    const size = text(at + 48, at + 58).trimEnd();
    const start = at + headerBytes;
    if (text(start - 2, start) !== '`\n' || !/^\d+$/.test(size)) throw malformed(what);
    const end = start + Number(size);
    if (end > deb.length) throw malformed(what);
    const suffix = /^data\.tar(\.\w+)?$/.exec(name);
    if (suffix !== null) return { bytes: deb.subarray(start, end), compression: compressionOf(suffix[1]) };
    // Members begin at even offsets.
    at = end + (end % 2);
  }
  throw malformed(what);
}

function compressionOf(suffix: string | undefined): Compression | undefined {
  if (suffix === undefined) return 'none';
  return suffix === '.xz' ? 'xz' : suffix === '.gz' ? 'gz' : undefined;
}

function malformed(what: string): VerificationError {
  return new VerificationError('EVIDENCE_MALFORMED', `${what} is no whole .deb`);
}

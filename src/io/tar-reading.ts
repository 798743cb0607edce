/**
 * A tar archive's members (POSIX.1-2017 pax, ustar and GNU), one after the other as the bytes pass. Nothing is
 * unpacked, and no name in it is acted on.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import type { ArchiveMember } from '../model/archive.ts';
import { AssayError, VerificationError } from '../model/errors.ts';
import { unreadable } from './files.ts';
import { errnoOf } from './temporary-file.ts';

/** Two blocks of zeros end an archive. Without them a cut between two members would not be noticed. */
const endBytes = 1024;

/** The package's own type promises more than a header keeps. */
interface UncheckedHeader {
  readonly name: string;
  readonly type: string | null;
  readonly mode: number | null;
  readonly uid: number | null;
  readonly gid: number | null;
  readonly size: number | null;
  readonly linkname: string | null;
}

/**
 * Untrusted bytes to members. A member's content is skipped if it is not read before the next is asked for. Throws
 * VerificationError `EVIDENCE_MALFORMED`, UsageError `FILE_UNREADABLE` for what the system says, and what `bytes` throws.
 */
export async function* readTar(
  bytes: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<ArchiveMember, void, void> {
  let zeros = 0;
  let fault: unknown;
  async function* watched(): AsyncGenerator<Uint8Array, void, void> {
    try {
      for await (const chunk of bytes) {
        zeros = trailingZeros(chunk, zeros);
        yield chunk;
      }
    } catch (error) {
      fault = error;
      throw error;
    }
    if (zeros < endBytes) throw new Error('it has no end, and may have been cut short');
  }
  // The stream between knows no more than that it ended.
  const refuse = (error: unknown) => refusalOf(fault ?? error, what);
  const archive = extract();
  // What goes wrong is thrown by the iteration, too.
  pipeline(Readable.from(watched(), { objectMode: true, highWaterMark: 1 }), archive).catch(() => undefined);
  try {
    for await (const stream of archive) {
      const { name, type, mode, uid, gid, size, linkname } = stream.header as UncheckedHeader;
      const member = {
        ...{ name, type, mode: mode ?? 0, uid: uid ?? -1, gid: gid ?? -1 },
        ...{ sizeBytes: size ?? 0, linkTarget: linkname, content: contentOf(stream, refuse) },
      };
      requireBodiless(member, what);
      yield member;
      stream.resume();
    }
  } catch (error) {
    throw refuse(error);
  }
}

/** What ends an archive too early is thrown here to whom reads, and not by the iteration over members. */
async function* contentOf(
  stream: AsyncIterable<unknown>,
  refuse: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw refuse(error);
  }
}

function refusalOf(error: unknown, what: string): unknown {
  if (error instanceof AssayError) return error;
  const errno = errnoOf(error);
  if (errno !== undefined && !errno.startsWith('Z_')) return unreadable(what, errno, undefined, error);
  const found = error instanceof Error ? error.message : String(error);
  return malformed(`${what} is no whole tar archive: ${found}`, error);
}

/** tar-stream takes what follows the header of a directory for the next one; other programs skip it. */
function requireBodiless({ name, type, sizeBytes }: ArchiveMember, what: string): void {
  if (type === 'file' || type === 'contiguous-file' || sizeBytes === 0) return;
  throw malformed(
    `${what} has ${JSON.stringify(name)} of type ${String(type)}, with ${sizeBytes} bytes in it`,
  );
}

function trailingZeros(chunk: Uint8Array, before: number): number {
  let index = chunk.length;
  while (index > 0 && chunk[index - 1] === 0 && chunk.length - index < endBytes) index -= 1;
  const zeros = chunk.length - index;
  return Math.min(endBytes, zeros === chunk.length ? before + zeros : zeros);
}

function malformed(message: string, cause?: unknown): VerificationError {
  return new VerificationError('EVIDENCE_MALFORMED', message, {
    hint: 'Use nothing of it: fetch it again from where it is published.',
    cause,
  });
}

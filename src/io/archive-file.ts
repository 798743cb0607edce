/** An archive's bytes, streamed off the disk in constant memory: as they are, or out of gzip (RFC 1952). */
import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Digest } from '../model/digest.ts';
import { AssayError, VerificationError } from '../model/errors.ts';
import { openRegularFile } from './files.ts';

export interface ArchiveFile {
  /** To be read once. Throws VerificationError `EVIDENCE_MALFORMED` and `LIMIT_EXCEEDED`. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Of the file itself, not of what is compressed in it; once `bytes` has ended. */
  digest(): Digest;
}

/** Opens `path`, which is untrusted. Throws UsageError `FILE_UNREADABLE`. */
export async function openArchiveFile(
  path: string,
  { compression, maxBytes }: { readonly compression: 'gzip' | 'none'; readonly maxBytes: number },
): Promise<ArchiveFile> {
  const file = await openRegularFile(path, 'followed');
  const hash = createHash('sha512');
  const hashing = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const source = file.createReadStream();
  const end = compression === 'gzip' ? createGunzip() : hashing;
  async function* bytes(): AsyncGenerator<Uint8Array, void, void> {
    const flow = end === hashing ? pipeline(source, hashing) : pipeline(source, hashing, end);
    // What goes wrong is thrown by the iteration, too.
    flow.catch(() => undefined);
    let sizeBytes = 0;
    try {
      for await (const chunk of end as AsyncIterable<Uint8Array>) {
        sizeBytes += chunk.byteLength;
        if (sizeBytes > maxBytes) throw tooLarge(path, maxBytes);
        yield chunk;
      }
      await flow;
    } catch (error) {
      throw error instanceof AssayError ? error : malformed(path, error);
    }
  }
  return { bytes: bytes(), digest: () => `sha512:${hash.digest('hex')}` };
}

function tooLarge(path: string, maxBytes: number): VerificationError {
  return new VerificationError('LIMIT_EXCEEDED', `${path} unpacks to more than ${maxBytes} bytes`, {
    context: { path, maxBytes },
  });
}

function malformed(path: string, cause: unknown): unknown {
  const isZlib =
    cause instanceof Error &&
    'code' in cause &&
    typeof cause.code === 'string' &&
    cause.code.startsWith('Z_');
  if (!isZlib) return cause;
  return new VerificationError('EVIDENCE_MALFORMED', `${path} is no whole gzip file: ${cause.message}`, {
    hint: 'Was it downloaded to its end?',
    context: { path },
    cause,
  });
}

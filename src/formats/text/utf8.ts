/** Strict UTF-8: a byte that is none is an error, never a replacement character. */
import { UsageError, type UsageCode } from '../../model/errors.ts';

/** Throws UsageError with `code`. A byte order mark is not part of the text. */
export function decodeUtf8(bytes: Uint8Array, file: string, code: UsageCode): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UsageError(code, `${file} is not UTF-8 text`, {
      hint: 'Save it in the encoding UTF-8.',
      context: { file },
      cause: error,
    });
  }
}

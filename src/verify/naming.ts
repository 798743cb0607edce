/** Checks of bytes do not know what the bytes are called; those who ask them do. */
import { VerificationError } from '../model/errors.ts';

/** Runs a check, and puts the document's name before the message of its refusal. */
export async function namingDocument<T>(name: string, check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    const { code, message, hint, context, cause } = error;
    throw new VerificationError(code, `${name}: ${message}`, {
      hint,
      context: { ...context, document: name },
      cause,
    });
  }
}

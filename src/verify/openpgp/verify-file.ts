/**
 * Who vouches for a file with a detached signature over it (RFC 9580, section 10.4), by the rules of
 * `verify-signatures.ts`; the file may be large, and need not be at hand any more.
 */
import { VerificationError } from '../../model/errors.ts';
import { FileDigests } from './file-digests.ts';
import { detachedTypes } from './judge-signature.ts';
import type { Keyring } from './keyring.ts';
import { readDetachedSignature } from './read-signatures.ts';
import { typesFor, verifyPackets, type Vouched } from './verify-signatures.ts';

/** Each may be of another hash, for which the file is read again. */
const maxSignatures = 32;

/** Untrusted: the file, or what was kept of it. */
export type SignedFile =
  { readonly bytes: Uint8Array } | { readonly kept: Uint8Array; readonly what: string };

export interface VouchedFile extends Vouched {
  /** What of the file is to be kept, where it is not kept itself. */
  readonly toKeep: Uint8Array;
}

/**
 * Verifies an untrusted detached signature, armored or binary. One that carries a message of its own is refused: it would
 * vouch for that, not for the file. `name` is the file's.
 *
 * Throws as `verifyDetached` does; VerificationError `LIMIT_EXCEEDED` for more signatures than a file has.
 */
export async function verifyFile(
  file: SignedFile,
  name: string,
  signature: Uint8Array,
  keyring: Keyring,
  now: Date,
): Promise<VouchedFile> {
  const packets = await readDetachedSignature(signature);
  if (packets.length > maxSignatures) {
    throw new VerificationError(
      'LIMIT_EXCEEDED',
      `more than ${String(maxSignatures)} signatures over a file`,
    );
  }
  const isSeen = 'bytes' in file;
  const digests = isSeen
    ? FileDigests.ofFile(packets, file.bytes)
    : FileDigests.kept(packets, file.kept, name, file.what);
  const types = isSeen ? typesFor(file.bytes) : detachedTypes;
  const vouched = await verifyPackets(packets, digests, keyring, now, types);
  return { ...vouched, toKeep: digests.render(name) };
}

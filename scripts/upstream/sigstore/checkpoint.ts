/**
 * What a log says of its tree, signed: origin, size and root in a signed note (C2SP tlog-checkpoint and
 * signed-note).
 */
import type { SigningKey } from './keys.ts';

export interface Checkpoint {
  readonly origin: string;
  readonly treeSize: number | bigint;
  readonly rootHash: Uint8Array;
  /** Who it says signed it: a host's name, where nobody lies. */
  readonly signerName: string;
}

/** `keyHint`: the first four bytes of the log's identifier. */
export function signCheckpoint(checkpoint: Checkpoint, key: SigningKey, keyHint: Uint8Array): string {
  const { origin, treeSize, rootHash, signerName } = checkpoint;
  const note = `${origin}\n${treeSize}\n${Buffer.from(rootHash).toString('base64')}\n`;
  const signature = Buffer.concat([keyHint.subarray(0, 4), key.sign(Buffer.from(note))]);
  return `${note}\n— ${signerName} ${signature.toString('base64')}\n`;
}

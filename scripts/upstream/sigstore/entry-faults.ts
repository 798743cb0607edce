/**
 * Ways for a log entry to be wrong. What a log could only say with its own key is signed with it: these are
 * a log's lies, or a log under attack, and not mere damage.
 */
import { flipBit } from '../bits.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { InclusionProof, LogEntry, TransparencyLog } from './transparency-log.ts';

export function withoutPromise(entry: LogEntry): LogEntry {
  return { ...entry, signedEntryTimestamp: undefined };
}

export function withoutProof(entry: LogEntry): LogEntry {
  return { ...entry, proof: undefined };
}

/** Another time, with a true promise over it. */
export function withTime(entry: LogEntry, log: TransparencyLog, at: Date): LogEntry {
  return log.promise({ ...entry, integratedTime: Math.floor(at.getTime() / 1000) });
}

/** One bit of the proof's first hash is another. */
export function withChangedHash(entry: LogEntry): LogEntry {
  return changeProof(entry, (proof) => {
    const [first = Buffer.alloc(32), ...others] = proof.hashes;
    return { ...proof, hashes: [flipBit(first, 0), ...others] };
  });
}

/** The proof leads to another root than it says, and than the checkpoint says. */
export function withOtherRoot(entry: LogEntry): LogEntry {
  return changeProof(entry, (proof) => ({ ...proof, rootHash: flipBit(proof.rootHash, 0) }));
}

/** The proof says another size than the checkpoint. */
export function withOtherTreeSize(entry: LogEntry): LogEntry {
  return changeProof(entry, (proof) => ({ ...proof, treeSize: proof.treeSize + 1 }));
}

/** A checkpoint that the log signed, over what `lies` says. */
export function withCheckpoint(entry: LogEntry, log: TransparencyLog, lies: Partial<Checkpoint>): LogEntry {
  return changeProof(entry, (proof) => ({ ...proof, checkpoint: log.checkpoint(lies) }));
}

/** A checkpoint whose signature is of another log's key. */
export function withForeignCheckpoint(entry: LogEntry, foreign: TransparencyLog): LogEntry {
  return changeProof(entry, (proof) => ({
    ...proof,
    checkpoint: foreign.checkpoint({ treeSize: proof.treeSize, rootHash: proof.rootHash }),
  }));
}

function changeProof(entry: LogEntry, change: (proof: InclusionProof) => InclusionProof): LogEntry {
  if (entry.proof === undefined) throw new TypeError('this entry has no proof to change');
  return { ...entry, proof: change(entry.proof) };
}

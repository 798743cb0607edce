/**
 * A transparency log as Rekor keeps one: leaves in a Merkle tree, each with a proof that it is there, a
 * checkpoint over the tree, and (in Rekor v1) a signed promise that says when the leaf came.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { signCheckpoint, type Checkpoint } from './checkpoint.ts';
import { generateEcdsaKey, generateEd25519Key, type SigningKey } from './keys.ts';
import type { LogBody } from './log-bodies.ts';
import { hashLeaf, inclusionPath, treeHash } from './merkle-tree.ts';

export interface InclusionProof {
  /** Within the tree of this shard. */
  readonly logIndex: number;
  readonly rootHash: Buffer;
  readonly treeSize: number;
  readonly hashes: readonly Buffer[];
  readonly checkpoint: string;
}

export interface LogEntry {
  readonly body: LogBody;
  readonly logId: Buffer;
  /** The shard that it is in. */
  readonly treeId: string;
  /** Over all shards of the log. */
  readonly logIndex: number;
  /** Seconds since 1970; 0 in Rekor v2, which leaves the time to others. */
  readonly integratedTime: number;
  readonly signedEntryTimestamp: Buffer | undefined;
  readonly proof: InclusionProof | undefined;
}

export interface TransparencyLog {
  readonly version: 1 | 2;
  readonly baseUrl: string;
  readonly validFrom: Date;
  readonly spki: Buffer;
  readonly publicKeyPem: string;
  readonly id: Buffer;
  /** 16 hex digits: the shard, in the identifiers of its entries. */
  readonly treeId: string;
  /** Adds a leaf, whether the tree has it or not; returns its entry. */
  append(body: LogBody, at: Date): LogEntry;
  /** The entries of a leaf, with proofs of the tree as it is now; none where it is not logged. */
  find(leafHash: Uint8Array): readonly LogEntry[];
  /** Signs a checkpoint over the tree as it is now, but for what `lies` says. */
  checkpoint(lies?: Partial<Checkpoint>): string;
  /** The entry with a promise over what it now says. */
  promise(entry: LogEntry): LogEntry;
  /** Another shard of the same log: the same key, a tree of its own, and indexes of its own part. */
  shard(treeId: string, firstIndex: number): TransparencyLog;
}

export interface LogOptions {
  readonly validFrom: Date;
  /** How many leaves are there before the first; 5 where nothing is said. */
  readonly fillers?: number;
  /** The index over all shards of this shard's first leaf. */
  readonly firstIndex?: number;
  /** 16 hex digits. */
  readonly treeId?: string;
}

/** As rekor.sigstore.dev. */
export function createRekor(options: LogOptions): TransparencyLog {
  const key = generateEcdsaKey();
  return createLog(1, 'https://rekor.sigstore.dev', key, key.id, options);
}

/** As log2026-1.rekor.sigstore.dev: tiles, Ed25519, no promises and no time of its own. */
export function createRekorV2(options: LogOptions): TransparencyLog {
  const host = 'log2026-1.rekor.sigstore.dev';
  const key = generateEd25519Key();
  // The key's identifier in signed notes; 1 stands for Ed25519, whose key is the end of its SPKI.
  const id = createHash('sha256').update(`${host}\n\u0001`).update(key.spki.subarray(-32)).digest();
  return createLog(2, `https://${host}`, key, id, { firstIndex: 0, ...options });
}

function createLog(
  version: 1 | 2,
  baseUrl: string,
  key: SigningKey,
  id: Buffer,
  options: LogOptions,
): TransparencyLog {
  const { firstIndex = 25_579_000, validFrom } = options;
  const leaves: { body: LogBody; hash: Buffer; integratedTime: number }[] = [];
  const { host } = new URL(baseUrl);
  const treeId = options.treeId ?? (version === 1 ? '108e9186e8c5677a' : '2026010000000000');
  const origin = version === 1 ? `${host} - ${BigInt(`0x${treeId}`)}` : host;
  const hashes = () => leaves.map((leaf) => leaf.hash);

  function checkpoint(lies: Partial<Checkpoint> = {}): string {
    const truth = { origin, treeSize: leaves.length, rootHash: treeHash(hashes()), signerName: host };
    return signCheckpoint({ ...truth, ...lies }, key, id);
  }

  function promise(entry: LogEntry): LogEntry {
    const payload = canonicalJson({
      body: entry.body.bytes.toString('base64'),
      integratedTime: entry.integratedTime,
      logID: entry.logId.toString('hex'),
      logIndex: entry.logIndex,
    });
    return { ...entry, signedEntryTimestamp: key.sign(Buffer.from(payload)) };
  }

  function entryAt(index: number): LogEntry {
    const leaf = leaves[index];
    if (leaf === undefined) throw new RangeError(`the log has no leaf ${index}`);
    const all = hashes();
    const entry: LogEntry = {
      body: leaf.body,
      ...{ logId: id, treeId },
      logIndex: firstIndex + index,
      integratedTime: leaf.integratedTime,
      signedEntryTimestamp: undefined,
      proof: {
        logIndex: index,
        rootHash: treeHash(all),
        treeSize: all.length,
        hashes: inclusionPath(all, index),
        checkpoint: checkpoint(),
      },
    };
    return version === 1 ? promise(entry) : entry;
  }

  function append(body: LogBody, at: Date): LogEntry {
    const integratedTime = version === 1 ? Math.floor(at.getTime() / 1000) : 0;
    return entryAt(leaves.push({ body, hash: hashLeaf(body.bytes), integratedTime }) - 1);
  }

  for (let count = 0; count < (options.fillers ?? 5); count++) {
    const body: LogBody = {
      kind: 'hashedrekord',
      version: '0.0.1',
      bytes: Buffer.from(`{"filler":${count}}`),
    };
    leaves.push({ body, hash: hashLeaf(body.bytes), integratedTime: Math.floor(validFrom.getTime() / 1000) });
  }
  return {
    ...{ version, baseUrl, validFrom, treeId, id, spki: key.spki, publicKeyPem: key.publicKeyPem },
    ...{ append, checkpoint, promise },
    shard: (treeId, firstIndex) => createLog(version, baseUrl, key, id, { ...options, treeId, firstIndex }),
    find: (wanted) => leaves.flatMap(({ hash }, index) => (hash.equals(wanted) ? [entryAt(index)] : [])),
  };
}

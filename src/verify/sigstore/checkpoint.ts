/**
 * Checkpoints: a log's signed statement of its size and root hash (C2SP tlog-checkpoint and signed-note). The
 * library verifies the signature and the path up to the checkpoint's root. It takes any part of the log's URL for
 * the signer's name, and never looks at the size and root that the proof itself states.
 */
import type { Buffer } from 'node:buffer';
import { decodeBase64 } from '../../formats/text/base64.ts';
import { logUrl } from './trusted-root-document.ts';

export interface Checkpoint {
  readonly origin: string;
  /** The number of leaves, in decimal. */
  readonly treeSize: string;
  readonly rootHash: Buffer;
  readonly signerNames: readonly string[];
}

/** Undefined for anything but origin, size, root, extension lines, an empty line, and signature lines. */
export function parseCheckpoint(envelope: string): Checkpoint | undefined {
  const split = envelope.indexOf('\n\n');
  if (split === -1 || !envelope.endsWith('\n')) return undefined;
  const [origin = '', treeSize = '', root = ''] = envelope.slice(0, split).split('\n');
  const rootHash = decodeBase64(root);
  if (origin === '' || !/^(?:0|[1-9]\d{0,18})$/.test(treeSize) || rootHash?.length !== 32) return undefined;
  const signerNames: string[] = [];
  for (const line of envelope.slice(split + 2, -1).split('\n')) {
    // A name has neither spaces nor plus signs, so that the line has one reading.
    const [, name, signature = ''] = /^\u2014 ([^ +]+) ([A-Za-z0-9+/=]+)$/.exec(line) ?? [];
    if (name === undefined || decodeBase64(signature) === undefined) return undefined;
    signerNames.push(name);
  }
  return { origin, treeSize, rootHash, signerNames };
}

/** Does the checkpoint name this log, whole: as origin, and as one of its signers? */
export function isOfLog({ origin, signerNames }: Checkpoint, baseUrl: string): boolean {
  const url = logUrl(baseUrl);
  if (url === undefined) return false;
  const { host, hostname, pathname } = url;
  const names = [host, hostname, `${host}${pathname}`.replace(/\/+$/, '')];
  // Rekor v1 puts the number of its tree behind the name.
  return names.some(
    (name) => signerNames.includes(name) && (origin === name || origin.startsWith(`${name} - `)),
  );
}

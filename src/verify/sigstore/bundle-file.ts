/**
 * Files with Sigstore bundles: one, or several, one a line. The latter is in-toto's bundle of attestations (attestation
 * framework, `spec/v1/bundle.md`): lines that are not recognized are ignored, and their order means nothing.
 */
import { Buffer } from 'node:buffer';
import { readEvidenceJson, requireSize } from '../../formats/upstream/evidence-json.ts';
import { VerificationError } from '../../model/errors.ts';
import type { DocumentKind } from '../../model/need.ts';
import { maxBundleBytes, parseBundle, type SigstoreBundle } from './bundle.ts';
import { orRefusal } from './refusals.ts';
import type { Witnessing } from './trusted-root.ts';

export const bundleFile: DocumentKind = { role: 'sigstore-bundle', maxBytes: maxBundleBytes };

/** To verify as many takes seconds, and no publisher's file has so many. */
const maxBundles = 256;

/** A bundle that is not looked at until it is wanted, so that one that is broken does not spoil the others. */
export interface UnreadBundle {
  /** For messages: the file, and the line where there are several. */
  readonly what: string;
  readonly bytes: Uint8Array;
  /** Throws as `parseBundle`. */
  readonly read: () => SigstoreBundle;
}

/**
 * All bundles of a file, at least one; `what` is for messages. Throws VerificationError `LIMIT_EXCEEDED`, before
 * anything is parsed.
 */
export function findBundles(
  bytes: Uint8Array,
  what: string,
  witnessedBy?: Witnessing,
): readonly [UnreadBundle, ...UnreadBundle[]] {
  requireSize(bytes, maxBundleBytes, what);
  const { count, objects } = readLines(bytes);
  const isLines = count > 1 && objects.length > 0 && !isOneDocument(bytes, what);
  if (isLines && objects.length > maxBundles) {
    throw new VerificationError('LIMIT_EXCEEDED', `${what} holds more than ${maxBundles} bundles`);
  }
  const [first, ...others] = (isLines ? objects : []).map(({ number, line }): UnreadBundle => {
    const name = `${what}, line ${number}`;
    return { what: name, bytes: line, read: () => parseBundle(line, name, witnessedBy) };
  });
  return [first ?? { what, bytes, read: () => parseBundle(bytes, what, witnessedBy) }, ...others];
}

interface Lines {
  /** Of lines that are not blank. */
  readonly count: number;
  /** Those that are an object each, as far as their ends tell; of equal ones the first. */
  readonly objects: readonly { readonly number: number; readonly line: Uint8Array }[];
}

/** Stops where there are more objects than bundles may be. */
function readLines(bytes: Uint8Array): Lines {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const objects = new Map<string, Lines['objects'][number]>();
  let count = 0;
  for (let start = 0, number = 1; start < buffer.length && objects.size <= maxBundles; number++) {
    const newline = buffer.indexOf(0x0a, start);
    const end = newline === -1 ? buffer.length : newline;
    const line = withoutBlanks(buffer.subarray(start, end));
    start = end + 1;
    if (line.length === 0) continue;
    count += 1;
    if (line[0] !== 0x7b || line.at(-1) !== 0x7d || line.length < 3) continue;
    const text = line.toString('latin1');
    if (!objects.has(text)) objects.set(text, { number, line });
  }
  return { count, objects: [...objects.values()] };
}

/** Those of JSON. */
function withoutBlanks(line: Buffer): Buffer {
  const isBlank = (byte: number | undefined) => byte === 0x20 || byte === 0x09 || byte === 0x0d;
  let [start, end] = [0, line.length];
  while (isBlank(line[start])) start += 1;
  while (isBlank(line[end - 1])) end -= 1;
  return line.subarray(start, end);
}

/** An indented document may have lines that are an object each. */
function isOneDocument(bytes: Uint8Array, what: string): boolean {
  const value = orRefusal(() => readEvidenceJson(bytes, what, { maxBytes: maxBundleBytes }));
  return !(value instanceof VerificationError);
}

/**
 * What signatures over a file sign of it (RFC 9580, section 5.2.4): the digest of the file and of the signature's own
 * hashed fields behind it. The file is hashed where it lies, once for all signatures of one hash and type.
 *
 * Of a file that is too large to be kept, these digests are what its signatures can be judged by again. A digest of the
 * file alone would not do, since the signature's fields are hashed behind it; and the state of a hash in between, from
 * which both follow, is nothing that Node gives away.
 */
import { Buffer } from 'node:buffer';
import { createHash, type Hash } from 'node:crypto';
import { SignaturePacket, enums, type AnyPacket } from 'openpgp';
import { VerificationError } from '../../model/errors.ts';

/** As `createHash` names them, with the bytes of their digests: the strong ones (`algorithms.ts`). */
const hashes: ReadonlyMap<number | null, readonly [name: string, sizeBytes: number]> = new Map([
  [enums.hash.sha256, ['sha256', 32]],
  [enums.hash.sha384, ['sha384', 48]],
  [enums.hash.sha512, ['sha512', 64]],
  [enums.hash.sha3_256, ['sha3-256', 32]],
  [enums.hash.sha3_512, ['sha3-512', 64]],
]);

/** What openpgp.js has of a signature that it has read, and its types leave out. */
interface Hashed {
  /** Of version 6: hashed before the file. */
  readonly salt?: Uint8Array | null;
  calculateTrailer(data: object, detached: boolean): Uint8Array;
}

export class FileDigests {
  readonly #digests: ReadonlyMap<AnyPacket, Uint8Array | undefined>;
  readonly #packets: readonly AnyPacket[];

  private constructor(packets: readonly AnyPacket[], digests: readonly (Uint8Array | undefined)[]) {
    this.#packets = packets;
    this.#digests = new Map(packets.map((packet, at) => [packet, digests[at]]));
  }

  /** Of a file that is at hand. */
  static ofFile(packets: readonly AnyPacket[], bytes: Uint8Array): FileDigests {
    const shared = new Map<string, Hash>();
    return new FileDigests(
      packets,
      packets.map((packet) => digestFor(packet, bytes, shared)),
    );
  }

  /** Of one that was not kept: as `render` has written them. Throws VerificationError `EVIDENCE_MALFORMED`. */
  static kept(packets: readonly AnyPacket[], kept: Uint8Array, name: string, what: string): FileDigests {
    const found = new Map(
      Array.from(
        Buffer.from(kept)
          .toString('latin1')
          .matchAll(/^signature (\d+) .* = ([0-9a-f]+)$/gm),
        ([, number, hex = '']) => [Number(number), Buffer.from(hex, 'hex')],
      ),
    );
    const digests = packets.map((packet, at) => {
      const digest = found.get(at + 1);
      return digest?.length === signingOf(packet)?.sizeBytes ? digest : undefined;
    });
    const read = new FileDigests(packets, digests);
    if (found.size > 0 && Buffer.compare(read.render(name), kept) === 0) return read;
    throw new VerificationError(
      'EVIDENCE_MALFORMED',
      `what was kept of ${what} are no digests of ${name} with the signatures over it`,
    );
  }

  /** What it has to be a signature over. Undefined where it signs no file, or by a hash that does not count. */
  of(signature: SignaturePacket): Uint8Array | undefined {
    return this.#digests.get(signature);
  }

  render(name: string): Uint8Array {
    const lines = this.#packets.map((packet, at) => {
      const digest = this.#digests.get(packet);
      const hash = signingOf(packet)?.hash.toUpperCase();
      if (digest === undefined || hash === undefined) return '';
      return `signature ${String(at + 1)} over ${name}, ${hash} = ${Buffer.from(digest).toString('hex')}\n`;
    });
    return Buffer.from(lines.join(''));
  }
}

interface Signing {
  readonly hash: string;
  readonly sizeBytes: number;
  readonly isText: boolean;
  readonly salt: Uint8Array;
  /** The signature's own hashed fields. */
  readonly fields: Uint8Array;
  readonly trailer: Uint8Array;
}

/** How it signs a file, if it does, at hand or not: what is kept of other signatures counts for nothing, either. */
function signingOf(packet: AnyPacket): Signing | undefined {
  if (!(packet instanceof SignaturePacket)) return undefined;
  const { signatureType: type, signatureData: fields } = packet;
  const known = hashes.get(packet.hashAlgorithm);
  if (known === undefined || fields === null) return undefined;
  const [hash, sizeBytes] = known;
  const isText = type === enums.signature.text;
  if (!isText && type !== enums.signature.binary) return undefined;
  const hashed = packet as unknown as Hashed;
  const salt = hashed.salt ?? new Uint8Array();
  // A salt of another size is none (section 5.2.4).
  if (salt.length !== (packet.version === 6 ? sizeBytes / 2 : 0)) return undefined;
  const trailer = hashed.calculateTrailer({}, true);
  return { hash, sizeBytes, isText, salt, fields, trailer };
}

function digestFor(packet: AnyPacket, bytes: Uint8Array, shared: Map<string, Hash>): Uint8Array | undefined {
  const signing = signingOf(packet);
  if (signing === undefined) return undefined;
  const { hash: name, isText, salt, fields, trailer } = signing;
  const key = [name, String(isText), Buffer.from(salt).toString('hex')].join();
  const hash = shared.get(key) ?? hashContent(createHash(name).update(salt), bytes, isText);
  shared.set(key, hash);
  return hash.copy().update(fields).update(trailer).digest();
}

const pieceBytes = 1 << 20;

/** A text signature is over lines that end in CR LF (section 5.2.1.2): in the file there is no CR (`typesFor`). */
function hashContent(hash: Hash, bytes: Uint8Array, isText: boolean): Hash {
  if (!isText) return hash.update(bytes);
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    const piece = Buffer.from(
      bytes.buffer,
      bytes.byteOffset + offset,
      Math.min(pieceBytes, bytes.length - offset),
    );
    hash.update(piece.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
  }
  return hash;
}

/**
 * Public keys from a file: every armor block of it, or its binary packets (RFC 9580 section 10.1).
 *
 * openpgp.js reads only the first armor block, and takes private keys too. Here a file is first taken apart into its
 * keys, so that one in a format of tomorrow does not spoil those beside it, and so that a revocation that stands by
 * itself, as `gpg --gen-revoke` writes it, finds its key.
 */
import { Buffer } from 'node:buffer';
import { readKeys, type PublicKey } from 'openpgp';
import { VerificationError } from '../../model/errors.ts';
import { strictConfig } from './algorithms.ts';
import { decodeArmor, findArmor, findWholeArmor } from './armor.ts';
import { describeUnreadable, joinKeyFiles, type KeyFile, type UnreadableKey } from './key-file.ts';
import { listPackets, packetTag, type RawPacket } from './packets.ts';
import { isRevocationPacket, readRevocation } from './revocations.ts';

/** Debian's whole keyring, certifications of its developers included, is 55 kB of packets. */
export const maxKeyFileBytes = 1024 * 1024;
const maxPackets = 4096;

const keyBlockTags: ReadonlySet<number> = new Set([
  packetTag.signature,
  packetTag.publicKey,
  packetTag.marker,
  packetTag.trust,
  packetTag.userId,
  packetTag.publicSubkey,
  packetTag.userAttribute,
  packetTag.padding,
]);

/** They say nothing, wherever they stand. */
const idleTags: ReadonlySet<number> = new Set([packetTag.marker, packetTag.trust, packetTag.padding]);

/** How a revocation by itself is armored: by GnuPG as a key, by Sequoia as a signature. */
const labels = ['PUBLIC KEY BLOCK', 'SIGNATURE'] as const;

/**
 * Reads a file of public keys. The bytes may be untrusted; nothing is verified but the form, and whose the revocations
 * are. There may be no key in it that can be read.
 *
 * Throws VerificationError `EVIDENCE_MISSING` where there is nothing of OpenPGP, `EVIDENCE_MALFORMED` for anything else
 * than public keys and revocations (a private key, a message, a keybox, garbage), `LIMIT_EXCEEDED`.
 */
export async function readPublicKeys(bytes: Uint8Array): Promise<KeyFile> {
  if (bytes.length > maxKeyFileBytes) {
    throw new VerificationError(
      'LIMIT_EXCEEDED',
      `a key file of ${bytes.length} bytes; at most ${maxKeyFileBytes} are read`,
    );
  }
  const files: KeyFile[] = [];
  for (const packets of packetBlocks(bytes)) files.push(await readBlock(packets));
  return joinKeyFiles(files);
}

/**
 * The same, of those armored blocks that can be read, for looking for revocations in a file that is refused. Whatever
 * else is in the file, or missing, is passed over.
 */
export async function readWholeBlocks(bytes: Uint8Array): Promise<KeyFile> {
  const blocks = bytes.length > maxKeyFileBytes ? [] : findWholeArmor(asText(bytes), ...labels);
  const candidates = blocks.map((block) => () => decodeArmor(block, ...labels));
  const files: KeyFile[] = [];
  for (const packetsOf of blocks.length > 0 ? candidates : [() => bytes]) {
    try {
      files.push(await readBlock(packetsOf()));
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error;
    }
  }
  return joinKeyFiles(files);
}

function packetBlocks(bytes: Uint8Array): Uint8Array[] {
  const blocks = findArmor(asText(bytes), ...labels);
  const first = bytes[0] ?? 0;
  if (blocks.length > 0) {
    // To gpg such a file is the binary keys alone: it must not be two files to two readers.
    if (isKeyHeader(first)) {
      throw new VerificationError('EVIDENCE_MALFORMED', 'binary OpenPGP packets before an armored block', {
        hint: 'Keep one of the two forms: gpg --armor --export FINGERPRINT',
      });
    }
    return blocks.map((block) => decodeArmor(block, ...labels));
  }
  if ((first & 0x80) === 0) {
    throw new VerificationError('EVIDENCE_MISSING', 'no OpenPGP public key, neither armored nor binary');
  }
  return [bytes];
}

function asText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** Is this how a packet of a primary key, public or private, begins? Text seldom does. */
function isKeyHeader(header: number): boolean {
  if ((header & 0x80) === 0) return false;
  const tag = (header & 0x40) === 0 ? (header >> 2) & 0x0f : header & 0x3f;
  return tag === packetTag.publicKey || tag === packetTag.secretKey;
}

/** The keys of one block, in which each begins with its primary, and the revocations wherever they stand. */
async function readBlock(bytes: Uint8Array): Promise<KeyFile> {
  const packets = listPackets(bytes, maxPackets);
  checkPackets(packets);
  const starts = packets.flatMap(({ tag }, index) => (tag === packetTag.publicKey ? [index] : []));
  const keys: PublicKey[] = [];
  const unreadable: UnreadableKey[] = [];
  for (const [at, start] of starts.entries()) {
    const [primary, ...others] = packets.slice(start, starts[at + 1]);
    if (primary === undefined) continue;
    const key = await readKey([primary, ...others]);
    if (key === undefined) unreadable.push(describeUnreadable(primary));
    else keys.push(key);
  }
  const strays = await Promise.all(packets.filter(isRevocationPacket).map(readRevocation));
  return { keys, unreadable, strays };
}

/**
 * Undefined where the primary is of a version or algorithm that openpgp.js does not know, or a packet is broken. Parts
 * that it does not know, such as a subkey of another algorithm, are left out.
 */
async function readKey(packets: readonly RawPacket[]): Promise<PublicKey | undefined> {
  const binaryKeys = Buffer.concat(packets.map(({ bytes }) => bytes));
  try {
    const [key] = await readKeys({ binaryKeys: new Uint8Array(binaryKeys), config: strictConfig });
    return key?.toPublic();
  } catch {
    return undefined;
  }
}

function checkPackets(packets: readonly RawPacket[]): void {
  const tags = packets.map(({ tag }) => tag);
  if (tags.includes(packetTag.secretKey) || tags.includes(packetTag.secretSubkey)) {
    throw new VerificationError('EVIDENCE_MALFORMED', 'a private key where only public keys belong', {
      hint: 'Remove the private key from this file, and consider it disclosed.',
    });
  }
  const stranger = tags.find((tag) => !keyBlockTags.has(tag));
  if (stranger !== undefined) {
    throw new VerificationError('EVIDENCE_MALFORMED', `a packet of type ${stranger} among public keys`);
  }
  const said = packets.filter(({ tag }) => !idleTags.has(tag));
  const begins = said.find((packet) => !isRevocationPacket(packet));
  if (said.length === 0 || (begins !== undefined && begins.tag !== packetTag.publicKey)) {
    throw new VerificationError(
      'EVIDENCE_MALFORMED',
      'a key block that does not begin with a primary key or a revocation',
    );
  }
}

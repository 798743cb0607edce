/**
 * Public keys from a file: every armor block of it, or its binary packets (RFC 9580 section 10.1).
 *
 * openpgp.js reads only the first armor block, and takes private keys too. Copies of one key are merged into
 * one, so that a revocation or a newer expiry in any copy holds for all of them.
 */
import { Buffer } from 'node:buffer';
import {
  PacketList,
  PublicKey,
  PublicSubkeyPacket,
  SignaturePacket,
  UserAttributePacket,
  UserIDPacket,
  enums,
  readKeys,
  type AnyPacket,
  type Key,
} from 'openpgp';
import { VerificationError } from '../../model/errors.ts';
import { strictConfig } from './algorithms.ts';
import { decodeArmor, findArmor } from './armor.ts';
import { listPacketTags, packetTag } from './packets.ts';

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

const certificationTypes: ReadonlySet<number> = new Set([
  enums.signature.certGeneric,
  enums.signature.certPersona,
  enums.signature.certCasual,
  enums.signature.certPositive,
]);

export interface PublicKeys {
  /** One for each primary fingerprint, in the order of the file. At least one. */
  readonly keys: readonly PublicKey[];
  /** How many primary keys are in a format that openpgp.js cannot read: they can vouch for nothing. */
  readonly unreadable: number;
}

/**
 * Reads a file of public keys. The bytes may be untrusted; nothing is verified but the form.
 *
 * Throws VerificationError `EVIDENCE_MISSING` where there is no key at all, `EVIDENCE_MALFORMED` for anything
 * else than public keys (a private key, a message, a keybox, garbage), `LIMIT_EXCEEDED`.
 */
export async function readPublicKeys(bytes: Uint8Array): Promise<PublicKeys> {
  if (bytes.length > maxKeyFileBytes) {
    throw new VerificationError(
      'LIMIT_EXCEEDED',
      `a key file of ${bytes.length} bytes; at most ${maxKeyFileBytes} are read`,
    );
  }
  const found: PublicKey[] = [];
  let primaries = 0;
  for (const packets of packetBlocks(bytes)) {
    const tags = listPacketTags(packets, maxPackets);
    checkTags(tags);
    primaries += tags.filter((tag) => tag === packetTag.publicKey).length;
    found.push(...(await parseKeys(packets)));
  }
  return { keys: mergeCopies(found), unreadable: primaries - found.length };
}

/** Joins the keys of several files: copies of one key become one. */
export function mergeCopies(keys: readonly PublicKey[]): PublicKey[] {
  const byFingerprint = Map.groupBy(keys, (key) => key.getFingerprint());
  return Array.from(byFingerprint.values(), mergeKey);
}

function packetBlocks(bytes: Uint8Array): Uint8Array[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const blocks = findArmor(text, 'PUBLIC KEY BLOCK');
  const first = bytes[0] ?? 0;
  if (blocks.length > 0) {
    // To gpg such a file is the binary keys alone: it must not be two files to two readers.
    if (isKeyHeader(first)) {
      throw new VerificationError('EVIDENCE_MALFORMED', 'binary OpenPGP packets before an armored block', {
        hint: 'Keep one of the two forms: gpg --armor --export FINGERPRINT',
      });
    }
    return blocks.map((block) => decodeArmor(block, 'PUBLIC KEY BLOCK'));
  }
  if ((first & 0x80) === 0) {
    throw new VerificationError('EVIDENCE_MISSING', 'no OpenPGP public key, neither armored nor binary');
  }
  return [bytes];
}

/** Is this how a packet of a primary key, public or private, begins? Text seldom does. */
function isKeyHeader(header: number): boolean {
  if ((header & 0x80) === 0) return false;
  const tag = (header & 0x40) === 0 ? (header >> 2) & 0x0f : header & 0x3f;
  return tag === packetTag.publicKey || tag === packetTag.secretKey;
}

function checkTags(tags: readonly number[]): void {
  if (tags.includes(packetTag.secretKey) || tags.includes(packetTag.secretSubkey)) {
    throw new VerificationError('EVIDENCE_MALFORMED', 'a private key where only public keys belong', {
      hint: 'Remove the private key from this file, and consider it disclosed.',
    });
  }
  const stranger = tags.find((tag) => !keyBlockTags.has(tag));
  if (stranger !== undefined) {
    throw new VerificationError('EVIDENCE_MALFORMED', `a packet of type ${stranger} among public keys`);
  }
  if (tags.find((tag) => tag !== packetTag.marker) !== packetTag.publicKey) {
    throw new VerificationError('EVIDENCE_MALFORMED', 'a key block that does not begin with a primary key');
  }
}

async function parseKeys(packets: Uint8Array): Promise<PublicKey[]> {
  let keys: Key[];
  try {
    keys = await readKeys({ binaryKeys: packets, config: strictConfig });
  } catch (cause) {
    throw new VerificationError('EVIDENCE_MALFORMED', 'public keys that cannot be read', { cause });
  }
  return keys.map((key) => {
    if (key.isPrivate()) throw new VerificationError('EVIDENCE_MALFORMED', 'a private key among public keys');
    return key.toPublic();
  });
}

/**
 * One key out of its copies: the primary's signatures, then each user ID and subkey once, with what any copy
 * says of it. What others certified is left out, and so are photographs.
 */
function mergeKey(copies: readonly PublicKey[]): PublicKey {
  const sections = new Map<string, AnyPacket[]>();
  for (const copy of copies) {
    let section: AnyPacket[] | undefined;
    for (const packet of copy.toPacketList()) {
      if (packet instanceof UserAttributePacket) {
        section = undefined;
      } else if (packet instanceof SignaturePacket) {
        if (!isCertificationOfOthers(packet, copy)) section?.push(packet);
      } else {
        const name = sectionName(packet);
        section = sections.get(name) ?? [packet];
        sections.set(name, section);
      }
    }
  }
  const packets = new PacketList<AnyPacket>();
  packets.push(...Array.from(sections.values()).flat());
  return new PublicKey(packets);
}

/** Equal for the packets that are the same part of a key. */
function sectionName(packet: AnyPacket): string {
  if (packet instanceof UserIDPacket) return `user ${packet.userID}`;
  if (packet instanceof PublicSubkeyPacket) return `subkey ${packet.getFingerprint()}`;
  return 'primary';
}

function isCertificationOfOthers(signature: SignaturePacket, key: PublicKey): boolean {
  const type = signature.signatureType;
  return type !== null && certificationTypes.has(type) && !signature.issuerKeyID.equals(key.getKeyID());
}

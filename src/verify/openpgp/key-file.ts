/**
 * What files of public keys hold, put together: copies of one key merged into one, so that a revocation or a newer
 * expiry in any copy holds for all of them.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import {
  PacketList,
  PublicKey,
  PublicSubkeyPacket,
  SignaturePacket,
  UserAttributePacket,
  UserIDPacket,
  enums,
  type AnyPacket,
} from 'openpgp';
import type { RawPacket } from './packets.ts';
import { attachRevocations, indexByName } from './revocations.ts';

export interface KeyFile {
  /** One for each primary fingerprint, in the order of the file. */
  readonly keys: readonly PublicKey[];
  /** Those that openpgp.js cannot read, of a format of tomorrow or broken: they can vouch for nothing. */
  readonly unreadable: readonly UnreadableKey[];
  /** Revocations that are none of these keys'; undefined for one that cannot be read. */
  readonly strays: readonly (SignaturePacket | undefined)[];
}

export interface UnreadableKey {
  /** Upper-case hex; undefined for the versions before 4, which are of another time. */
  readonly fingerprint: string | undefined;
  readonly version: number;
  /** Its number (RFC 9580 section 9.1). */
  readonly algorithm: number;
}

const certificationTypes: ReadonlySet<enums.signature | null> = new Set([
  enums.signature.certGeneric,
  enums.signature.certPersona,
  enums.signature.certCasual,
  enums.signature.certPositive,
]);

/**
 * As if it were one file: a revocation in one of them counts for a key in another. Throws VerificationError
 * `LIMIT_EXCEEDED`.
 */
export async function joinKeyFiles(files: readonly KeyFile[]): Promise<KeyFile> {
  const byFingerprint = Map.groupBy(
    files.flatMap(({ keys }) => keys),
    (key) => key.getFingerprint(),
  );
  const keys = Array.from(byFingerprint.values(), mergeKey);
  const revocations = files.flatMap(({ strays }) => strays);
  const readable = revocations.filter((one) => one !== undefined);
  const unreadable = new Map(files.flatMap((file) => file.unreadable.map((key) => [key.fingerprint, key])));
  return {
    keys,
    unreadable: [...unreadable.values()],
    strays: [...(await attachRevocations(keys, readable)), ...revocations.filter((one) => one === undefined)],
  };
}

/** Of the packet of an untrusted primary key (RFC 9580 section 5.5.4). */
export function describeUnreadable({ body }: RawPacket): UnreadableKey {
  const version = body[0] ?? 0;
  return {
    fingerprint: fingerprintOf(version, body),
    version,
    // Versions before 4 have the days of their life before it.
    algorithm: body[version < 4 ? 7 : 5] ?? 0,
  };
}

function fingerprintOf(version: number, body: Uint8Array): string | undefined {
  if (version < 4) return undefined;
  const [algorithm, lengthBytes] = version === 4 ? ['sha1', 2] : ['sha256', 4];
  const head = Buffer.alloc(1 + lengthBytes);
  head.writeUInt8(0x95 + version);
  head.writeUIntBE(body.length, 1, lengthBytes);
  return createHash(algorithm).update(head).update(body).digest('hex').toUpperCase();
}

/** What there is to say of a file besides its keys: sentences for people, without a full stop. */
export function notesOf({ keys, unreadable, strays }: KeyFile): readonly string[] {
  const makersOf = indexByName(keys);
  const notes = [
    ...unreadable.map(
      ({ fingerprint, version, algorithm }) =>
        `${fingerprint === undefined ? 'a key' : `key ${fingerprint}`} was passed over: ` +
        `its kind (version ${String(version)}, algorithm ${String(algorithm)}) is not supported, or it is broken`,
    ),
    ...strays.map((signature) => {
      if (signature === undefined) return 'a revocation was passed over: its format is not supported';
      const [issuer] = makersOf(signature);
      return issuer === undefined
        ? `a revocation was passed over: it is by key ${issuerOf(signature)}, which is not here`
        : `a revocation was passed over: key ${issuer.getFingerprint().toUpperCase()}, which it names, did not make it`;
    }),
  ];
  const distinct = [...new Set(notes)];
  if (distinct.length <= maxNotes) return distinct;
  return [...distinct.slice(0, maxNotes), `and ${String(distinct.length - maxNotes)} more were passed over`];
}

/** Whoever serves a file must not fill a terminal with what is wrong with it. */
const maxNotes = 8;

function issuerOf({ issuerFingerprint, issuerKeyID }: SignaturePacket): string {
  const name =
    issuerFingerprint === null ? issuerKeyID.toHex() : Buffer.from(issuerFingerprint).toString('hex');
  return name.toUpperCase();
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
  for (const packet of Array.from(sections.values()).flat()) packets.push(packet);
  return new PublicKey(packets);
}

/** Equal for the packets that are the same part of a key. */
function sectionName(packet: AnyPacket): string {
  if (packet instanceof UserIDPacket) return `user ${packet.userID}`;
  if (packet instanceof PublicSubkeyPacket) return `subkey ${packet.getFingerprint()}`;
  return 'primary';
}

function isCertificationOfOthers(signature: SignaturePacket, key: PublicKey): boolean {
  return certificationTypes.has(signature.signatureType) && !signature.issuerKeyID.equals(key.getKeyID());
}

/**
 * Revocations of keys and subkeys (RFC 9580 sections 5.2.1.11 and 5.2.1.12), and whose they are.
 *
 * One counts wherever in a file it stands: behind the key that it revokes, behind another one, or by itself, which is
 * how `gpg --gen-revoke` writes it. Nobody but the key could have made it, and all that it can do is take away.
 */
import { Buffer } from 'node:buffer';
import { SignaturePacket, enums, readSignature, type AnyKeyPacket, type PublicKey } from 'openpgp';
import { VerificationError } from '../../model/errors.ts';
import { strictConfig } from './algorithms.ts';
import { isAuthentic } from './authentic.ts';
import { packetTag, type RawPacket } from './packets.ts';

const { keyRevocation, subkeyRevocation } = enums.signature;

/** By what the packet says of its type; version 3 has it behind a length. */
export function isRevocationPacket({ tag, body }: RawPacket): boolean {
  if (tag !== packetTag.signature) return false;
  const type: number | undefined = body[0] === 3 ? body[2] : body[1];
  return type === keyRevocation || type === subkeyRevocation;
}

/** Undefined where it is of a version or algorithm that openpgp.js does not know, or broken: nobody can verify it. */
export async function readRevocation({ bytes }: RawPacket): Promise<SignaturePacket | undefined> {
  try {
    const { packets } = await readSignature({
      binarySignature: new Uint8Array(bytes),
      config: strictConfig,
    });
    const [packet] = packets;
    return packet instanceof SignaturePacket ? packet : undefined;
  } catch {
    return undefined;
  }
}

/** More than all the keys of a distribution have; each may have to be tried for each subkey of its key. */
const maxTrials = 2048;

/**
 * Gives each key and subkey the revocations that its primary made, out of what stood behind it and out of `others`,
 * and takes the rest from it. Returns those of `others` that revoke none of them.
 *
 * Throws VerificationError `LIMIT_EXCEEDED`.
 */
export async function attachRevocations(
  keys: readonly PublicKey[],
  others: readonly SignaturePacket[],
): Promise<SignaturePacket[]> {
  const counted = new Set<string>();
  for (const key of keys) {
    for (const part of partsOf(key)) {
      const standing = part.holder.revocationSignatures;
      part.holder.revocationSignatures = [];
      for (const signature of standing) await attach(signature, key, part, counted);
    }
  }
  const strays = new Map(others.map((signature) => [bytesOf(signature), signature]));
  for (const bytes of counted) strays.delete(bytes);
  const makersOf = indexByName(keys);
  let trials = 0;
  for (const [bytes, signature] of strays) {
    for (const key of makersOf(signature)) {
      for (const part of partsOf(key)) {
        trials += 1;
        if (trials > maxTrials) {
          throw new VerificationError('LIMIT_EXCEEDED', 'more revocations than anybody publishes');
        }
        await attach(signature, key, part, counted);
      }
    }
    if (counted.has(bytes)) strays.delete(bytes);
  }
  return [...strays.values()];
}

/** Which of these primaries a signature names as its maker. */
export function indexByName(
  keys: readonly PublicKey[],
): (signature: SignaturePacket) => readonly PublicKey[] {
  const byFingerprint = Map.groupBy(keys, (key) => key.getFingerprint());
  const byKeyId = Map.groupBy(keys, (key) => key.getKeyID().toHex());
  return ({ issuerFingerprint, issuerKeyID }) =>
    (issuerFingerprint === null
      ? byKeyId.get(issuerKeyID.toHex())
      : byFingerprint.get(Buffer.from(issuerFingerprint).toString('hex'))) ?? [];
}

/** What a revocation can be of: the primary itself, or a subkey. */
interface Part {
  readonly holder: { revocationSignatures: SignaturePacket[] };
  readonly type: enums.signature;
  readonly data: { readonly key: AnyKeyPacket; readonly bind?: AnyKeyPacket };
}

function partsOf(key: PublicKey): readonly Part[] {
  const { keyPacket } = key;
  return [
    { holder: key, type: keyRevocation, data: { key: keyPacket } },
    ...key.subkeys.map((subkey) => ({
      holder: subkey,
      type: subkeyRevocation,
      data: { key: keyPacket, bind: subkey.keyPacket },
    })),
  ];
}

async function attach(
  signature: SignaturePacket,
  { keyPacket }: PublicKey,
  { holder, type, data }: Part,
  counted: Set<string>,
): Promise<void> {
  const bytes = bytesOf(signature);
  // A copy of one that is there already.
  if (counted.has(bytes) || signature.signatureType !== type) return;
  if (!(await isAuthentic(signature, keyPacket, type, data))) return;
  holder.revocationSignatures.push(signature);
  counted.add(bytes);
}

function bytesOf(signature: SignaturePacket): string {
  return Buffer.from(signature.write()).toString('hex');
}

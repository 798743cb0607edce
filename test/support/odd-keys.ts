/** Keys that nobody should rely on, and key files that are put together as no tool of ours does it. */
import { createHash } from 'node:crypto';
import { armor, enums, type PrivateKey, type SignaturePacket } from 'openpgp';
import { makeKey, revoke, signPacket } from './openpgp.ts';

/** One packet of the current format. */
export function packet(tag: number, body: Uint8Array): Buffer {
  const head = Buffer.from([0xc0 | tag, 255, 0, 0, 0, 0]);
  head.writeUInt32BE(body.length, 2);
  return Buffer.concat([head, body]);
}

const time = [0x65, 0x92, 0, 0x80];
const userId = packet(13, Buffer.from('Somebody of tomorrow'));

/** Bodies of primary key packets that cannot be read: of a version, algorithm or curve of tomorrow, or of yesterday. */
export const alienBodies: Readonly<Record<string, Buffer>> = {
  'of version 6 and an unknown algorithm': Buffer.from([6, ...time, 30, 0, 0, 0, 3, 1, 2, 3]),
  'of version 5': Buffer.from([5, ...time, 22, 0, 0, 0, 3, 1, 2, 3]),
  'of version 3': Buffer.from([3, ...time, 0, 0, 1, 0, 8, 0xff, 0, 2, 3]),
  'of version 7': Buffer.from([7, 1, 2, 3]),
  'of an unknown algorithm': Buffer.from([4, ...time, 99]),
  'on an unknown curve': Buffer.from([4, ...time, 19, 3, 1, 2, 3, 0, 8, 0xff]),
  'that is broken': Buffer.from([4, ...time, 1, 0xff, 0xff, 1]),
};

/** The key with its user ID, as binary packets. */
export function alienKey(body: Uint8Array): Buffer {
  return Buffer.concat([packet(6, body), userId]);
}

export function armored(...packets: readonly Uint8Array[]): Buffer {
  return Buffer.from(armor(enums.armor.publicKey, Buffer.concat(packets)));
}

/** Of a version 4 key packet's body (RFC 9580 section 5.5.4.2). */
export function fingerprintOfV4(body: Uint8Array): string {
  const head = Buffer.from([0x99, body.length >> 8, body.length & 0xff]);
  return createHash('sha1').update(head).update(body).digest('hex').toUpperCase();
}

/** What `gpg --gen-revoke` makes: the signature alone. The key itself stays as it is. */
export async function revocationOf(
  key: PrivateKey,
  subkey?: PrivateKey['subkeys'][number],
): Promise<SignaturePacket> {
  const holder = subkey ?? key;
  const before = holder.revocationSignatures;
  await revoke(key, subkey);
  const made = holder.revocationSignatures.at(-1);
  holder.revocationSignatures = before.slice(0, -1);
  if (made === undefined) throw new Error('the key was not revoked');
  return made;
}

export function signatureBytes(signature: SignaturePacket): Buffer {
  return packet(2, signature.write());
}

/** The same with one bit of its last number changed. */
export function forged(signature: SignaturePacket): Buffer {
  const bytes = signatureBytes(signature);
  const at = bytes.length - 3;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes;
}

const signing = new Uint8Array([enums.keyFlags.certifyKeys | enums.keyFlags.signData]);

/** A key whose one self-signature is made with this hash and these flags. */
export async function selfSignedWith(
  hash: enums.hash,
  { key, keyFlags = signing }: { readonly key?: PrivateKey; readonly keyFlags?: Uint8Array } = {},
): Promise<PrivateKey> {
  const made = key ?? (await makeKey({ type: 'rsa' }));
  const user = made.users[0];
  if (!user?.userID) throw new Error('the key has no user ID');
  const request = { key: made, type: enums.signature.certPositive, hash, fields: { keyFlags } };
  user.selfCertifications = [await signPacket({ key: made.keyPacket, userID: user.userID }, request)];
  return made;
}

/** A primary that only certifies, with one signing subkey. */
export async function certifyOnly(
  request: Parameters<typeof makeKey>[0] = {},
  lifetimeSeconds = 0,
): Promise<PrivateKey> {
  const subkeys = [{ sign: true, keyExpirationTime: lifetimeSeconds }];
  const key = await makeKey({ ...request, subkeys });
  return selfSignedWith(enums.hash.sha256, { key, keyFlags: new Uint8Array([enums.keyFlags.certifyKeys]) });
}

/** Binds the key's first subkey anew: without its consent unless that is given. */
export async function rebind(
  key: PrivateKey,
  hash: enums.hash,
  consent: SignaturePacket | null = null,
): Promise<void> {
  const [subkey] = key.subkeys;
  if (subkey === undefined) throw new Error('the key has no subkey');
  const fields = { keyFlags: new Uint8Array([enums.keyFlags.signData]), embeddedSignature: consent };
  const request = { key, type: enums.signature.subkeyBinding, hash, fields };
  subkey.bindingSignatures = [await signPacket({ key: key.keyPacket, bind: subkey.keyPacket }, request)];
}

/** The subkey's own signature that it is the primary's. */
export async function consentOf(key: PrivateKey, hash: enums.hash): Promise<SignaturePacket> {
  const [subkey] = key.subkeys;
  if (subkey === undefined) throw new Error('the key has no subkey');
  const data = { key: key.keyPacket, bind: subkey.keyPacket };
  return signPacket(data, { key: subkey, type: enums.signature.keyBinding, hash });
}

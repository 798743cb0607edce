/**
 * Throwaway keys and hand-made signatures for tests: what a careful signer would never make, too.
 *
 * Everything is signed packet by packet with openpgp.js, and framed here: the code under test has no part in it.
 */
import {
  PacketList,
  Signature,
  SignaturePacket,
  config,
  createMessage,
  enums,
  generateKey,
  type Config,
  type PrivateKey,
  type SubkeyOptions,
} from 'openpgp';

export const signedAt = new Date('2026-06-01T00:00:00Z');

export interface KeyRequest {
  readonly name?: string;
  readonly type?: 'ecc' | 'rsa' | 'curve25519' | 'curve448';
  readonly curve?: 'ed25519Legacy' | 'nistP256' | 'nistP384' | 'nistP521';
  readonly rsaBits?: number;
  readonly created?: Date;
  /** Seconds after its creation. */
  readonly lifetime?: number;
  readonly subkeys?: SubkeyOptions[];
}

export async function makeKey(request: KeyRequest = {}): Promise<PrivateKey> {
  const { privateKey } = await generateKey({
    userIDs: [{ name: request.name ?? 'test', email: 'test@example.org' }],
    type: request.type ?? 'ecc',
    ...(request.type === 'rsa'
      ? { rsaBits: request.rsaBits ?? 2048 }
      : { curve: request.curve ?? 'ed25519Legacy' }),
    date: request.created ?? new Date('2024-01-01T00:00:00Z'),
    keyExpirationTime: request.lifetime ?? 0,
    subkeys: request.subkeys ?? [],
    format: 'object',
    config: { minRSABits: 512 },
  });
  return privateKey;
}

export function publicKeyFile(...keys: readonly PrivateKey[]): Uint8Array {
  return Buffer.from(keys.map((key) => key.toPublic().armor()).join('\n'));
}

export interface SignatureRequest {
  readonly key: PrivateKey | PrivateKey['subkeys'][number];
  readonly type?: enums.signature;
  readonly hash?: enums.hash;
  readonly created?: Date;
  /** Fields of the packet that are set before it is signed: notations, expiry, flags. */
  readonly fields?: Partial<SignaturePacket>;
  /** Its maker is named by the key ID alone, as by signers of another time. */
  readonly isByKeyId?: boolean;
}

type Sign = (key: unknown, data: object, date: Date, detached: boolean, config: Config) => Promise<void>;

/** Signs `data` as openpgp.js hashes it for the type. The published types leave out the last parameter. */
export async function signPacket(data: object, request: SignatureRequest): Promise<SignaturePacket> {
  const packet = new SignaturePacket();
  packet.signatureType = request.type ?? enums.signature.text;
  packet.publicKeyAlgorithm = request.key.keyPacket.algorithm;
  packet.hashAlgorithm = request.hash ?? enums.hash.sha256;
  Object.assign(packet, request.fields);
  if (request.isByKeyId === true)
    Object.defineProperty(packet, 'issuerFingerprint', { get: () => null, set: () => undefined });
  const sign = packet.sign.bind(packet) as unknown as Sign;
  const plain = { ...config, nonDeterministicSignaturesViaNotation: false };
  await sign(request.key.keyPacket, data, request.created ?? signedAt, true, plain);
  return packet;
}

/** Signs bytes; for a text signature (the default) with the line ends that RFC 9580 prescribes. */
export async function signData(bytes: Uint8Array, request: SignatureRequest): Promise<SignaturePacket> {
  const message = await createMessage({ binary: bytes, format: 'binary' });
  return signPacket(message.packets[0] as object, request);
}

export function binarySignature(...packets: readonly SignaturePacket[]): Uint8Array {
  const list = new PacketList<SignaturePacket>();
  list.push(...packets);
  return list.write();
}

export function armorSignature(...packets: readonly SignaturePacket[]): string {
  const list = new PacketList<SignaturePacket>();
  list.push(...packets);
  return new Signature(list).armor().replaceAll('\r', '');
}

/** Frames a text (lines joined by LF) and the armored signatures over it. */
export function frame(text: string, ...signatureBlocks: readonly string[]): string {
  const escaped = text.replaceAll(/^-/gm, '- -');
  return `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${escaped}\n${signatureBlocks.join('')}`;
}

export async function clearsign(text: string, ...requests: readonly SignatureRequest[]): Promise<Uint8Array> {
  const packets: SignaturePacket[] = [];
  for (const request of requests) packets.push(await signData(Buffer.from(text), request));
  return Buffer.from(frame(text, armorSignature(...packets)));
}

/** A P-384 key's packets, as if the key were on secp256k1, which openpgp.js cannot make here. */
export function onSecp256k1(packets: Uint8Array): Buffer {
  const hex = Buffer.from(packets).toString('hex');
  return Buffer.from(hex.replaceAll('2b81040022', '2b8104000a'), 'hex');
}

/** Revokes the key itself, or one of its subkeys, in place. */
export async function revoke(
  key: PrivateKey,
  subkey?: PrivateKey['subkeys'][number],
  request: Partial<SignatureRequest> = {},
): Promise<void> {
  const revocation = await signPacket(
    subkey === undefined ? { key: key.keyPacket } : { key: key.keyPacket, bind: subkey.keyPacket },
    {
      key,
      type: subkey === undefined ? enums.signature.keyRevocation : enums.signature.subkeyRevocation,
      ...request,
      fields: { reasonForRevocationFlag: 1, reasonForRevocationString: '', ...request.fields },
    },
  );
  (subkey ?? key).revocationSignatures.push(revocation);
}

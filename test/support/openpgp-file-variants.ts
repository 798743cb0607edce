/** Signatures over a file, each wrong in one way, or right in another: what gpgv and assay are both asked about. */
import { createMessage, enums, sign, type PrivateKey, type SignaturePacket } from 'openpgp';
import {
  armorSignature,
  binarySignature,
  clearsign,
  makeKey,
  revoke,
  signData,
  type SignatureRequest,
} from './openpgp.ts';

export interface OpenpgpVariant {
  readonly name: string;
  readonly file: Buffer;
  readonly signature: Buffer;
  /** The keyring, in binary. */
  readonly keyring: Uint8Array;
}

/** The past by any clock: gpgv goes by its machine's. */
const created = new Date('2020-01-01T00:00:00Z');
const signed = new Date('2020-06-01T00:00:00Z');
const yearSeconds = 31_536_000;

const file: Buffer = Buffer.from('\x7fELF a tool\n\0of two lines\n');
const text: Buffer = Buffer.from('#!/bin/sh\necho a script\n');

export async function openpgpVariants(): Promise<readonly OpenpgpVariant[]> {
  const key = await makeKey({ created });
  const stranger = await makeKey({ created });
  const rsa = await makeKey({ created, type: 'rsa' });
  const ecdsa = await makeKey({ created, curve: 'nistP256' });
  const [small, short] = [
    await makeKey({ created, type: 'rsa', rsaBits: 1024 }),
    await makeKey({ created, lifetime: yearSeconds }),
  ];
  const withSubkey = await makeKey({ created, subkeys: [{ sign: true }] });
  const encrypting = await makeKey({ created, subkeys: [{ type: 'rsa', rsaBits: 2048 }] });
  const revoked = await makeKey({ created });
  await revoke(revoked, undefined, { created: signed });
  const halfRevoked = await makeKey({ created, subkeys: [{ sign: true }] });
  await revoke(halfRevoked, halfRevoked.subkeys[0], { created: signed });

  const packet = (by: SignatureRequest['key'] = key, more: Partial<SignatureRequest> = {}, bytes = file) =>
    signData(bytes, { key: by, type: enums.signature.binary, created: signed, ...more });
  const text_ = (bytes: typeof text) => packet(key, { type: enums.signature.text }, bytes);
  const fields = (set: Partial<SignaturePacket>) => packet(key, { fields: set });
  const notation = (critical: boolean) =>
    fields({
      rawNotations: [{ name: 'a@example.org', value: Buffer.from('b'), humanReadable: true, critical }],
    });
  const variant = (
    name: string,
    signature: Uint8Array | string,
    { of = file, by = key }: { readonly of?: Buffer; readonly by?: PrivateKey } = {},
  ): OpenpgpVariant => ({
    ...{ name, file: of, signature: Buffer.from(signature as string) },
    keyring: by.toPublic().write(),
  });
  const whole = await packet();
  const [armored, binary] = [armorSignature(whole), binarySignature(whole)];
  const message = await createMessage({ binary: file });
  const inline = (await sign({ message, signingKeys: key, format: 'binary', date: signed })) as Uint8Array;
  const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
    bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
  const hashedBy = (hash: enums.hash) => packet(rsa, { hash });
  const subkeyOf = (one: PrivateKey) => one.subkeys[0] ?? one;

  return [
    variant('armored', armored),
    variant('binary', binary),
    variant(
      'armored, with CR LF and text around it',
      `From: a person\r\n${armored.replaceAll('\n', '\r\n')}\r\nbye\r\n`,
    ),
    variant('by RSA of 2048 bits', binarySignature(await packet(rsa)), { by: rsa }),
    variant('by ECDSA on P-256', binarySignature(await packet(ecdsa)), { by: ecdsa }),
    variant('by a subkey that signs', binarySignature(await packet(subkeyOf(withSubkey))), {
      by: withSubkey,
    }),
    variant('with SHA-384', binarySignature(await hashedBy(enums.hash.sha384)), { by: rsa }),
    variant('with SHA-512', binarySignature(await hashedBy(enums.hash.sha512)), { by: rsa }),
    variant('a text signature over a file without CR', binarySignature(await text_(text)), { of: text }),
    variant('a text signature over a file whose line ends were changed', binarySignature(await text_(text)), {
      of: Buffer.from(text.toString().replaceAll('\n', '\r\n')),
    }),
    variant('over an empty file', binarySignature(await packet(key, {}, Buffer.alloc(0))), {
      of: Buffer.alloc(0),
    }),
    variant('two, one by a stranger', binarySignature(await packet(stranger), whole)),
    variant('two, the good one first', binarySignature(whole, await packet(stranger))),
    variant('two, the other one bad', binarySignature(whole, await packet(key, {}, text))),
    variant('a notation', binarySignature(await notation(false))),
    variant('a critical notation that nobody knows', binarySignature(await notation(true))),
    variant('another file', binary, { of: text }),
    variant('a file with one bit flipped', binary, { of: Buffer.from(flipped(file, 9)) }),
    variant('a signature with one bit flipped', flipped(binary, binary.length - 3)),
    variant('a hashed field with one bit flipped', flipped(binary, 12)),
    variant('by a stranger', binarySignature(await packet(stranger))),
    variant('by a subkey that only encrypts', binarySignature(await packet(subkeyOf(encrypting))), {
      by: encrypting,
    }),
    variant('by a key that has expired since', binarySignature(await packet(short)), { by: short }),
    variant('by a key that was revoked', binarySignature(await packet(revoked)), { by: revoked }),
    variant('by a subkey that was revoked', binarySignature(await packet(subkeyOf(halfRevoked))), {
      by: halfRevoked,
    }),
    variant('by RSA of 1024 bits', binarySignature(await packet(small)), { by: small }),
    variant('with SHA-1', binarySignature(await hashedBy(enums.hash.sha1)), { by: rsa }),
    variant('with SHA-224', binarySignature(await hashedBy(enums.hash.sha224)), { by: rsa }),
    variant(
      'that has expired',
      binarySignature(await fields({ signatureExpirationTime: yearSeconds, signatureNeverExpires: false })),
    ),
    variant(
      'from the future',
      binarySignature(await packet(key, { created: new Date('2099-01-01T00:00:00Z') })),
    ),
    variant(
      'older than its key',
      binarySignature(await packet(key, { created: new Date('2019-01-01T00:00:00Z') })),
    ),
    variant(
      'of the type of a certification',
      binarySignature(await packet(key, { type: enums.signature.standalone })),
    ),
    variant('a signed message with the file in it', inline),
    variant('a clearsigned text', await clearsign(text.toString().trimEnd(), { key, created: signed }), {
      of: text,
    }),
    variant('cut short', binary.subarray(0, -4)),
    variant('armor without its end', armored.slice(0, armored.indexOf('-----END'))),
    variant('with bytes behind it', Buffer.concat([binary, Buffer.from('x')])),
    variant('a public key in its place', key.toPublic().armor()),
    variant('empty', ''),
  ];
}

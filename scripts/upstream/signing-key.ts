/**
 * Throwaway OpenPGP keys that sign as Debian's archive keys do: with a subkey, never with the primary
 * (RFC 9580). Nobody keeps them, so there is nothing to leak.
 */
import { createCleartextMessage, createMessage, generateKey, sign } from 'openpgp';

export interface SigningKey {
  /** Of the primary key, upper-case hex: what a pin names. */
  readonly fingerprint: string;
  /** Of the subkey that signs. */
  readonly signingFingerprint: string;
  readonly publicKeyArmored: string;
  /** The text in the cleartext signature framework, signed at `date`. */
  clearsign(text: string, date: Date): Promise<string>;
  /** An armored signature over the bytes, apart from them. */
  signDetached(bytes: Uint8Array, date: Date): Promise<string>;
}

export interface SigningKeyOptions {
  readonly owner: string;
  readonly createdAt: Date;
  /** From its creation on; it never expires without. */
  readonly lifetimeSeconds?: number;
}

export async function generateSigningKey(options: SigningKeyOptions): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKey({
    // The old encoding of Ed25519 keys: gpgv knows no other yet.
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [{ name: options.owner, email: 'throwaway@example.org' }],
    date: options.createdAt,
    keyExpirationTime: options.lifetimeSeconds ?? 0,
    subkeys: [{ sign: true }],
    format: 'object',
  });
  const [subkey] = privateKey.getSubkeys();
  if (subkey === undefined) throw new TypeError('openpgp made a key without its subkey');
  return {
    fingerprint: publicKey.getFingerprint().toUpperCase(),
    signingFingerprint: subkey.getFingerprint().toUpperCase(),
    publicKeyArmored: publicKey.armor(),
    clearsign: async (text, date) =>
      sign({
        message: await createCleartextMessage({ text }),
        signingKeys: privateKey,
        signingKeyIDs: subkey.getKeyID(),
        date,
      }),
    // Cast: where the types of Node's streams are missing, openpgp's say `any`.
    signDetached: async (bytes, date) =>
      (await sign({
        message: await createMessage({ binary: bytes }),
        signingKeys: privateKey,
        signingKeyIDs: subkey.getKeyID(),
        detached: true,
        date,
      })) as string,
  };
}

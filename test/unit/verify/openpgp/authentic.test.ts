/** Who made a signature, whatever the signature says of itself. */
import { createMessage, enums, readSignature, type SignaturePacket } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { hasUnknownCriticalPart, isAuthentic } from '../../../../src/verify/openpgp/authentic.ts';
import { FileDigests } from '../../../../src/verify/openpgp/file-digests.ts';
import { binarySignature, makeKey, signData, type SignatureRequest } from '../../../support/openpgp.ts';

const bytes = Buffer.from('what is signed');
const [literal] = (await createMessage({ binary: bytes })).packets;
const key = await makeKey();
const type = enums.signature.binary;
const notation = { name: 'a@example.org', value: new Uint8Array(), humanReadable: true };

/** As it is read out of a file. */
async function signatureOf(request: Partial<SignatureRequest>): Promise<SignaturePacket> {
  const packet = await signData(bytes, { key, type, ...request });
  return (await readSignature({ binarySignature: binarySignature(packet) })).packets[0]!;
}

const judged = (signature: SignaturePacket, data: object = literal!) =>
  isAuthentic(signature, key.keyPacket, type, data);

describe('isAuthentic', () => {
  it.each<[string, Partial<SignatureRequest>]>([
    ['of the next century', { created: new Date('2100-01-01T00:00:00Z') }],
    ['of the last one, that has expired', { created: new Date(0), fields: { signatureExpirationTime: 1 } }],
    ['with a critical notation', { fields: { rawNotations: [{ ...notation, critical: true }] } }],
  ])('is true of a signature %s', async (_, request) => {
    expect(await judged(await signatureOf(request))).toBe(true);
  });

  it('is false of what is not hashed as a file, and true of what is', async () => {
    const [signature, alone] = [await signatureOf({}), await signatureOf({ type: 2 })];
    const digests = FileDigests.ofFile([signature, alone], bytes);
    expect([await judged(signature, digests), await judged(alone, digests)]).toEqual([true, false]);
    expect(await judged(signature, FileDigests.ofFile([], bytes))).toBe(false);
  });
});

describe('hasUnknownCriticalPart', () => {
  it('is told of subpackets and of notations, and of no others', async () => {
    const signature = await signatureOf({});
    const part = (critical: boolean) => ({ type: 99, critical, body: new Uint8Array() });
    const has = (fields: Partial<SignaturePacket>) =>
      hasUnknownCriticalPart(Object.assign(Object.create(signature) as SignaturePacket, fields));
    expect(has({})).toBe(false);
    for (const critical of [true, false]) {
      expect(has({ unknownSubpackets: [part(false), part(critical)] })).toBe(critical);
      const rawNotations = [false, critical].map((one) => ({ ...notation, critical: one }));
      expect(has({ rawNotations })).toBe(critical);
    }
  });
});

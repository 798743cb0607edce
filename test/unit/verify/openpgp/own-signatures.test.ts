import { PacketList, enums } from 'openpgp';
import { expect, it } from 'vitest';
import { directSignatures } from '../../../../src/verify/openpgp/own-signatures.ts';
import { readPublicKeys } from '../../../../src/verify/openpgp/read-keys.ts';
import { signatureBytes } from '../../../support/odd-keys.ts';
import { makeKey, revoke, signPacket } from '../../../support/openpgp.ts';

it('a revocation is nothing that a key says in its own favour, though it stands where that does', async () => {
  const key = await makeKey({ name: 'revoked' });
  await revoke(key);
  const [, revocation] = key.toPublic().toPacketList();
  expect(revocation).toMatchObject({ signatureType: enums.signature.keyRevocation });
  const types = directSignatures(key.toPublic()).map(({ signatureType }) => signatureType);
  expect(types.every((type) => type === enums.signature.key)).toBe(true);
});

it('what a key says directly of itself is found, wherever in its file it stands', async () => {
  const key = await makeKey({ subkeys: [{ sign: true }] });
  const type = enums.signature.key;
  const direct = signatureBytes(await signPacket({ key: key.keyPacket }, { key, type }));
  const [primary, ...others] = [...key.toPublic().toPacketList()].map((one) => {
    const list = new PacketList<typeof one>();
    list.push(one);
    return list.write();
  });
  for (const packets of [
    [primary!, direct, ...others],
    [primary!, ...others, direct],
  ]) {
    const { keys } = await readPublicKeys(Buffer.concat(packets));
    expect(directSignatures(keys[0]!).map(({ signatureType }) => signatureType)).toEqual([type]);
  }
});

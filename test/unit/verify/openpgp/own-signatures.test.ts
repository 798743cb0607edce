import { enums } from 'openpgp';
import { expect, it } from 'vitest';
import { directSignatures } from '../../../../src/verify/openpgp/own-signatures.ts';
import { makeKey, revoke } from '../../../support/openpgp.ts';

it('a revocation is nothing that a key says in its own favour, though it stands where that does', async () => {
  const key = await makeKey({ name: 'revoked' });
  await revoke(key);
  const [, revocation] = key.toPublic().toPacketList();
  expect(revocation).toMatchObject({ signatureType: enums.signature.keyRevocation });
  const types = directSignatures(key.toPublic()).map(({ signatureType }) => signatureType);
  expect(types.every((type) => type === enums.signature.key)).toBe(true);
});

/** Content against what was vouched for, with a size that was vouched for, too. */
import { expect, it } from 'vitest';
import { VerificationError } from '../../../src/model/errors.ts';
import { mintVerified } from '../../../src/verify/mint.ts';
import { digestOf } from '../../../src/verify/digest.ts';
import { verifyContent } from '../../../src/verify/verify-content.ts';
import { judgedAt } from '../../support/judge-checksums.ts';
import { refusal } from '../../support/refusals.ts';

const bytes = Buffer.from('ten bytes.');
const digest = digestOf('sha256', bytes);
const verified = mintVerified(
  { digest, sizeBytes: 10 },
  { assurance: 'signed', method: 'openpgp', signers: [], documents: [], verifiedAt: judgedAt, digest },
);

it('takes so many bytes with that digest, whole or in pieces', async () => {
  await verifyContent(verified, bytes);
  await verifyContent(verified, [bytes.subarray(0, 4), bytes.subarray(4)]);
});

it('refuses fewer, others, and more, of which it reads no further', async () => {
  await refusal(verifyContent(verified, bytes.subarray(1)), VerificationError, 'SIZE_MISMATCH');
  await refusal(verifyContent(verified, Buffer.from('ten other.')), VerificationError, 'DIGEST_MISMATCH');
  let read = 0;
  function* endless() {
    for (; read < 100; read++) yield bytes;
  }
  await refusal(verifyContent(verified, endless()), VerificationError, 'SIZE_MISMATCH');
  expect(read).toBe(1);
});

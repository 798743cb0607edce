/** Whose refusal it is: the document's name comes before it, and nothing else is changed. */
import { expect, it } from 'vitest';
import { VerificationError } from '../../../src/model/errors.ts';
import { namingDocument } from '../../../src/verify/naming.ts';
import { refusal } from '../../support/refusals.ts';

it('names the document in a refusal, and leaves a bug as it is', async () => {
  const cause = new Error('below');
  const refused = new VerificationError('SIGNATURE_INVALID', 'it is bad', {
    ...{ hint: 'ask', context: { at: 1 }, cause },
  });
  const named = await refusal(
    namingDocument('a file', () => Promise.reject(refused)),
    VerificationError,
    'SIGNATURE_INVALID',
  );
  expect(named).toMatchObject({ message: 'a file: it is bad', hint: 'ask', cause });
  expect(named.context).toEqual({ at: 1, document: 'a file' });
  const bug = new TypeError('bug');
  await expect(namingDocument('a file', () => Promise.reject(bug))).rejects.toBe(bug);
  expect(await namingDocument('a file', () => Promise.resolve(7))).toBe(7);
});

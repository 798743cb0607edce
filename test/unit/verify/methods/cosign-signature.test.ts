/** Signatures beside each file: what has to be at hand before anything is judged. */
import { expect, it } from 'vitest';
import { cosignSignature } from '../../../../src/verify/methods/cosign-signature.ts';
import { documentsOf, judging } from '../../../support/judge-checksums.ts';
import { who } from '../../../support/throwaway-sigstore.ts';
import { trusting } from '../../../support/trusting.ts';

const spec = cosignSignature.schema.parse({
  ...{ method: 'cosign-signature', checksum: '{asset}.sha256', signature: '{asset}.sig' },
  ...{ certificate: '{asset}.cert', rekor: 'https://rekor.example.org', ...who },
});

it.each([[], ['checksum'], ['checksum', 'signature'], ['signature', 'certificate']])(
  'needs digest, signature and certificate together: of them %j is there',
  async (...roles: string[]) => {
    const documents = documentsOf(Object.fromEntries(roles.map((role) => [role, 'x'])));
    const needs = await cosignSignature.next({ ...judging, spec, documents, trust: trusting() });
    expect(needs.map(({ role }) => role)).toEqual(['checksum', 'signature', 'certificate']);
  },
);

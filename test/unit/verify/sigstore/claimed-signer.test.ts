import { describe, expect, it } from 'vitest';
import { legacyBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import { signersInAttestations, signersInBundles } from '../../../../src/verify/sigstore/claimed-signer.ts';
import { attest, sign, who, workflow } from '../../../support/throwaway-sigstore.ts';

const url = 'https://api.github.com/repos/o/tool/attestations/sha256:00';

describe('whose signature evidence claims to be', () => {
  it.each([
    'no JSON',
    'null',
    '[]',
    '{"attestations":null}',
    '{"attestations":[null]}',
    '{"attestations":[{}]}',
    '{"attestations":[{"bundle":null,"bundle_url":"https://example.org/x"}]}',
    '{"attestations":[{"bundle":{"mediaType":1}}]}',
    `{"attestations":[${'{},'.repeat(100)}{}]}`,
  ])('is nobody where GitHub answers %.60s', (text) => {
    expect(signersInAttestations({ bytes: Buffer.from(text), url })).toEqual([]);
  });

  it('is who signed a bundle in its answer', () => {
    const bytes = Buffer.from(`{"attestations":[{},{"bundle":${attest(workflow)}}]}`);
    expect(signersInAttestations({ bytes, url })).toEqual([
      { ...workflow, sourceRepository: 'https://github.com/owner/project', sourceRef: 'refs/tags/v1.0.0' },
    ]);
  });

  it('is who signed a bundle of an older version, which has a chain in place of a certificate', () => {
    expect(signersInBundles(Buffer.from(legacyBundle(sign())), 'tool.bundle')).toMatchObject([who]);
  });

  it.each(['', 'no JSON', '{}', '\0', '{"payloadType":"x"}'])('is nobody in a file that has %j', (text) => {
    expect(signersInBundles(Buffer.from(text), 'tool.jsonl')).toEqual([]);
  });
});

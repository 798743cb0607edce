/** A real bundle of the public-good instance against the pinned root (test/fixtures/sigstore/README.md). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import { requireSubject } from '../../../../src/verify/sigstore/in-toto.ts';
import { parseTrustedRoot } from '../../../../src/verify/sigstore/trusted-root.ts';
import { refusal } from '../../../support/refusals.ts';
import { root as checkout } from '../../../support/run-assay.ts';
import { judgeStatement, trustedRoot as throwaway } from '../../../support/throwaway-sigstore.ts';

const bundle = readFileSync(join(checkout, 'test/fixtures/sigstore/oci-attestation.sigstore.json'));
const trustedRoot = parseTrustedRoot(
  readFileSync(join(checkout, 'trust/sigstore-trusted-root.json')),
  'root',
);
const certificate = { identity: 'cody@soyland.com', issuer: 'https://github.com/login/oauth' };
const asked = {
  signer: { certificate },
  trustedRoot,
  predicateTypes: ['https://cosign.sigstore.dev/attestation/v1'],
};
const subject = {
  name: '127.0.0.1:60943/repo',
  digest: 'sha256:732112270d7e59418a8c080b134b24cabd67d250d0d0147a97ed95ba5c280aa4',
} as const;

describe('a bundle of February 2025', () => {
  it('verifies against the pinned root', async () => {
    const verified = await judgeStatement(bundle, asked);
    expect(verified.signer).toEqual({
      method: 'sigstore',
      ...certificate,
      signedAt: new Date('2025-02-28T19:18:11Z'),
    });
    expect(verified.loggedAt).toMatchObject([{ logIndex: 175_508_996 }]);
    expect(() => requireSubject(verified, subject)).not.toThrow();
    expect(() => requireSubject(verified, { ...subject, name: 'repo' })).toThrow(VerificationError);
  });

  it('is not anybody else’s', async () => {
    const as = (other: object) =>
      judgeStatement(bundle, { ...asked, signer: { certificate: { ...certificate, ...other } } });
    await refusal(as({ identity: 'cody@soyland.co' }), VerificationError, 'SIGNER_UNTRUSTED');
    await refusal(as({ issuer: 'https://accounts.google.com' }), VerificationError, 'SIGNER_UNTRUSTED');
    await refusal(as({ sourceRepository: 'https://github.com/a/b' }), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it('is not believed by another root', async () => {
    await refusal(
      judgeStatement(bundle, { ...asked, trustedRoot: throwaway }),
      VerificationError,
      'SIGNER_UNTRUSTED',
    );
  });
});

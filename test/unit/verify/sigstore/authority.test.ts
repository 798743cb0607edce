/** When an authority is believed: at each time that somebody signed, within one of the periods that it is listed for. */
import { describe, expect, it } from 'vitest';
import { blobBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { createAuthority, requireAuthority } from '../../../../src/verify/sigstore/authority.ts';
import { parseTrustedRoot } from '../../../../src/verify/sigstore/trusted-root.ts';
import { parseCertificate } from '../../../../src/verify/sigstore/x509/certificate.ts';
import { refusal } from '../../../support/refusals.ts';
import { judge, sign, sigstore } from '../../../support/throwaway-sigstore.ts';

const at = (second: number) => `2026-11-20T10:00:0${second}Z`;
const signed = sign({ loggedAt: new Date(at(2)) });
const bundle = blobBundle({
  ...signed,
  timestamps: [sigstore.timestampAuthority.stamp(signed.signature, new Date(at(5)))],
});

type Period = readonly [start: string, end?: string];

/** The authority that certified the signer, once for each period. */
function during(periods: readonly Period[]) {
  const root = JSON.parse(sigstore.trustedRoot()) as { certificateAuthorities: object[] };
  const [authority] = root.certificateAuthorities;
  root.certificateAuthorities = periods.map(([start, end]) => ({ ...authority, validFor: { start, end } }));
  return { root: parseTrustedRoot(Buffer.from(JSON.stringify(root)), 'root') };
}

describe('an authority of signers', () => {
  it.each<[string, readonly Period[]]>([
    ['one period, boundaries included', [[at(2), at(5)]]],
    [
      'two periods, a time in each',
      [
        [at(0), at(2)],
        [at(5), at(9)],
      ],
    ],
    ['two periods, one of which has nothing to do with it', [[at(0), at(1)], [at(0)]]],
  ])('is believed in %s', async (_, periods) => {
    await judge(bundle, during(periods));
  });

  it.each<[string, readonly Period[]]>([
    ['a period that ends before the later time', [[at(2), at(4)]]],
    ['a period that begins after the earlier time', [[at(3), at(5)]]],
    [
      'two periods, between which is a time',
      [
        [at(0), at(4)],
        [at(6), at(9)],
      ],
    ],
  ])('is not believed in %s', async (_, periods) => {
    await refusal(judge(bundle, during(periods)), VerificationError, 'SIGNER_UNTRUSTED');
  });
});

it('a certificate is by an authority that is there by its name, or by none of the trusted root', async () => {
  const [leaf, ...others] = [
    signed.certificate,
    ...sigstore.authority.chain,
    ...sigstore.timestampAuthority.chain,
  ].map((der) => parseCertificate(der, 'certificate'));
  const validFor = { start: new Date(at(0)), end: new Date(at(9)) };
  const signers = createAuthority(others.slice(0, 2), validFor, 'codeSigning', undefined);
  const stampers = createAuthority(others.slice(2), validFor, 'timestamping', undefined);
  const by = (authorities: Parameters<typeof requireAuthority>[1]) =>
    requireAuthority(leaf!, authorities, [new Date(at(2))], 'the certificate');
  expect(by([stampers, signers])).toEqual(others[0]);
  const { message } = await refusal(() => by([stampers]), VerificationError, 'SIGNER_UNTRUSTED');
  expect(message).toBe('the certificate is issued by an authority that the trusted root does not have');
});

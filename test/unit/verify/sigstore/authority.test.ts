/** When an authority is believed: at each time that somebody signed, within one of the periods that it is listed for. */
import { describe, it } from 'vitest';
import { blobBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { parseTrustedRoot } from '../../../../src/verify/sigstore/trusted-root.ts';
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

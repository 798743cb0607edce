import { describe, expect, it } from 'vitest';
import { toPem } from '../../../../scripts/upstream/sigstore/certificate.ts';
import { blobBundle, legacyBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';
import { digestOf, judge, sign, sigstore, who } from '../../../support/throwaway-sigstore.ts';

interface Legacy {
  base64Signature: string;
  cert?: string;
  rekorBundle?: {
    SignedEntryTimestamp: string;
    Payload: { body: string; integratedTime: number; logIndex: number; logID: string };
  };
  [more: string]: unknown;
}

const signed = sign();
const good = JSON.parse(legacyBundle(signed)) as Legacy;
const changed = (change: (bundle: Legacy) => unknown) => {
  const copy = structuredClone(good);
  change(copy);
  return JSON.stringify(copy);
};
async function refuses(bundle: string, code: ErrorCode): Promise<void> {
  await refusal(judge(bundle), VerificationError, code);
}

describe("cosign's older bundle", () => {
  it('verifies as the new one does', async () => {
    expect(await judge(legacyBundle(signed))).toEqual(await judge(blobBundle(signed)));
  });

  it('reads a certificate in PEM as well', async () => {
    const verified = await judge(changed((bundle) => (bundle.cert = toPem(signed.certificate))));
    expect(verified.signer).toMatchObject(who);
  });

  const another = JSON.parse(legacyBundle(sign())) as Legacy;
  it.each<[string, (bundle: Legacy) => unknown, ErrorCode]>([
    ['no entry', (bundle) => delete bundle.rekorBundle, 'EVIDENCE_MISSING'],
    ['no certificate', (bundle) => delete bundle.cert, 'SIGNER_UNTRUSTED'],
    ['another signature', (bundle) => (bundle.base64Signature = another.base64Signature), 'SUBJECT_MISMATCH'],
    ["another's certificate", (bundle) => (bundle.cert = another.cert!), 'SIGNATURE_INVALID'],
    ["another's entry", (bundle) => (bundle.rekorBundle = another.rekorBundle!), 'SUBJECT_MISMATCH'],
    ['another time', ({ rekorBundle }) => rekorBundle!.Payload.integratedTime++, 'SIGNATURE_INVALID'],
    ['another index', ({ rekorBundle }) => rekorBundle!.Payload.logIndex++, 'SIGNATURE_INVALID'],
    ['the time 0', ({ rekorBundle }) => (rekorBundle!.Payload.integratedTime = 0), 'METADATA_FROM_FUTURE'],
    [
      'a time before all',
      ({ rekorBundle }) => (rekorBundle!.Payload.integratedTime = -1),
      'EVIDENCE_MALFORMED',
    ],
    [
      'the first place in its log',
      ({ rekorBundle }) => (rekorBundle!.Payload.logIndex = 0),
      'SIGNATURE_INVALID',
    ],
    ['a place before it', ({ rekorBundle }) => (rekorBundle!.Payload.logIndex = -1), 'EVIDENCE_MALFORMED'],
    ['a key for a certificate', (bundle) => (bundle.cert = sigstore.rekor.publicKeyPem), 'SIGNER_UNTRUSTED'],
    ['another log', ({ rekorBundle }) => (rekorBundle!.Payload.logID = 'ab'.repeat(32)), 'SIGNER_UNTRUSTED'],
    [
      'a log in capitals',
      ({ rekorBundle }) => (rekorBundle!.Payload.logID = rekorBundle!.Payload.logID.toUpperCase()),
      'EVIDENCE_MALFORMED',
    ],
    [
      'a log with a digit more',
      ({ rekorBundle }) => (rekorBundle!.Payload.logID += '0'),
      'EVIDENCE_MALFORMED',
    ],
    [
      'a time of 10^13 years',
      ({ rekorBundle }) => (rekorBundle!.Payload.integratedTime = 2 ** 52),
      'EVIDENCE_MALFORMED',
    ],
    ['an empty body', ({ rekorBundle }) => (rekorBundle!.Payload.body = ''), 'EVIDENCE_MALFORMED'],
    [
      'a body that is no JSON',
      ({ rekorBundle }) => (rekorBundle!.Payload.body = 'AAAA'),
      'EVIDENCE_MALFORMED',
    ],
    ['a field that is not known', (bundle) => (bundle['extra'] = 1), 'EVIDENCE_MALFORMED'],
    ['loose base64', (bundle) => (bundle.base64Signature += '\n'), 'EVIDENCE_MALFORMED'],
  ])('is refused: %s', (_, change, code) => refuses(changed(change), code));

  it.each(['null', '17', '"base64Signature"', '[]'])('is not what the JSON %s is', (text) =>
    refuses(text, 'EVIDENCE_MALFORMED'),
  );

  it('has an entry of a megabyte at most', async () => {
    const padded = (sizeBytes: number) =>
      changed(({ rekorBundle }) => {
        const body = Buffer.from(rekorBundle!.Payload.body, 'base64').toString();
        rekorBundle!.Payload.body = Buffer.from(body.padEnd(sizeBytes)).toString('base64');
      });
    await refuses(padded(1 << 20), 'SIGNATURE_INVALID');
    await refuses(padded((1 << 20) + 1), 'LIMIT_EXCEEDED');
  });

  it('is refused with a digest in its entry that has a digit more', async () => {
    const longer = ({ rekorBundle }: Legacy) => {
      const body = Buffer.from(rekorBundle!.Payload.body, 'base64').toString();
      const odd = body.replace(/("value":"[0-9a-f]{64})"/, '$10"');
      expect(odd).not.toBe(body);
      rekorBundle!.Payload.body = Buffer.from(odd).toString('base64');
    };
    await refuses(changed(longer), 'EVIDENCE_MALFORMED');
  });

  it.each([
    ['*', 'neither PEM nor base64 of it'],
    ['AAAA', 'neither a certificate nor a public key'],
  ])('says what the certificate %j is not', async (cert, found) => {
    const bundle = changed((one) => (one.cert = cert));
    const { message } = await refusal(judge(bundle), VerificationError, 'EVIDENCE_MALFORMED');
    expect(message).toBe(`bundle: cert is ${found}`);
  });

  it('is refused: another artifact', async () => {
    await refusal(
      judge(legacyBundle(signed), { digest: digestOf(Buffer.from('other')) }),
      VerificationError,
      'DIGEST_MISMATCH',
    );
  });
});

/** Who signed when a signature was there: timestamp authorities (RFC 3161), beside a log's promise and alone. */
import { describe, expect, it } from 'vitest';
import {
  extendedKeyUsage,
  extension,
  keyUsage,
  leafExtensions,
  purposes,
} from '../../../../scripts/upstream/sigstore/certificate.ts';
import { nothing, type Der } from '../../../../scripts/upstream/sigstore/der.ts';
import { createSigstore } from '../../../../scripts/upstream/sigstore/instance.ts';
import { blobBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import {
  createTimestampAuthority,
  type TimestampAuthorityChanges,
} from '../../../../scripts/upstream/sigstore/timestamp-authority.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { judgeWith } from '../../../support/authority-verdict.ts';
import { refusal } from '../../../support/refusals.ts';
import { at, judge, sign, sigstore, validFrom } from '../../../support/throwaway-sigstore.ts';

const later = new Date('2026-11-20T10:00:05Z');
const [usage, purpose] = leafExtensions('timestamping') as [Der, Der];
const kept = (usual: readonly Der[]) =>
  usual.filter((one) => ![usage, purpose].some((known) => known.subarray(2, 7).equals(one.subarray(2, 7))));
const certified = (...extensions: Der[]): TimestampAuthorityChanges => ({
  extensions: (usual) => [...kept(usual), ...extensions],
});
const timestamping = purposes.timestamping;

describe('a timestamp authority', () => {
  const stampedBy = (timestampAuthority: TimestampAuthorityChanges) =>
    judgeWith({ timestampAuthority }, { log: 'v2' });

  it.each<[string, TimestampAuthorityChanges]>([
    ['is as it should be', {}],
    ['has a key that vouches', certified(keyUsage([1]), purpose)],
    ['does not limit what its key is used for', certified(purpose)],
    ['has an intermediate', { intermediates: [{}] }],
    ['has two intermediates', { intermediates: [{}, {}] }],
    [
      'has an extension that is not known and not critical',
      certified(usage, purpose, extension('1.3.6.1.4.1.99999.1', nothing())),
    ],
  ])('is believed where it %s', async (_, changes) => {
    await stampedBy(changes);
  });

  it.each<[string, TimestampAuthorityChanges]>([
    ['is for signing code', certified(usage, extendedKeyUsage([purposes['code-signing']], true))],
    ['does not say what it is for', certified(usage)],
    ['is for timestamps, and does not insist on it', certified(usage, extendedKeyUsage([timestamping]))],
    [
      'is for signing code, too',
      certified(usage, extendedKeyUsage([timestamping, purposes['code-signing']], true)),
    ],
    [
      'is for something that is not known, too',
      certified(usage, extendedKeyUsage([timestamping, '1.3.6.1.4.1.99999.2'], true)),
    ],
    ['is for timestamps twice', certified(usage, extendedKeyUsage([timestamping, timestamping], true))],
    ['is for anything', certified(usage, extendedKeyUsage([purposes.any], true))],
    ['has a key that is not for signatures', certified(keyUsage([5]), purpose)],
    [
      'has a critical extension that is not known',
      certified(usage, purpose, extension('1.3.6.1.4.1.99999.1', nothing(), true)),
    ],
    [
      'has a root with one',
      { root: { extensions: (usual) => [...usual, extension('1.3.6.1.4.1.99999.1', nothing(), true)] } },
    ],
    [
      'has an intermediate for signing code',
      {
        intermediates: [
          { extensions: (usual) => [...kept(usual), extendedKeyUsage([purposes['code-signing']])] },
        ],
      },
    ],
    ['has an intermediate that does not say what it is for', { intermediates: [{ extensions: kept }] }],
    ['has a root that ended', { root: { notAfter: at } }],
  ])('is not believed where it %s', async (_, changes) => {
    await refusal(stampedBy(changes), VerificationError, 'SIGNER_UNTRUSTED');
  });
});

describe('a timestamp beside the promise of a log', () => {
  const signed = sign();
  const stamped = (...timestamps: Buffer[]) => judge(blobBundle({ ...signed, timestamps }));
  const own = sigstore.timestampAuthority.stamp(signed.signature, later);

  it('counts, the earliest of all times being the one that is told', async () => {
    expect((await stamped(own)).signer.signedAt).toEqual(new Date('2026-11-20T10:00:02Z'));
    expect((await stamped(sigstore.timestampAuthority.stamp(signed.signature, at))).signer.signedAt).toEqual(
      at,
    );
  });

  it.each([
    ['the same name as one that is known', {}],
    ['another name', { commonName: 'stranger' }],
  ])('is passed over if it is of an authority that is not known, of %s', async (_, changes) => {
    const stranger = createTimestampAuthority(validFrom, changes).stamp(signed.signature, later);
    for (const timestamps of [[stranger], [stranger, own], [own, stranger]]) {
      expect((await stamped(...timestamps)).signer.signedAt).toEqual(new Date('2026-11-20T10:00:02Z'));
    }
  });

  it('is passed over if it is of another signature, and its time does not count', async () => {
    const other = sigstore.timestampAuthority.stamp(sign().signature, new Date('2026-11-20T09:00:00Z'));
    expect((await stamped(other)).signer.signedAt).toEqual(new Date('2026-11-20T10:00:02Z'));
  });

  it('counts against a certificate that had ended by then', async () => {
    const late = sigstore.timestampAuthority.stamp(signed.signature, new Date('2026-11-20T10:10:01Z'));
    await refusal(stamped(late), VerificationError, 'METADATA_EXPIRED');
  });

  it('is refused where it is there twice, or is none', async () => {
    await refusal(stamped(own, own), VerificationError, 'EVIDENCE_MALFORMED');
    await refusal(stamped(Buffer.from('none')), VerificationError, 'EVIDENCE_MALFORMED');
  });
});

it('without a promise, a timestamp of an authority that is not known is none', async () => {
  const signed = sign({ log: 'v2' });
  const stranger = createTimestampAuthority(validFrom);
  const timestamps = [stranger.stamp(signed.signature, later)];
  await refusal(judge(blobBundle({ ...signed, timestamps })), VerificationError, 'SIGNATURE_INVALID');
  const { timestampAuthority } = createSigstore({ validFrom, timestampAuthority: { commonName: 'x' } });
  const foreign = [timestampAuthority.stamp(signed.signature, later)];
  await refusal(judge(blobBundle({ ...signed, timestamps: foreign })), VerificationError, 'SIGNER_UNTRUSTED');
});

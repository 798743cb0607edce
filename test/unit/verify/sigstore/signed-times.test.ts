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
import { createSigstore, type Sigstore } from '../../../../scripts/upstream/sigstore/instance.ts';
import { blobBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import {
  createTimestampAuthority,
  type TimestampAuthorityChanges,
} from '../../../../scripts/upstream/sigstore/timestamp-authority.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { refusalOfTimestamps } from '../../../../src/verify/sigstore/signed-times.ts';
import { parseTrustedRoot } from '../../../../src/verify/sigstore/trusted-root.ts';
import { judgeWith } from '../../../support/authority-verdict.ts';
import { refusal } from '../../../support/refusals.ts';
import {
  at,
  judge,
  rootOf,
  sign,
  sigstore,
  trustedRoot,
  validFrom,
} from '../../../support/throwaway-sigstore.ts';

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

  it('is passed over if its authority was not to be believed at that time', async () => {
    const ended = createSigstore({ validFrom, timestampAuthority: { root: { notAfter: at } } });
    const own = sign({}, undefined, ended);
    const timestamps = [ended.timestampAuthority.stamp(own.signature, later)];
    const { signer } = await judge(blobBundle({ ...own, timestamps }), { root: rootOf(ended) });
    expect(signer.signedAt).toEqual(new Date('2026-11-20T10:00:02Z'));
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

describe('a timestamp alone', () => {
  const signed = sign({ log: 'v2' });
  const [genuine] = signed.timestamps as [Buffer];
  const stamped = (timestamp: Buffer, root = trustedRoot) =>
    judge(blobBundle({ ...signed, timestamps: [timestamp] }), { root });
  /** Where `part` stands in the timestamp, other bytes. */
  const having = (part: Buffer, other: Buffer) => {
    const place = genuine.indexOf(part);
    expect(place).toBeGreaterThan(0);
    return Buffer.concat([genuine.subarray(0, place), other, genuine.subarray(place + part.length)]);
  };

  it('is granted, with modifications or without', async () => {
    // PKIStatusInfo: SEQUENCE { INTEGER 0 }.
    const withStatus = (status: number) =>
      having(Buffer.from('3003020100', 'hex'), Buffer.of(0x30, 3, 2, 1, status));
    await stamped(withStatus(0));
    await stamped(withStatus(1));
    for (const status of [2, 3, 0xff])
      await refusal(stamped(withStatus(status)), VerificationError, 'SIGNATURE_INVALID');
  });

  it('is of a time that there is', async () => {
    const time = Buffer.from('20261320100002Z');
    await refusal(
      stamped(having(Buffer.from('20261120100002Z'), time)),
      VerificationError,
      'EVIDENCE_MALFORMED',
    );
  });

  it('is of this signature', async () => {
    const [other] = sign({ log: 'v2' }).timestamps as [Buffer];
    await refusal(stamped(other), VerificationError, 'SIGNATURE_INVALID');
  });

  it('is by the certificate of that name and number', async () => {
    const authority = createTimestampAuthority(validFrom, { serial: 3 });
    await refusal(stamped(authority.stamp(signed.signature, later)), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it('is by one of several authorities of one name and number, whichever is believed', async () => {
    const [other, ended] = [{}, { root: { notAfter: at } }].map((timestampAuthority) =>
      createSigstore({ validFrom, timestampAuthority }),
    ) as [Sigstore, Sigstore];
    const authoritiesOf = (from: Sigstore) =>
      (JSON.parse(from.trustedRoot()) as { timestampAuthorities: object[] }).timestampAuthorities;
    const having = (...instances: Sigstore[]) => {
      const root = JSON.parse(sigstore.trustedRoot()) as object;
      const timestampAuthorities = instances.flatMap(authoritiesOf);
      return parseTrustedRoot(Buffer.from(JSON.stringify({ ...root, timestampAuthorities })), 'root');
    };
    for (const unlike of [other, ended]) {
      await stamped(genuine, having(sigstore, unlike));
      await stamped(genuine, having(unlike, sigstore));
    }
    await refusal(stamped(genuine, having(other)), VerificationError, 'SIGNATURE_INVALID');
    const late = ended.timestampAuthority.stamp(signed.signature, later);
    await refusal(stamped(late, having(sigstore, ended)), VerificationError, 'SIGNER_UNTRUSTED');
    await refusal(stamped(late, having(sigstore, other)), VerificationError, 'SIGNATURE_INVALID');
  });

  it('is asked for where no log signed a time', async () => {
    const untimed = judge(blobBundle({ ...signed, timestamps: [] }));
    await refusal(untimed, VerificationError, 'EVIDENCE_MISSING');
  });
});

it('an authority that is not for timestamps is known by that without any', () => {
  const problemOf = (timestampAuthority: TimestampAuthorityChanges) => {
    const { timestampAuthorities } = rootOf(createSigstore({ validFrom, timestampAuthority }));
    return refusalOfTimestamps(timestampAuthorities[0]!)?.code;
  };
  expect(problemOf({})).toBeUndefined();
  expect(problemOf(certified(usage))).toBe('SIGNER_UNTRUSTED');
  const alone = JSON.parse(sigstore.trustedRoot()) as {
    timestampAuthorities: { certChain: { certificates: object[] } }[];
  };
  alone.timestampAuthorities[0]!.certChain.certificates.length = 1;
  const { timestampAuthorities } = parseTrustedRoot(Buffer.from(JSON.stringify(alone)), 'root');
  expect(refusalOfTimestamps(timestampAuthorities[0]!)).toMatchObject({
    code: 'SIGNER_UNTRUSTED',
    message: 'there is no authority above it',
  });
  const forCode = (usual: readonly Der[]) => [...usual, extendedKeyUsage([purposes['code-signing']])];
  expect(problemOf({ root: { extensions: forCode } })).toBe('SIGNER_UNTRUSTED');
});

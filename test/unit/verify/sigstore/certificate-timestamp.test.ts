/** Certificate timestamps (RFC 6962): one of a log that the trusted root has is enough. */
import { createHash, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { flipBit } from '../../../../scripts/upstream/bits.ts';
import { createCtLog, type CtLog } from '../../../../scripts/upstream/sigstore/ct-log.ts';
import { blobBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { parseTrustedRoot } from '../../../../src/verify/sigstore/trusted-root.ts';
import { refusal } from '../../../support/refusals.ts';
import { judge, sign, sigstore } from '../../../support/throwaway-sigstore.ts';

const known = sigstore.ctLog;
const unknown = createCtLog();
/** One that promises what it likes. */
const lying = (log: CtLog, lie: (promise: Buffer) => Buffer): CtLog => ({
  ...log,
  promise: (...given) => lie(log.promise(...given)),
});
const promised = (...ctLogs: CtLog[]) => judge(blobBundle(sign({ certificate: { ctLogs } })));

describe('a certificate', () => {
  it('with a timestamp of a known log is taken, whatever stands before it or behind it', async () => {
    await promised(known);
    await promised(unknown, known);
    await promised(known, unknown);
    await promised(unknown, createCtLog(), known);
  });

  it('with those of unknown logs alone is refused, and with none', async () => {
    const another = createCtLog();
    const [one, other] = [unknown, another].map(({ id }) => `the log ${id.toString('hex')}`);
    for (const [logs, found] of [
      [[unknown], `one of ${one} alone`],
      [[unknown, another], `one of ${one} and of ${other} alone`],
      [[], 'no certificate timestamp (SCT)'],
    ] as const) {
      const { message } = await refusal(promised(...logs), VerificationError, 'SIGNER_UNTRUSTED');
      expect(message).toContain(`the certificate has ${found}`);
    }
  });

  it('with one that a known log did not make is refused, even beside one that it made', async () => {
    const broken = lying(known, (promise) => flipBit(promise, promise.length * 8 - 1));
    const predated = lying(known, (promise) => flipBit(promise, 40 * 8));
    const named = lying(unknown, (promise) =>
      Buffer.concat([promise.subarray(0, 1), known.id, promise.subarray(33)]),
    );
    for (const liar of [broken, predated, named]) {
      const { message } = await refusal(promised(liar), VerificationError, 'SIGNATURE_INVALID');
      expect(message).toContain(`is not by the log ${known.id.toString('hex')}, which it names`);
      await refusal(promised(known, liar), VerificationError, 'SIGNATURE_INVALID');
    }
  });

  it('with a list of timestamps that is none is refused', async () => {
    const cut = lying(known, (promise) => promise.subarray(0, 20));
    await refusal(promised(cut), VerificationError, 'EVIDENCE_MALFORMED');
    await refusal(promised(known, cut), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it('with one over SHA-1 is refused, whoever made it', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    const id = createHash('sha256').update(spki).digest();
    /** RFC 6962, section 3.2, with the number of the hash in TLS. */
    const by = (hash: string, number: number): CtLog => ({
      ...known,
      id,
      promise(signed, issuerSpki, at) {
        const time = Buffer.alloc(8);
        time.writeBigUInt64BE(BigInt(at.getTime()));
        const issuer = createHash('sha256').update(issuerSpki).digest();
        const length = Buffer.alloc(4);
        length.writeUInt32BE(signed.length);
        const promise = [
          Buffer.of(0, 0),
          time,
          Buffer.of(0, 1),
          issuer,
          length.subarray(1),
          signed,
          Buffer.of(0, 0),
        ];
        const signature = signBytes(hash, Buffer.concat(promise), privateKey);
        const head = [Buffer.of(0), id, time, Buffer.of(0, 0, number, 3, 0, signature.length)];
        return Buffer.concat([...head, signature]);
      },
    });
    const root = JSON.parse(sigstore.trustedRoot()) as {
      ctlogs: { publicKey: { rawBytes: string }; logId: { keyId: string } }[];
    };
    root.ctlogs[0]!.publicKey.rawBytes = spki.toString('base64');
    root.ctlogs[0]!.logId.keyId = id.toString('base64');
    const trusted = { root: parseTrustedRoot(Buffer.from(JSON.stringify(root)), 'root') };
    const judged = (log: CtLog) => judge(blobBundle(sign({ certificate: { ctLogs: [log] } })), trusted);
    await judged(by('sha256', 4));
    await judged(by('sha384', 5));
    await judged(by('sha512', 6));
    await refusal(judged(by('sha1', 2)), VerificationError, 'SIGNATURE_INVALID');
  });

  it('needs a log that was trusted at the time of its timestamp', async () => {
    const within = (times: { start?: string; end?: string }) => {
      const root = JSON.parse(sigstore.trustedRoot()) as { ctlogs: { publicKey: { validFor: object } }[] };
      Object.assign(root.ctlogs[0]!.publicKey.validFor, times);
      return { root: parseTrustedRoot(Buffer.from(JSON.stringify(root)), 'root') };
    };
    const bundle = blobBundle(sign());
    const time = '2026-11-20T10:00:00Z';
    await judge(bundle, within({ start: time, end: time }));
    for (const times of [{ end: '2026-11-20T09:59:59Z' }, { start: '2026-11-20T10:00:01Z' }]) {
      await refusal(judge(bundle, within(times)), VerificationError, 'SIGNER_UNTRUSTED');
    }
  });
});

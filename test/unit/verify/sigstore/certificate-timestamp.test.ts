/** Certificate timestamps (RFC 6962): one of a log that the trusted root has is enough. */
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
    await refusal(promised(unknown), VerificationError, 'SIGNER_UNTRUSTED');
    await refusal(promised(unknown, createCtLog()), VerificationError, 'SIGNER_UNTRUSTED');
    await refusal(promised(), VerificationError, 'SIGNER_UNTRUSTED');
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

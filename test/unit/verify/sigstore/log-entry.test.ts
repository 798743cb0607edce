/** Whose entry of which log it is, when the log was believed, and where its proof ends. */
import { describe, expect, it } from 'vitest';
import * as faults from '../../../../scripts/upstream/sigstore/entry-faults.ts';
import { createSigstore } from '../../../../scripts/upstream/sigstore/instance.ts';
import { blobBody } from '../../../../scripts/upstream/sigstore/log-bodies.ts';
import { blobBundle, legacyBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import { sha256Of, type SignedBlob } from '../../../../scripts/upstream/sigstore/signing.ts';
import type { LogEntry } from '../../../../scripts/upstream/sigstore/transparency-log.ts';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import { parseTrustedRoot } from '../../../../src/verify/sigstore/trusted-root.ts';
import { refusal } from '../../../support/refusals.ts';
import { judge, sign, sigstore, validFrom, withEntries } from '../../../support/throwaway-sigstore.ts';

async function refuses(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  await refusal(promise, VerificationError, code);
}
const other = createSigstore({ validFrom });
const { rekor, rekorV2 } = sigstore;

const at = (second: number) => `2026-11-20T10:00:0${second}Z`;

describe('a log that signs no times', () => {
  const signed = sign({ log: 'v2' });
  const timestamps = [2, 5].map((second) =>
    sigstore.timestampAuthority.stamp(signed.signature, new Date(at(second))),
  );
  const bundle = blobBundle({ ...signed, timestamps });
  const during = (start: string, end: string) => {
    const root = JSON.parse(sigstore.trustedRoot()) as { tlogs: { publicKey: { validFor: object } }[] };
    root.tlogs[1]!.publicKey.validFor = { start, end };
    return { root: parseTrustedRoot(Buffer.from(JSON.stringify(root)), 'root') };
  };

  it('is believed while the trusted root believes it, at all of the times, boundaries included', async () => {
    await judge(bundle, during(at(2), at(5)));
    await refuses(judge(bundle, during(at(2), at(4))), 'SIGNER_UNTRUSTED');
    await refuses(judge(bundle, during(at(3), at(5))), 'SIGNER_UNTRUSTED');
    await refuses(judge(bundle, during(at(6), at(9))), 'SIGNER_UNTRUSTED');
    await refuses(judge(bundle, during(at(0), at(1))), 'SIGNER_UNTRUSTED');
  });
});

describe('a log entry', () => {
  const genuine = sign();

  it.each<[string, Partial<SignedBlob>]>([
    ['somebody else made of the same signature', { certificate: sign().certificate }],
    ['is of another signature by the same signer', { signature: sign().signature }],
    ['is of another artifact by the same signer', { sha256: sha256Of(Buffer.from('other')) }],
  ])('that %s does not count', async (_, logged) => {
    const entries = [rekor.append(blobBody({ ...genuine, ...logged }), new Date(at(5)))];
    await refuses(judge(blobBundle({ ...genuine, entries })), 'SUBJECT_MISMATCH');
  });

  it('says where it is, with its time where the log signed one, and needs no proof beside a promise', async () => {
    const [entry] = genuine.entries as [LogEntry];
    const logged = { logId: rekor.id.toString('hex'), logIndex: entry.logIndex };
    for (const bundle of [blobBundle(genuine), legacyBundle(genuine)]) {
      expect((await judge(bundle)).loggedAt).toEqual([{ ...logged, integratedTime: new Date(at(2)) }]);
    }
    const untimed = await judge(blobBundle(sign({ log: 'v2' })));
    expect(untimed.loggedAt).toMatchObject([{ integratedTime: undefined }]);
  });
});

describe('the checkpoint of a proof', () => {
  const genuine = sign();
  const having = (checkpoint: (genuine: string) => string) =>
    judge(
      withEntries(genuine, (entry) => ({
        ...entry,
        proof: { ...entry.proof!, checkpoint: checkpoint(entry.proof!.checkpoint) },
      })),
    );

  it('may have signatures that are not known, and nothing else behind its own', async () => {
    await having((text) => `${text}\u2014 witness.example AAAAAAAA\n`);
    await refuses(
      having((text) => `${text}a remark\n`),
      'EVIDENCE_MALFORMED',
    );
  });

  it('is of the log, and of the root and size of the proof', async () => {
    const entry = (change: (entry: LogEntry) => LogEntry) => judge(withEntries(genuine, change));
    const { treeSize, rootHash } = genuine.entries[0]!.proof!;
    const truth = { treeSize, rootHash };
    await entry((one) => faults.withCheckpoint(one, rekor, truth));
    for (const change of [
      (one: LogEntry) => faults.withCheckpoint(one, rekor, { ...truth, origin: 'rekor.example' }),
      faults.withOtherRoot,
      faults.withOtherTreeSize,
    ]) {
      await refuses(entry(change), 'SIGNATURE_INVALID');
    }
  });
});

describe('an entry whose log did not say so', () => {
  const genuine = sign();

  it('is refused: another time, index or log', async () => {
    const changes: [(entry: LogEntry) => LogEntry, ErrorCode][] = [
      [(entry) => ({ ...entry, integratedTime: entry.integratedTime + 1 }), 'SIGNATURE_INVALID'],
      [(entry) => ({ ...entry, logIndex: entry.logIndex + 1 }), 'SIGNATURE_INVALID'],
      [(entry) => ({ ...entry, logId: rekorV2.id }), 'SIGNATURE_INVALID'],
      [(entry) => ({ ...entry, logId: other.rekor.id }), 'SIGNER_UNTRUSTED'],
    ];
    for (const [change, code] of changes) await refuses(judge(withEntries(genuine, change)), code);
  });

  it("is refused: Rekor v2's index other than the one proven", async () => {
    const moved = withEntries(sign({ log: 'v2' }), (entry) => ({ ...entry, logIndex: entry.logIndex + 1 }));
    await refuses(judge(moved), 'SIGNATURE_INVALID');
  });
});

describe('an entry of another log beside its own', () => {
  const signed = sign();
  const foreign = other.rekor.append(blobBody(signed), new Date('2026-11-20T09:00:00Z'));
  const [own] = signed.entries as [LogEntry];

  it('is passed over, and its time does not count, wherever it stands', async () => {
    for (const entries of [
      [own, foreign],
      [foreign, own],
    ]) {
      const { signer, loggedAt } = await judge(blobBundle({ ...signed, entries }));
      expect(signer.signedAt).toEqual(new Date('2026-11-20T10:00:02Z'));
      expect(loggedAt).toHaveLength(1);
    }
  });

  it('does not make up for its own, which must hold', async () => {
    const broken = faults.withChangedHash(own);
    await refuses(judge(blobBundle({ ...signed, entries: [foreign, broken] })), 'SIGNATURE_INVALID');
    await refuses(judge(blobBundle({ ...signed, entries: [foreign] })), 'SIGNER_UNTRUSTED');
    await refuses(judge(blobBundle({ ...signed, entries: [own, foreign, foreign] })), 'EVIDENCE_MALFORMED');
  });
});

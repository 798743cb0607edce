import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toPem } from '../../../../../scripts/upstream/sigstore/certificate.ts';
import * as faults from '../../../../../scripts/upstream/sigstore/entry-faults.ts';
import { createSigstore } from '../../../../../scripts/upstream/sigstore/instance.ts';
import {
  blobBundle,
  envelopeBundle,
  legacyBundle,
} from '../../../../../scripts/upstream/sigstore/renderings.ts';
import {
  renderStatement,
  sha256Of,
  signBlob,
  signEnvelope,
} from '../../../../../scripts/upstream/sigstore/signing.ts';
import type { LogEntry } from '../../../../../scripts/upstream/sigstore/transparency-log.ts';
import { judgeBundle, verdictOf } from '../../../../support/sigstore-judge.ts';

const validFrom = new Date('2026-01-01T00:00:00Z');
const at = new Date('2026-11-20T10:00:00Z');
const signer = { identity: 'someone@example.org', issuer: 'https://accounts.example.org', at };
const artifact = Buffer.from('artifact');
const sigstore = createSigstore({ validFrom });
const other = createSigstore({ validFrom });
const { rekor } = sigstore;

const sign = (request: Partial<Parameters<typeof signBlob>[2]> = {}) =>
  signBlob(sigstore, sha256Of(artifact), { ...signer, ...request });

describe.each(['v1', 'v2'] as const)('signed with Rekor %s', (log) => {
  it('verifies: a blob', () => {
    const { identity } = judgeBundle(sigstore, blobBundle(sign({ log })), artifact);
    expect(identity?.subjectAlternativeName).toBe('someone@example.org');
  });

  it('verifies: a statement', () => {
    const statement = renderStatement([
      { name: 'artifact', digest: { sha256: sha256Of(artifact).toString('hex') } },
    ]);
    const bundle = envelopeBundle(signEnvelope(sigstore, statement, { ...signer, log }));
    expect(judgeBundle(sigstore, bundle).identity?.extensions?.issuer).toBe(signer.issuer);
  });

  it('is refused: other bytes', () => {
    expect(verdictOf(sigstore, blobBundle(sign({ log })), Buffer.from('artefact'))).toBe('SIGNATURE_ERROR');
  });

  it('is refused by the trusted root of another Sigstore', () => {
    const code = log === 'v1' ? 'CERTIFICATE_ERROR' : 'TIMESTAMP_ERROR';
    expect(verdictOf(other, blobBundle(sign({ log })), artifact)).toBe(code);
  });

  it('is refused by a trusted root that began later or has ended', () => {
    const bundle = blobBundle(sign({ log }));
    const code = log === 'v1' ? 'CERTIFICATE_ERROR' : 'TIMESTAMP_ERROR';
    for (const validFor of [
      { start: new Date('2026-11-21T00:00:00Z') },
      { start: validFrom, end: new Date('2026-11-19T00:00:00Z') },
    ]) {
      expect(verdictOf(sigstore, bundle, artifact, { validFor })).toBe(code);
    }
  });

  it('is refused: seen after the certificate had ended', () => {
    const seen = (loggedAt: string) => blobBundle(sign({ log, loggedAt: new Date(loggedAt) }));
    expect(verdictOf(sigstore, seen('2026-11-20T10:10:01Z'), artifact)).toBe('CERTIFICATE_ERROR');
    expect(verdictOf(sigstore, seen('2026-11-20T10:10:00Z'), artifact)).toBe('accepted');
  });

  it('is refused: changed entries', () => {
    const signed = sign({ log });
    const verdict = (change: (entry: LogEntry) => LogEntry) =>
      verdictOf(sigstore, blobBundle({ ...signed, entries: signed.entries.map(change) }), artifact);
    expect(verdict((entry) => entry)).toBe('accepted');
    expect(verdict(faults.withChangedHash)).toBe('TLOG_INCLUSION_PROOF_ERROR');
    const { body } = sign({ log }).entries[0]!;
    const code = log === 'v1' ? 'TLOG_INCLUSION_PROMISE_ERROR' : 'TLOG_INCLUSION_PROOF_ERROR';
    expect(verdict((entry) => ({ ...entry, body }))).toBe(code);
  });
});

describe('an entry of Rekor v1 with a fault', () => {
  const signed = sign();
  const entry = signed.entries[0]!;
  const verdict = (...entries: readonly LogEntry[]) =>
    verdictOf(sigstore, blobBundle({ ...signed, entries }), artifact);

  it('has a proof in a tree of more than one leaf', () => {
    expect(entry.proof!.treeSize).toBeGreaterThan(5);
    expect(entry.proof!.hashes.length).toBeGreaterThan(1);
    expect(entry.logIndex).toBe(25_579_000 + entry.proof!.logIndex);
  });

  it.each<[string, string, LogEntry[]]>([
    ['no entry', 'TIMESTAMP_ERROR', []],
    ['no promise', 'TIMESTAMP_ERROR', [faults.withoutPromise(entry)]],
    ['no proof', 'VALIDATION_ERROR', [faults.withoutProof(entry)]],
    ['the entry twice', 'TIMESTAMP_ERROR', [entry, entry]],
    [
      'a time that was not promised',
      'TLOG_INCLUSION_PROMISE_ERROR',
      [{ ...entry, integratedTime: entry.integratedTime + 1 }],
    ],
    [
      'a promised time after the certificate',
      'CERTIFICATE_ERROR',
      [faults.withTime(entry, rekor, new Date('2026-11-20T10:10:01Z'))],
    ],
    ...[{ rootHash: Buffer.alloc(32) }, { treeSize: 3 }, { treeSize: 1000 }, { signerName: '(a+)+$' }].map(
      (lies): [string, string, LogEntry[]] => [
        `a checkpoint with another ${String(Object.keys(lies)[0])}`,
        'TLOG_INCLUSION_PROOF_ERROR',
        [faults.withCheckpoint(entry, rekor, lies)],
      ],
    ),
    [
      "another log's checkpoint",
      'TLOG_INCLUSION_PROOF_ERROR',
      [faults.withForeignCheckpoint(entry, other.rekor)],
    ],
  ])('is refused by the library: %s', (_case, code, entries) => {
    expect(verdict(...entries)).toBe(code);
  });

  it('can be at a chosen time, truthfully promised', () => {
    expect(verdict(faults.withTime(entry, rekor, new Date('2026-11-20T10:10:00Z')))).toBe('accepted');
  });

  // The library takes root and size from the checkpoint alone: the product has to compare them.
  it('can contradict its checkpoint, which the library does not see', () => {
    expect(verdict(faults.withOtherRoot(entry))).toBe('accepted');
    expect(verdict(faults.withOtherTreeSize(entry))).toBe('accepted');
    expect(faults.withOtherRoot(entry).proof!.rootHash).not.toEqual(entry.proof!.rootHash);
    expect(faults.withOtherTreeSize(entry).proof!.treeSize).toBe(entry.proof!.treeSize + 1);
  });
});

describe('the timestamp authority', () => {
  it('is believed by OpenSSL, where that is installed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-tsa-'));
    try {
      const write = (name: string, content: string | Buffer) => {
        writeFileSync(join(folder, name), content);
        return join(folder, name);
      };
      const [leaf, root] = sigstore.timestampAuthority.chain.map((der) => toPem(der));
      const args = (data: string) => [
        ...['ts', '-verify', '-in', write('tsr', sigstore.timestampAuthority.stamp(artifact, at))],
        ...[
          '-data',
          write('data', data),
          '-CAfile',
          write('root', root!),
          '-untrusted',
          write('leaf', leaf!),
        ],
        ...['-attime', String(at.getTime() / 1000)],
      ];
      const good = spawnSync('openssl', args('artifact'), { encoding: 'utf8' });
      if (good.error !== undefined) {
        expect(good.error).toHaveProperty('code', 'ENOENT');
        return;
      }
      expect([good.status, good.stdout]).toEqual([0, 'Verification: OK\n']);
      expect(spawnSync('openssl', args('artefact')).status).not.toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("cosign's older bundle", () => {
  it('has the promise and no proof', () => {
    const signed = sign();
    expect(JSON.parse(legacyBundle(signed))).toEqual({
      base64Signature: signed.signature.toString('base64'),
      cert: Buffer.from(toPem(signed.certificate)).toString('base64'),
      rekorBundle: {
        SignedEntryTimestamp: signed.entries[0]!.signedEntryTimestamp!.toString('base64'),
        Payload: {
          body: signed.entries[0]!.body.bytes.toString('base64'),
          integratedTime: at.getTime() / 1000 + 2,
          logIndex: signed.entries[0]!.logIndex,
          logID: rekor.id.toString('hex'),
        },
      },
    });
  });
});

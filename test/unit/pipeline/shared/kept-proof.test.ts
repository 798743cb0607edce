/** What is remembered of a judgement counts for the very same proof, trust and entry, and for nothing else. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { EvidenceEntry } from '../../../../src/formats/own/evidence.ts';
import type { Digest } from '../../../../src/model/digest.ts';
import type { FileStore } from '../../../../src/model/ports.ts';
import { version } from '../../../../src/model/version.ts';
import { documentName, KeptDocuments } from '../../../../src/pipeline/shared/kept-documents.ts';
import { KeptProofs, type KeptProof } from '../../../../src/pipeline/shared/kept-proof.ts';
import { digestOf } from '../../../../src/verify/digest.ts';
import type { TrustSource } from '../../../../src/verify/method.ts';

const document = Buffer.from('what was read');
const digest = digestOf('sha256', document);
const proof = {
  evidence: {
    documents: [{ role: 'checksums', url: 'https://example.org/sums', digest, size: document.length }],
    anchors: [],
  } as unknown as EvidenceEntry,
  verification: { method: 'checksum' },
  subject: { name: 'tool' },
};
const entry = { version: '1.0.0' };
const today = trustOf(digestOf('sha256', Buffer.from('today')));

function trustOf(trustDigest: Digest | undefined): TrustSource {
  return { digest: trustDigest } as TrustSource;
}

let kept: Map<Digest, Uint8Array>;
let files: Map<string, Uint8Array>;
beforeEach(() => {
  kept = new Map();
  files = new Map([[`manifests/evidence/documents/${documentName(digest)}`, document]]);
});

function proofs(trust = today): KeptProofs {
  const documents = new KeptDocuments('manifests', {
    read: (path: string) => Promise.resolve(files.get(path)),
  } as FileStore);
  const cache = {
    read: (name: Digest) => Promise.resolve(kept.get(name)),
    write: (name: Digest, bytes: Uint8Array) => Promise.resolve(void kept.set(name, bytes)),
  };
  return new KeptProofs(documents, trust, cache);
}

describe('a proof that was found good', () => {
  it('is known in the next run', async () => {
    expect(await proofs().isKnownGood(proof, entry)).toBe(false);
    await proofs().rememberGood(proof, entry);
    expect(await proofs().isKnownGood(proof, entry)).toBe(true);
  });

  it.each<[string, KeptProof, unknown, TrustSource]>([
    ['another entry', proof, { version: '1.0.1' }, today],
    ['another subject', { ...proof, subject: { name: 'other' } }, entry, today],
    ['another specification', { ...proof, verification: { method: 'apt' } }, entry, today],
    ['other evidence', { ...proof, evidence: { ...proof.evidence, size: 1 } }, entry, today],
    ['another trust', proof, entry, trustOf(digestOf('sha256', Buffer.from('tomorrow')))],
    ['a trust that has no digest', proof, entry, trustOf(undefined)],
  ])('is not known for %s', async (_, other, about, trust) => {
    await proofs().rememberGood(proof, entry);
    expect(await proofs(trust).isKnownGood(other, about)).toBe(false);
  });

  it('is not known to another version of assay', async () => {
    await proofs().rememberGood(proof, entry);
    const [mark] = [...kept.values()].map((bytes) => Buffer.from(bytes).toString());
    expect(mark).toContain(`"version":"${version}"`);
    const older = Buffer.from(mark!.replace(`"version":"${version}"`, '"version":"0.0.9"'));
    kept = new Map([[digestOf('sha256', older), older]]);
    expect(await proofs().isKnownGood(proof, entry)).toBe(false);
  });

  it('is not remembered by a trust that has no digest', async () => {
    await proofs(trustOf(undefined)).rememberGood(proof, entry);
    expect(kept.size).toBe(0);
  });

  it.each([
    ['is gone', undefined, 'EVIDENCE_MISSING'],
    ['has other bytes', Buffer.from('what was READ'), 'DIGEST_MISMATCH'],
  ])('is refused where a document of it %s', async (_, bytes, code) => {
    await proofs().rememberGood(proof, entry);
    if (bytes === undefined) files.clear();
    else files.set([...files.keys()][0]!, bytes);
    await expect(proofs().isKnownGood(proof, entry)).rejects.toMatchObject({ code });
  });
});

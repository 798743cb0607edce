/** What verifies by values: each refusal by its code, and nothing that was only claimed to be verified. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSigstore } from '../../../scripts/upstream/sigstore/instance.ts';
import {
  apiEntry,
  blobBundle,
  detachedCertificate,
  detachedSignature,
} from '../../../scripts/upstream/sigstore/renderings.ts';
import type { Verified } from '../../../src/model/verification.ts';
import { verifyBlob, type BlobRequest } from '../../../src/sources/verify-blob.ts';
import { readKeyring } from '../../../src/verify/openpgp/keyring.ts';
import {
  verifyAttestation,
  verifyBundle,
  type AttestationRequest,
  type BundleRequest,
} from '../../../src/verify/sigstore/verify-file.ts';
import { verifyChecksum, type ChecksumSigner } from '../../../src/verify/verify-checksum.ts';
import { verifyContent, type Digested } from '../../../src/verify/verify-content.ts';
import { armorSignature, clearsign, makeKey, publicKeyFile, signData } from '../../support/openpgp.ts';
import {
  artifact,
  attest,
  digestOf,
  predicateType,
  sign,
  trustedRoot,
  validFrom,
  who,
} from '../../support/throwaway-sigstore.ts';

const now = new Date('2026-11-20T12:00:00Z');
const other = Buffer.from('other bytes\n');
const signed = sign();
const good = blobBundle(signed);
const stranger = blobBundle(sign({ identity: 'someone@example.org' }));

function bundle(text: string, changes: Partial<BundleRequest> = {}) {
  return verifyBundle({
    ...{ bundle: Buffer.from(text), content: artifact, signer: { certificate: who }, trustedRoot, now },
    ...changes,
  });
}

function attestation(text: string, changes: Partial<AttestationRequest> = {}) {
  const given = {
    bundle: Buffer.from(text),
    content: artifact,
    signer: { certificate: who },
    trustedRoot,
    now,
  };
  return verifyAttestation({ ...given, predicateTypes: [predicateType], ...changes });
}

describe('verifyBundle', () => {
  it.each([
    ['a bundle', good],
    ['one of several', `${stranger}\n${good}\n`],
  ])('says who signed, in %s, and keeps what it was made of', async (_, text) => {
    const { subject, result } = await bundle(text, { url: 'tool.sigstore.json' });
    expect(subject).toEqual({ digest: digestOf(artifact) });
    expect(result).toMatchObject({
      assurance: 'signed',
      method: 'sigstore',
      verifiedAt: now,
      isDigestOnly: true,
    });
    expect(result).not.toHaveProperty('logSizes');
    expect(result.signers).toMatchObject([{ method: 'sigstore', ...who }]);
    expect(result.documents.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([good]);
  });

  it.each<[string, string, Partial<BundleRequest>, string]>([
    ['other bytes', good, { content: other }, 'DIGEST_MISMATCH'],
    ['another digest', good, { content: { digest: digestOf(other) } }, 'DIGEST_MISMATCH'],
    ['another signer', stranger, {}, 'SIGNER_UNTRUSTED'],
    [
      'another issuer',
      good,
      { signer: { certificate: { ...who, issuer: 'https://evil.example' } } },
      'SIGNER_UNTRUSTED',
    ],
    ['an empty identity', good, { signer: { certificate: { ...who, identity: '' } } }, 'SIGNER_UNTRUSTED'],
    [
      'another instance',
      blobBundle(sign({}, artifact, createSigstore({ validFrom }))),
      {},
      'SIGNER_UNTRUSTED',
    ],
    ['a statement', attest(), {}, 'EVIDENCE_MALFORMED'],
    ['nothing', '', {}, 'EVIDENCE_MALFORMED'],
  ])('refuses %s', async (_, text, changes, code) => {
    await expect(bundle(text, changes)).rejects.toMatchObject({ name: 'VerificationError', code });
  });
});

describe('verifyAttestation', () => {
  it('hands on the statement that is about the file', async () => {
    const { subject, result } = await attestation(attest(), { subjectName: 'tool.tar.gz' });
    expect(subject.statement.predicateType).toBe(predicateType);
    expect(result).toMatchObject({ assurance: 'attested', digest: digestOf(artifact) });
    // It says what the file is called, which a signature over its bytes does not.
    expect(result).not.toHaveProperty('isDigestOnly');
  });

  it.each<[string, string, Partial<AttestationRequest>, string]>([
    ['another file', attest(), { content: other }, 'SUBJECT_MISMATCH'],
    ['another name', attest(), { subjectName: 'other.tar.gz' }, 'SUBJECT_MISMATCH'],
    ['another file of its name', attest(), { content: other, subjectName: 'tool.tar.gz' }, 'DIGEST_MISMATCH'],
    ['another predicate', attest(), { predicateTypes: ['https://example.org/scan'] }, 'SUBJECT_MISMATCH'],
    ['a bare signature', good, {}, 'EVIDENCE_MALFORMED'],
    ['another signer', attest({ identity: 'someone@example.org' }), {}, 'SIGNER_UNTRUSTED'],
  ])('refuses %s', async (_, text, changes, code) => {
    await expect(attestation(text, changes)).rejects.toMatchObject({ name: 'VerificationError', code });
  });
});

describe('verifyBlob', () => {
  const answer = Buffer.from(JSON.stringify(signed.entries.map((entry) => apiEntry(entry))));
  const blob = (changes: Partial<BlobRequest> = {}) =>
    verifyBlob({
      signature: Buffer.from(detachedSignature(signed)),
      certificate: Buffer.from(detachedCertificate(signed)),
      ...{ content: artifact, rekor: { answer }, signer: who, trustedRoot, now, ...changes },
    });

  it('makes a bundle that verifies without the log', async () => {
    const { subject, result } = await blob();
    expect(result).toMatchObject({ assurance: 'signed', signers: [who], logSizes: [{}] });
    expect(result.documents.map(({ role }) => role)).toEqual(['signature', 'certificate', 'rekor-answer']);
    const again = await bundle(Buffer.from(subject.bundle).toString());
    expect(again.subject.digest).toBe(subject.digest);
  });

  it('asks the log only about a signature that holds', async () => {
    const asked: string[] = [];
    const fetcher = {
      post: ({ url }: { readonly url: string }) => {
        asked.push(url);
        return Promise.resolve({ bytes: answer });
      },
    };
    const rekor = { url: 'https://rekor.example/', fetcher };
    await expect(blob({ rekor, content: other })).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
    expect(asked).toEqual([]);
    expect((await blob({ rekor })).subject.digest).toBe(digestOf(artifact));
    expect(asked).toEqual(['https://rekor.example/api/v1/log/entries/retrieve']);
  });

  it.each<[string, Partial<BlobRequest>, string]>([
    ['a log without the entry', { rekor: { answer: Buffer.from('[]') } }, 'EVIDENCE_MISSING'],
    ['another signer', { signer: { ...who, identity: 'someone@example.org' } }, 'SIGNER_UNTRUSTED'],
    ['a signature that is too large', { signature: Buffer.alloc(1 << 20) }, 'LIMIT_EXCEEDED'],
    ['no certificate', { certificate: Buffer.alloc(0) }, 'EVIDENCE_MALFORMED'],
  ])('refuses %s', async (_, changes, code) => {
    await expect(blob(changes)).rejects.toMatchObject({ name: 'VerificationError', code });
  });
});

describe('verifyChecksum', async () => {
  const key = await makeKey();
  const keyring = await readKeyring([{ name: 'keys.asc', bytes: publicKeyFile(key) }]);
  const hex = createHash('sha256').update(artifact).digest('hex');
  const text = `${hex}  tool.tar.gz\n`;
  const signature = Buffer.from(armorSignature(await signData(Buffer.from(text), { key })));
  const check = (checksums: string | Uint8Array, signedBy: ChecksumSigner, name = 'tool.tar.gz') =>
    verifyChecksum({ checksums: Buffer.from(checksums), name, signedBy, now });

  it('by a detached signature, by one around the text, by a bundle, by nobody', async () => {
    const bundleOf = Buffer.from(blobBundle(sign({}, Buffer.from(text))));
    const verified = [
      await check(text, { keyring, signature }),
      await check(await clearsign(text, { key }), { keyring }),
      await check(text, { bundle: bundleOf, signer: { certificate: who }, trustedRoot }),
      await check(text, 'nobody'),
    ];
    expect(new Set(verified.map(({ subject }) => subject.digest))).toEqual(new Set([digestOf(artifact)]));
    expect(verified.map(({ result }) => result.assurance)).toEqual([
      'signed',
      'signed',
      'signed',
      'checksum',
    ]);
    expect(verified.map(({ result }) => result.method)).toEqual([
      'openpgp',
      'openpgp',
      'sigstore',
      'checksum',
    ]);
  });

  it('refuses a file that was changed, a stranger, a name that is not there, and a signed digest without a name', async () => {
    const keys = { keyring, signature };
    const strangers = await readKeyring([{ name: 'keys.asc', bytes: publicKeyFile(await makeKey()) }]);
    await expect(check(text.replace('tool', 'evil'), keys)).rejects.toMatchObject({
      code: 'SIGNATURE_INVALID',
    });
    await expect(check(text, { ...keys, keyring: strangers })).rejects.toMatchObject({
      code: 'SIGNER_UNTRUSTED',
    });
    await expect(check(text, keys, 'other')).rejects.toMatchObject({ code: 'EVIDENCE_MISSING' });
    const alone = Buffer.from(`${hex}\n`);
    const over = Buffer.from(armorSignature(await signData(alone, { key })));
    await expect(check(alone, { keyring, signature: over })).rejects.toMatchObject({
      code: 'EVIDENCE_MALFORMED',
    });
    await check(alone, 'nobody');
    // Clearsigned, and nobody is to be asked: its text may be anybody's.
    await expect(check(await clearsign(text, { key }), 'nobody')).rejects.toMatchObject({
      code: 'EVIDENCE_MALFORMED',
    });
  });
});

describe('verifyContent', () => {
  it('takes the bytes, whole or in pieces, and refuses others', async () => {
    const verified = await bundle(good);
    await verifyContent(verified, artifact);
    await verifyContent(verified, [artifact.subarray(0, 3), artifact.subarray(3)]);
    await expect(verifyContent(verified, other)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    await expect(verifyContent(verified, [])).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('refuses what no verifier made: a copy, a cast', async () => {
    const verified = await bundle(good);
    const forged: object = { ...verified, subject: { digest: digestOf(other) } };
    await expect(verifyContent(forged as Verified<Digested>, other)).rejects.toThrow(TypeError);
  });
});

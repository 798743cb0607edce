/** cosign's `.sig` and `.pem` over a checksum file, and over the file itself: the log is asked, and who signed is exact. */
import { describe, expect, it } from 'vitest';
import {
  apiEntry,
  detachedCertificate,
  detachedSignature,
} from '../../../../scripts/upstream/sigstore/renderings.ts';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import type { DocumentStore } from '../../../../src/model/need.ts';
import { Gathering } from '../../../../src/sources/gather.ts';
import { cosignBlob } from '../../../../src/verify/methods/cosign-blob.ts';
import { hexA, judgedAt, toolFor } from '../../../support/judge-checksums.ts';
import { takenWithFlips } from '../../../support/flipped-bits.ts';
import { refusal } from '../../../support/refusals.ts';
import { digestOf, sign, trustedRoot, who } from '../../../support/throwaway-sigstore.ts';
import { trusting } from '../../../support/trusting.ts';

const tool = toolFor('amd64');
const asset = Buffer.from('the tool..');
const checksums = Buffer.from(`${hexA}  tool-amd64\n`);
const trust = trusting({ trustedRoot: () => Promise.resolve(trustedRoot) });
const rekor = 'https://rekor.example.org';
const direct = { method: 'cosign-blob', signature: '{asset}.sig', certificate: '{asset}.pem', rekor, ...who };
const spec = {
  ...direct,
  checksums: 'SHA256SUMS',
  signature: 'SHA256SUMS.sig',
  certificate: 'SHA256SUMS.pem',
};

type Files = Readonly<Record<string, string | Buffer>>;

function filesFor(signed: ReturnType<typeof sign>): Files {
  return {
    ...{ checksums, asset, signature: detachedSignature(signed), certificate: detachedCertificate(signed) },
    'rekor-answer': JSON.stringify(signed.entries.map((entry) => apiEntry(entry))),
  };
}

const signedChecksums = sign({}, checksums);
const overChecksums = filesFor(signedChecksums);
const overAsset = filesFor(sign({}, asset));

async function judge(wanted: object, files: Files, more: Files = {}) {
  const asked: string[] = [];
  const store: DocumentStore = {
    read: ({ role }) => {
      asked.push(role);
      return Promise.resolve({ bytes: Buffer.from({ ...files, ...more }[role] as string) });
    },
  };
  const parsed = cosignBlob.schema.parse(wanted);
  const gathering = new Gathering(store, { trust, now: judgedAt });
  const { verified } = await gathering.judge(cosignBlob, { spec: parsed, subject: tool, subjects: [tool] });
  return { ...verified, asked };
}

const refuse = async (code: ErrorCode, ...given: Parameters<typeof judge>) =>
  refusal(judge(...given), VerificationError, code);

describe('method cosign-blob', () => {
  it('takes a signed checksum file', async () => {
    const { subject, result } = await judge(spec, overChecksums);
    expect(subject.digest).toBe(`sha256:${hexA}`);
    expect(result).toMatchObject({ assurance: 'signed', method: 'sigstore', signers: [who] });
    expect(result.isDigestOnly).toBeUndefined();
    const log = expect.stringContaining('rekor.sigstore.dev') as string;
    expect(result.logSizes).toEqual([{ log, size: signedChecksums.entries[0]!.proof!.treeSize }]);
    const roles = ['signature', 'certificate', 'rekor-answer', 'checksums'];
    expect(result.documents.map(({ role }) => role)).toEqual(roles);
  });

  it('takes a certificate in PEM as well as base64 of it', async () => {
    const pem = Buffer.from(String(overChecksums['certificate']), 'base64');
    expect(pem.toString()).toMatch(/^-----BEGIN CERTIFICATE-----/);
    await judge(spec, overChecksums, { certificate: pem });
  });

  it('takes the file itself, of which nobody signs the name', async () => {
    const { subject, result, asked } = await judge(direct, overAsset);
    expect(subject.digest).toBe(digestOf(asset));
    expect(result).toMatchObject({ assurance: 'signed', signers: [who], isDigestOnly: true });
    expect(asked).toEqual(['asset', 'signature', 'certificate', 'rekor-answer']);
  });

  it.each([
    [
      'another checksum file',
      spec,
      overChecksums,
      { checksums: `${hexA}  tool-amd64\n\n` },
      'SIGNATURE_INVALID',
    ],
    ['another file', direct, overAsset, { asset: 'the fool..' }, 'SIGNATURE_INVALID'],
    ['a file of another size', direct, overAsset, { asset: 'the tool' }, 'SIZE_MISMATCH'],
    ['the signature of the file', spec, overAsset, {}, 'SIGNATURE_INVALID'],
    ['no entry of the log', spec, overChecksums, { 'rekor-answer': '[]' }, 'EVIDENCE_MISSING'],
    [
      'the entry of another',
      spec,
      overChecksums,
      { 'rekor-answer': String(overAsset['rekor-answer']) },
      'SUBJECT_MISMATCH',
    ],
    ['no signature', spec, overChecksums, { signature: '' }, 'EVIDENCE_MALFORMED'],
    ['no certificate', spec, overChecksums, { certificate: '-----' }, 'EVIDENCE_MALFORMED'],
    ['another signer', { ...spec, identity: 'other@example.org' }, overChecksums, {}, 'SIGNER_UNTRUSTED'],
    ['another issuer', { ...spec, issuer: 'https://example.org' }, overChecksums, {}, 'SIGNER_UNTRUSTED'],
    ['no line for the file', { ...spec, name: 'fool-amd64' }, overChecksums, {}, 'EVIDENCE_MISSING'],
  ] as const)('refuses %s', async (_, wanted, files, changes, code) => {
    await refuse(code, wanted, files, changes);
  });

  it('asks no log about what does not hold', async () => {
    const asked: string[] = [];
    const files = { ...overChecksums, checksums: `${hexA}  fool\n` };
    const read: DocumentStore['read'] = ({ role }) => {
      asked.push(role);
      return Promise.resolve({ bytes: Buffer.from(files[role as 'checksums']) });
    };
    const asking = { spec: cosignBlob.schema.parse(spec), subject: tool, subjects: [tool] };
    const judging = new Gathering({ read }, { trust, now: judgedAt }).judge(cosignBlob, asking);
    await refusal(judging, VerificationError, 'SIGNATURE_INVALID');
    expect(asked).not.toContain('rekor-answer');
  });

  it('refuses any bit flipped', async () => {
    for (const role of ['checksums', 'signature', 'certificate', 'rekor-answer']) {
      const whole = Buffer.from(overChecksums[role]!);
      const taken = await takenWithFlips(
        whole,
        (flipped) => judge(spec, overChecksums, { [role]: flipped }),
        60,
      );
      // The answer of a log has names in it that nobody looks at.
      expect(taken.length, role).toBeLessThan(role === 'rekor-answer' ? 10 : 1);
      for (const { subject } of taken) expect(subject.digest).toBe(`sha256:${hexA}`);
    }
  });
});

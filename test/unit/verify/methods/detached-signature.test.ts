/** A signature with its certificate: a log is asked about what holds by itself, and of nothing else. */
import { describe, expect, it } from 'vitest';
import {
  apiEntry,
  detachedCertificate,
  detachedSignature as signatureText,
} from '../../../../scripts/upstream/sigstore/renderings.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { fileNeed } from '../../../../src/model/need.ts';
import {
  answerTo,
  certificateFile,
  detachedSignature,
  signatureFile,
} from '../../../../src/verify/methods/detached-signature.ts';
import { documentsOf, judging } from '../../../support/judge-checksums.ts';
import { refusal } from '../../../support/refusals.ts';
import { artifact, digestOf, sign, trustedRoot, who } from '../../../support/throwaway-sigstore.ts';
import { trusting } from '../../../support/trusting.ts';

const signed = sign();
const subject = {
  digest: digestOf(artifact),
  signature: fileNeed(signatureFile, 'https://example.org/tool.sig'),
  certificate: fileNeed(certificateFile, 'https://example.org/tool.cert'),
  rekor: 'https://rekor.example.org',
};
const files = { signature: signatureText(signed), certificate: detachedCertificate(signed) };
const answer = JSON.stringify(signed.entries.map((entry) => apiEntry(entry)));

function matterOf(documents: Readonly<Record<string, string>>, changes: Partial<typeof subject> = {}) {
  const asked = { ...subject, ...changes };
  return {
    ...{ ...judging, spec: who, subject: asked, subjects: [asked], documents: documentsOf(documents) },
    trust: trusting({ trustedRoot: () => Promise.resolve(trustedRoot) }),
  };
}

describe('detachedSignature', () => {
  it('needs both files, then the answer of the log, and then nothing', async () => {
    expect(await detachedSignature.next(matterOf({}))).toEqual([subject.signature, subject.certificate]);
    expect(await detachedSignature.next(matterOf({ signature: files.signature }))).toHaveLength(2);
    const [question, ...others] = await detachedSignature.next(matterOf(files));
    expect(others).toEqual([]);
    expect(question).toMatchObject({
      kind: 'lookup',
      role: 'rekor-answer',
      url: 'https://rekor.example.org/api/v1/log/entries/retrieve',
    });
    const complete = matterOf({ ...files, 'rekor-answer': answer });
    expect(answerTo(subject, complete.documents).bytes).toEqual(Buffer.from(answer));
  });

  it('asks no log about a signature that does not hold', async () => {
    const other = matterOf(files, { digest: digestOf(Buffer.from('another file')) });
    await refusal(async () => detachedSignature.next(other), VerificationError, 'SIGNATURE_INVALID');
    const swapped = matterOf({ ...files, certificate: detachedCertificate(sign()) });
    await refusal(async () => detachedSignature.next(swapped), VerificationError, 'SIGNATURE_INVALID');
    const none = matterOf({ ...files, certificate: 'none' });
    await refusal(async () => detachedSignature.next(none), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it('says who signed, and makes a bundle of it', async () => {
    const { verified, bundle } = await detachedSignature.judge(
      matterOf({ ...files, 'rekor-answer': answer }),
    );
    expect(verified).toMatchObject({ digest: subject.digest, signer: who });
    expect(JSON.parse(Buffer.from(bundle).toString())).toHaveProperty('messageSignature');
  });

  it.each([
    ['another digest', { digest: digestOf(Buffer.from('another file')) }, answer, 'SUBJECT_MISMATCH'],
    [
      'a digest that ECDSA did not sign',
      { digest: `sha512:${'a'.repeat(128)}` as const },
      answer,
      'ALGORITHM_REFUSED',
    ],
    ['no entry of the log', {}, '[]', 'EVIDENCE_MISSING'],
    ['an answer that is none', {}, '<!doctype html>', 'EVIDENCE_MALFORMED'],
  ] as const)('refuses %s', async (_, changes, text, code) => {
    const matter = matterOf({ ...files, 'rekor-answer': text }, changes);
    await refusal(async () => detachedSignature.judge(matter), VerificationError, code);
  });

  it('refuses another signer than the one that is asked for', async () => {
    const matter = matterOf({ ...files, 'rekor-answer': answer });
    const spec = { ...who, identity: 'other@example.org' };
    await refusal(detachedSignature.judge({ ...matter, spec }), VerificationError, 'SIGNER_UNTRUSTED');
  });
});

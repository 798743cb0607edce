/** Two chains that ask one log are judged apart, from upstream and from what was kept. */
import { describe, expect } from 'vitest';
import { evidenceOf } from '../../../src/formats/own/evidence.ts';
import type { FileStore } from '../../../src/model/ports.ts';
import { documentName, KeptDocuments } from '../../../src/pipeline/shared/kept-documents.ts';
import { KeptProofs } from '../../../src/pipeline/shared/kept-proof.ts';
import { sealed } from '../../../src/pipeline/shared/seal.ts';
import { parseTrustedRoot } from '../../../src/verify/sigstore/trusted-root.ts';
import { question } from '../../support/question-sample.ts';
import { catalogue, outcomes, sigstore, test } from '../../support/release-upstream.ts';
import { trusting } from '../../support/trusting.ts';

const own = catalogue.dependencies.find(({ name }) => name === 'kubelet')!.verification;
const { rekor, identity, issuer } = own as unknown as Record<string, string>;
const witness = {
  ...{ method: 'cosign-signature', checksum: '{asset}.sha256' },
  ...{ signature: '{asset}.sig', certificate: '{asset}.cert', rekor, identity, issuer },
};
const amd64 = [{ arch: 'amd64' }] as const;
const asking = (witnesses: readonly unknown[]) => ({ verification: { witnesses } });

describe('a witness that asks the same log', () => {
  test('stands in the proof with an answer of its own, and is judged again from it', async ({ upstream }) => {
    const [resolution] = await upstream.ask(['kubelet'], amd64, asking([witness]));
    if (resolution?.status !== 'resolved') return expect.fail(JSON.stringify(resolution));
    const { subject, result } = resolution.verified;
    expect(result.witnesses).toMatchObject([{ method: 'cosign-signature', digest: subject.digest }]);
    expect(result.documents.map(({ role }) => role).sort()).toEqual([
      ...['certificate', 'checksum', 'rekor-answer', 'sbom', 'sbom-certificate', 'sbom-rekor-answer'],
      ...['sbom-signature', 'signature', 'witness-rekor-answer'],
    ]);

    const evidence = sealed(evidenceOf(subject, result, { question, watermark: {}, anchors: [] }));
    const files = new Map(
      result.documents.map(({ digest, bytes }) => [
        `manifests/evidence/documents/${documentName(digest)}`,
        bytes,
      ]),
    );
    const store = { read: (path: string) => Promise.resolve(files.get(path)) } as FileStore;
    const trust = trusting({
      keyring: () => expect.fail('no key is asked for'),
      trustedRoot: () =>
        Promise.resolve(parseTrustedRoot(Buffer.from(sigstore.trustedRoot()), 'trusted_root.json')),
    });
    const values = { version: subject.version, tag: `v${subject.version}`, arch: 'amd64', os: 'debian-13' };
    const proof = {
      ...{ evidence, verification: { ...own, witnesses: [witness] } },
      subject: { artifact: subject, fileName: 'kubelet', values: { ...values, asset: 'kubelet' } },
    };
    const judge = () => new KeptProofs(new KeptDocuments('manifests', store), trust).judge(proof);
    expect((await judge()).verified.result.witnesses).toEqual(result.witnesses);

    const answer = result.documents.find(({ role }) => role === 'witness-rekor-answer')!;
    const without = {
      ...proof,
      evidence: { ...evidence, documents: evidence.documents.filter(({ role }) => role !== answer.role) },
    };
    const proofs = new KeptProofs(new KeptDocuments('manifests', store), trust);
    await expect(proofs.judge(without)).rejects.toMatchObject({
      code: 'EVIDENCE_MISSING',
      message: expect.stringContaining('witness-rekor-answer') as string,
    });
  });

  test('is refused where another has signed', async ({ upstream }) => {
    const other = { ...witness, identity: 'somebody@example.org' };
    expect(outcomes(await upstream.ask(['kubelet'], amd64, asking([other])))).toEqual([
      'VerificationError SIGNER_UNTRUSTED',
    ]);
  });
});

/**
 * Real signed material, verified as far as it goes. Runs where ASSAY_CORPUS names the directory that holds
 * `real-sigstore/`.
 *
 * Of kubectl's signature everything was published but what the log said: derivation, chain, certificate
 * transparency, identity and signature are real, and the log that vouches for the time is a throwaway one.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSigstore } from '../../scripts/upstream/sigstore/instance.ts';
import type { LogBody } from '../../scripts/upstream/sigstore/log-bodies.ts';
import { apiEntry } from '../../scripts/upstream/sigstore/renderings.ts';
import { VerificationError, type ErrorCode } from '../../src/model/errors.ts';
import { toPem } from '../../src/formats/text/pem.ts';
import {
  bundleOf,
  verifyImageSignature,
  type ImageSignatureInput,
} from '../../src/verify/image/cosign-signature.ts';
import {
  loggedForms,
  parseBareEnvelope,
  requireEnvelopeSignature,
} from '../../src/verify/sigstore/bare-envelope.ts';
import { findBundles } from '../../src/verify/sigstore/bundle-file.ts';
import { parseBundle } from '../../src/verify/sigstore/bundle.ts';
import { requireSubject, verifyStatement } from '../../src/verify/sigstore/in-toto.ts';
import { verifyEnvelopeWithLog, verifyWithLog } from '../../src/verify/sigstore/rekor-answer.ts';
import { canonicalEntry, leafHash, parseDetached } from '../../src/verify/sigstore/rekor.ts';
import { parseTrustedRoot } from '../../src/verify/sigstore/trusted-root.ts';
import { parseCertificate } from '../../src/verify/sigstore/x509/certificate.ts';
import { verifyMessage } from '../../src/verify/sigstore/verify-bundle.ts';
import { refusal } from '../support/refusals.ts';
import { root as checkout } from '../support/run-assay.ts';
import { digestOf } from '../support/throwaway-sigstore.ts';

/** As far as its parts are taken out of it. */
interface RealBundle {
  messageSignature: { signature: string };
  verificationMaterial: {
    x509CertificateChain: { certificates: { rawBytes: string }[] };
    tlogEntries: {
      logIndex: string;
      logId: { keyId: string };
      integratedTime: string;
      inclusionPromise: { signedEntryTimestamp: string };
      canonicalizedBody: string;
    }[];
  };
}

interface AboutProvenance {
  readonly file: string;
  readonly form: string;
  readonly predicateType: string;
  readonly subjects: readonly { readonly name: string; readonly sha256: string }[];
  readonly certificate: Readonly<Record<'identity' | 'issuer' | 'repository' | 'ref', string>>;
}

const corpus = process.env['ASSAY_CORPUS'];

describe.runIf(corpus !== undefined)('real-sigstore corpus', () => {
  if (corpus === undefined) {
    console.info('real-sigstore corpus skipped: ASSAY_CORPUS not set');
    it('skipped: ASSAY_CORPUS not set', () => undefined);
    return;
  }
  const read = (name: string) => readFileSync(join(resolve(corpus), 'real-sigstore', name));
  const rootBytes = readFileSync(join(checkout, 'trust/sigstore-trusted-root.json'));
  const trustedRoot = parseTrustedRoot(rootBytes, 'root');
  const google = 'https://accounts.google.com';
  const github = 'https://token.actions.githubusercontent.com';

  /** The real root, with a log of ours in place of Rekor's, that saw the real entry at a time. */
  function loggedAt(body: LogBody, time: Date) {
    const { rekor } = createSigstore({ validFrom: new Date('2022-01-01T00:00:00Z') });
    const root = JSON.parse(rootBytes.toString()) as { tlogs: unknown[] };
    root.tlogs = [
      {
        baseUrl: rekor.baseUrl,
        hashAlgorithm: 'SHA2_256',
        publicKey: {
          rawBytes: rekor.spki.toString('base64'),
          keyDetails: 'PKIX_ECDSA_P256_SHA_256',
          validFor: { start: '2022-01-01T00:00:00Z' },
        },
        logId: { keyId: rekor.id.toString('base64') },
      },
    ];
    const answer = Buffer.from(JSON.stringify([apiEntry(rekor.append(body, time))]));
    return { answer, trustedRoot: parseTrustedRoot(Buffer.from(JSON.stringify(root)), 'root') };
  }

  it('the root is the pinned one', () => {
    expect(read('trusted_root.json').equals(rootBytes)).toBe(true);
  });

  describe('a Kubernetes image, by its payload', () => {
    const bundle = parseBundle(read('capi-controller-v1.5.0.sigstore.json'), 'capi');
    const digest = digestOf(read('capi-controller-v1.5.0.payload.json'));
    const signer = { identity: 'krel-trust@k8s-releng-prod.iam.gserviceaccount.com', issuer: google };
    const judge = (change: Partial<typeof signer> = {}, subject = digest) =>
      verifyMessage({
        bundle,
        signer: { certificate: { ...signer, ...change } },
        trustedRoot,
        subject: { digest: subject },
      });

    it('verifies end to end', async () => {
      const { signer: found, loggedAt } = await judge();
      expect(found).toMatchObject({ ...signer, signedAt: new Date('2023-07-25T17:04:44Z') });
      expect(loggedAt).toMatchObject([{ logIndex: 28_719_030 }]);
    });

    it('is nobody else’s, and of nothing else', async () => {
      await refusal(judge({ identity: 'krel-staging@k8s-releng-prod.iam.gserviceaccount.com' }), VerificationError, 'SIGNER_UNTRUSTED');
      await refusal(judge({ issuer: github }), VerificationError, 'SIGNER_UNTRUSTED');
      await refusal(judge({}, digestOf(Buffer.from('other'))), VerificationError, 'DIGEST_MISMATCH');
    });
  });

  describe('a Kubernetes image, by what its registry holds', () => {
    // The bundle's parts, where cosign puts them: annotations of a layer that is the payload.
    const payload = read('capi-controller-v1.5.0.payload.json');
    const { messageSignature, verificationMaterial } = JSON.parse(
      read('capi-controller-v1.5.0.sigstore.json').toString(),
    ) as RealBundle;
    const entry = verificationMaterial.tlogEntries[0]!;
    const certificate = verificationMaterial.x509CertificateChain.certificates[0]!;
    const layer = {
      mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
      digest: digestOf(payload),
      size: payload.length,
      annotations: {
        'dev.cosignproject.cosign/signature': messageSignature.signature,
        'dev.sigstore.cosign/certificate': toPem(Buffer.from(certificate.rawBytes, 'base64'), 'CERTIFICATE'),
        'dev.sigstore.cosign/bundle': JSON.stringify({
          SignedEntryTimestamp: entry.inclusionPromise.signedEntryTimestamp,
          Payload: {
            body: entry.canonicalizedBody,
            integratedTime: Number(entry.integratedTime),
            logIndex: Number(entry.logIndex),
            logID: Buffer.from(entry.logId.keyId, 'base64').toString('hex'),
          },
        }),
      },
    };
    const digest = 'sha256:f34016d3a494f9544a16137c9bba49d8756c574a0a1baf96257903409ef82f77' as const;
    const reference = 'registry.k8s.io/cluster-api/cluster-api-controller';
    const identity = 'krel-trust@k8s-releng-prod.iam.gserviceaccount.com';
    const judge = (changes: Partial<ImageSignatureInput> = {}) =>
      verifyImageSignature({
        ...{ bundle: bundleOf(layer, 'capi'), payload, layer, digest, reference, trustedRoot, what: 'capi' },
        signer: { identity, issuer: google },
        ...changes,
      });

    it('verifies: it names the repository in production, though it was promoted from another', async () => {
      const { signer, digest: vouched } = await judge();
      expect([signer, vouched]).toMatchObject([{ identity }, digest]);
    });

    it.each<[string, Partial<ImageSignatureInput>, ErrorCode]>([
      ['another image', { digest: digestOf(Buffer.from('x')) }, 'SUBJECT_MISMATCH'],
      ['another repository', { reference: 'registry.k8s.io/pause' }, 'SUBJECT_MISMATCH'],
      ['the signer of the binaries', { signer: { identity: identity.replace('trust', 'staging'), issuer: google } }, 'SIGNER_UNTRUSTED'],
      ['another payload', { payload: Buffer.from(payload.toString().replace('f3', 'f4')) }, 'DIGEST_MISMATCH'],
    ])('is refused for %s', async (_, changes, code) => {
      await refusal(judge(changes), VerificationError, code);
    });
  });

  describe("a release's provenance, by GitHub Actions", () => {
    const bundle = findBundles(read('rules_lint-v1.3.1.tar.gz.intoto.jsonl'), 'rules_lint')[0].read();
    const certificate = {
      identity: 'https://github.com/bazel-contrib/.github/.github/workflows/release_ruleset.yaml@refs/tags/v7.1.0',
      issuer: github,
      sourceRepository: 'https://github.com/aspect-build/rules_lint',
    };
    const judge = (change: Partial<typeof certificate> = {}, predicateTypes = ['https://slsa.dev/provenance/v1']) =>
      verifyStatement({
        bundle,
        signer: { certificate: { ...certificate, ...change } },
        trustedRoot,
        predicateTypes,
      });
    const subject = {
      name: 'rules_lint-v1.3.1.tar.gz',
      digest: 'sha256:1636f443b01c9ee310ee5834956d0dce374c3d3bf8d4cebc9f6b86f8304b4982',
    } as const;

    it('verifies end to end, and vouches for its subject', async () => {
      const statement = await judge();
      expect(() => requireSubject(statement, subject)).not.toThrow();
      await refusal(() => requireSubject(statement, { ...subject, name: 'x' }), VerificationError, 'SUBJECT_MISMATCH');
      const digest = `sha256:${'0'.repeat(64)}` as const;
      await refusal(() => requireSubject(statement, { ...subject, digest }), VerificationError, 'DIGEST_MISMATCH');
    });

    it('is refused for another workflow, repository or predicate', async () => {
      await refusal(judge({ identity: `${certificate.identity}.1` }), VerificationError, 'SIGNER_UNTRUSTED');
      await refusal(judge({ sourceRepository: 'https://github.com/aspect-build/rules_js' }), VerificationError, 'SIGNER_UNTRUSTED');
      await refusal(judge({}, ['https://spdx.dev/Document']), VerificationError, 'SUBJECT_MISMATCH');
    });
  });

  describe('kubectl v1.26.0-rc.1, by signature, certificate and published digest', () => {
    const meta = JSON.parse(read('kubectl-v1.26.0-rc.1-linux-amd64.meta.json').toString()) as {
      sha256: string;
      uuid: string;
      integratedTime: number;
    };
    const files = {
      digest: `sha256:${meta.sha256}` as const,
      signature: read('kubectl-v1.26.0-rc.1-linux-amd64.sig'),
      certificate: read('kubectl-v1.26.0-rc.1-linux-amd64.cert'),
      what: 'kubectl.sig',
    };
    const detached = parseDetached(files);
    const signer = { identity: 'krel-staging@k8s-releng-prod.iam.gserviceaccount.com', issuer: google };

    it('the entry that Rekor has follows from them', () => {
      expect(meta.uuid.endsWith(leafHash(canonicalEntry(detached)))).toBe(true);
      expect(leafHash(canonicalEntry({ ...detached, digest: digestOf(Buffer.from('other')) }))).not.toBe(
        meta.uuid.slice(-64),
      );
    });

    async function judge(seconds: number, asked = detached, as = signer) {
      const body = { kind: 'hashedrekord', version: '0.0.1', bytes: canonicalEntry(asked) } as const;
      const logged = loggedAt(body, new Date(seconds * 1000));
      return verifyWithLog({ ...logged, detached: asked, signer: as, what: 'kubectl.sig' });
    }

    it('chain, certificate transparency, identity and signature hold at its integrated time', async () => {
      const { verified } = await judge(meta.integratedTime);
      expect(verified).toMatchObject({ digest: files.digest, signer });
    });

    it.each<[string, () => Promise<unknown>, ErrorCode]>([
      ['an hour later', () => judge(meta.integratedTime + 3600), 'METADATA_EXPIRED'],
      ['another digest', () => judge(meta.integratedTime, { ...detached, digest: digestOf(Buffer.from('x')) }), 'SIGNATURE_INVALID'],
      ['another signer', () => judge(meta.integratedTime, detached, { ...signer, identity: 'x@example.org' }), 'SIGNER_UNTRUSTED'],
    ])('is refused: %s', async (_, judgement, code) => {
      await refusal(judgement(), VerificationError, code);
    });
  });

  describe('envelopes by slsa-github-generator, which have no log in them', () => {
    const directory = join(resolve(corpus), '../reach/real/slsa');
    const about = JSON.parse(readFileSync(join(directory, 'about.json'), 'utf8')) as AboutProvenance[];
    const bare = about.filter(({ form }) => form.startsWith('bare'));

    it('there are twelve', () => expect(bare).toHaveLength(12));

    it.each(bare)('$file', async ({ file, certificate, predicateType, subjects }) => {
      const bytes = readFileSync(join(directory, file));
      await refusal(() => parseBundle(bytes, file), VerificationError, 'EVIDENCE_MISSING');
      if (file.startsWith('gha_go-v1.0.0')) {
        // There is no certificate in it.
        await refusal(() => parseBareEnvelope(bytes, file), VerificationError, 'EVIDENCE_MISSING');
        return;
      }
      const envelope = parseBareEnvelope(bytes, file)!;
      requireEnvelopeSignature(envelope);
      const { notBefore } = parseCertificate(envelope.certificate, file);
      const policy = {
        ...{ identity: certificate.identity, issuer: certificate.issuer, sourceRef: certificate.ref },
        sourceRepository: `https://github.com/${certificate.repository}`,
      };
      const judge = (body: LogBody, seconds: number, other: Partial<typeof policy> = {}) => {
        const time = new Date(notBefore.getTime() + seconds * 1000);
        const log = loggedAt(body, time);
        return verifyEnvelopeWithLog({ ...log, envelope, what: file }, (bundle) =>
          verifyStatement({
            ...{ bundle, trustedRoot: log.trustedRoot, predicateTypes: [predicateType], comparesSource: true },
            signer: { certificate: { ...policy, ...other } },
          }),
        );
      };
      for (const { kind, version, body } of loggedForms(envelope)) {
        const logged = { kind, version, bytes: body };
        const { verified } = await judge(logged, 60);
        for (const { name, sha256 } of subjects) requireSubject(verified, { digest: `sha256:${sha256}`, name });
        await refusal(judge(logged, 3600), VerificationError, 'METADATA_EXPIRED');
        const other = { sourceRef: 'refs/tags/v1.0.0' };
        await refusal(judge(logged, 60, other), VerificationError, 'SIGNER_UNTRUSTED');
      }
    });
  });
});

/** Released files whose proof is missing, broken, or of something else: every method of the catalogue, by code. */
import { describe, expect } from 'vitest';
import { atFirst, refuse } from '../../../scripts/upstream/behaviours.ts';
import { flipBit } from '../../../scripts/upstream/bits.ts';
import { kubernetesSigner } from '../../../scripts/upstream/sigstore/kubernetes.ts';
import { retrieveEntries, retrievePath, type Tamper } from '../../../scripts/upstream/sigstore/rekor-api.ts';
import {
  releaseContainerd,
  releaseNetsy,
  workflowIdentity,
} from '../../../scripts/upstream/sigstore/releases.ts';
import * as renderings from '../../../scripts/upstream/sigstore/renderings.ts';
import {
  renderStatement,
  sha256Of,
  signBlob,
  signEnvelope,
  type SigningRequest,
  type StatementOptions,
  type Subject,
} from '../../../scripts/upstream/sigstore/signing.ts';
import { contentHex, readContent } from '../../../scripts/upstream/virtual-file.ts';
import type { ErrorCode } from '../../../src/model/errors.ts';
import {
  otherSigstore,
  outcomes,
  publishedAt as at,
  sigstore,
  test,
  type ReleaseUpstream,
} from '../../support/release-upstream.ts';

const amd64 = [{ arch: 'amd64' }] as const;
const issuer = 'https://token.actions.githubusercontent.com';
const kubelet = 'dl.k8s.io/release/v1.37.0/bin/linux/amd64/kubelet';
const containerd = 'github.com/containerd/containerd/releases/download/v2.3.1';
const archive = 'containerd-2.3.1-linux-amd64.tar.gz';
const attestation = `${containerd}/containerd-2.3.1-attestation.intoto.jsonl`;
const netsy = 'github.com/netsy-dev/netsy/releases/download/v1.1.0';
const netsyArchive = 'netsy_1.1.0_linux_amd64.tar.gz';
const checksums = `${netsy}/netsy_1.1.0_checksums.txt`;

interface Refusal {
  readonly when: string;
  readonly code: ErrorCode;
  readonly arrange: (upstream: ReleaseUpstream) => void;
  /** False where nobody may have asked Rekor. */
  readonly isLogged?: false;
}

/** It resolves as published; and once arranged so, it is refused, for this architecture. */
function refuses(key: string, cases: readonly Refusal[]): void {
  test.for(cases)('$when: $code', async ({ code, arrange, isLogged }, { upstream }) => {
    expect(outcomes(await upstream.ask([key], amd64))).toEqual(['resolved']);
    arrange(upstream);
    const before = upstream.server.log.length;
    expect(outcomes(await upstream.ask([key], amd64))).toEqual([`VerificationError ${code}`]);
    const asked = upstream.server.log.slice(before).filter(({ path }) => path === retrievePath);
    if (isLogged === false) expect(asked).toEqual([]);
  });
}

function hex(upstream: ReleaseUpstream, path: string, algorithm: 'sha256' | 'sha512' = 'sha256'): string {
  return contentHex(upstream.files.get(path)!, algorithm);
}

function textOf(upstream: ReleaseUpstream, path: string): string {
  return readContent(upstream.files.get(path)!).toString();
}

function put(upstream: ReleaseUpstream, path: string, text: string): void {
  upstream.files.set(path, Buffer.from(text));
}

describe('cosign-signature', () => {
  /** Signs kubelet anew, otherwise in one way. */
  const signed = (changes: Partial<SigningRequest>) => (upstream: ReleaseUpstream) => {
    const sha256 = Buffer.from(hex(upstream, kubelet), 'hex');
    const blob = signBlob(sigstore, sha256, { ...kubernetesSigner, at, ...changes });
    put(upstream, `${kubelet}.sig`, renderings.detachedSignature(blob));
    put(upstream, `${kubelet}.cert`, renderings.detachedCertificate(blob));
  };
  const rekor = (tamper: Tamper) => (upstream: ReleaseUpstream) =>
    upstream.server.override(retrievePath, retrieveEntries(sigstore.rekor, tamper));
  const tamperedSignature = (upstream: ReleaseUpstream) => {
    const der = Buffer.from(textOf(upstream, `${kubelet}.sig`), 'base64');
    put(upstream, `${kubelet}.sig`, flipBit(der, der.length * 8 - 8).toString('base64'));
  };

  refuses('kubelet', [
    { when: 'Rekor knows nothing of it', code: 'EVIDENCE_MISSING', arrange: rekor(() => []) },
    { when: 'it was never logged', code: 'EVIDENCE_MISSING', arrange: signed({ log: 'none' }) },
    {
      when: "Rekor answers with another file's entry",
      code: 'SUBJECT_MISMATCH',
      arrange: rekor(
        () => signBlob(sigstore, sha256Of(Buffer.from('x')), { ...kubernetesSigner, at }).entries,
      ),
    },
    {
      when: 'a bit of the signature is another',
      code: 'SIGNATURE_INVALID',
      arrange: tamperedSignature,
      isLogged: false,
    },
    {
      when: 'the checksum is that of another file',
      code: 'SIGNATURE_INVALID',
      arrange: (upstream) => put(upstream, `${kubelet}.sha256`, '0'.repeat(64)),
      isLogged: false,
    },
    {
      when: "the signature and certificate are another binary's",
      code: 'SIGNATURE_INVALID',
      arrange({ files }) {
        for (const suffix of ['.sig', '.cert']) {
          files.set(kubelet + suffix, files.get(kubelet.replace('kubelet', 'kubectl') + suffix)!);
        }
      },
      isLogged: false,
    },
    {
      when: 'the checksum file is a web page',
      code: 'EVIDENCE_MALFORMED',
      arrange: (upstream) => put(upstream, `${kubelet}.sha256`, '<!doctype html>'),
      isLogged: false,
    },
    {
      when: 'the checksum is a SHA-512',
      code: 'ALGORITHM_REFUSED',
      arrange: (upstream) => put(upstream, `${kubelet}.sha256`, hex(upstream, kubelet, 'sha512')),
      isLogged: false,
    },
    {
      when: 'it was signed by the signer of images',
      code: 'SIGNER_UNTRUSTED',
      arrange: signed({ identity: 'krel-trust@k8s-releng-prod.iam.gserviceaccount.com' }),
    },
    {
      when: 'another issuer vouches for the signer',
      code: 'SIGNER_UNTRUSTED',
      arrange: signed({ issuer: 'https://accounts.google.com.example.org' }),
    },
    {
      when: 'it was logged after the certificate ended',
      code: 'METADATA_EXPIRED',
      arrange: signed({ loggedAt: new Date(at.getTime() + 601_000) }),
    },
  ]);

  test('a document that is not there: NOT_FOUND', async ({ upstream }) => {
    for (const suffix of ['.sha256', '.sig', '.cert']) {
      const content = upstream.files.get(kubelet + suffix)!;
      upstream.files.delete(kubelet + suffix);
      expect(outcomes(await upstream.ask(['kubelet']))).toEqual(['TransportError NOT_FOUND', 'resolved']);
      upstream.files.set(kubelet + suffix, content);
    }
  });

  test('a document larger than any: TOO_LARGE', async ({ upstream }) => {
    upstream.files.set(`${kubelet}.sig`, Buffer.alloc(1 << 20, 'A'));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['TransportError TOO_LARGE']);
  });

  test('Rekor is asked again where it was busy, and for ever busy is a failure of transport', async ({
    upstream,
  }) => {
    upstream.server.override(retrievePath, atFirst(refuse(503)));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['resolved']);
    // Of the file once more, and of the bill of materials.
    expect(upstream.server.log.filter(({ path }) => path === retrievePath)).toHaveLength(3);
    upstream.server.override(retrievePath, refuse(503));
    expect(outcomes(await upstream.ask(['kubelet'], amd64))).toEqual(['TransportError HTTP_STATUS']);
  });
});

describe('in-toto', () => {
  const identity = workflowIdentity('containerd/containerd', 'release.yml', 'v2.3.1');
  /** Attests containerd anew, by another or with other subjects. */
  const attested =
    (
      changes: Partial<SigningRequest>,
      subjectsOf?: (sha256: string) => Subject[],
      options?: StatementOptions,
    ) =>
    (upstream: ReleaseUpstream) => {
      const sha256 = hex(upstream, `${containerd}/${archive}`);
      const subjects = subjectsOf?.(sha256) ?? [{ name: archive, digest: { sha256 } }];
      const request = { identity, issuer, at, ...changes };
      const statement = signEnvelope(sigstore, renderStatement(subjects, options), request);
      put(upstream, attestation, `${renderings.envelopeBundle(statement)}\n`);
    };

  test('an attestation made anew in the same way is accepted', async ({ upstream }) => {
    attested({})(upstream);
    expect(outcomes(await upstream.ask(['containerd']))).toEqual([
      'resolved',
      'VerificationError SUBJECT_MISMATCH',
    ]);
  });

  refuses('containerd', [
    {
      when: 'it has 150,000 fields that nobody knows',
      code: 'EVIDENCE_MALFORMED',
      arrange(upstream) {
        const fields = Array.from({ length: 150_000 }, (_, index) => `"k${String(index)}":0`);
        const mediaType = '"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"';
        put(upstream, attestation, `{${mediaType},${fields.join()}}`);
      },
    },
    {
      when: 'another workflow attests it',
      code: 'SIGNER_UNTRUSTED',
      arrange: attested({ identity: workflowIdentity('containerd/containerd', 'nightly.yml', 'v2.3.1') }),
    },
    {
      when: "it is another release's attestation",
      code: 'SIGNER_UNTRUSTED',
      arrange({ files }) {
        const older = releaseContainerd(sigstore, { version: '2.2.0', at });
        files.set(attestation, older.assets.get('containerd-2.2.0-attestation.intoto.jsonl')!);
      },
    },
    {
      when: 'another issuer vouches for the workflow',
      code: 'SIGNER_UNTRUSTED',
      arrange: attested({ issuer: 'https://gitlab.com' }),
    },
    {
      when: 'the workflow ran for another repository',
      code: 'SIGNER_UNTRUSTED',
      arrange: attested({ certificate: { claims: { 12: 'https://github.com/fork/containerd' } } }),
    },
    {
      when: 'no repository is named',
      code: 'SIGNER_UNTRUSTED',
      // Neither as today's certificates name it, nor as those of before 2023 did.
      arrange: attested({ certificate: { claims: { 5: undefined, 12: undefined } } }),
    },
    {
      when: 'the statement is of another predicate',
      code: 'SUBJECT_MISMATCH',
      arrange: attested({}, undefined, { predicateType: 'https://cosign.sigstore.dev/attestation/vuln/v1' }),
    },
    {
      when: 'the statement does not have our file',
      code: 'SUBJECT_MISMATCH',
      arrange: attested({}, (sha256) => [
        { name: `./${archive}`, digest: { sha256 } },
        { digest: { sha256 } },
      ]),
    },
    {
      when: 'the statement has two digests of our file',
      code: 'SUBJECT_MISMATCH',
      arrange: attested({}, (sha256) => [
        { name: archive, digest: { sha256 } },
        { name: archive, digest: { sha256: '0'.repeat(64) } },
      ]),
    },
    {
      when: 'the statement has a SHA-1 of our file alone',
      code: 'SUBJECT_MISMATCH',
      arrange: attested({}, () => [{ name: archive, digest: { sha1: '0'.repeat(40) } }]),
    },
    {
      when: 'a signed checksum file stands in its place',
      code: 'EVIDENCE_MALFORMED',
      arrange: ({ files }) => files.set(attestation, files.get(`${checksums}.bundle`)!),
    },
    {
      when: 'the attestation is cut off',
      code: 'EVIDENCE_MALFORMED',
      arrange: (upstream) => put(upstream, attestation, textOf(upstream, attestation).slice(0, 2000)),
    },
  ]);
});

describe('sigstore-checksums', () => {
  const identity = workflowIdentity('netsy-dev/netsy', 'release.yaml', 'v1.1.0');
  /** Another checksum file, signed anew. */
  const listed = (edit: (text: string) => string) => (upstream: ReleaseUpstream) => {
    const text = edit(textOf(upstream, checksums));
    const blob = signBlob(sigstore, sha256Of(Buffer.from(text)), { identity, issuer, at });
    put(upstream, checksums, text);
    put(upstream, `${checksums}.bundle`, renderings.blobBundle(blob));
  };

  test('a checksum file signed anew in the same way is accepted', async ({ upstream }) => {
    listed((text) => text)(upstream);
    expect(outcomes(await upstream.ask(['netsy']))).toEqual(['resolved', 'resolved']);
  });

  test("cosign's older bundle is accepted", async ({ upstream }) => {
    const sha256 = Buffer.from(hex(upstream, checksums), 'hex');
    const blob = signBlob(sigstore, sha256, { identity, issuer, at });
    put(upstream, `${checksums}.bundle`, renderings.legacyBundle(blob));
    expect(outcomes(await upstream.ask(['netsy']))).toEqual(['resolved', 'resolved']);
  });

  refuses('netsy', [
    {
      when: 'a digest in the file is another than was signed',
      code: 'DIGEST_MISMATCH',
      arrange: (upstream) =>
        put(
          upstream,
          checksums,
          textOf(upstream, checksums).replace(/^./, (c) => (c === '0' ? '1' : '0')),
        ),
    },
    {
      when: 'the bundle signs another checksum file',
      code: 'DIGEST_MISMATCH',
      arrange(upstream) {
        const blob = signBlob(sigstore, sha256Of(Buffer.from('x')), { identity, issuer, at });
        put(upstream, `${checksums}.bundle`, renderings.blobBundle(blob));
      },
    },
    {
      when: 'the file has no line for ours',
      code: 'EVIDENCE_MISSING',
      arrange: listed((text) => text.replace(netsyArchive, `x${netsyArchive}`)),
    },
    {
      when: 'the file has two digests of ours',
      code: 'EVIDENCE_MALFORMED',
      arrange: listed((text) => text + text.replace(/^[0-9a-f]/gm, (digit) => (digit === '0' ? '1' : '0'))),
    },
    {
      when: 'the file is a digest without a name, which would be of any file',
      code: 'EVIDENCE_MALFORMED',
      arrange: listed((text) => text.slice(0, 128)),
    },
    {
      when: 'the file has a weak digest of ours',
      code: 'ALGORITHM_REFUSED',
      arrange: listed(() => `${'0'.repeat(40)}  ${netsyArchive}\n`),
    },
    {
      when: "another repository's workflow signs it",
      code: 'SIGNER_UNTRUSTED',
      arrange: (upstream) =>
        upstream.publish(
          releaseNetsy(sigstore, {
            ...{ version: '1.1.0', at },
            signing: { identity: workflowIdentity('netsy-fork/netsy', 'release.yaml', 'v1.1.0') },
          }),
        ),
    },
    {
      when: 'an attestation stands in the place of the bundle',
      code: 'EVIDENCE_MALFORMED',
      arrange: ({ files }) => files.set(`${checksums}.bundle`, files.get(attestation)!),
    },
  ]);
});

describe('the trusted root of another Sigstore', () => {
  test.for(['kubelet', 'containerd', 'netsy', 'nstance-agent'])(
    'vouches for no %s',
    async (key, { upstream }) => {
      const trustedRoot = otherSigstore.trustedRoot();
      expect(outcomes(await upstream.ask([key], undefined, { trustedRoot }))).toEqual(
        Array(2).fill('VerificationError SIGNER_UNTRUSTED'),
      );
    },
  );
});

/** Released files that a checksum file vouches for, signed by a person or by nobody, against the embedded upstream. */
import { describe, expect } from 'vitest';
import { refuse, substitute } from '../../../scripts/upstream/behaviours.ts';
import { flipBit } from '../../../scripts/upstream/bits.ts';
import { publicationMirrors } from '../../../scripts/upstream/publication.ts';
import { releaseKube2iam } from '../../../scripts/upstream/sigstore/releases.ts';
import { generateSigningKey } from '../../../scripts/upstream/signing-key.ts';
import { contentHex, contentSize, readContent } from '../../../scripts/upstream/virtual-file.ts';
import { parseMirror, parseTrustedMirror } from '../../../src/io/http/mirrors.ts';
import { PolicyError, type ErrorCode } from '../../../src/model/errors.ts';
import { quickFetcher } from '../../support/quick-fetcher.ts';
import {
  catalogue,
  outcomes,
  publishedAt,
  runcKey,
  sigstore,
  test,
  type AskOptions,
  type ReleaseUpstream,
} from '../../support/release-upstream.ts';

const downloads = 'github.com/kubernetes-sigs/cri-tools/releases/download/v1.36.0';
const crictl = `${downloads}/crictl-v1.36.0-linux-amd64.tar.gz`;
const runc = 'github.com/opencontainers/runc/releases/download/v1.4.2';
const amd64 = [{ arch: 'amd64' }] as const;
const stranger = await generateSigningKey({ owner: 'Mallory', createdAt: publishedAt });

describe('what the catalogue takes by checksum', () => {
  test.for([
    ['crictl', 'checksum', 'sha256'],
    ['cni-plugins', 'checksum', 'sha256'],
    ['zot', 'checksum', 'sha256'],
    ['distribution', 'checksum', 'sha256'],
    ['os-image', 'checksum', 'sha512'],
    ['runc', 'signed', 'sha256'],
    ['kube2iam', 'signed', 'sha512'],
  ] as const)('%s: %s', async ([key, assurance, algorithm], { upstream }) => {
    const resolutions = await upstream.ask([key]);
    expect(outcomes(resolutions)).toEqual(['resolved', 'resolved']);
    for (const resolution of resolutions) {
      if (resolution.status !== 'resolved') continue;
      const { subject, result } = resolution.verified;
      const content = upstream.files.get(subject.url.replace('https://', ''))!;
      expect(subject).toMatchObject({
        digest: `${algorithm}:${contentHex(content, algorithm)}`,
        sizeBytes: contentSize(content),
      });
      expect(result).toMatchObject({ assurance, digest: subject.digest });
    }
  });

  test.for(['knc', 'knd'])(
    'vmconfig of %s: for each kind its own, once it is no stub',
    async (kind, { upstream }) => {
      const [resolution] = await upstream.ask(['vmconfig'], [{ arch: 'arm64', kind }]);
      if (resolution?.status !== 'resolved') throw new Error('not resolved');
      const { subject, result } = resolution.verified;
      const downloads = 'https://github.com/podplane/vmconfig/releases/download/v1.0.0';
      expect(subject.url).toBe(`${downloads}/vmconfig_1.0.0_${kind}_debian-13_arm64.tar.gz`);
      expect(result.assurance).toBe('signed');
    },
  );

  test('is all that the catalogue has of the kind', () => {
    const methods = new Set(['checksum', 'openpgp-checksums']);
    const entries = catalogue.dependencies.filter((one) => methods.has(one.verification.method));
    expect(entries.map(({ name }) => name).sort()).toEqual([
      'cni-plugins',
      'crictl',
      'distribution',
      'os-image',
      'runc',
      'zot',
    ]);
  });

  test("names the maintainer who signed runc's file, and asks for it once", async ({ upstream }) => {
    const [resolution] = await upstream.ask(['runc']);
    if (resolution?.status !== 'resolved') throw new Error('not resolved');
    expect(resolution.verified.result.signers).toMatchObject([
      { primaryFingerprint: runcKey.fingerprint, fingerprint: runcKey.signingFingerprint },
    ]);
    expect(upstream.server.log.filter(({ path }) => path.endsWith('runc.sha256sum'))).toHaveLength(1);
  });
});

const kube2iam = 'github.com/podplane/kube2iam-binaries/releases/download/0.12.0/kube2iam';

describe('what is refused', () => {
  const cases: readonly {
    readonly when: string;
    readonly key: string;
    readonly expected: `${'Transport' | 'Verification'}Error ${ErrorCode}`;
    readonly arrange: (upstream: ReleaseUpstream) => unknown;
    readonly options?: AskOptions;
  }[] = [
    {
      ...{ when: 'no checksum file', key: 'crictl', expected: 'TransportError NOT_FOUND' },
      arrange: ({ files }) => files.delete(`${crictl}.sha256`),
    },
    {
      ...{ when: 'a checksum file without end', key: 'crictl', expected: 'TransportError TOO_LARGE' },
      arrange: ({ files }) => files.set(`${crictl}.sha256`, Buffer.alloc((1 << 20) + 1, '\n')),
    },
    {
      ...{ when: 'a web page', key: 'crictl', expected: 'VerificationError EVIDENCE_MALFORMED' },
      arrange: ({ files }) => files.set(`${crictl}.sha256`, Buffer.from('<html>Sign in</html>')),
    },
    {
      ...{ when: 'a server that fails', key: 'crictl', expected: 'TransportError HTTP_STATUS' },
      arrange: ({ server }) => {
        server.override(`${crictl}.sha256`, refuse(500));
      },
    },
    {
      ...{ when: 'zot without our line', key: 'zot', expected: 'VerificationError EVIDENCE_MISSING' },
      arrange: ({ files }) =>
        files.set(
          'github.com/project-zot/zot/releases/download/v2.1.17/checksums.sha256.txt',
          Buffer.from(`${'a'.repeat(64)} *zot-linux-s390x-minimal\n`),
        ),
    },
    {
      ...{
        when: 'kube2iam, the genuine files of another release, whose signer is the same',
        key: 'kube2iam',
        expected: 'VerificationError EVIDENCE_MISSING',
      },
      arrange({ files }) {
        const older = releaseKube2iam(sigstore, { version: '0.11.9', at: publishedAt });
        for (const suffix of ['', '.bundle']) {
          files.set(
            `${kube2iam}_0.12.0_checksums.txt${suffix}`,
            older.assets.get(`kube2iam_0.11.9_checksums.txt${suffix}`)!,
          );
        }
      },
    },
    {
      ...{
        when: 'kube2iam, signed for a tag, as none of its releases is',
        key: 'kube2iam',
        expected: 'VerificationError SIGNER_UNTRUSTED',
      },
      arrange({ files }) {
        const identity =
          'https://github.com/podplane/kube2iam-binaries/.github/workflows/release.yml@refs/tags/0.12.0';
        const forged = releaseKube2iam(sigstore, {
          version: '0.12.0',
          at: publishedAt,
          signing: { identity },
        });
        files.set(
          `${kube2iam}_0.12.0_checksums.txt.bundle`,
          forged.assets.get('kube2iam_0.12.0_checksums.txt.bundle')!,
        );
      },
    },
    {
      ...{ when: 'runc, one bit', key: 'runc', expected: 'VerificationError SIGNATURE_INVALID' },
      arrange({ files }) {
        const honest = readContent(files.get(`${runc}/runc.sha256sum`)!);
        files.set(`${runc}/runc.sha256sum`, flipBit(honest, honest.indexOf('runc.amd64') * 8));
      },
    },
    {
      ...{ when: 'runc, signed by a stranger', key: 'runc', expected: 'VerificationError SIGNER_UNTRUSTED' },
      arrange({ files }) {
        return stranger
          .clearsign(`${'a'.repeat(64)}  runc.amd64\n`, publishedAt)
          .then((text) => files.set(`${runc}/runc.sha256sum`, Buffer.from(text)));
      },
    },
    {
      ...{ when: 'runc, not signed', key: 'runc', expected: 'VerificationError EVIDENCE_MALFORMED' },
      arrange: ({ files }) =>
        files.set(`${runc}/runc.sha256sum`, Buffer.from(`${'a'.repeat(64)}  runc.amd64\n`)),
    },
    {
      ...{
        when: 'runc, before it was signed',
        key: 'runc',
        expected: 'VerificationError METADATA_FROM_FUTURE',
      },
      arrange: () => undefined,
      options: { at: '2026-11-18T08:59:00Z' },
    },
    {
      ...{ when: 'runc, by keys of others', key: 'runc', expected: 'VerificationError SIGNER_UNTRUSTED' },
      arrange: () => undefined,
      options: { keyrings: { runc: stranger.publicKeyArmored } },
    },
  ];
  test.for(cases)('$when: $expected', async ({ key, expected, arrange, options }, { upstream }) => {
    await arrange(upstream);
    expect(outcomes(await upstream.ask([key], amd64, options))).toEqual([expected]);
  });
});

describe('what nobody signs, through a mirror', () => {
  /** Everything through trusted mirrors, but for what is under `prefix`; with what came of it. */
  async function through(prefix: string, key: string, upstream: ReleaseUpstream) {
    const { url } = upstream.server;
    const all = publicationMirrors({ files: upstream.files, routes: new Map() }, url);
    const fetcher = quickFetcher({
      mirrors: [
        parseMirror(`https://${prefix}=${url}/${prefix}`),
        ...[...all, `https://api.github.com=${url}/api.github.com`].map((text) => parseTrustedMirror(text)),
      ],
    });
    try {
      return await upstream.ask([key], amd64, { fetcher });
    } finally {
      await fetcher.close();
    }
  }

  test.for([
    ['all of it', 'github.com'],
    ['the checksum file alone', `${crictl}.sha256`],
    ['the file whose size is asked', crictl],
  ] as const)('refuses it where it has %s', async ([, prefix], { upstream }) => {
    const [resolution] = await through(prefix, 'crictl', upstream);
    if (resolution?.status !== 'failed') throw new Error('it was not refused');
    expect(resolution.error).toBeInstanceOf(PolicyError);
    expect(resolution.error).toMatchObject({ code: 'UNTRUSTED_MIRROR', exitCode: 6 });
    expect(resolution.error.hint).toContain('--trusted-mirror https://github.com=URL');
  });

  test('refuses what a lying mirror made up, whatever it says', async ({ upstream }) => {
    upstream.server.override(`${crictl}.sha256`, substitute(Buffer.from('a'.repeat(64))));
    expect(outcomes(await through('github.com', 'crictl', upstream))).toEqual([
      'PolicyError UNTRUSTED_MIRROR',
    ]);
  });

  test.for([
    ['crictl, where the mirror is answered for', 'dl.k8s.io', 'crictl'],
    ['crictl, where the mirror has something else', `${downloads}/other`, 'crictl'],
    ['runc, which is signed', 'github.com', 'runc'],
    ['netsy, which is signed', 'github.com', 'netsy'],
  ] as const)('takes %s', async ([, prefix, key], { upstream }) => {
    expect(outcomes(await through(prefix, key, upstream))).toEqual(['resolved']);
  });
});

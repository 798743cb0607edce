import { createHash } from 'node:crypto';
import { createMessage, readKey, readSignature, verify } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { githubActionsIssuer } from '../../../../../scripts/upstream/sigstore/github-claims.ts';
import type { GithubRelease } from '../../../../../scripts/upstream/sigstore/github.ts';
import { createSigstore } from '../../../../../scripts/upstream/sigstore/instance.ts';
import * as projects from '../../../../../scripts/upstream/sigstore/releases.ts';
import { generateSigningKey } from '../../../../../scripts/upstream/signing-key.ts';
import { readContent } from '../../../../../scripts/upstream/virtual-file.ts';
import { judgeBundle } from '../../../../support/sigstore-judge.ts';

const at = new Date('2026-11-20T10:00:00Z');
const sigstore = createSigstore({ validFrom: new Date('2026-01-01T00:00:00Z') });

const read = (release: GithubRelease, file: string) => readContent(release.assets.get(file)!);
const text = (release: GithubRelease, file: string) => read(release, file).toString();
const hex = (algorithm: string, bytes: Buffer) => createHash(algorithm).update(bytes).digest('hex');

describe('containerd', () => {
  const file = 'containerd-2.3.0-linux-arm64.tar.gz';
  const attestation = 'containerd-2.3.0-attestation.intoto.jsonl';

  it('attests everything in one bundle', () => {
    const release = projects.releaseContainerd(sigstore, { version: '2.3.0', at });
    expect(text(release, `${file}.sha256sum`)).toBe(`${hex('sha256', read(release, file))}  ${file}\n`);
    const bundle = text(release, attestation);
    const { identity } = judgeBundle(sigstore, bundle);
    expect(identity).toMatchObject({
      subjectAlternativeName:
        'https://github.com/containerd/containerd/.github/workflows/release.yml@refs/tags/v2.3.0',
      extensions: { issuer: githubActionsIssuer },
    });
    const { dsseEnvelope } = JSON.parse(bundle) as { dsseEnvelope: { payload: string } };
    const statement = JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString()) as {
      predicateType: string;
      subject: { name: string }[];
    };
    expect(statement).toMatchObject({ predicateType: 'https://slsa.dev/provenance/v1' });
    expect(statement.subject).toHaveLength(release.assets.size - 1);
    expect(statement.subject).toContainEqual({
      name: file,
      digest: { sha256: hex('sha256', read(release, file)) },
    });
  });

  it('attested nothing at version 1.7', () => {
    const { assets } = projects.releaseContainerd(sigstore, { version: '1.7.30', at });
    expect([...assets.keys()].filter((name) => name.includes('attestation'))).toEqual([]);
  });

  it('can be signed by another', () => {
    const signing = { identity: projects.workflowIdentity('evil/containerd', 'release.yml', 'v2.3.0') };
    const release = projects.releaseContainerd(sigstore, { version: '2.3.0', at, signing });
    expect(judgeBundle(sigstore, text(release, attestation)).identity?.subjectAlternativeName).toContain(
      'evil',
    );
  });
});

describe('signed checksum files', () => {
  it.each([
    [
      projects.releaseNetsy,
      'netsy_1.2.3_checksums.txt',
      'netsy_1.2.3_linux_amd64.tar.gz',
      'netsy-dev/netsy',
      'release.yaml',
    ],
    [
      projects.releaseNstance,
      'nstance_1.2.3_checksums.txt',
      'nstance-agent_1.2.3_linux_amd64.tar.gz',
      'nstance-dev/nstance',
      'release.yml',
    ],
  ])('%o', (release, checksums, archive, repository, workflow) => {
    const made = release(sigstore, { version: '1.2.3', at });
    expect(text(made, checksums)).toContain(`${hex('sha512', read(made, archive))}  ${archive}\n`);
    const { identity } = judgeBundle(sigstore, text(made, `${checksums}.bundle`), read(made, checksums));
    expect(identity?.subjectAlternativeName).toBe(projects.workflowIdentity(repository, workflow, 'v1.2.3'));
  });

  it('vmconfig has an archive for each kind of VM', () => {
    const release = projects.releaseVmconfig(sigstore, { version: '1.2.3', at });
    const lines = text(release, 'vmconfig_1.2.3_checksums.txt').trimEnd().split('\n');
    expect(lines.map((line) => line.slice(130))).toEqual([
      'vmconfig_1.2.3_knc_debian-13_amd64.tar.gz',
      'vmconfig_1.2.3_knc_debian-13_arm64.tar.gz',
      'vmconfig_1.2.3_knd_debian-13_amd64.tar.gz',
      'vmconfig_1.2.3_knd_debian-13_arm64.tar.gz',
    ]);
  });

  it('kube2iam has the older bundle, and no v in its tag', () => {
    const release = projects.releaseKube2iam(sigstore, { version: '1.2.3', at });
    expect(release.tag).toBe('1.2.3');
    const bundle = JSON.parse(text(release, 'kube2iam_1.2.3_checksums.txt.bundle')) as object;
    expect(Object.keys(bundle)).toEqual(['base64Signature', 'cert', 'rekorBundle']);
  });
});

describe('runc', () => {
  it('is signed by an OpenPGP key, in both of its forms', async () => {
    const key = await generateSigningKey({ owner: 'runc', createdAt: new Date('2025-01-01T00:00:00Z') });
    const release = await projects.releaseRunc(key, { version: '1.4.2', at });
    const binary = read(release, 'runc.arm64');
    expect(text(release, 'runc.sha256sum')).toMatch(/^-----BEGIN PGP SIGNED MESSAGE-----\n/);
    expect(text(release, 'runc.sha256sum')).toContain(`\n${hex('sha256', binary)}  runc.arm64\n`);
    const verdict = async (bytes: Buffer) => {
      const { signatures } = await verify({
        message: await createMessage({ binary: new Uint8Array(bytes) }),
        signature: await readSignature({ armoredSignature: text(release, 'runc.arm64.asc') }),
        verificationKeys: (await readKey({ armoredKey: key.publicKeyArmored })).toPublic(),
        date: at,
      });
      return signatures[0]!.verified;
    };
    await expect(verdict(binary)).resolves.toBe(true);
    await expect(verdict(read(release, 'runc.amd64'))).rejects.toThrow();
  });
});

describe('checksums that nobody signs', () => {
  it('crictl: bare hex', () => {
    const release = projects.releaseCrictl({ version: '1.36.0', at });
    const file = 'crictl-v1.36.0-linux-amd64.tar.gz';
    expect(text(release, `${file}.sha256`)).toBe(hex('sha256', read(release, file)));
    expect(text(release, `${file}.sha512`)).toBe(hex('sha512', read(release, file)));
  });

  it('cni-plugins: hex and name', () => {
    const release = projects.releaseCniPlugins({ version: '1.9.0', at });
    const file = 'cni-plugins-linux-arm64-v1.9.0.tgz';
    expect(text(release, `${file}.sha256`)).toBe(`${hex('sha256', read(release, file))}  ${file}\n`);
    expect(text(release, `${file}.sha512`)).toBe(`${hex('sha512', read(release, file))}  ${file}\n`);
  });

  it('zot: one file, binary mode', () => {
    const release = projects.releaseZot({ version: '2.1.15', at });
    const file = 'zot-linux-amd64-minimal';
    expect(text(release, 'checksums.sha256.txt')).toContain(
      `${hex('sha256', read(release, file))} *${file}\n`,
    );
  });

  it('has other bytes in another version, and full sizes where asked', () => {
    const digest = (options: projects.ReleaseOptions) =>
      hex('sha256', read(projects.releaseZot(options), 'zot-linux-amd64-minimal'));
    expect(digest({ version: '2.1.15', at })).not.toBe(digest({ version: '2.1.16', at }));
    const { assets } = projects.releaseCrictl({ version: '1.36.0', at, isFullSize: true });
    expect(assets.get('crictl-v1.36.0-linux-arm64.tar.gz')).toHaveProperty('sizeBytes', 20_000_000);
  });
});

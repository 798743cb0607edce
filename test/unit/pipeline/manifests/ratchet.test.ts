/** The ratchet: verified, and refused all the same. */
import { describe, expect, it } from 'vitest';
import type { EvidenceEntry } from '../../../../src/formats/own/evidence.ts';
import type { Artifact } from '../../../../src/model/artifact.ts';
import type { Digest } from '../../../../src/model/digest.ts';
import { PolicyError } from '../../../../src/model/errors.ts';
import type { Assurance } from '../../../../src/model/verification.ts';
import type { Waiver } from '../../../../src/formats/own/waivers.ts';
import {
  baselineOf,
  checkVersion,
  checkVouching,
  type Previous,
} from '../../../../src/pipeline/manifests/ratchet.ts';
import type { Sighting } from '../../../../src/pipeline/shared/entry-changes.ts';
import { mintVerified } from '../../../../src/verify/mint.ts';
import { refusal } from '../../../support/refusals.ts';
import { attested, ofDebian, signedByKey, type SightingChanges } from '../../../support/sighting-sample.ts';
import { proven } from '../../../support/question-sample.ts';

const digests = { a: `sha256:${'a'.repeat(64)}`, b: `sha256:${'b'.repeat(64)}` } as const;

interface State {
  readonly version: string;
  readonly digest?: Digest;
  readonly assurance?: Assurance;
}

function next({ version, digest = digests.a, assurance = 'signed' }: State) {
  const platform = { os: 'debian-13', arch: 'amd64' } as const;
  const url = 'https://example.org/foo.deb';
  const subject: Artifact = { name: 'foo', version, platform, type: 'deb', url, digest, sizeBytes: 1 };
  const verifiedAt = new Date('2026-11-20T12:00:00Z');
  return mintVerified(subject, { assurance, method: 'apt', signers: [], documents: [], verifiedAt, digest });
}

/** As it stands in the manifest, which has no epoch, and in the evidence, which has. */
function previous(
  { version, digest = digests.a, assurance = 'signed' }: State,
  hasEvidence = true,
): Previous {
  const entry = { version: version.replace(/^\d+:/, ''), url: '', type: 'deb', digest, size: 1 } as const;
  const evidence: EvidenceEntry = {
    ...{ version, digest, assurance, method: 'apt', signers: [], documents: [], watermark: {} },
    ...{ url: '', size: 1, ...proven },
  };
  return { entry, evidence: hasEvidence ? evidence : undefined };
}

describe('checkVersion', () => {
  it.each<[string, State, State]>([
    ['the very same', { version: '1:1.0-1' }, { version: '1:1.0-1' }],
    ['a newer version', { version: '1.0-1' }, { version: '1.1-1', digest: digests.b }],
    ['a newer epoch', { version: '9.0-1' }, { version: '1:1.0-1', digest: digests.b }],
    ['a newer version of the same bytes', { version: '1.0-1' }, { version: '1.0-2' }],
    ['a higher assurance', { version: '1.0-1' }, { version: '1.1-1', assurance: 'attested' }],
  ])('accepts %s', (_, before, after) => {
    for (const hasEvidence of [true, false]) {
      if (before.version === '9.0-1' && !hasEvidence) continue;
      expect(() => checkVersion(next(after), previous(before, hasEvidence), 'debian')).not.toThrow();
    }
  });

  it.each<[string, State, State, PolicyError['code']]>([
    [
      'other bytes of a version',
      { version: '1.0-1' },
      { version: '1.0-1', digest: digests.b },
      'ARTIFACT_MUTATED',
    ],
    ['an older version', { version: '1.0-2' }, { version: '1.0-1', digest: digests.b }, 'VERSION_DOWNGRADED'],
    ['a pre-release after the release', { version: '1.0' }, { version: '1.0~rc1' }, 'VERSION_DOWNGRADED'],
    ['an older version of the same bytes', { version: '1.0-2' }, { version: '1.0-1' }, 'VERSION_DOWNGRADED'],
  ])('refuses %s, with or without evidence', async (_, before, after, code) => {
    for (const hasEvidence of [true, false]) {
      const error = await refusal(
        () => checkVersion(next(after), previous(before, hasEvidence), 'debian'),
        PolicyError,
        code,
      );
      expect(error.context).toMatchObject({ name: 'foo', platform: { arch: 'amd64' } });
      expect(error.hint).toBeDefined();
    }
  });

  it('refuses an older epoch, which only the evidence knows of', async () => {
    const after = next({ version: '9.0-1', digest: digests.b });
    await refusal(
      () => checkVersion(after, previous({ version: '1:1.0-1' }), 'debian'),
      PolicyError,
      'VERSION_DOWNGRADED',
    );
  });

  it('without evidence an epoch is no other version', async () => {
    const same = next({ version: '1:1.0-1' });
    expect(() => checkVersion(same, previous({ version: '1:1.0-1' }, false), 'debian')).not.toThrow();
    const mutated = next({ version: '1:1.0-1', digest: digests.b });
    const before = previous({ version: '1:1.0-1' }, false);
    await refusal(() => checkVersion(mutated, before, 'debian'), PolicyError, 'ARTIFACT_MUTATED');
  });

  it.each([
    ['1.37.0-rc.1', '1.37.0'],
    ['1.9.0', '1.10.0'],
    ['1.35.5+k3s2', '1.35.5+k3s10'],
  ])('goes from %s to %s by semver, and not back', async (earlier, later) => {
    for (const hasEvidence of [true, false]) {
      const [before, after] = [{ version: earlier }, { version: later, digest: digests.b }];
      expect(() => checkVersion(next(after), previous(before, hasEvidence), 'semver')).not.toThrow();
      const back = () => checkVersion(next(before), previous(after, hasEvidence), 'semver');
      await refusal(back, PolicyError, 'VERSION_DOWNGRADED');
    }
  });

  it('orders a version by the ordering that it is given, not by its look', async () => {
    const [before, after] = [{ version: '1.0.0-1' }, { version: '1.0.0', digest: digests.b }];
    expect(() => checkVersion(next(after), previous(before), 'semver')).not.toThrow();
    const byDebian = () => checkVersion(next(after), previous(before), 'debian');
    await refusal(byDebian, PolicyError, 'VERSION_DOWNGRADED');
  });

  it('refuses what it cannot compare', async () => {
    for (const [before, after] of [
      ['20260512-2476', '1.0.0'],
      ['1.0.0', '20260512-2476'],
    ] as const) {
      const change = () =>
        checkVersion(next({ version: after, digest: digests.b }), previous({ version: before }), 'semver');
      await refusal(change, PolicyError, 'VERSION_DOWNGRADED');
    }
  });

  it('lets any version take the place of a stub', () => {
    const stub = {
      entry: { version: 'dev', url: '', type: 'tar.gz', digest: '', size: 0 },
      evidence: undefined,
    } as const;
    expect(() => checkVersion(next({ version: '0.1.0' }), stub, 'semver')).not.toThrow();
  });
});

describe('checkVouching', () => {
  const now = new Date('2026-11-28T12:00:00Z');
  const standing = (one: Sighting) => one.evidence!;
  const check = (before: Sighting, after: Sighting, ...waivers: readonly Waiver[]) =>
    checkVouching('tool', standing(before), standing(after), waivers, now);
  const old = attested('2.3.0');
  const other = 'someone@example.org';
  const stolen = attested('2.3.1', { signer: { identity: other } });
  const template =
    'https://github.com/containerd/containerd/.github/workflows/release.yml@refs/tags/v{version}';
  const waiver: Waiver = {
    ...{ entry: 'tool', change: 'signer', from: template, to: other },
    ...{ reason: 'it has moved', expires: '2026-11-28' },
  };

  const pinned: SightingChanges = {
    evidence: { assurance: 'pinned', signers: [] },
    verification: { method: 'pinned' },
  };

  it.each<[string, Sighting, Sighting, PolicyError['code']]>([
    ['a weaker proof', old, attested('2.3.1', { evidence: { assurance: 'signed' } }), 'ASSURANCE_LOWERED'],
    [
      'no signature any more',
      signedByKey('1.4.1'),
      signedByKey('1.4.2', 'A', { evidence: { assurance: 'checksum', signers: [] } }),
      'ASSURANCE_LOWERED',
    ],
    ...(['checksum', 'signed', 'attested'] as const).map(
      (assurance): [string, Sighting, Sighting, PolicyError['code']] => [
        `a digest that somebody wrote down, in place of ${assurance}`,
        signedByKey('1.4.1', 'A', { evidence: { assurance } }),
        signedByKey('1.4.2', 'A', pinned),
        'ASSURANCE_LOWERED',
      ],
    ),
    [
      'a digest that somebody wrote down, in place of a signed one',
      signedByKey('1.4.1', 'A', { evidence: { digestOnly: true } }),
      signedByKey('1.4.2', 'A', pinned),
      'ASSURANCE_LOWERED',
    ],
    [
      'a signature over a digest alone',
      signedByKey('1.4.1'),
      signedByKey('1.4.2', 'A', { evidence: { digestOnly: true } }),
      'ASSURANCE_LOWERED',
    ],
    [
      'a method that is gone',
      signedByKey('1.4.1'),
      signedByKey('1.4.2', 'A', { verification: { method: 'apt' } }),
      'METHOD_CHANGED',
    ],
    ['another identity', old, stolen, 'SIGNER_CHANGED'],
    [
      'another anchor',
      signedByKey('1.4.1'),
      signedByKey('1.4.2', 'A', { signer: { anchor: 'other' }, verification: { signedBy: 'other' } }),
      'SIGNER_CHANGED',
    ],
    [
      'another issuer',
      old,
      attested('2.3.1', { signer: { issuer: 'https://accounts.example.org' } }),
      'ISSUER_CHANGED',
    ],
    [
      'another source repository in the certificate',
      old,
      attested('2.3.1', { build: { sourceRepository: 'https://github.com/fork/containerd' } }),
      'SOURCE_CHANGED',
    ],
    [
      'a repository of the same name that was made later',
      old,
      attested('2.3.1', { build: { sourceRepositoryId: '2' } }),
      'SOURCE_CHANGED',
    ],
    [
      'another repository to be published in',
      old,
      attested('2.3.1', { entry: { url: 'https://github.com/fork/x/releases/download/v2.3.1/x' } }),
      'SOURCE_CHANGED',
    ],
    [
      'another host',
      old,
      attested('2.3.1', { entry: { url: 'https://example.org/containerd.tar.gz' } }),
      'HOST_CHANGED',
    ],
    [
      'a runner of somebody’s own',
      old,
      attested('2.3.1', { build: { runnerEnvironment: 'self-hosted' } }),
      'BUILD_CHANGED',
    ],
    [
      'a branch in place of a tag',
      old,
      attested('2.3.1', { build: { sourceRef: 'refs/heads/main' } }),
      'BUILD_CHANGED',
    ],
  ])('refuses %s', async (_, before, after, code) => {
    const error = await refusal(() => check(before, after), PolicyError, code);
    expect(error.exitCode).toBe(6);
    expect(error.hint).toContain('waivers');
  });

  it.each<[string, Sighting, Sighting]>([
    ['another version', old, attested('2.3.1')],
    ['another pinned key of the same anchor', signedByKey('1.4.1', 'A'), signedByKey('1.4.2', 'B')],
    ['another suite of the same source', ofDebian('17.12-0'), ofDebian('17.13-0', 1)],
    ['another digest that somebody wrote down', signedByKey('1', 'A', pinned), signedByKey('2', 'A', pinned)],
    [
      'a checksum where somebody wrote the digest down',
      signedByKey('1.4.1', 'A', pinned),
      signedByKey('1.4.2', 'A', {
        evidence: { assurance: 'checksum', signers: [] },
        verification: { method: 'checksum' },
      }),
    ],
    [
      'a signature where nobody signed',
      signedByKey('1.4.1', 'A', {
        evidence: { assurance: 'checksum', signers: [] },
        verification: { method: 'checksum' },
      }),
      signedByKey('1.4.2'),
    ],
    [
      'the branch of its own release line',
      attested('2.3.9', { build: { sourceRef: 'refs/heads/release/2.3' } }),
      attested('2.4.0', { build: { sourceRef: 'refs/heads/release/2.4' } }),
    ],
    [
      'what no certificate said before',
      attested('2.3.0', { signer: { build: undefined } }),
      attested('2.3.1'),
    ],
  ])('accepts %s', (_, before, after) => {
    expect(check(before, after)).toEqual([]);
  });

  it('takes a waiver for just that change of just that entry, until its last day ends', async () => {
    expect(check(old, stolen, waiver)).toEqual([waiver]);
    const refused = async (said: string | undefined, ...waivers: readonly Waiver[]) => {
      const error = await refusal(() => check(old, stolen, ...waivers), PolicyError, 'SIGNER_CHANGED');
      if (said !== undefined) expect(error.message).toContain(said);
    };
    await refused('its waiver has expired on 2026-11-27', { ...waiver, expires: '2026-11-27' });
    await refused(undefined, { ...waiver, entry: 'another' });
    await refused('its waiver is for another change: from', { ...waiver, to: 'nobody@example.org' });
    await refused('its waiver is for another change: from', { ...waiver, from: 'nobody@example.org' });
    await refused(undefined, { ...waiver, change: 'issuer' });
  });

  it('asks for a waiver for each change, and names them all', async () => {
    const both = attested('2.3.1', { signer: { identity: other, issuer: 'https://accounts.example.org' } });
    const error = await refusal(() => check(old, both, waiver), PolicyError, 'ISSUER_CHANGED');
    expect(error.message).not.toContain('its signer');
    const all = await refusal(() => check(old, both), PolicyError, 'SIGNER_CHANGED');
    expect(all.message).toContain('and its issuer was');
  });
});

describe('baselineOf', () => {
  const [line135, line136] = [signedByKey('1.35.8', 'A'), signedByKey('1.36.0', 'B')].map(
    (one) => one.evidence!,
  );
  const left = { '1.35': line135! };

  it('is what stands, in its line and in a new one', () => {
    expect(baselineOf('1.36.1', 'semver', line136, left)).toBe(line136);
    expect(baselineOf('1.37.0', 'semver', line136, left)).toBe(line136);
    expect(baselineOf('1.0-2', 'debian', line136, left)).toBe(line136);
  });

  it('is what a line had when it was left, for a patch of that line', () => {
    expect(baselineOf('1.35.9', 'semver', line136, left)).toBe(line135);
  });

  it('is what was left last where nothing stands', () => {
    expect(baselineOf('1.37.0', 'semver', undefined, left)).toBe(line135);
    expect(baselineOf('1.37.0', 'semver', undefined)).toBeUndefined();
  });
});

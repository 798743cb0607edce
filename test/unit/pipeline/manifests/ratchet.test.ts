/** The ratchet: verified, and refused all the same. */
import { describe, expect, it } from 'vitest';
import type { EvidenceEntry } from '../../../../src/formats/own/evidence.ts';
import type { Artifact } from '../../../../src/model/artifact.ts';
import type { Digest } from '../../../../src/model/digest.ts';
import { PolicyError } from '../../../../src/model/errors.ts';
import type { Assurance } from '../../../../src/model/verification.ts';
import { checkRatchet, type Previous } from '../../../../src/pipeline/manifests/ratchet.ts';
import { mintVerified } from '../../../../src/verify/mint.ts';
import { refusal } from '../../../support/refusals.ts';
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

describe('checkRatchet', () => {
  it.each<[string, State, State]>([
    ['the very same', { version: '1:1.0-1' }, { version: '1:1.0-1' }],
    ['a newer version', { version: '1.0-1' }, { version: '1.1-1', digest: digests.b }],
    ['a newer epoch', { version: '9.0-1' }, { version: '1:1.0-1', digest: digests.b }],
    ['a newer version of the same bytes', { version: '1.0-1' }, { version: '1.0-2' }],
    ['a higher assurance', { version: '1.0-1' }, { version: '1.1-1', assurance: 'attested' }],
  ])('accepts %s', (_, before, after) => {
    for (const hasEvidence of [true, false]) {
      if (before.version === '9.0-1' && !hasEvidence) continue;
      expect(() => checkRatchet(next(after), previous(before, hasEvidence), 'debian')).not.toThrow();
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
        () => checkRatchet(next(after), previous(before, hasEvidence), 'debian'),
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
      () => checkRatchet(after, previous({ version: '1:1.0-1' }), 'debian'),
      PolicyError,
      'VERSION_DOWNGRADED',
    );
  });

  it('without evidence an epoch is no other version', async () => {
    const same = next({ version: '1:1.0-1' });
    expect(() => checkRatchet(same, previous({ version: '1:1.0-1' }, false), 'debian')).not.toThrow();
    const mutated = next({ version: '1:1.0-1', digest: digests.b });
    const before = previous({ version: '1:1.0-1' }, false);
    await refusal(() => checkRatchet(mutated, before, 'debian'), PolicyError, 'ARTIFACT_MUTATED');
  });

  it.each<[Assurance, Assurance]>([
    ['attested', 'signed'],
    ['attested', 'checksum'],
    ['signed', 'checksum'],
  ])('refuses to go from %s to %s', async (before, after) => {
    const lowered = next({ version: '2.0-1', digest: digests.b, assurance: after });
    const stood = previous({ version: '1.0-1', assurance: before });
    await refusal(() => checkRatchet(lowered, stood, 'debian'), PolicyError, 'ASSURANCE_LOWERED');
  });

  it.each([
    ['1.37.0-rc.1', '1.37.0'],
    ['1.9.0', '1.10.0'],
    ['1.35.5+k3s2', '1.35.5+k3s10'],
  ])('goes from %s to %s by semver, and not back', async (earlier, later) => {
    for (const hasEvidence of [true, false]) {
      const [before, after] = [{ version: earlier }, { version: later, digest: digests.b }];
      expect(() => checkRatchet(next(after), previous(before, hasEvidence), 'semver')).not.toThrow();
      const back = () => checkRatchet(next(before), previous(after, hasEvidence), 'semver');
      await refusal(back, PolicyError, 'VERSION_DOWNGRADED');
    }
  });

  it('orders a version by the ordering that it is given, not by its look', async () => {
    const [before, after] = [{ version: '1.0.0-1' }, { version: '1.0.0', digest: digests.b }];
    expect(() => checkRatchet(next(after), previous(before), 'semver')).not.toThrow();
    const byDebian = () => checkRatchet(next(after), previous(before), 'debian');
    await refusal(byDebian, PolicyError, 'VERSION_DOWNGRADED');
  });

  it('refuses what it cannot compare', async () => {
    for (const [before, after] of [
      ['20260512-2476', '1.0.0'],
      ['1.0.0', '20260512-2476'],
    ] as const) {
      const change = () =>
        checkRatchet(next({ version: after, digest: digests.b }), previous({ version: before }), 'semver');
      await refusal(change, PolicyError, 'VERSION_DOWNGRADED');
    }
  });

  it('lets any version take the place of a stub', () => {
    const stub = {
      entry: { version: 'dev', url: '', type: 'tar.gz', digest: '', size: 0 },
      evidence: undefined,
    } as const;
    expect(() => checkRatchet(next({ version: '0.1.0' }), stub, 'semver')).not.toThrow();
  });
});

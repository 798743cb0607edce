/** What counts as a change of an entry, and what a reviewer looks at first. */
import { describe, expect, it } from 'vitest';
import type { Sighting } from '../../../../src/pipeline/shared/entry-changes.ts';
import { changesOf } from '../../../../src/pipeline/shared/entry-changes.ts';
import {
  amd64,
  arm64,
  attested,
  digestOfText,
  ofDebian,
  pair,
  signedByKey,
} from '../../../support/sighting-sample.ts';

const old = attested('2.3.0');

/** `what from → to`, with a mark where it is to be looked at. */
function told(before: Sighting, after: Sighting): readonly string[] {
  return changesOf([pair(before, after)]).flatMap(({ differences }) =>
    differences.map(({ what, from, to, lookAt }) => `${lookAt === true ? '! ' : ''}${what} ${from} → ${to}`),
  );
}

describe('changesOf', () => {
  it('is silent where nothing changed', () => {
    expect(changesOf([pair(old, attested('2.3.0'))])).toEqual([]);
    // That it was signed again, or judged again, is none.
    const again = attested('2.3.0', {
      signer: { signedAt: '2026-11-20T00:00:00.000Z' },
      build: { run: 'x' },
    });
    expect(changesOf([pair(old, again)])).toEqual([]);
  });

  it('takes what the version fills in for no change', () => {
    expect(told(old, attested('2.3.1'))).toEqual(['version 2.3.0 → 2.3.1']);
    const branch = (version: string, line: string) =>
      attested(version, { build: { sourceRef: `refs/heads/release/${line}` } });
    expect(told(branch('2.3.0', '2.3'), branch('2.4.0', '2.4'))).toEqual(['version 2.3.0 → 2.4.0']);
  });

  it('takes a suite of the same source for no change of host or signer', () => {
    const [main, security] = [ofDebian('17.12-0'), ofDebian('17.13-0', 1)];
    expect(told(main, security)).toEqual(['version 17.12-0 → 17.13-0']);
    expect(told(security, ofDebian('17.14-0'))).toEqual(['version 17.13-0 → 17.14-0']);
  });

  it.each<[string, Sighting, Sighting, string]>([
    [
      'other bytes',
      old,
      attested('2.3.0', { entry: { digest: digestOfText('other') } }),
      `! bytes ${old.entry.digest} → ${digestOfText('other')}`,
    ],
    [
      'a weaker proof',
      old,
      attested('2.3.1', { evidence: { assurance: 'signed' } }),
      '! assurance attested → signed',
    ],
    [
      'a digest alone',
      signedByKey('1.4.1'),
      signedByKey('1.4.2', 'A', { evidence: { digestOnly: true } }),
      '! assurance signed → signed, digest only',
    ],
    [
      'another method',
      old,
      attested('2.3.1', { verification: { method: 'sigstore-bundle' } }),
      '! method in-toto → sigstore-bundle',
    ],
    [
      'another identity',
      old,
      attested('2.3.1', { signer: { identity: 'someone@example.org' } }),
      '! signer https://github.com/containerd/containerd/.github/workflows/release.yml@refs/tags/v{version} → someone@example.org',
    ],
    [
      'another anchor',
      signedByKey('1.4.1'),
      signedByKey('1.4.2', 'A', { signer: { anchor: 'other' }, verification: { signedBy: 'other' } }),
      '! signer runc → other',
    ],
    [
      'nobody any more',
      signedByKey('1.4.1'),
      signedByKey('1.4.2', 'A', { evidence: { signers: [] } }),
      '! signer runc → ',
    ],
    [
      'another key of the same anchor',
      signedByKey('1.4.1'),
      signedByKey('1.4.2', 'B'),
      `! key runc ${'A'.repeat(40)} → runc ${'B'.repeat(40)}`,
    ],
    [
      'another issuer',
      old,
      attested('2.3.1', { signer: { issuer: 'https://accounts.example.org' } }),
      '! issuer https://token.actions.githubusercontent.com → https://accounts.example.org',
    ],
    [
      'another source repository in the certificate',
      old,
      attested('2.3.1', { build: { sourceRepository: 'https://github.com/fork/containerd' } }),
      '! repository https://github.com/containerd/containerd → https://github.com/fork/containerd',
    ],
    [
      'another repository of the same name',
      old,
      attested('2.3.1', { build: { sourceRepositoryId: '2' } }),
      '! repository https://github.com/containerd/containerd (repository 1) → https://github.com/containerd/containerd (repository 2)',
    ],
    [
      'a runner of somebody’s own',
      old,
      attested('2.3.1', { build: { runnerEnvironment: 'self-hosted' } }),
      '! runner github-hosted → self-hosted',
    ],
    [
      'a branch in place of a tag',
      old,
      attested('2.3.1', { build: { sourceRef: 'refs/heads/main' } }),
      '! ref refs/tags/v{version} → refs/heads/main',
    ],
    [
      'another event',
      old,
      attested('2.3.1', { build: { trigger: 'pull_request_target' } }),
      '! trigger push → pull_request_target',
    ],
    [
      'another host',
      old,
      attested('2.3.1', { entry: { url: 'https://example.org/containerd.tar.gz' } }),
      '! host github.com → example.org',
    ],
    [
      'another place of publication',
      old,
      attested('2.3.1', {
        entry: { url: 'https://github.com/fork/containerd/releases/download/v2.3.1/containerd.tar.gz' },
      }),
      '! repository https://github.com/containerd/containerd → https://github.com/fork/containerd',
    ],
    ['a version that went back', old, attested('2.2.9'), '! older 2.3.0 → 2.2.9'],
    ['twice the size', old, attested('2.3.1', { entry: { size: 2000 } }), '! size 1000 → 2000'],
    ['a third of it', old, attested('2.3.1', { entry: { size: 333 } }), '! size 1000 → 333'],
  ])('has to be looked at: %s', (_, before, after, expected) => {
    expect(told(before, after)).toContain(expected);
  });

  it('does not ask to look at what grew stronger, or half as much again', () => {
    const checksum = attested('2.3.0', {
      evidence: { assurance: 'checksum', signers: [] },
      verification: { method: 'checksum' },
    });
    expect(told(checksum, attested('2.3.1', { entry: { size: 1500 } }))).toEqual([
      'assurance checksum → attested',
      'method checksum → in-toto',
      'version 2.3.0 → 2.3.1',
    ]);
    const own = attested('2.3.0', { build: { runnerEnvironment: 'self-hosted' } });
    expect(told(own, attested('2.3.1'))).toEqual(['version 2.3.0 → 2.3.1']);
  });

  it('puts the most dangerous first', () => {
    const changes = changesOf([
      pair(ofDebian('17.12-0'), ofDebian('17.13-0')),
      pair(undefined, ofDebian('1.0-1')),
      pair(ofDebian('1.0-1'), undefined),
      pair(signedByKey('1.4.1'), signedByKey('1.4.2', 'B')),
      pair(old, attested('2.3.1', { entry: { size: 9000 } })),
      pair(old, attested('2.3.1', { evidence: { assurance: 'signed' } })),
    ]);
    expect(changes.map(({ status, differences }) => differences[0]?.what ?? status)).toEqual([
      ...['assurance', 'key', 'size', 'added', 'removed', 'version'],
    ]);
  });

  it('says once what changed alike in several manifests', () => {
    const both = [amd64, { ...amd64, kind: 'knd' }, arm64].map((name) => pair(old, attested('2.3.1'), name));
    expect(changesOf(both)).toMatchObject([
      { name: 'containerd', manifests: [amd64, { kind: 'knd' }, arm64] },
    ]);
  });

  it('compares as far as manifests tell, and says so', () => {
    const bare = attested('2.3.0', { evidence: 'none' });
    const elsewhere = attested('2.3.1', { entry: { url: 'https://example.org/containerd.tar.gz' } });
    expect(changesOf([pair(bare, elsewhere)])).toMatchObject([
      { uncompared: ['assurance', 'signer'], differences: [{ what: 'host' }, { what: 'version' }] },
    ]);
    expect(changesOf([pair(old, elsewhere)])).toMatchObject([{ uncompared: [] }]);
  });

  it('has to be looked at that evidence is gone, whatever else changed', () => {
    const gone = (version: string) => attested(version, { evidence: 'none' });
    expect(changesOf([pair(old, gone('2.3.0'))])).toMatchObject([
      { differences: [{ what: 'assurance', from: 'attested', to: 'none', lookAt: true }], uncompared: [] },
    ]);
    expect(told(old, gone('2.3.1'))).toEqual(['! assurance attested → none', 'version 2.3.0 → 2.3.1']);
    const weak = signedByKey('1.4.1', 'A', { evidence: { digestOnly: true } });
    expect(told(weak, signedByKey('1.4.1', 'A', { evidence: 'none' }))).toEqual([
      '! assurance signed, digest only → none',
    ]);
    // A side that never had any, and a stub, which has none to have, lose nothing.
    expect(told(gone('2.3.0'), gone('2.3.0'))).toEqual([]);
    expect(told(gone('2.3.0'), old)).toEqual([]);
    expect(told(old, attested('2.3.0', { entry: { digest: '' }, evidence: 'none' }))).not.toContain(
      '! assurance attested → none',
    );
  });

  it('compares versions without epochs where a side has no evidence', () => {
    const bare = (version: string, digest = old.entry.digest) =>
      ofDebian(version, 0, { entry: { url: old.entry.url, digest }, evidence: 'none' });
    const proven = ofDebian('4.17.4-2', 0, {
      entry: { url: old.entry.url, digest: old.entry.digest },
      evidence: { version: '1:4.17.4-2' },
    });
    expect(told(proven, bare('4.17.4-2'))).toEqual(['! assurance signed → none']);
    expect(told(bare('4.17.4-2'), proven)).toEqual([]);
    expect(told(proven, bare('4.17.4-1'))).toContain('! older 4.17.4-2 → 4.17.4-1');
    const other = digestOfText('other');
    expect(told(proven, bare('4.17.4-2', other))).toContain(`! bytes ${old.entry.digest} → ${other}`);
    // With evidence on both sides an epoch that is gone makes it older.
    expect(told(proven, { ...proven, evidence: { ...proven.evidence!, version: '4.17.4-2' } })).toContain(
      '! older 1:4.17.4-2 → 4.17.4-2',
    );
  });

  it('links to the release and to what lies between', () => {
    expect(changesOf([pair(old, attested('2.3.1'))])).toMatchObject([
      {
        links: {
          release: 'https://github.com/containerd/containerd/releases/tag/v2.3.1',
          compare: 'https://github.com/containerd/containerd/compare/v2.3.0...v2.3.1',
        },
      },
    ]);
    expect(changesOf([pair(ofDebian('17.12-0'), ofDebian('17.13-0'))])).toMatchObject([
      { links: { release: 'https://tracker.debian.org/pkg/postgresql-17' } },
    ]);
  });
});

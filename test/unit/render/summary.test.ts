/** What a run tells its user. */
import { describe, expect, it } from 'vitest';
import { renderSummary, type SummaryInput } from '../../../src/render/summary.ts';

const signer = {
  method: 'openpgp',
  fingerprint: 'B'.repeat(40),
  primaryFingerprint: '04B54C3CDCA79751B16BC6B5225629DF75B188BD',
  signedAt: new Date('2026-11-19T02:13:26Z'),
} as const;
const attestor = {
  method: 'sigstore',
  identity: 'https://github.com/o/r/.github/workflows/release.yml@refs/tags/v1',
  issuer: 'https://token.actions.githubusercontent.com',
  signedAt: new Date('2026-11-19T02:13:26Z'),
} as const;

type Change = SummaryInput['changes'][number];

function change(name: string, from: string | undefined, to: string, changes: Partial<Change> = {}): Change {
  const before = from === undefined ? undefined : { version: from };
  const platform = { os: 'debian-13', arch: 'amd64' } as const;
  const proof = { assurance: 'signed', signers: [signer] } as const;
  return { kind: 'knd', platform, name, before, after: { version: to }, ...proof, ...changes };
}

describe('renderSummary', () => {
  const manifests = [
    { fileName: 'knd.debian-13.amd64.json', changed: true },
    { fileName: 'knc.debian-13.amd64.json', changed: false },
  ];

  it('is one line where nothing is new', () => {
    expect(renderSummary({ changes: [], manifests }, true)).toEqual(['2 manifests: nothing new']);
    const one = { changes: [], manifests: manifests.slice(1) };
    expect(renderSummary(one, true)).toEqual(['1 manifest: nothing new']);
  });

  it('is a table of what changed, from what, to what, by whom', () => {
    const attested = { assurance: 'attested', signers: [attestor] } as const;
    const changes = [
      change('libpq5', undefined, '17.12-0+deb13u1'),
      change('runc', '1.3.6', '1.4.0', attested),
    ];
    expect(renderSummary({ changes, manifests }, true)).toEqual([
      'ENTRY   PLATFORM         KINDS  FROM   TO               ASSURANCE  SIGNER',
      'libpq5  debian-13 amd64  knd    -      17.12-0+deb13u1  signed     225629DF75B188BD',
      `runc    debian-13 amd64  knd    1.3.6  1.4.0            attested   ${attestor.identity}`,
      '2 entries in 1 manifest written',
    ]);
  });

  it('has one row for all kinds that share a change, and one for each that does not', () => {
    const changes = [
      change('runc', '1', '2'),
      change('runc', '1', '2', { kind: 'knc' }),
      change('runc', '1', '2', { platform: { os: 'debian-13', arch: 'arm64' } }),
      change('runc', undefined, '2', { kind: 'new' }),
    ];
    const rows = renderSummary({ changes, manifests }, true).slice(1, -1);
    expect(rows.map((row) => row.split(/ {2,}/).slice(1, 5))).toEqual([
      ['debian-13 amd64', 'knd,knc', '1', '2'],
      ['debian-13 arm64', 'knd', '1', '2'],
      ['debian-13 amd64', 'new', '-', '2'],
    ]);
  });

  it('says what would be, where nothing was written', () => {
    const lines = renderSummary({ changes: [change('runc', '1', '2')], manifests }, false);
    expect(lines.at(-1)).toBe('1 entry in 1 manifest would be written');
  });
});

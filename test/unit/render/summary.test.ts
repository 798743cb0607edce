/** What a run tells its user. */
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../src/model/errors.ts';
import { renderSummary, renderSummaryMarkdown, type SummaryInput } from '../../../src/render/summary.ts';

const signer = {
  method: 'openpgp',
  anchor: 'debian-archive',
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
    { fileName: 'knd.debian-13.amd64.json', status: 'changed', missing: [] },
    { fileName: 'knc.debian-13.amd64.json', status: 'unchanged', missing: [] },
  ] as const;
  const failures: SummaryInput['failures'] = [];
  const faults: SummaryInput['faults'] = [];

  it('is one line where nothing is new', () => {
    const one = { changes: [], failures, faults, manifests: manifests.slice(1) };
    expect(renderSummary(one, true)).toEqual(['1 manifest: nothing new']);
    const two = { ...one, manifests: [...one.manifests, ...one.manifests] };
    expect(renderSummary(two, true)).toEqual(['2 manifests: nothing new']);
  });

  it('says where a manifest is written anew, and no entry is new', () => {
    const fault = { fileName: 'knd.debian-13.amd64.json', name: undefined, message: 'its kind is "x"' };
    const found = [
      { ...fault, isRepaired: true },
      { ...fault, isRepaired: false },
      { ...fault, isRepaired: true },
    ];
    expect(renderSummary({ changes: [], failures, faults: found, manifests }, false)).toEqual([
      '2 faults would be repaired',
      '1 fault left',
      '1 manifest would be written, no entry new',
    ]);
  });

  it('says of which signatures name and version are no part', () => {
    const changes = [change('kubelet', undefined, '1.37.0', { isDigestOnly: true })];
    const [, row] = renderSummary({ changes, failures, faults, manifests }, true);
    expect(row).toContain('signed, digest only');
  });

  it('is a table of what changed, from what, to what, by whom', () => {
    const attested = { assurance: 'attested', signers: [attestor] } as const;
    const changes = [
      change('libpq5', undefined, '17.12-0+deb13u1'),
      change('runc', '1.3.6', '1.4.0', attested),
    ];
    expect(renderSummary({ changes, failures, faults, manifests }, true)).toEqual([
      'ENTRY   PLATFORM         KINDS  FROM   TO               ASSURANCE  SIGNER',
      'libpq5  debian-13 amd64  knd    -      17.12-0+deb13u1  signed     debian-archive 04B54C3CDCA79751B16BC6B5225629DF75B188BD',
      `runc    debian-13 amd64  knd    1.3.6  1.4.0            attested   ${attestor.identity}`,
      '2 entries in 1 manifest written',
    ]);
  });

  it('names every signer whole', () => {
    const { anchor, ...unpinned } = signer;
    const signers = [signer, { ...unpinned, primaryFingerprint: 'C'.repeat(40) }];
    const [, row] = renderSummary(
      { changes: [change('a', '1', '2', { signers })], failures, faults, manifests },
      true,
    );
    const name = `${anchor} 04B54C3CDCA79751B16BC6B5225629DF75B188BD, ${'C'.repeat(40)}`;
    expect(row?.split(/ {2,}/).at(-1)).toBe(name);
  });

  it('has one row for all kinds that share a change, and one for each that does not', () => {
    const changes = [
      change('runc', '1', '2'),
      change('runc', '1', '2', { kind: 'knc' }),
      change('runc', '1', '2', { platform: { os: 'debian-13', arch: 'arm64' } }),
      change('runc', undefined, '2', { kind: 'new' }),
    ];
    const rows = renderSummary({ changes, failures, faults, manifests }, true).slice(1, -1);
    expect(rows.map((row) => row.split(/ {2,}/).slice(1, 5))).toEqual([
      ['debian-13 amd64', 'knd,knc', '1', '2'],
      ['debian-13 arm64', 'knd', '1', '2'],
      ['debian-13 amd64', 'new', '-', '2'],
    ]);
  });

  it('says what would be, where nothing was written', () => {
    const lines = renderSummary({ changes: [change('runc', '1', '2')], failures, faults, manifests }, false);
    expect(lines.at(-1)).toBe('1 entry in 1 manifest would be written');
  });

  it('shows an entry that nobody vouches for as such', () => {
    const stub = change('vmconfig', undefined, 'dev', { assurance: undefined, signers: [] });
    const [, row] = renderSummary({ changes: [stub], failures, faults, manifests }, true);
    expect(row?.split(/ {2,}/).slice(4)).toEqual(['dev', '-', '-']);
  });

  it('names the manifests that were left as they were', () => {
    const refused = [{ fileName: 'knc.debian-13.arm64.json', status: 'refused', missing: [] }] as const;
    expect(renderSummary({ changes: [], failures, faults, manifests: refused }, true)).toEqual([
      'not written: knc.debian-13.arm64.json',
    ]);
    const some = [...manifests.slice(1), ...refused];
    expect(renderSummary({ changes: [], failures, faults, manifests: some }, false)).toEqual([
      '1 manifest: nothing new',
      'would not be written: knc.debian-13.arm64.json',
    ]);
  });
});

describe('renderSummaryMarkdown', () => {
  it('has what failed first, then what changed, and nothing of it is markup', () => {
    const error = new VerificationError('SIGNATURE_INVALID', 'a | <b>\u202e![x](https://evil.example)');
    const failures = [{ name: 'runc', platforms: ['debian-13 arm64'], error }];
    const manifests = [
      { fileName: 'knd.debian-13.amd64.json', status: 'changed', missing: [] },
      { fileName: 'knd.debian-13.arm64.json', status: 'refused', missing: [] },
    ] as const;
    const changes = [change('libpq5', '17.11-0+deb13u1', '17.12-0+deb13u1')];
    const fault = { fileName: 'knd.debian-13.amd64.json', name: 'runc', message: 'its type is "a|b"' };
    const faults = [{ ...fault, isRepaired: true }];
    expect(renderSummaryMarkdown({ changes, failures, faults, manifests }, true)).toBe(`## Manifests

### Failed

| ENTRY | PLATFORM | CODE | WHY |
| --- | --- | --- | --- |
| runc | debian-13 arm64 | SIGNATURE&#95;INVALID | a &#124; &#60;b&#62;&#92;u202e&#33;&#91;x&#93;(https&#58;//evil.example) |

### Not as the catalogue says

| MANIFEST | ENTRY | FAULT |  |
| --- | --- | --- | --- |
| knd.debian-13.amd64.json | runc | its type is "a&#124;b" | repaired |

### Changed

| ENTRY | PLATFORM | KINDS | FROM | TO | ASSURANCE | SIGNER |
| --- | --- | --- | --- | --- | --- | --- |
| libpq5 | debian-13 amd64 | knd | 17.11-0+deb13u1 | 17.12-0+deb13u1 | signed | debian-archive 04B54C3CDCA79751B16BC6B5225629DF75B188BD |

1 fault repaired\\
1 entry in 1 manifest written\\
not written: knd.debian-13.arm64.json
`);
  });
});

/** What a run tells its user. */
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../src/model/errors.ts';
import { changesOf } from '../../../src/pipeline/shared/entry-changes.ts';
import { renderChanges } from '../../../src/render/changes.ts';
import { renderSummary, renderSummaryMarkdown, type SummaryInput } from '../../../src/render/summary.ts';
import { pair, signedByKey } from '../../support/sighting-sample.ts';

const name = (kind: string, arch: 'amd64' | 'arm64') => ({ kind, os: 'debian-13', arch });
const changes = changesOf([pair(signedByKey('1.4.1'), signedByKey('1.4.2'))]);

describe('renderSummary', () => {
  const manifests = [
    { fileName: 'knd.debian-13.amd64.json', name: name('knd', 'amd64'), status: 'changed', missing: [] },
    { fileName: 'knc.debian-13.amd64.json', name: name('knc', 'amd64'), status: 'unchanged', missing: [] },
  ] as const;
  const failures: SummaryInput['failures'] = [];
  const faults: SummaryInput['faults'] = [];

  it('is one line where nothing is new', () => {
    const one = { changes: [], entryCount: 0, failures, faults, manifests: manifests.slice(1) };
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
    expect(renderSummary({ changes: [], entryCount: 0, failures, faults: found, manifests }, false)).toEqual([
      '2 faults would be repaired',
      '1 fault left',
      '1 manifest would be written, no entry new',
    ]);
  });

  it('says what would be, where nothing was written', () => {
    const lines = renderSummary({ changes, entryCount: 2, failures, faults, manifests }, false);
    expect(lines).toEqual([
      ...[...renderChanges({ changes, manifests: manifests.map((one) => one.name) }), ''],
      '2 entries in 1 manifest would be written',
    ]);
  });

  it('names the manifests that were left as they were', () => {
    const refused = [
      { fileName: 'knc.debian-13.arm64.json', name: name('knc', 'arm64'), status: 'refused', missing: [] },
    ] as const;
    expect(renderSummary({ changes: [], entryCount: 0, failures, faults, manifests: refused }, true)).toEqual(
      ['not written: knc.debian-13.arm64.json'],
    );
    const some = [...manifests.slice(1), ...refused];
    expect(renderSummary({ changes: [], entryCount: 0, failures, faults, manifests: some }, false)).toEqual([
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
      { fileName: 'knd.debian-13.amd64.json', name: name('knd', 'amd64'), status: 'changed', missing: [] },
      { fileName: 'knd.debian-13.arm64.json', name: name('knd', 'arm64'), status: 'refused', missing: [] },
    ] as const;
    const fault = { fileName: 'knd.debian-13.amd64.json', name: 'runc', message: 'its type is "a|b"' };
    const faults = [{ ...fault, isRepaired: true }];
    expect(renderSummaryMarkdown({ changes, entryCount: 1, failures, faults, manifests }, true))
      .toMatchInlineSnapshot(`
      "## Manifests

      ### Failed

      | ENTRY | PLATFORM | CODE | WHY |
      | --- | --- | --- | --- |
      | runc | debian-13 arm64 | SIGNATURE&#95;INVALID | a &#124; &#60;b&#62;&#92;u202e&#33;&#91;x&#93;(https&#58;//evil.example) |

      ### Not as the catalogue says

      | MANIFEST | ENTRY | FAULT |  |
      | --- | --- | --- | --- |
      | knd.debian-13.amd64.json | runc | its type is "a&#124;b" | repaired |

      knd &#183; debian-13 &#183; amd64, arm64: 1 update

      ### Updates

      | ENTRY | VERSION | ASSURANCE | SIGNER | WHERE | READ |
      | --- | --- | --- | --- | --- | --- |
      | runc | 1.4.1 &#8594; 1.4.2 | signed | same: runc AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA | debian-13 amd64 | [release](https://github.com/opencontainers/runc/releases/tag/v1.4.2) [compare](https://github.com/opencontainers/runc/compare/v1.4.1...v1.4.2) |

      1 fault repaired\\
      1 entry in 1 manifest written\\
      not written: knd.debian-13.arm64.json
      "
    `);
  });
});

import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import type { OfflineEntry, OfflineManifest } from '../../../../src/pipeline/proofs/verdict.ts';
import { verifiedEntries } from '../../../../src/pipeline/proofs/verified-entries.ts';
import { proven } from '../../../support/question-sample.ts';

const entry = (name: string, verdict: OfflineEntry['verdict'], refusal?: VerificationError) =>
  ({
    ...{ name, verdict, evidence: verdict === 'no file' ? undefined : proven },
    entry: { type: name === 'pause' ? 'oci-image' : 'deb', url: `registry.example/${name}:1` },
    refusal: refusal && { link: 'document', which: undefined, error: refusal },
  }) as unknown as OfflineEntry;

function stated(entries: readonly OfflineEntry[], { faults = [] as string[], allowsPartial = false } = {}) {
  const manifest = { file: 'm/knc.json', refusals: [], entries } as unknown as OfflineManifest;
  return verifiedEntries(manifest, { faults, allowsPartial }).map(({ name, isUpToIndex }) => [
    name,
    isUpToIndex,
  ]);
}

describe('what may be stated of a manifest', () => {
  it('are its files, once all of them hold', () => {
    const entries = [
      entry('a', 'verified'),
      entry('pause', 'verified'),
      entry('b', 'recorded'),
      entry('vmconfig', 'no file'),
    ];
    expect(stated(entries)).toEqual([
      ['a', false],
      ['registry.example/pause:1', false],
      ['b', false],
    ]);
  });

  it('is nothing where one holds up to the index, unless that is allowed', () => {
    const entries = [entry('a', 'verified'), entry('uidmap', 'up to the index')];
    expect(() => stated(entries)).toThrow(/uidmap hold up to the index/);
    expect(stated(entries, { allowsPartial: true })).toEqual([
      ['a', false],
      ['uidmap', true],
    ]);
  });

  it('is nothing where one is refused, or the file is not what the catalogue makes, whatever is allowed', () => {
    const refusal = new VerificationError('SIGNATURE_INVALID', 'its signature', { lines: ['in full'] });
    const refused = [entry('a', 'verified'), entry('b', 'refused', refusal)];
    const all = { allowsPartial: true, faults: ['c: the manifest lacks it'] };
    expect(() => stated(refused, all)).toThrow(VerificationError);
    expect(() => stated(refused, all)).toThrow(
      'm/knc.json cannot be stated to be verified\n  b: its signature\n  in full\n  c: the manifest lacks it',
    );
    expect(() => stated([entry('a', 'verified')], all)).toThrow(/c: the manifest lacks it/);
  });
});

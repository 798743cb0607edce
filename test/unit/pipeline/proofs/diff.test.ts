/** Which evidence counts when two manifests are compared: only what is about the entry as it stands. */
import { describe, expect, it } from 'vitest';
import type { EvidenceEntry } from '../../../../src/formats/own/evidence.ts';
import { entriesOf } from '../../../../src/formats/own/manifest-entries.ts';
import { compareManifests, type ManifestWithEvidence } from '../../../../src/pipeline/proofs/diff.ts';
import { sampleManifest } from '../../../support/manifest-sample.ts';
import { proven } from '../../../support/question-sample.ts';

const manifest = sampleManifest();
const { entry, name } = entriesOf(manifest).find(({ entry }) => entry.type === 'deb')!;
const about: EvidenceEntry = {
  ...{ ...proven, assurance: 'signed', method: 'apt', version: `1:${entry.version}` },
  ...{ signers: [], documents: [], watermark: {} },
  ...{ url: entry.url, size: entry.size, question: { ...proven.question, name } },
  digest: entry.digest as EvidenceEntry['digest'],
};

function compared(now: Record<string, EvidenceEntry>) {
  const side = (evidence: ManifestWithEvidence['evidence']) => new Map([['', { manifest, evidence }]]);
  return compareManifests(side({ [name]: about }), side(now)).changes;
}

describe('compareManifests', () => {
  it('finds no change where the evidence still fits', () => {
    expect(compared({ [name]: about })).toEqual([]);
  });

  it.each<[string, Record<string, EvidenceEntry>]>([
    ['is gone', {}],
    ['is of another digest', { [name]: { ...about, digest: `sha256:${'f'.repeat(64)}` } }],
    ['is of another URL', { [name]: { ...about, url: 'https://example.org/x.deb' } }],
    ['is of another size', { [name]: { ...about, size: about.size - 1 } }],
    ['is of another version', { [name]: { ...about, version: '1:0.1' } }],
  ])('has to be looked at: evidence %s', (_, now) => {
    expect(compared(now)).toMatchObject([
      { name, differences: [{ what: 'assurance', from: 'signed', to: 'none', lookAt: true }] },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import { requireBelievable } from '../../../../src/pipeline/proofs/tagged.ts';
import type { OfflineEntry, OfflineManifest } from '../../../../src/pipeline/proofs/verdict.ts';
import { proven } from '../../../support/question-sample.ts';
import { refusal } from '../../../support/refusals.ts';

const entry = (name: string, verdict: OfflineEntry['verdict'], more: Partial<OfflineEntry> = {}) =>
  ({ name, verdict, entry: { type: 'deb' }, evidence: proven, ...more }) as unknown as OfflineEntry;

function judge(
  entries: readonly OfflineEntry[],
  { faults = [] as string[], isTrustedRegistry = false } = {},
) {
  const manifest = { file: 'oci://r/knd.json', refusals: [], entries } as unknown as OfflineManifest;
  requireBelievable(manifest, { faults, isTrustedRegistry });
}

const error = new VerificationError('SIGNER_UNTRUSTED', 'its signer is not');
const refused = { link: 'anchor', which: undefined, error } as const;

describe('what a tag leads to', () => {
  it('is believed where each entry is verified, or a stub', () => {
    expect(() => judge([entry('a', 'verified'), entry('vmconfig', 'no file')])).not.toThrow();
  });

  it('is believed where nobody signed something, by who answers for the registry alone', async () => {
    const entries = [entry('a', 'verified'), entry('crictl', 'recorded')];
    await refusal(() => judge(entries), VerificationError, 'EVIDENCE_MISSING');
    expect(() => judge(entries)).toThrow(/nobody signed crictl/);
    expect(() => judge(entries, { isTrustedRegistry: true })).not.toThrow();
  });

  it.each<[string, readonly OfflineEntry[], string, string[]?]>([
    ['holds up to the index alone', [entry('a', 'up to the index')], 'EVIDENCE_MISSING'],
    ['is refused', [entry('a', 'refused', { refusal: refused })], 'SIGNER_UNTRUSTED'],
    ['would be refused now', [entry('a', 'verified', { since: error })], 'SIGNER_UNTRUSTED'],
    ['does not follow from the catalogue', [entry('a', 'verified')], 'SUBJECT_MISMATCH', ['a: another']],
  ])('is not where something %s, whoever answers for the registry', async (_, entries, code, faults = []) => {
    const judged = () => judge(entries, { faults, isTrustedRegistry: true });
    await refusal(judged, VerificationError, code as VerificationError['code']);
  });
});

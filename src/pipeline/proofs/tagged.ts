/**
 * May a manifest be believed that a tag of a registry led to? Whoever may push there can move a tag, and push evidence of
 * his own: other questions, answered by real documents about other files, or by signers of his choice. So the user's own
 * catalogue asks (`faults` are of what does not follow from it), the user's own trust judges, and it judges as of now: a key
 * that is revoked by now, or metadata that has expired, is what an old manifest is put back with. What nobody signs is
 * as good as the registry's word.
 */
import { VerificationError, type VerificationCode } from '../../model/errors.ts';
import { verifiedEntries } from './verified-entries.ts';
import type { OfflineManifest } from './verdict.ts';

/** Throws VerificationError: what of the manifest does not hold, all of it, by the code of the first. */
export function requireBelievable(
  judged: OfflineManifest,
  { faults, isTrustedRegistry }: { readonly faults: readonly string[]; readonly isTrustedRegistry: boolean },
): void {
  verifiedEntries(judged, { faults, allowsPartial: false, ...wording });
  const { file, entries } = judged;
  const stale = entries.flatMap(({ name, since }) => (since === undefined ? [] : [{ name, since }]));
  const [first] = stale;
  if (first !== undefined) {
    const code = first.since instanceof VerificationError ? first.since.code : 'METADATA_EXPIRED';
    const lines = stale.map(({ name, since }) => `  ${name}: ${since.message.split('\n')[0] ?? ''}`);
    throw refused(code, `${file} held when it was judged, and does not now`, lines);
  }
  const recorded = entries.filter(({ verdict }) => verdict === 'recorded').map(({ name }) => name);
  if (recorded.length === 0 || isTrustedRegistry) return;
  throw new VerificationError(
    'EVIDENCE_MISSING',
    `${file}: nobody signed ${recorded.join(', ')}, and a registry's word for what a tag leads to is none`,
    {
      hint: 'Name what was pushed by its digest: @sha256:…, which push prints. Or answer for the registry: --trusted-registry.',
      context: { file, names: recorded },
    },
  );
}

function refused(code: VerificationCode, message: string, lines: readonly string[]): VerificationError {
  return new VerificationError(code, message, {
    lines,
    hint: 'Resolve it anew, and push it: an old manifest may have been put back. Or name it by its digest: @sha256:…',
  });
}

const wording = {
  refusal: 'is not believed for its tag',
  hint: 'Nothing was staged. The tag leads to what somebody else made, or to a manifest of another catalogue.',
};

/** Trust anchors that a catalogue names, against those that are pinned: a mistake in it is told before any request. */
import { didYouMean, show, type Problem } from '../text/problems.ts';
import type { TrustPins } from './trust-pins.ts';

/** What keyless methods rest on, by its name in the pins. */
const sigstoreRoot = 'sigstore';

/**
 * `value`: a source or a verification as the file has it, whatever its type. Each `signedBy` in it must name pinned keys;
 * and who names an issuer of identities needs Sigstore's trusted root.
 */
export function checkAnchors(
  value: unknown,
  { anchors }: TrustPins,
  path: readonly PropertyKey[],
  problems: Problem[],
): void {
  if (typeof value !== 'object' || value === null) return;
  const keyrings = Object.keys(anchors).filter((name) => anchors[name]?.type === 'openpgp');
  for (const [key, inner] of Object.entries(value)) {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    if (key === 'signedBy' && typeof inner === 'string' && !keyrings.includes(inner)) {
      const message = `names no keys of the trust anchors, found ${show(inner)}${didYouMean(inner, keyrings)}`;
      problems.push({ path: at, message });
    }
    if (key === 'issuer' && anchors[sigstoreRoot]?.type !== 'sigstore') {
      const message = `needs Sigstore's trusted root, and the trust anchors have none of the name "${sigstoreRoot}"`;
      problems.push({ path: at, message });
    }
    checkAnchors(inner, { anchors }, at, problems);
  }
}

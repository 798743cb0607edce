/** Trust anchors that a catalogue names, against those that are pinned: a mistake in it is told before any request. */
import { didYouMean, show, type Problem } from '../text/problems.ts';
import type { TrustAnchor, TrustPins } from './trust-pins.ts';

/** What keyless methods rest on, by its name in the pins. */
const sigstoreRoot = 'sigstore';

interface NamedAnchor {
  readonly name: string;
  readonly type: TrustAnchor['type'];
  /** Where it is named. */
  readonly path: readonly PropertyKey[];
}

/**
 * The anchors that `value` rests on: a source or a verification as the file has it, whatever its type. `signedBy` names
 * keys; and who names an issuer of identities needs Sigstore's trusted root.
 */
export function anchorsNamedIn(value: unknown, path: readonly PropertyKey[] = []): readonly NamedAnchor[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]): readonly NamedAnchor[] => {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    if (key === 'signedBy' && typeof inner === 'string') return [{ name: inner, type: 'openpgp', path: at }];
    if (key === 'issuer') return [{ name: sigstoreRoot, type: 'sigstore', path: at }];
    return anchorsNamedIn(inner, at);
  });
}

/** `value`: as for `anchorsNamedIn`. Each anchor must be pinned, as one of its type. */
export function checkAnchors(value: unknown, { anchors }: TrustPins, problems: Problem[]): void {
  const keyrings = Object.keys(anchors).filter((name) => anchors[name]?.type === 'openpgp');
  for (const { name, type, path } of anchorsNamedIn(value)) {
    if (anchors[name]?.type === type) continue;
    const message =
      type === 'openpgp'
        ? `names no keys of the trust anchors, found ${show(name)}${didYouMean(name, keyrings)}`
        : `needs Sigstore's trusted root, and the trust anchors have none of the name "${name}"`;
    problems.push({ path, message });
  }
}

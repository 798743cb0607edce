/**
 * What is verified and yet refused until a person decides: the ratchet against what was resolved before.
 * No I/O.
 */
import { withoutEpoch } from '../../formats/upstream/debian-version.ts';
import type { EvidenceEntry } from '../../formats/own/evidence.ts';
import type { ManifestEntry } from '../../formats/own/manifest-entries.ts';
import { compareVersions, parseVersion, type Ordering } from '../../formats/own/version-order.ts';
import type { Artifact } from '../../model/artifact.ts';
import { PolicyError } from '../../model/errors.ts';
import type { Assurance, Verified } from '../../model/verification.ts';

export interface Previous {
  readonly entry: ManifestEntry;
  /** Undefined where none is kept, or what is kept is about another artifact. */
  readonly evidence: EvidenceEntry | undefined;
}

const rank: Readonly<Record<Assurance, number>> = { checksum: 0, signed: 1, attested: 2 };

/**
 * `ordering`: how the catalogue says that versions of its source are ordered.
 *
 * Throws PolicyError `ARTIFACT_MUTATED` (the same version with other bytes), `VERSION_DOWNGRADED` (also where one of
 * the two is no version of that ordering, so that nobody can tell) or `ASSURANCE_LOWERED`.
 */
export function checkRatchet(next: Verified<Artifact>, previous: Previous, ordering: Ordering): void {
  const { subject, result } = next;
  const { entry, evidence } = previous;
  // The stub stood in for a file: there is nothing that could be lost.
  if (entry.digest === '') return;
  const before = evidence?.version ?? entry.version;
  // Without evidence only the manifest's version is known, which has no epoch.
  const hasLostEpoch = ordering === 'debian' && evidence === undefined;
  const after = hasLostEpoch ? withoutEpoch(subject.version) : subject.version;
  const context = { name: subject.name, platform: subject.platform, before: entry, after: subject };
  if (after === before && entry.digest !== subject.digest) {
    throw new PolicyError(
      'ARTIFACT_MUTATED',
      `${subject.name} ${after} had the digest ${entry.digest}, and now has ${subject.digest}`,
      { hint: `A published version does not change. Find out why; then ${acceptance(subject)}.`, context },
    );
  }
  if (isOlder(after, before, ordering)) {
    throw new PolicyError('VERSION_DOWNGRADED', `${subject.name} would go from ${before} back to ${after}`, {
      hint: `A withdrawn release, a stale mirror, or "ordering" is wrong. If it is meant, ${acceptance(subject)}.`,
      context,
    });
  }
  if (evidence !== undefined && rank[result.assurance] < rank[evidence.assurance]) {
    throw new PolicyError(
      'ASSURANCE_LOWERED',
      `${subject.name} ${after} is only "${result.assurance}", and ${before} was "${evidence.assurance}"`,
      { hint: `If upstream stopped signing for a good reason, ${acceptance(subject)}.`, context },
    );
  }
}

function acceptance(subject: Artifact): string {
  return `remove its entry from the manifests of ${subject.platform.os} ${subject.platform.arch} and run again`;
}

function isOlder(after: string, before: string, ordering: Ordering): boolean {
  if (after === before) return false;
  const [a, b] = [parseVersion(ordering, after), parseVersion(ordering, before)];
  return a === undefined || b === undefined || compareVersions(a, b) < 0;
}

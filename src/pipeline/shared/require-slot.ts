/**
 * What was vouched for against the place that it would take in a manifest. Sources and methods see to it as well; this
 * is the one gate that every answer passes.
 */
import type { Artifact, Platform } from '../../model/artifact.ts';
import { VerificationError } from '../../model/errors.ts';
import type { Verified } from '../../model/verification.ts';
import type { Placed } from './slots.ts';

/**
 * Throws VerificationError `SUBJECT_MISMATCH` for another name, platform or type, and for a subject that has not the
 * digest that was vouched for. Whether version and URL are the catalogue's, `crossCheck` asks.
 */
export function requireSlot(
  { subject, result }: Verified<Artifact>,
  { name, type }: Placed,
  { os, arch }: Platform,
): void {
  const facts: readonly (readonly [what: string, found: string, expected: string])[] = [
    ['name', subject.name, name],
    ['operating system', subject.platform.os, os],
    ['architecture', subject.platform.arch, arch],
    ['type', subject.type, type],
    ['digest', subject.digest, result.digest],
    ['image platform', subject.image?.platform ?? 'none', type === 'oci-image' ? `linux/${arch}` : 'none'],
  ];
  for (const [what, found, expected] of facts) {
    if (found === expected) continue;
    throw new VerificationError(
      'SUBJECT_MISMATCH',
      `${name} (${os} ${arch}): what was vouched for has the ${what} ${found}, expected ${expected}`,
      {
        hint: 'An answer to another question: report it.',
        context: { name, platform: { os, arch }, what, found, expected },
      },
    );
  }
}

/** What the steps of an update have in common: listed bytes, versions that do not go back, dates. */
import { digestFromHex, type Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { digestOf, verifyBytes } from '../digest.ts';
import type { RoleName, TufDocument } from './metadata.ts';

export interface Listed {
  readonly length?: number | undefined;
  readonly hashes?: Readonly<Record<string, string>> | undefined;
}

/**
 * The length and every digest that the role above lists, if it lists them: of metadata a version alone is allowed
 * (section 4.4). Throws VerificationError `SIZE_MISMATCH`, `DIGEST_MISMATCH`, and as `digestsAmong` does.
 */
export function verifyListed(bytes: Uint8Array, { length, hashes }: Listed, what: string): void {
  // Where no digest is listed its own has to do, so that the length is looked at all the same.
  const digests = hashes === undefined ? [digestOf('sha256', bytes)] : digestsAmong(hashes, what);
  for (const digest of digests) verifyBytes(bytes, { digest, sizeBytes: length ?? bytes.length }, what);
}

/**
 * SHA-256 before SHA-512. Other algorithms are passed over, as long as there is one of these. Throws VerificationError
 * `ALGORITHM_REFUSED`, `EVIDENCE_MALFORMED`.
 */
export function digestsAmong(hashes: Readonly<Record<string, string>>, what: string): [Digest, ...Digest[]] {
  const [first, ...others] = (['sha256', 'sha512'] as const).flatMap((algorithm) => {
    const hex = hashes[algorithm];
    if (hex === undefined) return [];
    const digest = digestFromHex(algorithm, hex);
    if (digest !== undefined) return [digest];
    throw new VerificationError('EVIDENCE_MALFORMED', `${what}: the ${algorithm} has the wrong length`);
  });
  if (first !== undefined) return [first, ...others];
  throw new VerificationError('ALGORITHM_REFUSED', `${what}: neither SHA-256 nor SHA-512 is listed`, {
    context: { found: Object.keys(hashes) },
  });
}

interface Versioned {
  readonly what: string;
  readonly version: number;
}

/**
 * The version that the role above names, or that follows: a document of another time must not be mixed in. Throws
 * VerificationError `METADATA_ROLLBACK`, `SUBJECT_MISMATCH`.
 */
export function requireVersion(found: Versioned, expected: number): void {
  requireNotOlder(found, expected);
  if (found.version === expected) return;
  throw new VerificationError(
    'SUBJECT_MISMATCH',
    `${found.what} says that it is version ${String(found.version)}, expected ${String(expected)}`,
    { context: { document: found.what, expected, found: found.version } },
  );
}

/** Throws VerificationError `METADATA_ROLLBACK`. */
export function requireNotOlder(found: Versioned, least: number | undefined): void {
  if (least === undefined || found.version >= least) return;
  throw new VerificationError(
    'METADATA_ROLLBACK',
    `${found.what} is version ${String(found.version)}, expected ${String(least)} or later`,
    {
      hint: 'A mirror out of step, or an attack: use another mirror, or the origin.',
      context: { document: found.what, expected: least, found: found.version },
    },
  );
}

/** Throws VerificationError `METADATA_EXPIRED`. */
export function requireFresh({ what, expires }: TufDocument<RoleName>, now: Date): void {
  if (now < expires) return;
  throw new VerificationError('METADATA_EXPIRED', `${what} expired at ${expires.toISOString()}`, {
    hint: 'A mirror out of step, or a repository that has been given up: use another mirror, or the origin.',
    context: { document: what, expires: expires.toISOString(), now: now.toISOString() },
  });
}

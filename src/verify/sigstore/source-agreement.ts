/**
 * A statement and the certificate that it is signed with, about the same build: what a SLSA provenance says of its
 * source is the workflow's own word, and Fulcio's certificate says what the workflow ran for. They have to agree, so
 * that whoever reads the one is not told another story than who reads the other.
 */
import type { Statement } from '../../formats/upstream/in-toto.ts';
import { readProvenanceSources, type ProvenanceSource } from '../../formats/upstream/slsa-provenance.ts';
import { VerificationError } from '../../model/errors.ts';
import type { CertificateClaims } from './certificate-claims.ts';

/**
 * An authenticated statement. What one of them does not say cannot disagree. Throws VerificationError
 * `SUBJECT_MISMATCH`, `EVIDENCE_MALFORMED`.
 */
export function requireSameSource(statement: Statement, claims: CertificateClaims, what: string): void {
  const { built, resolved } = readProvenanceSources(statement, what);
  for (const source of built) {
    if (!isSource(source, claims) && !isBuildConfig(source, claims)) throw disagreement(source, claims, what);
  }
  // Among several repositories, or commits of one, the source is one: what else was checked out is not known to Fulcio.
  const [first] = resolved;
  if (first !== undefined && !resolved.some((source) => isSource(source, claims))) {
    throw disagreement(first, claims, what);
  }
}

function isSource({ repository, ref, commits }: ProvenanceSource, claims: CertificateClaims): boolean {
  const { sourceRepositories, sourceRefs, sourceDigests } = claims;
  return (
    (repository === undefined || sourceRepositories.every((one) => one === repository)) &&
    (ref === undefined || sourceRefs.every((one) => one === ref)) &&
    commits.every((commit) => sourceDigests.every((one) => one === commit))
  );
}

/** A workflow may come from elsewhere, or from another ref, than what it runs for: of events and of an organisation's. */
function isBuildConfig(
  { repository, ref, path }: ProvenanceSource,
  { buildConfigs }: CertificateClaims,
): boolean {
  const isWhole = repository !== undefined && path !== undefined && ref !== undefined;
  return isWhole && buildConfigs.includes(`${repository}/${path}@${ref}`);
}

function disagreement(
  { field, repository, ref }: ProvenanceSource,
  { sourceRepositories, sourceRefs }: CertificateClaims,
  what: string,
): VerificationError {
  const said = [repository, ref].filter((one) => one !== undefined).join(' at ');
  const certified = [...sourceRepositories, ...sourceRefs].join(' at ') || 'another commit';
  return new VerificationError(
    'SUBJECT_MISMATCH',
    `${what} says in ${field} that it is of ${JSON.stringify(said)}, and its certificate is of ${JSON.stringify(certified)}`,
    {
      hint: 'The workflow that signed it does not tell the truth about what it was run for.',
      context: { field, repository, ref, sourceRepositories, sourceRefs },
    },
  );
}

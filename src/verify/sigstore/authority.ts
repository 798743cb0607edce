/**
 * An authority of the trusted root, one that issues certificates to signers or signs timestamps: its certificates, the
 * time in which it is believed, and the paths to its trust anchor.
 */
import { VerificationError } from '../../model/errors.ts';
import { orRefusal } from './refusals.ts';
import type { Certificate } from './x509/certificate.ts';
import { findPaths, isValidAt, requireIssued, type AuthorityPath, type Purpose } from './x509/path.ts';

export interface Authority {
  /** As the trusted root lists them: the trust anchor is the last. */
  readonly certificates: readonly Certificate[];
  /** Both boundaries are inside. */
  readonly validFor: { readonly start: Date; readonly end: Date };
  /** Checked when they are first asked for. */
  readonly paths: () => readonly AuthorityPath[];
}

/** `refusal`: why nobody is believed on its word, for what is not wrong with its certificates. */
export function createAuthority(
  certificates: readonly Certificate[],
  validFor: Authority['validFor'],
  purpose: Purpose,
  refusal: VerificationError | undefined,
): Authority {
  let paths: readonly AuthorityPath[] | undefined;
  return {
    certificates,
    validFor,
    paths: () => (paths ??= findPaths(certificates, purpose, refusal)),
  };
}

/** Why nobody can be believed on its word, whatever the time; undefined where somebody can. */
export function refusalOf({ paths }: Authority): VerificationError | undefined {
  const refusals = paths().map(({ refusal }) => refusal);
  if (refusals.includes(undefined)) return undefined;
  return refusals.at(-1) ?? new VerificationError('SIGNER_UNTRUSTED', 'there is no authority above it');
}

/**
 * The authority that issued an end entity's certificate and was to be believed at all of `times`, with its whole path.
 * `what` is for messages. Throws VerificationError `SIGNER_UNTRUSTED`, and as `requireIssued` does.
 */
export function requireAuthority(
  certificate: Certificate,
  authorities: readonly Authority[],
  times: readonly Date[],
  what: string,
): Certificate {
  const named = authorities.flatMap(({ validFor, paths }) =>
    paths()
      .filter(({ certificates: [own] }) => own.subject.equals(certificate.issuer))
      .map((path) => ({ validFor, path })),
  );
  if (named.length === 0) throw untrusted(what, 'an authority that the trusted root does not have');
  const [first, ...others] = issuing(certificate, named, what);
  const missing = times.filter((time) =>
    [first, ...others].every(({ validFor: { start, end }, path: { certificates } }) => {
      return time < start || end < time || !isValidAt(time, [certificate, ...certificates]);
    }),
  );
  if (missing.length > 0) throw untrusted(what, 'an authority that was not trusted at that time');
  return first.path.certificates[0];
}

interface Named {
  readonly validFor: Authority['validFor'];
  readonly path: AuthorityPath;
}

/** Those that issued it. Throws the first refusal where none did. */
function issuing(
  certificate: Certificate,
  named: readonly Named[],
  what: string,
): readonly [Named, ...Named[]] {
  const refusals: VerificationError[] = [];
  const [first, ...others] = named.filter(({ path }) => {
    const refused = orRefusal(() => {
      requireIssued(certificate, path, what);
    });
    if (!(refused instanceof VerificationError)) return true;
    refusals.push(refused);
    return false;
  });
  if (first !== undefined) return [first, ...others];
  throw refusals[0] ?? new TypeError('there is no authority to ask');
}

function untrusted(what: string, found: string): VerificationError {
  return new VerificationError('SIGNER_UNTRUSTED', `${what} is issued by ${found}`, {
    hint: 'Is it the trusted root of the same instance of Sigstore?',
  });
}

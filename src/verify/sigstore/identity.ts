/**
 * Whose signature is wanted: the identity in the certificate and who vouched for it, compared exactly. The library
 * takes an identity for an unanchored pattern, and lets an absent one pass; it is not asked.
 */
import type { KeyObject } from 'node:crypto';
import type { Check } from '../../formats/own/proof-chain.ts';
import { VerificationError } from '../../model/errors.ts';
import type { CertificateClaims } from './certificate-claims.ts';

export interface CertificatePolicy {
  /** The one subject alternative name: with a scheme (`https://…`) a URI, without one an e-mail address. */
  readonly identity: string;
  /** The identity provider's URL; undefined for a certificate that names none, as that of GitHub's own services does. */
  readonly issuer: string | undefined;
  /** `https://github.com/owner/name`: the repository that the workflow ran for. */
  readonly sourceRepository?: string | undefined;
  /** `refs/tags/v1.0.0`: the branch or tag that the workflow ran for. */
  readonly sourceRef?: string | undefined;
  /** The commit that the workflow ran for: `a1b2…`, in hex, whole. */
  readonly sourceDigest?: string | undefined;
  /** The workflow that signed, with the ref that it was used from: for a reusable one, what `identity` is too. */
  readonly signerWorkflow?: string | undefined;
}

/** In place of an issuer's URL, where a certificate names none. */
export const noIssuer = 'none';

/** Who may have signed: somebody of this identity, or whoever holds this key. There is no third. */
export type SignerPolicy = { readonly certificate: CertificatePolicy } | { readonly publicKey: KeyObject };

/**
 * The identity exactly. Of a workflow without its ref, as of a reusable one, the ref may be any; of a repository alone, any
 * of its workflows at the source's ref: what binds both to a release is the source, which has to be wanted with them.
 */
function isNamed(name: string, { identity, sourceRepository, sourceRef }: CertificatePolicy): boolean {
  if (name === identity) return true;
  if (sourceRepository === undefined || sourceRef === undefined || sourceRef === '') return false;
  const ref = name.startsWith(`${identity}@`) ? name.slice(identity.length + 1) : '';
  if (bareWorkflow.test(identity)) return /^[!-~]+$/.test(ref);
  if (identity !== sourceRepository || !repositoryUrl.test(identity)) return false;
  const [, file] = name.startsWith(`${identity}/.github/workflows/`) ? (workflowAt.exec(name) ?? []) : [];
  return file !== undefined && name === `${identity}/.github/workflows/${file}@${sourceRef}`;
}

const repositoryUrl = /^https:\/\/github\.com\/[A-Za-z0-9-]+\/[A-Za-z0-9._-]+$/;
const bareWorkflow =
  /^https:\/\/github\.com\/[A-Za-z0-9-]+\/[A-Za-z0-9._-]+\/\.github\/workflows\/[^@/]+\.ya?ml$/;
const workflowAt = /\/\.github\/workflows\/([^@/]+\.ya?ml)@/;

/** Does the identity leave a part of a workflow's name open, so that the source has to be wanted? */
function isOpenIdentity(identity: string): boolean {
  return bareWorkflow.test(identity) || repositoryUrl.test(identity);
}

const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//;

/** What was compared of authenticated claims. Throws VerificationError `SIGNER_UNTRUSTED`; `what` is for messages. */
export function requireIdentity(
  claims: CertificateClaims,
  policy: CertificatePolicy,
  what: string,
): readonly Check[] {
  const refuse = (field: string, expected: string, found: readonly string[]): never => {
    const said = found.length === 0 ? 'none' : found.map((text) => JSON.stringify(text)).join(' and ');
    throw new VerificationError(
      'SIGNER_UNTRUSTED',
      `${what} is signed with a certificate whose ${field} is ${said}, expected ${JSON.stringify(expected)}`,
      {
        hint:
          isOpenIdentity(policy.identity) && (policy.sourceRepository ?? policy.sourceRef) === undefined
            ? 'An identity without a ref is one only with the source: say sourceRepository and sourceRef as well.'
            : 'Another workflow or person signed it. Identities are compared exactly, and no part of one passes.',
        context: { field, expected, found },
      },
    );
  };
  const { identity, issuer, sourceRepository, sourceRef, sourceDigest, signerWorkflow } = policy;
  const type = scheme.test(identity) ? 'uri' : 'email';
  const [name, ...others] = claims.names;
  const isIdentity = name?.type === type && isNamed(name.value, policy) && others.length === 0;
  // An empty policy is no policy, whatever an empty name would say to it.
  if (identity === '' || !isIdentity) {
    refuse(
      `identity (${type})`,
      identity,
      claims.names.map((found) => `${found.type}:${found.value}`),
    );
  }
  const against = 'what the catalogue asks for, exactly';
  const checks: Check[] = [{ check: 'identity', value: identity, against }];
  const requireAll = (field: string, expected: string | undefined, found: readonly string[]): void => {
    if (expected === undefined) return;
    checks.push({ check: field, value: expected, against });
    const isExpected = found.length > 0 && found.every((one) => one === expected);
    if (expected === '' || !isExpected) refuse(field, expected, found);
  };
  if (issuer === undefined && claims.issuers.length > 0) refuse('issuer', noIssuer, claims.issuers);
  requireAll('issuer', issuer, claims.issuers);
  requireAll('source repository', sourceRepository, claims.sourceRepositories);
  requireAll('source ref', sourceRef, claims.sourceRefs);
  requireAll('source digest', sourceDigest, claims.sourceDigests);
  requireAll('signer workflow', signerWorkflow, claims.signerWorkflows);
  if (!claims.isForCodeSigning) refuse('extended key usage', 'code signing', []);
  return checks;
}

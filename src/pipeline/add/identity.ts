/** What a certificate claims, as the catalogue would say it: with the release's tag as a template, and of that repository. */
import { VerificationError } from '../../model/errors.ts';
import type { ClaimedSigner } from '../../verify/sigstore/claimed-signer.ts';
import { templateOf, type Tagged } from '../shared/release-names.ts';
import type { Fields } from './candidates.ts';

export interface Learnt {
  /** As the catalogue says it: what a person accepts. */
  readonly identity: string;
  readonly fields: Fields;
  /** In the certificate, with this release's tag. */
  readonly found: ClaimedSigner;
}

/**
 * `repository`: the one whose release it is, where a host says so. Throws VerificationError `SIGNER_UNTRUSTED` for a
 * signature that was made for another one.
 */
export function identityFrom(
  claimed: ClaimedSigner,
  {
    tagged,
    repository,
    isAttestation,
  }: {
    readonly tagged: Tagged;
    readonly repository: string | undefined;
    readonly isAttestation: boolean;
  },
): Learnt {
  const { identity, issuer, sourceRepository, sourceRef } = claimed;
  const url = repository === undefined ? undefined : `https://github.com/${repository}`;
  if (url !== undefined && sourceRepository !== undefined && sourceRepository !== url) {
    throw new VerificationError(
      'SIGNER_UNTRUSTED',
      `it was signed for the repository ${sourceRepository}, and this is a release of ${url}`,
      {
        hint: 'A genuine signature of something else. Was the repository renamed? Then name it by its new name.',
        context: { expected: url, found: sourceRepository },
      },
    );
  }
  const ref = sourceRef === undefined ? undefined : templated(sourceRef, tagged);
  const source = {
    ...(sourceRepository === undefined ? {} : { sourceRepository }),
    ...(ref === undefined ? {} : { sourceRef: ref }),
  };
  const name = nameOf(claimed, tagged);
  const fields = isAttestation ? { workflow: name } : { identity: name };
  return { identity: name, fields: { ...fields, issuer, ...source }, found: { ...claimed, identity } };
}

/** A reusable workflow has a ref of its own, which says nothing about this release: any will do where the source is said. */
function nameOf({ identity, sourceRepository, sourceRef }: ClaimedSigner, tagged: Tagged): string {
  const [, workflow, ref] = /^(https:\/\/github\.com\/[^@]+\.ya?ml)@(.+)$/.exec(identity) ?? [];
  const isReusable =
    workflow !== undefined &&
    sourceRepository !== undefined &&
    sourceRef !== undefined &&
    !workflow.startsWith(`${sourceRepository}/`);
  if (isReusable) return workflow;
  return ref === undefined ? identity : `${workflow ?? ''}@${templated(ref, tagged)}`;
}

function templated(ref: string, tagged: Tagged): string {
  const { tag, prefix, version } = tagged;
  if (ref === `refs/tags/${tag}`) return `refs/tags/${templateOf(prefix, tagged)}{version}`;
  // An image's tag, or a chart's version, may leave out the "v" that the release has.
  const isOfVersion = [`refs/tags/${version}`, `refs/tags/v${version}`].includes(ref);
  return isOfVersion ? ref.replace(version, '{version}') : ref;
}

/** Is it what a person named: as the catalogue says it, or as this release's certificate has it? */
export function isAccepted({ identity, found }: Learnt, accepted: readonly string[]): boolean {
  return accepted.includes(identity) || accepted.includes(found.identity);
}

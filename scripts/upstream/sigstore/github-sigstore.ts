/**
 * GitHub's own Sigstore, for rehearsals: a certificate authority and a timestamp authority, and no logs. It signs for
 * private repositories, and for GitHub's service for releases, whose certificates name no identity provider.
 */
import { createSigstore, type Sigstore } from './instance.ts';
import { envelopeBundle } from './renderings.ts';
import { renderStatement, signEnvelope, type SigningRequest, type Subject } from './signing.ts';
import { renderTrustedRoot } from './trusted-root.ts';

export interface GithubSigstore {
  /** Its authorities. Logs that it has were never told of anything. */
  readonly instance: Sigstore;
  /** The file that `gh attestation trusted-root` prints: that of the public instance, and its own. */
  trustedRoots(publicRoot: string): string;
  /** Its own root alone. */
  readonly trustedRoot: string;
  /** A bundle with a statement, as the public instance would have it, but for logs. */
  attest(subjects: readonly Subject[], request: GithubRequest): string;
  /** GitHub's statement about an immutable release. */
  attestRelease(release: ImmutableRelease, at: Date): string;
}

export interface GithubRequest extends SigningRequest {
  readonly predicateType?: string;
  readonly predicate?: unknown;
}

export interface ImmutableRelease {
  /** `owner/name`. */
  readonly repository: string;
  readonly tag: string;
  /** Of the object that the tag names. */
  readonly sha1: string;
  readonly files: readonly Subject[];
  readonly predicateType?: string;
  readonly predicate?: unknown;
  readonly identity?: string;
  readonly issuer?: string;
}

export function createGithubSigstore(validFrom: Date): GithubSigstore {
  const instance = createSigstore({ validFrom, timestampAuthority: { commonName: 'github-rehearsal-tsa' } });
  const { authority, timestampAuthority } = instance;
  const ownRoot = renderTrustedRoot({
    ...{ authorities: [authority], timestampAuthorities: [timestampAuthority], logs: [], ctLogs: [] },
  });
  const attest = (subjects: readonly Subject[], { predicateType, predicate, ...request }: GithubRequest) => {
    const options = {
      ...(predicateType === undefined ? {} : { predicateType }),
      ...(predicate === undefined ? {} : { predicate }),
    };
    const certificate = { ctLogs: [], ...request.certificate };
    const signing = { log: 'stamped', ...request, certificate } as const;
    return envelopeBundle(signEnvelope(instance, renderStatement(subjects, options), signing));
  };
  return {
    instance,
    trustedRoot: ownRoot,
    trustedRoots: (publicRoot) => [publicRoot, ownRoot].map(onOneLine).join(''),
    attest,
    attestRelease({ repository, tag, sha1, files, ...more }, at) {
      const { identity = 'https://dotcom.releases.github.com', issuer } = more;
      const purl = `pkg:github/${repository}@${tag}`;
      return attest([{ digest: { sha1 } }, ...files], {
        ...{ at, identity, issuer: issuer ?? '' },
        predicateType: more.predicateType ?? 'https://in-toto.io/attestation/release/v0.1',
        predicate: more.predicate ?? { ownerId: '1', purl, repository, repositoryId: '2', tag },
        certificate: issuer === undefined ? { claims: { 1: undefined, 8: undefined } } : {},
      });
    },
  };
}

function onOneLine(json: string): string {
  return `${JSON.stringify(JSON.parse(json))}\n`;
}

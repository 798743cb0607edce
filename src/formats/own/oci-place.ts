/**
 * Where a manifest was pushed to, as a user names it: `oci://REGISTRY/REPOSITORY`, with `:TAG` or `@sha256:…` behind it.
 * The digest is that of the artifact's manifest (`pushed-manifest.ts`), and vouches for all below it; a tag for nothing.
 */
import { isDigest, type Digest } from '../../model/digest.ts';
import { UsageError } from '../../model/errors.ts';
import { isRegistry, isRepository, repositoryUrl, type Repository } from '../upstream/image-reference.ts';

export interface OciPlace extends Repository {
  /** As it was written. */
  readonly text: string;
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
}

const scheme = 'oci://';
/** OCI distribution specification 1.1, `<reference>` as a tag. */
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

export function isOciPlace(text: string): boolean {
  return text.startsWith(scheme);
}

/** `what`: the argument or flag, for messages, which do not show the text: it may hold a password. Throws UsageError `USAGE`. */
export function parseOciPlace(text: string, what: string): OciPlace {
  const [name = '', digest, ...more] = text.slice(scheme.length).split('@');
  // A colon before the last slash is that of a port.
  const colon = name.indexOf(':', name.lastIndexOf('/'));
  const [path, tag] = colon === -1 ? [name, undefined] : [name.slice(0, colon), name.slice(colon + 1)];
  const slash = path.indexOf('/');
  const [registry, repository] = [path.slice(0, Math.max(slash, 0)), path.slice(slash + 1)];
  const isWhole =
    isOciPlace(text) &&
    more.length === 0 &&
    (tag === undefined || tagPattern.test(tag)) &&
    (digest === undefined || isDigest(digest));
  if (isWhole && slash > 0 && isRegistry(registry) && isRepository(repository)) {
    return { text, registry, repository, tag, digest };
  }
  throw new UsageError('USAGE', `${what} names no repository of a registry`, {
    hint: 'Write oci://registry.example/team/assay, with @sha256:… for what was pushed, and no user or password.',
  });
}

/** Without tag and digest: where all of a repository is. */
export function ociRepository({ registry, repository }: Repository): string {
  return `${scheme}${registry}/${repository}`;
}

export function blobUrl(place: Repository, digest: Digest): string {
  return `${repositoryUrl(place)}/blobs/${digest}`;
}

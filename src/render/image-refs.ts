/** The images of a manifest by their own references, and by those of a registry that stands in for theirs. */
import { stringify } from 'yaml';
import { UsageError } from '../model/errors.ts';
import type { MirroredImage } from '../formats/own/mirrored-image.ts';
import { table } from './table.ts';

export interface ImageRef {
  /** As the manifest names it. */
  readonly image: string;
  readonly canonical: string;
  readonly mirrored: string;
}

/** `registry`: as `parseRegistryHost` gives it. In the manifest's order. */
export function imageRefs(images: readonly MirroredImage[], registry: string): readonly ImageRef[] {
  return images.map(({ image, originalRepository, repository, tag, digest }) => ({
    image,
    canonical: `${originalRepository}:${tag}@${digest}`,
    mirrored: `${registry}/${repository}:${tag}@${digest}`,
  }));
}

/** Two columns: a line each. */
export function imageRefLines(refs: readonly ImageRef[]): readonly string[] {
  return table(refs.map(({ canonical, mirrored }) => [canonical, mirrored]));
}

/**
 * Values of a Helm chart: a map, since Helm merges maps and replaces lists. Each image is under the repository that it
 * comes from, and under that and its tag where the manifest has two of one repository.
 *
 * Every text is quoted: YAML 1.1, which Helm reads, takes tags like `1.10`, `on` and `1e3` for something else.
 */
export function imageRefsHelmValues(images: readonly MirroredImage[], registry: string): string {
  const count = new Map<string, number>();
  for (const { originalRepository: one } of images) count.set(one, (count.get(one) ?? 0) + 1);
  const entries = images.map(({ originalRepository, repository, tag, digest }) => {
    const isOnly = count.get(originalRepository) === 1;
    const key = isOnly ? originalRepository : `${originalRepository}:${tag}`;
    return [key, { registry, repository, tag, digest }] as const;
  });
  const values = { images: Object.fromEntries(entries) };
  return stringify(values, { lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' });
}

/** A host name of RFC 1123 in lower case, as references have it, or an address of IPv4; or one of IPv6 in brackets. */
const hostPattern =
  /^(?:(?=[^:]{1,253}(?::|$))[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?$/;

/**
 * The host of a registry as a reference begins with it: `HOST`, `HOST:PORT`, `[IPv6]:PORT`. Throws UsageError `USAGE`, with
 * nothing of the text: it may hold a password.
 */
export function parseRegistryHost(text: string): string {
  const url = hostPattern.test(text) ? URL.parse(`https://${text}`) : null;
  // Of what ends in a number, the parser makes an address, whatever it looks like.
  if (url === null || !(text.startsWith('[') || text.startsWith(url.hostname))) {
    throw registryFault(
      'is no host of a registry',
      'Write HOST or HOST:PORT, for example registry.example:5000.',
    );
  }
  // docker, podman and containerd would look for such a repository at Docker's registry.
  if (!/[.:]/.test(text) && text !== 'localhost') {
    const hint = 'Write its whole name, or its port: registry:443.';
    throw registryFault('is a name without a dot or a port, which a reference takes for a repository', hint);
  }
  return text;
}

function registryFault(fault: string, hint: string): UsageError {
  return new UsageError('USAGE', `--registry: the text ${fault}`, { hint });
}

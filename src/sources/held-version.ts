/** `hold` in the catalogue: the version that the manifests have is kept, whatever upstream publishes. */
import { PolicyError } from '../model/errors.ts';
import type { Versions } from '../formats/own/versions-schema.ts';

interface Holder {
  readonly name: string;
  readonly platform: { readonly arch: string };
  readonly previousVersion: string | undefined;
}

/**
 * The version that all of these keep; what is new among them gets it, too. Undefined where nothing is held, or nothing
 * is there to hold. Throws PolicyError `CROSS_CHECK_FAILED` where the manifests have two versions.
 */
export function heldVersion(
  versions: Pick<Versions, 'hold'> | undefined,
  holders: readonly Holder[],
): string | undefined {
  if (versions?.hold === undefined) return undefined;
  const known = holders.filter(({ previousVersion }) => previousVersion !== undefined);
  const [first] = known;
  if (known.every(({ previousVersion }) => previousVersion === first?.previousVersion))
    return first?.previousVersion;
  const listed = known.map(
    ({ name, platform, previousVersion }) => `${name} ${platform.arch} ${previousVersion ?? ''}`,
  );
  throw new PolicyError(
    'CROSS_CHECK_FAILED',
    `what is held must have one version, and the manifests have several: ${listed.join(', ')}`,
    {
      hint: 'Name the version that is meant in "version" in place of "versions".',
      context: { hold: versions.hold, found: listed },
    },
  );
}

/** `versions` of the catalogue (docs/catalogue.md): which of an upstream's versions are wanted, as people write it. */
import { z } from 'zod';
import { durationSchema } from './duration-schema.ts';
import { freeTextSchema } from './names.ts';
import type { Ordering } from './version-order.ts';
import { hasUpperBound, rangeFault } from './version-range.ts';

const rangeSchema = (ordering: Ordering) =>
  z
    .string()
    .max(200)
    .superRefine((text, context) => {
      const fault = rangeFault(ordering, text);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault, input: text });
    })
    .exactOptional();

const holdSchema = freeTextSchema
  .exactOptional()
  .describe(
    'keep the version that the manifests have, and say why. What is new gets that version, too; where the manifests have none, the newest counts once',
  );

const semverRange = 'a range of the npm package semver: `~1.36`, `^2`, `>=1.4 <2`';
const debianRange = 'Debian relations that must all hold: `>= 17, << 18`';

/** Of a source of releases, and of images. The text of `range` is checked where the ordering is known. */
export const versionsSchema = z.strictObject({
  range: z
    .string()
    .max(200)
    .exactOptional()
    .describe(`${semverRange}. With \`ordering: debian\`, and for packages, ${debianRange}`),
  prereleases: z
    .boolean()
    .exactOptional()
    .describe("`true`: pre-releases, too, by their number (`1.37.0-rc.1`) as by GitHub's mark"),
  minimumAge: durationSchema
    .exactOptional()
    .describe("a length of time: no version that is younger, by a clock that is not the publisher's"),
  hold: holdSchema,
});

/** Of what semver orders, and nothing else can. */
export const semverVersionsSchema = versionsSchema.extend({
  range: rangeSchema('semver').describe(semverRange),
});

const undatedPackages = 'is not for packages: only its publisher says when a .deb was published';
const noPrereleases = 'is not for packages: Debian\'s versions have no mark for them; name a "range"';

/** What of an entry says which version: of images, and of charts. */
interface Versioned {
  readonly version?: string | undefined;
  readonly versions?: { readonly range?: string | undefined } | undefined;
}

/**
 * For `superRefine`: exactly one version, or a range with an end. Without it the entry would be whatever is pushed last, as
 * with the tag `latest`.
 */
export function requireVersion(
  { version, versions }: Versioned,
  context: Pick<z.RefinementCtx, 'addIssue'>,
): void {
  const refuse = (path: PropertyKey[], message: string, input?: unknown) =>
    context.addIssue({ code: 'custom', path, message, input });
  if (version !== undefined) {
    if (versions !== undefined)
      refuse(['version'], 'is exactly one version, and excludes "versions"', version);
    return;
  }
  if (versions === undefined) {
    refuse(['version'], 'is missing: which one? Without it the latest would be taken, whatever that is');
  } else if (versions.range === undefined) {
    const message = 'is missing: without it the latest would be taken. Or name one version in "version"';
    refuse(['versions', 'range'], message);
  } else if (rangeFault('semver', versions.range) === undefined && !hasUpperBound(versions.range)) {
    const message = 'must have an end, such as "~1.36", "^2" or ">=1.4 <2": without it the latest is taken';
    refuse(['versions', 'range'], message, versions.range);
  }
}

/** Of an entry that asks for a package. */
export const debianVersionsSchema = z.strictObject({
  range: rangeSchema('debian').describe(debianRange),
  hold: holdSchema,
  minimumAge: z.never({ error: undatedPackages }).exactOptional().describe(undatedPackages),
  prereleases: z.never({ error: noPrereleases }).exactOptional().describe(noPrereleases),
});

export type Versions = z.output<typeof versionsSchema>;

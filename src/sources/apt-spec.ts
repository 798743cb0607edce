/**
 * What the catalogue says about apt repositories (sources.list(5), Debian's repository format): the source with its
 * suites, and what an entry asks of it. No defaults for trust: every suite names its anchor, and what its Release must say.
 */
import { z } from 'zod';
import { durationSchema } from '../formats/own/duration-schema.ts';
import { httpsUrlSchema } from '../formats/text/https-url.ts';
import { freeTextSchema, listOf, nameSchema } from '../formats/own/names.ts';
import { debianVersionsSchema } from '../formats/own/versions-schema.ts';
import { isFlat } from '../verify/apt/release.ts';
import { suiteUrl } from '../verify/apt/suite.ts';

const plainName = '[A-Za-z0-9][A-Za-z0-9.+~_-]*';
const plainPath = `${plainName}(?:/${plainName})*`;

/** A relative path of plain names: `trixie`, `trixie-security`, `updates/main`. */
const pathSchema = z
  .string()
  .max(200)
  .regex(new RegExp(`^${plainPath}$`), {
    error: 'must be letters, digits and ".+~_-", each "/"-separated part with a letter or digit first',
  });

/** As it stands in sources.list(5); a slash at its end makes it flat. */
export const suiteSchema = z
  .string()
  .max(200)
  .regex(new RegExp(`^(?:${plainPath}|\\.?/|(?:\\./)?${plainPath}/)$`), {
    error:
      'must be a directory below dists/, or of a flat repository "./", "/" or a path with "/" at its end: letters, digits and ".+~_-", each part with a letter or digit first',
  });

/** A one-line field of a Release file. */
const labelSchema = z
  .string()
  .max(200)
  .regex(/^(?!\s)[^\x00-\x1f\x7f-\x9f]+(?<!\s)$/, {
    error: 'must be one line without space at its ends',
  });

const suiteShape = z.strictObject({
  uri: httpsUrlSchema.describe(
    "the repository's root at its origin, https; `dists/` and `pool/` are below. A company's mirror does not belong here: `--mirror`",
  ),
  suite: suiteSchema.describe(
    'the directory under `dists/`. Of a flat repository (`deb URI ./`) the directory with Release and Packages, with a slash at its end: `./`, `/` or `path/`',
  ),
  codename: pathSchema
    .exactOptional()
    .describe(
      'what `Codename` in the Release must be. Required, unless the repository is flat (then this, `origin` or `label` is) or `unnamed`',
    ),
  origin: labelSchema.exactOptional().describe('what `Origin` in the Release must be'),
  label: labelSchema.exactOptional().describe('what `Label` in the Release must be'),
  unnamed: z
    .literal(true)
    .exactOptional()
    .describe(
      'the Release names neither Suite nor Codename: what else its keys sign can stand in for it. Then `reason` is required',
    ),
  reason: freeTextSchema
    .exactOptional()
    .describe('why a Release without a name is good enough: with `unnamed`, and only then'),
  components: listOf(pathSchema)
    .exactOptional()
    .describe('the components to look in, for example `[main]`. A flat repository has none'),
  signedBy: nameSchema.describe('a trust anchor of `trust/pins.yaml`, whose scope must cover `uri`'),
  maxAge: durationSchema
    .exactOptional()
    .describe(
      'a length of time: a Release dated longer ago is refused. Set it where upstream publishes no `Valid-Until`',
    ),
});

const aptSuiteSchema = suiteShape.superRefine((suite, context) => {
  for (const [field, message] of faultsOf(suite)) {
    context.addIssue({ code: 'custom', path: [field], message });
  }
});

/** What fields say of each other. */
function* faultsOf({
  suite,
  codename,
  origin,
  label,
  unnamed,
  reason,
  components,
}: z.output<typeof suiteShape>): Generator<readonly [field: string, message: string]> {
  const flat = isFlat({ suite });
  if (flat && components !== undefined) yield ['components', 'does not belong to a flat repository'];
  if (!flat && components === undefined) yield ['components', 'is missing'];
  if (unnamed === undefined && reason !== undefined) yield ['reason', 'belongs to "unnamed: true"'];
  if (unnamed !== undefined && reason === undefined)
    yield ['reason', 'is missing: why is a Release without a name good enough?'];
  if (unnamed !== undefined && codename !== undefined) yield ['codename', 'cannot be what is "unnamed"'];
  const says = flat ? (codename ?? origin ?? label) : codename;
  if (unnamed === undefined && says === undefined) {
    yield ['codename', flat ? 'is missing: a flat repository needs codename, origin or label' : 'is missing'];
  }
}

export const aptSourceSchema = z
  .strictObject({
    type: z.literal('apt').describe('the kind of source'),
    suites: z
      .array(aptSuiteSchema)
      .min(1, { error: 'must not be empty' })
      .superRefine((suites, context) => {
        const seen = new Set<string>();
        suites.forEach(({ uri, suite }, index) => {
          const url = suiteUrl({ uri, suite });
          if (seen.has(url)) {
            context.addIssue({ code: 'custom', path: [index], message: `is listed twice: ${url}` });
          }
          seen.add(url);
        });
      })
      .describe('the suites: a package is looked for in all of them'),
  })
  .describe('packages of an apt repository');

export const aptEntrySchema = z.strictObject({
  from: nameSchema.describe('a source of this file'),
  // Debian policy 5.6.7.
  package: z
    .string()
    .max(200)
    .regex(/^[a-z0-9][a-z0-9+.-]+$/, {
      error: 'must be a package name: two or more lower-case letters, digits and "+.-"',
    })
    .describe("the binary package's name"),
  versions: debianVersionsSchema.exactOptional().describe('which of its versions: the highest, unless given'),
});

export type AptSource = z.output<typeof aptSourceSchema>;
export type AptEntry = z.output<typeof aptEntrySchema>;

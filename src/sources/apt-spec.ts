/**
 * What the catalogue says about apt repositories (sources.list(5), Debian's repository format): the source with its
 * suites, and what an entry asks of it. No defaults for trust: every suite names its anchor and its codename.
 */
import { z } from 'zod';
import { durationSchema } from '../formats/own/duration.ts';
import { httpsUrlSchema } from '../formats/text/https-url.ts';
import { listOf, nameSchema } from '../formats/own/names.ts';
import { debianVersionsSchema } from '../formats/own/versions-schema.ts';

/** A relative path of plain names: `trixie`, `trixie-security`, `updates/main`. */
const pathSchema = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9.+~_-]*(?:\/[A-Za-z0-9][A-Za-z0-9.+~_-]*)*$/, {
    error: 'must be letters, digits and ".+~_-", each "/"-separated part with a letter or digit first',
  });

/** A one-line field of a Release file. */
const labelSchema = z
  .string()
  .max(200)
  .regex(/^(?!\s)[^\x00-\x1f\x7f-\x9f]+(?<!\s)$/, {
    error: 'must be one line without space at its ends',
  });

const aptSuiteSchema = z.strictObject({
  uri: httpsUrlSchema.describe(
    "the repository's root at its origin, https; `dists/` and `pool/` are below. A company's mirror does not belong here: `--mirror`",
  ),
  suite: pathSchema.describe('the directory under `dists/`'),
  codename: pathSchema.describe('what `Codename` in the Release must be'),
  origin: labelSchema.exactOptional().describe('what `Origin` in the Release must be'),
  label: labelSchema.exactOptional().describe('what `Label` in the Release must be'),
  components: listOf(pathSchema).describe('the components to look in, for example `[main]`'),
  signedBy: nameSchema.describe('a trust anchor of `trust/pins.yaml`, whose scope must cover `uri`'),
  maxAge: durationSchema
    .exactOptional()
    .describe(
      'a length of time: a Release dated longer ago is refused. Set it where upstream publishes no `Valid-Until`',
    ),
});

export const aptSourceSchema = z
  .strictObject({
    type: z.literal('apt').describe('the kind of source'),
    suites: z
      .array(aptSuiteSchema)
      .min(1, { error: 'must not be empty' })
      .superRefine((suites, context) => {
        const seen = new Set<string>();
        suites.forEach(({ uri, suite }, index) => {
          const url = `${uri}/dists/${suite}`;
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

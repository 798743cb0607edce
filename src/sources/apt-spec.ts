/**
 * What the catalogue says about apt repositories (sources.list(5), Debian's repository format): the source with its
 * suites, and what an entry asks of it. No defaults for trust: every suite names its anchor and its codename.
 */
import { z } from 'zod';
import { durationSchema } from '../formats/duration.ts';
import { httpsUrlSchema } from '../formats/https-url.ts';
import { listOf, nameSchema } from '../formats/names.ts';
import { debianVersionsSchema } from '../formats/version-policy.ts';

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
  /** The repository's root, at the origin: `dists/` and `pool/` are below. */
  uri: httpsUrlSchema,
  /** The directory under `dists/`. */
  suite: pathSchema,
  /** What its Release must say. */
  codename: pathSchema,
  origin: labelSchema.exactOptional(),
  label: labelSchema.exactOptional(),
  components: listOf(pathSchema),
  /** The name of a trust anchor in trust/pins.yaml. */
  signedBy: nameSchema,
  /** A Release dated longer ago is refused. Text such as `30d` in the file, milliseconds once parsed. */
  maxAge: durationSchema.exactOptional(),
});

export const aptSourceSchema = z.strictObject({
  type: z.literal('apt'),
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
    }),
});

export const aptEntrySchema = z.strictObject({
  from: nameSchema,
  /** A binary package's name (Debian policy 5.6.7). */
  package: z
    .string()
    .max(200)
    .regex(/^[a-z0-9][a-z0-9+.-]+$/, {
      error: 'must be a package name: two or more lower-case letters, digits and "+.-"',
    }),
  /** Which of its versions: the highest, unless given. */
  versions: debianVersionsSchema.exactOptional(),
});

export type AptSource = z.output<typeof aptSourceSchema>;
export type AptSuiteSpec = z.output<typeof aptSuiteSchema>;
export type AptEntry = z.output<typeof aptEntrySchema>;

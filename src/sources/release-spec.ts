/**
 * What the catalogue says about sources that publish releases: a folder of files for each version, named by a
 * template, with what vouches for them beside them.
 */
import { z } from 'zod';
import { httpsUrlSchema } from '../formats/https-url.ts';
import { jsonPointerSchema } from '../formats/json-pointer.ts';
import { nameSchema } from '../formats/names.ts';
import { fileTemplateSchema, lacks, pathTemplateSchema } from '../formats/template.ts';
import { parseVersion, type Ordering } from '../formats/version-order.ts';
import { versionsSchema, type Versions } from '../formats/version-policy.ts';
import { rangeFault } from '../formats/version-range.ts';
import type { Architecture } from '../model/artifact.ts';

const versionSchema = z
  .string()
  .max(100)
  .regex(/^\d[A-Za-z0-9.+~-]*$/, { error: 'must be a version without a leading v' });

const shared = {
  /** How upstream writes a version as a tag: `v{version}`. Versions are read out of tags by it, too. */
  tag: fileTemplateSchema.refine((text) => /^[^{}]*\{version\}[^{}]*$/.test(text), {
    error: 'must have {version} once, and no other placeholder',
  }),
  /** How upstream orders its versions: semver unless given. */
  ordering: z.enum(['semver', 'debian']).exactOptional(),
  /** Which of its versions: any that is no pre-release, unless given. All entries of the source have one version. */
  versions: versionsSchema.exactOptional(),
  /** Exactly this version. */
  version: versionSchema.exactOptional(),
};

interface Versioned {
  readonly ordering?: Ordering;
  readonly versions?: Versions;
  readonly version?: string;
}

/** Fields that only make sense together are judged together. */
function checkVersions(source: Versioned, context: Pick<z.RefinementCtx, 'addIssue'>): void {
  const { ordering = 'semver', versions, version } = source;
  const refuse = (path: PropertyKey[], message: string, input: unknown) =>
    context.addIssue({ code: 'custom', path, message, input });
  if (version !== undefined && versions !== undefined) {
    refuse(['version'], 'is exactly one version, and excludes "versions"', version);
  }
  if (version !== undefined && parseVersion(ordering, version) === undefined) {
    const advice = ordering === 'semver' ? ': is it one with "ordering: debian"?' : '';
    refuse(['version'], `is no ${ordering} version${advice}`, version);
  }
  const fault = versions?.range === undefined ? undefined : rangeFault(ordering, versions.range);
  if (fault !== undefined) refuse(['versions', 'range'], fault, versions?.range);
}

/** All that is known before a version is: the architecture. */
const latestSchema = pathTemplateSchema.refine(...lacks('version', 'tag', 'os', 'kind', 'asset'));

export const releaseServerSchema = z
  .strictObject({
    type: z.literal('release-server'),
    /** The folder that `latest` and `path` are in. */
    uri: httpsUrlSchema,
    /**
     * A file that holds the newest version's tag: as its one line, or in JSON where the pointer leads. Only where
     * `version` is given can it be left out.
     */
    latest: z
      .union([latestSchema, z.strictObject({ path: latestSchema, pointer: jsonPointerSchema })])
      .exactOptional(),
    /** The folder of a version's files. */
    path: pathTemplateSchema.refine(...lacks('os', 'kind', 'asset')),
    ...shared,
  })
  .superRefine(checkVersions)
  .refine(({ latest, version }) => latest !== undefined || version !== undefined, {
    path: ['latest'],
    error: 'is missing: where does upstream name its newest version? Or set "version"',
  });

export const githubReleaseSchema = z
  .strictObject({
    type: z.literal('github-release'),
    repository: z
      .string()
      .max(200)
      .regex(/^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]*[A-Za-z0-9_-]$/, {
        error: 'must be OWNER/REPOSITORY',
      }),
    ...shared,
  })
  .superRefine(checkVersions);

const assetSchema = fileTemplateSchema.refine(...lacks('asset'));

export const releaseEntrySchema = z.strictObject({
  from: nameSchema,
  /** The file's name; one for each architecture, where upstream has words of its own for them. */
  asset: z.union([
    assetSchema,
    z.strictObject({ amd64: assetSchema, arm64: assetSchema } satisfies Record<Architecture, z.ZodType>),
  ]),
});

export type ReleaseServer = z.output<typeof releaseServerSchema>;
export type GithubRelease = z.output<typeof githubReleaseSchema>;
export type ReleaseEntry = z.output<typeof releaseEntrySchema>;

/** The template of the file's name. */
export function assetFor({ asset }: ReleaseEntry, arch: Architecture): string {
  return typeof asset === 'string' ? asset : asset[arch];
}

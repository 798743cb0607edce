/**
 * What the catalogue says about sources that publish releases: a folder of files for each version, named by a
 * template, with what vouches for them beside them.
 */
import { z } from 'zod';
import { maxAgeSchema } from '../formats/own/duration-schema.ts';
import { httpsUrlSchema } from '../formats/text/https-url.ts';
import { jsonPointerSchema } from '../formats/text/json-pointer.ts';
import { nameSchema } from '../formats/own/names.ts';
import { fileTemplateSchema, lacks, pathTemplateSchema, tagTemplateSchema } from '../formats/own/template.ts';
import { parseVersion, type Ordering } from '../formats/own/version-order.ts';
import { versionsSchema, type Versions } from '../formats/own/versions-schema.ts';
import { rangeFault } from '../formats/own/version-range.ts';
import type { Architecture } from '../model/artifact.ts';
import { repositorySchema, versionIndexSchema } from './version-index-spec.ts';

const versionSchema = z
  .string()
  .max(100)
  .regex(/^\d[A-Za-z0-9.+~-]*$/, { error: 'must be a version without a leading v' });

const shared = {
  tag: tagTemplateSchema
    .refine((text) => /^[^{}]*\{version\}[^{}]*$/.test(text), {
      error: 'must have {version} once, and no other placeholder',
    })
    .describe(
      'template, with `{version}` once: how upstream writes a version as a tag. Versions are read out of tags by it, too',
    ),
  ordering: z
    .enum(['semver', 'debian'])
    .exactOptional()
    .describe(
      'how upstream orders its versions: `semver` (Semantic Versioning, unless given) or `debian` (deb-version(7), which dates and most other numbers follow)',
    ),
  versions: versionsSchema
    .exactOptional()
    .describe('which versions, for all entries of the source: any that is no pre-release, unless given'),
  version: versionSchema
    .exactOptional()
    .describe('exactly this version, without a leading `v`, in place of `versions`'),
  maxAge: maxAgeSchema,
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

const latestInJsonSchema = z.strictObject({
  path: latestSchema.describe('template: the path of the JSON file'),
  pointer: jsonPointerSchema.describe('the JSON pointer (RFC 6901) that leads to the newest tag in it'),
});

export const releaseServerSchema = z
  .strictObject({
    type: z.literal('release-server').describe('the kind of source'),
    uri: httpsUrlSchema.describe('the folder that `latest` and `path` are in, https'),
    latest: z
      .union([latestSchema, latestInJsonSchema])
      .exactOptional()
      .describe(
        'template: the path of a file of one line, the newest tag. Or a map of `path` and `pointer`, where the file is JSON. With `{arch}` in the path each architecture has a version of its own. Only with `index` or `version` can it be left out',
      ),
    index: versionIndexSchema
      .exactOptional()
      .describe(
        'in place of `latest`: a list of versions, of which the highest is taken that `versions` allows. Those of a repository on GitHub (`github`), or of a JSON file (`url`)',
      ),
    path: pathTemplateSchema
      .refine(...lacks('os', 'kind', 'asset'))
      .exactOptional()
      .describe("template: the folder of a version's files. Without it they are directly below `uri`"),
    ...shared,
  })
  .superRefine(checkVersions)
  .refine(
    ({ latest, index, version }) => latest !== undefined || index !== undefined || version !== undefined,
    {
      path: ['latest'],
      error: 'is missing: where does upstream name its newest version? Or set "index" or "version"',
    },
  )
  .refine(({ latest, index }) => latest === undefined || index === undefined, {
    path: ['index'],
    error: 'is a list of versions, and excludes "latest"',
  })
  .describe('folders of files on a web server');

export const githubReleaseSchema = z
  .strictObject({
    type: z.literal('github-release').describe('the kind of source'),
    repository: repositorySchema.describe('`OWNER/REPOSITORY` on github.com'),
    ...shared,
  })
  .superRefine(checkVersions)
  .describe("files of a GitHub repository's releases");

const assetSchema = fileTemplateSchema.refine(...lacks('asset'));

const assetsSchema = z.strictObject({
  amd64: assetSchema.describe('template: the name of the file for amd64, such as `k3s`'),
  arm64: assetSchema.describe('template: the name of the file for arm64, such as `k3s-arm64`'),
} satisfies Record<Architecture, z.ZodType>);

export const releaseEntrySchema = z.strictObject({
  from: nameSchema.describe('a source of this file'),
  asset: z
    .union([assetSchema, assetsSchema])
    .describe(
      "template: the file's name. Or a map with one for each architecture, where upstream has words of its own for them",
    ),
});

export type ReleaseServer = z.output<typeof releaseServerSchema>;
export type GithubRelease = z.output<typeof githubReleaseSchema>;
export type ReleaseEntry = z.output<typeof releaseEntrySchema>;

/** The template of the file's name. */
export function assetFor({ asset }: ReleaseEntry, arch: Architecture): string {
  return typeof asset === 'string' ? asset : asset[arch];
}

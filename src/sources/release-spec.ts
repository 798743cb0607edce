/**
 * What the catalogue says about sources that publish releases: a folder of files for each version, named by a
 * template, with what vouches for them beside them.
 */
import { z } from 'zod';
import { httpsUrlSchema } from '../formats/https-url.ts';
import { nameSchema } from '../formats/names.ts';
import type { Architecture } from '../model/artifact.ts';
import { fileTemplateSchema, pathTemplateSchema, type Placeholder } from '../formats/template.ts';

const versionSchema = z
  .string()
  .max(100)
  .regex(/^\d[A-Za-z0-9.+~-]*$/, { error: 'must be a version without a leading v' });

/** Refuses a placeholder that has no value yet where the template is filled. */
const lacks = (...names: readonly Placeholder[]) =>
  [
    (text: string) => names.every((name) => !text.includes(`{${name}}`)),
    { error: `must not have {${names.join('} or {')}}: it is not known yet` },
  ] as const;

const shared = {
  /** How upstream writes a version as a tag: `v{version}`. Versions are read out of tags by it, too. */
  tag: fileTemplateSchema.refine((text) => /^[^{}]*\{version\}[^{}]*$/.test(text), {
    error: 'must have {version} once, and no other placeholder',
  }),
  /** This version, in place of the newest. All entries of the source have one version. */
  version: versionSchema.exactOptional(),
};

export const releaseServerSchema = z.strictObject({
  type: z.literal('release-server'),
  /** The folder that `latest` and `path` are in. */
  uri: httpsUrlSchema,
  /** A file that holds the newest version's tag. */
  latest: pathTemplateSchema.refine(...lacks('version', 'tag', 'arch', 'asset')),
  /** The folder of a version's files. */
  path: pathTemplateSchema.refine(...lacks('asset')),
  ...shared,
});

export const githubReleaseSchema = z.strictObject({
  type: z.literal('github-release'),
  repository: z
    .string()
    .max(200)
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]*[A-Za-z0-9_-]$/, { error: 'must be OWNER/REPOSITORY' }),
  ...shared,
});

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

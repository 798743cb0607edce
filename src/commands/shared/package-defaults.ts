/** What `assay package` takes from the catalogue where no flag says it: the OS, and where releases are published. */
import { join } from 'node:path';
import type { Catalogue } from '../../formats/own/catalogue.ts';
import { stubKey } from '../../formats/own/manifest-schema.ts';
import { fillTemplate } from '../../formats/own/template.ts';
import { createFileStore } from '../../io/file-store.ts';
import type { Architecture } from '../../model/artifact.ts';
import { UsageError } from '../../model/errors.ts';
import { loadCatalogue } from '../../pipeline/manifests/catalogue.ts';
import { githubReleaseSchema } from '../../sources/release-spec.ts';
import { readRequired } from './input-files.ts';
import type { OutputFlags } from './options.ts';
import type { LockFlags } from './staging.ts';

export interface PackageFlags extends OutputFlags, LockFlags {
  readonly kind: string;
  readonly os?: string;
  readonly arch: Architecture;
  readonly tree: string;
  readonly version: string;
  readonly out: string;
  readonly baseUrl?: string;
  readonly manifestsDir: string;
  readonly catalogue?: string;
  readonly mtime?: Date;
}

export interface PackageDefaults {
  readonly os: string;
  readonly baseUrl: string;
}

/** The catalogue is not read where both are given. Throws UsageError. */
export async function readPackageDefaults(flags: PackageFlags): Promise<PackageDefaults> {
  const { os, baseUrl, version } = flags;
  if (os !== undefined && baseUrl !== undefined) return { os, baseUrl };
  const file = flags.catalogue ?? join(flags.manifestsDir, 'catalogue.yaml');
  const catalogue = loadCatalogue(await readRequired(file, createFileStore()), file);
  return { os: os ?? onlyOs(catalogue, file), baseUrl: baseUrl ?? releasesOf(catalogue, file, version) };
}

function onlyOs({ platforms }: Catalogue, file: string): string {
  const [first, ...others] = platforms;
  if (first !== undefined && others.length === 0) return first.os;
  throw new UsageError('USAGE', `--os is missing: ${file} has ${platforms.map(({ os }) => os).join(', ')}`);
}

function releasesOf({ dependencies, sources }: Catalogue, file: string, version: string): string {
  const entry = dependencies.find(({ name }) => name === stubKey);
  const source = githubReleaseSchema.safeParse(entry && sources[entry.source.from]);
  if (source.success) {
    const { repository, tag } = source.data;
    return `https://github.com/${repository}/releases/download/${fillTemplate(tag, { version })}`;
  }
  throw new UsageError('USAGE', `it is not known where the tarball will be published`, {
    hint: `Give --base-url: ${file} has no ${stubKey} that is released on GitHub.`,
  });
}

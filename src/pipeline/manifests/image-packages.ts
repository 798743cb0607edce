/** What the catalogue declares the OS images to have. */
import type { Catalogue } from '../../formats/own/catalogue.ts';
import type { ImagePackages } from '../../formats/own/image-packages-schema.ts';
import type { PackageFacts } from '../../formats/upstream/debian-relations.ts';
import { parseDpkgStatus } from '../../formats/upstream/dpkg-status.ts';
import { AssayError, UsageError } from '../../model/errors.ts';
import type { Platform } from '../../model/artifact.ts';
import type { FileStore } from '../../model/ports.ts';

/** Undefined for an image of which nothing is declared. */
export type PackagesOfImage = (platform: Platform) => readonly PackageFacts[] | undefined;

/**
 * `directory`: the catalogue's. Throws UsageError `CATALOGUE_INVALID` for a status file that is not there or is none, and
 * `FILE_UNREADABLE`.
 */
export async function readImagePackages(
  { platforms }: Catalogue,
  directory: string,
  files: FileStore,
): Promise<PackagesOfImage> {
  const declared = new Map<string, readonly PackageFacts[]>();
  for (const { os, architectures, packages } of platforms) {
    if (packages === undefined) continue;
    for (const arch of architectures) {
      declared.set(`${os} ${arch}`, await packagesOf(packages, { os, arch }, directory, files));
    }
  }
  return ({ os, arch }) => declared.get(`${os} ${arch}`);
}

async function packagesOf(
  { status, versions = {} }: ImagePackages,
  { os, arch }: Platform,
  directory: string,
  files: FileStore,
): Promise<readonly PackageFacts[]> {
  if (status === undefined) {
    return Object.entries(versions).map(([name, version]) => ({
      ...{ name, version, architecture: arch, multiArch: 'unknown', provides: [], needs: [] },
    }));
  }
  const file = `${directory}/${status.replaceAll('{arch}', arch)}`;
  const bytes = await files.read(file);
  const what = `the packages of ${os} ${arch} ("platforms" of the catalogue)`;
  if (bytes === undefined) throw invalid(`${what}: ${file} does not exist`);
  try {
    const found = parseDpkgStatus(bytes, file);
    if (found.length > 0) return found;
  } catch (error) {
    if (error instanceof AssayError) throw invalid(`${what}: ${error.message}`);
    throw error;
  }
  throw invalid(`${what}: ${file} names no package that is installed`);
}

function invalid(message: string): UsageError {
  return new UsageError('CATALOGUE_INVALID', message, {
    hint: 'It is a copy of /var/lib/dpkg/status, out of the image.',
  });
}

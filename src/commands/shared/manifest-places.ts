/**
 * Manifests and the evidence beside them, wherever a user says that they are: a file, a folder, or either at a revision
 * of git (`REV:path`). `REV:` alone is the same place at that revision.
 */
import { basename, dirname, resolve } from 'node:path';
import { createFileStore } from '../../io/file-store.ts';
import { typeOfPath } from '../../io/files.ts';
import { openGitTree } from '../../io/git-tree.ts';
import { UsageError } from '../../model/errors.ts';
import { manifestKey, manifestNameOf, type ManifestSet } from '../../pipeline/proofs/diff.ts';
import { readManifestAt } from '../../pipeline/proofs/read-manifests.ts';
import type { Host } from './host.ts';

/** Files at one place: on disk, or of a revision. */
interface Files {
  /** For messages, before a path: `HEAD~1:`, or nothing. */
  readonly prefix: string;
  typeOf(path: string): Promise<'file' | 'folder' | undefined>;
  list(folder: string): Promise<readonly string[]>;
  read(path: string): Promise<Uint8Array | undefined>;
}

interface Place {
  readonly revision?: string;
  /** Undefined for that of the other side. */
  readonly path: string | undefined;
}

const manifestFile = /^[a-z0-9-]+\.[a-z0-9.-]+\.[a-z0-9]+\.json$/;

/** Throws UsageError `USAGE`, `FILE_UNREADABLE`, `MANIFEST_INVALID` or `STATE_INVALID`. */
export async function readManifestPlaces(
  old: string,
  now: string,
  { env }: Pick<Host, 'env'>,
): Promise<readonly [ManifestSet, ManifestSet]> {
  const places = [placeOf(old), placeOf(now)] as const;
  const [first, second] = places.map((place) => place.path);
  const sides = await Promise.all([
    openSide(old, places[0], second, env),
    openSide(now, places[1], first, env),
  ]);
  const [before, after] = sides;
  if (before.type !== after.type) {
    throw new UsageError('USAGE', `one is a file and the other a folder: ${old} and ${now}`, {
      hint: 'Compare a manifest with a manifest, or a folder with a folder.',
    });
  }
  return [await before.read(), await after.read()];
}

/** As git reads it, and scp: what has a colon is a revision's, unless it begins as a path does. */
function placeOf(text: string): Place {
  const colon = text.indexOf(':');
  if (colon < 1 || /^\.{0,2}\//.test(text)) return { path: withoutSlashes(text) };
  const path = withoutSlashes(text.slice(colon + 1));
  return { revision: text.slice(0, colon), path: path === '' ? undefined : path };
}

function withoutSlashes(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}

interface Side {
  readonly type: 'file' | 'folder';
  read(): Promise<ManifestSet>;
}

async function openSide(
  text: string,
  place: Place,
  others: string | undefined,
  env: Host['env'],
): Promise<Side> {
  const { files, path } =
    place.revision === undefined
      ? { files: onDisk, path: place.path ?? text }
      : await atRevision(place.revision, place.path, others, env);
  const type = await files.typeOf(path);
  if (type === undefined) {
    throw new UsageError('FILE_UNREADABLE', `${files.prefix}${path} does not exist`, {
      hint:
        place.revision === undefined
          ? 'Name a manifest, a folder of manifests, or a revision of git with a colon behind it.'
          : 'A path is relative to the top of the repository; begin it with "./" where it is relative to this folder.',
    });
  }
  return { type, read: () => (type === 'file' ? readOne(path, files) : readFolder(path, files)) };
}

/** Of `REV:` alone git runs where the other side is, and what it is asked for is there. */
async function atRevision(
  revision: string,
  path: string | undefined,
  others: string | undefined,
  env: Host['env'],
): Promise<{ readonly files: Files; readonly path: string }> {
  const here = path === undefined && others !== undefined ? await onDisk.typeOf(others) : undefined;
  const at = resolve(others ?? '.');
  const directory = here === 'folder' ? at : here === 'file' ? dirname(at) : '.';
  const files = { ...(await openGitTree(revision, { directory, env })), prefix: `${revision}:` };
  if (here !== undefined) return { files, path: here === 'folder' ? '.' : `./${basename(at)}` };
  return { files, path: path ?? others ?? './manifests' };
}

const store = createFileStore();
const onDisk: Files = {
  prefix: '',
  typeOf: typeOfPath,
  list: (folder) => store.list(folder),
  read: (path) => store.read(path),
};

/** Two files are compared with each other, whatever they are of. */
async function readOne(path: string, files: Files): Promise<ManifestSet> {
  return new Map([['', await readManifestAt(path, files, files.prefix)]]);
}

async function readFolder(folder: string, files: Files): Promise<ManifestSet> {
  const names = (await files.list(folder)).filter((name) => manifestFile.test(name)).sort();
  if (names.length === 0) {
    throw new UsageError('FILE_UNREADABLE', `${files.prefix}${folder} has no manifests`, {
      hint: 'They are called <kind>.<os>.<arch>.json.',
    });
  }
  const read = await Promise.all(
    names.map((name) => readManifestAt(`${folder}/${name}`, files, files.prefix)),
  );
  return new Map(read.map((one) => [manifestKey(manifestNameOf(one.manifest)), one]));
}

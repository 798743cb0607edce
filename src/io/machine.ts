/** What `doctor` looks at of this machine: nothing is changed, no program is run, nobody is waited for. */
import { constants } from 'node:fs';
import { access, readdir, readFile, readlink, realpath, stat, statfs } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { dirname, join, resolve } from 'node:path';
// eslint-disable-next-line no-restricted-imports -- the version of Node, and nothing of its environment
import { versions } from 'node:process';
import { privateName } from './private-directory.ts';

export const node = versions.node;
/** Such as `linux x64`. */
export const system = `${platform()} ${arch()}`;

/** The path of a program, as a shell finds it; undefined where there is none. */
export async function findProgram(name: string, searchPath: string): Promise<string | undefined> {
  // Where e2fsprogs is, and PATH of a user often does not lead.
  const folders = [...searchPath.split(':').filter((one) => one.startsWith('/')), '/usr/sbin', '/sbin'];
  for (const folder of folders) {
    if (await isProgram(join(folder, name))) return join(folder, name);
  }
  return undefined;
}

/** A folder that may be entered has the same permission. */
async function isProgram(path: string): Promise<boolean> {
  const isFile = stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  return (await isFile) && may(path, constants.X_OK);
}

export function isReadable(path: string): Promise<boolean> {
  return may(path, constants.R_OK);
}

function may(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

export interface Directory {
  readonly isThere: boolean;
  /** Where it is not there: could it be made? */
  readonly isWritable: boolean;
  /** Undefined for one that this knows no name of. */
  readonly fileSystem: string | undefined;
  readonly freeBytes: number;
  readonly files: number;
  readonly sizeBytes: number;
  /** Are there more files than were counted? */
  readonly isCut: boolean;
}

const maxFiles = 20_000;

/** Undefined where nothing above it is there either. */
export async function inspectDirectory(path: string): Promise<Directory | undefined> {
  const absolute = resolve(path);
  let existing = absolute;
  while (!(await may(existing, constants.F_OK)) && dirname(existing) !== existing)
    existing = dirname(existing);
  try {
    const isDirectory = (await stat(existing)).isDirectory();
    const { type, bavail, bsize } = await statfs(existing);
    const isThere = existing === absolute && isDirectory;
    return {
      isThere,
      isWritable: isDirectory && (await may(existing, constants.W_OK | constants.X_OK)),
      fileSystem: fileSystems[type],
      freeBytes: bavail * bsize,
      ...(isThere ? await count(absolute) : { files: 0, sizeBytes: 0, isCut: false }),
    };
  } catch {
    return undefined;
  }
}

/** statfs(2): those that a cache or artifacts may well be on. */
const fileSystems: Readonly<Record<number, string>> = {
  0xef53: 'ext4',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x01021994: 'tmpfs',
  0x794c7630: 'overlay',
  0x6969: 'nfs',
  0x2fc12fc1: 'zfs',
  0x65735546: 'fuse',
  0x01021997: '9p',
  0x4d44: 'vfat',
};

async function count(root: string): Promise<Pick<Directory, 'files' | 'sizeBytes' | 'isCut'>> {
  let [files, sizeBytes] = [0, 0];
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      if (files >= maxFiles) return { files, sizeBytes, isCut: true };
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      if (!entry.isFile()) continue;
      files++;
      sizeBytes += await stat(path).then(
        ({ size }) => size,
        () => 0,
      );
    }
  }
  return { files, sizeBytes, isCut: false };
}

export interface Lock {
  readonly isHeld: boolean;
  /** Processes that have the lock's directory open, as far as this user may see them. */
  readonly holders: readonly { readonly pid: number; readonly name: string }[];
}

/** Of a directory that runs put files into, by /proc (Linux); undefined where that cannot be told, or nothing is locked. */
export async function inspectLock(directory: string): Promise<Lock | undefined> {
  try {
    const path = join(await realpath(directory), privateName);
    const { ino } = await stat(path);
    const locks = await readFile('/proc/locks', 'utf8');
    const isHeld = locks.split('\n').some((line) => line.includes(' FLOCK ') && line.includes(`:${ino} `));
    return { isHeld, holders: isHeld ? await processesWith(path) : [] };
  } catch {
    return undefined;
  }
}

/** The lock belongs to whoever has the directory open, not to the program that took it and ended. */
async function processesWith(path: string): Promise<Lock['holders']> {
  const found = [];
  for (const one of (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name))) {
    const open = await readdir(`/proc/${one}/fd`).catch(() => []);
    const targets = await Promise.all(open.map((fd) => readlink(`/proc/${one}/fd/${fd}`).catch(() => '')));
    if (!targets.includes(path)) continue;
    const name = await readFile(`/proc/${one}/comm`, 'utf8').catch(() => '');
    found.push({ pid: Number(one), name: name.trim() });
  }
  return found;
}

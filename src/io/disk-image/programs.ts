/** Which programs there are to read images with: the quicker one where there are both. */
import { UsageError } from '../../model/errors.ts';
import { findProgram } from '../machine.ts';
import { textOf } from './program.ts';

export interface Program {
  readonly kind: '7-Zip' | 'qemu-img' | 'debugfs';
  readonly path: string;
}

export interface Programs {
  /** Of all that are used, with their versions. */
  readonly tools: string;
  /** Makes a disk of an image. */
  readonly unpack: Program;
  /** Reads files of ext2-4. */
  readonly ext: Program;
  /** Reads files of FAT; undefined where none does. */
  readonly fat: Program | undefined;
}

const asking = { timeoutMs: 30_000, maxBytes: 1 << 20 };

/** Throws UsageError `TOOL_MISSING`, which names them. */
export async function findPrograms(searchPath: string): Promise<Programs> {
  const [qemuImg, debugfs, sevenZip] = [
    await find(searchPath, 'qemu-img', 'qemu-img'),
    await find(searchPath, 'debugfs', 'debugfs'),
    await findSevenZip(searchPath),
  ];
  const [unpack, ext] = [qemuImg ?? sevenZip, debugfs ?? sevenZip];
  if (unpack === undefined || ext === undefined) throw missing(unpack, ext);
  const used = new Set([unpack, ext, ...(sevenZip === undefined ? [] : [sevenZip])]);
  const tools = await Promise.all([...used].map(versionOf));
  return { tools: tools.join(', '), unpack, ext, fat: sevenZip };
}

function missing(unpack: Program | undefined, ext: Program | undefined): UsageError {
  const lacking = [...(unpack === undefined ? ['qemu-img'] : []), ...(ext === undefined ? ['debugfs'] : [])];
  return new UsageError(
    'TOOL_MISSING',
    `nothing here reads disk images: there is no 7zz or 7z, and no ${lacking.join(' and no ')}`,
    { hint: 'Install 7-Zip (7zip on Debian), or qemu-img and debugfs (qemu-utils and e2fsprogs).' },
  );
}

/** Older ones do not read qcow2. */
async function findSevenZip(searchPath: string): Promise<Program | undefined> {
  for (const name of ['7zz', '7z']) {
    const found = await find(searchPath, name, '7-Zip');
    if (found !== undefined && /\bqcow2?\b/.test(await textOf(found.path, ['i'], asking))) return found;
  }
  return undefined;
}

async function find(searchPath: string, name: string, kind: Program['kind']): Promise<Program | undefined> {
  const path = await findProgram(name, searchPath);
  return path === undefined ? undefined : { kind, path };
}

/** debugfs says its own on standard error alone, and is known by its name. */
async function versionOf({ kind, path }: Program): Promise<string> {
  if (kind === 'debugfs') return kind;
  const said = await textOf(path, kind === '7-Zip' ? ['i'] : ['--version'], asking);
  const version = (kind === '7-Zip' ? /7-Zip[^\n]*?([0-9]+\.[0-9]+)/ : /version ([0-9.]+)/).exec(said)?.[1];
  return version === undefined ? kind : `${kind} ${version}`;
}

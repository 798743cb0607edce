/**
 * Files of a revision, as git has them: `git cat-file` and `git ls-tree` as child processes, without a shell. Only objects
 * are read: no hook, filter or pager of the repository runs.
 */
import { execFile } from 'node:child_process';
import { UsageError } from '../model/errors.ts';

/** What a manifest may have, and evidence of as many entries. */
const maxBytes = 64 << 20;

/** Paths are relative to the root of the tree, or where they begin with `./` or `../` to the folder that git runs in. */
export interface GitTree {
  /** Undefined where there is neither. */
  typeOf(path: string): Promise<'file' | 'folder' | undefined>;
  /** Names of the regular files in a folder. */
  list(path: string): Promise<readonly string[]>;
  /** Undefined where there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
}

export interface GitPlace {
  /** That git runs in. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Throws UsageError `FILE_UNREADABLE`: no git, no repository, or no such revision in it. */
export async function openGitTree(revision: string, place: GitPlace): Promise<GitTree> {
  const git = (...args: readonly string[]) => runGit(args, place, revision);
  const ask = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{tree}`] as const;
  // To older versions what begins with a dash would be an option, whatever stands before it.
  const found = revision.startsWith('-') ? undefined : await git(...ask);
  if (found === undefined) {
    throw unreadable(revision, 'git knows no such revision here', {
      hint: 'Name a commit, a branch or a tag. A shallow clone has the newest commits alone.',
    });
  }
  const tree = found.toString().trim();
  // A dot alone is no path to git.
  const at = (path: string) => `${tree}:${path === '.' ? './' : path}`;
  const typeOf = async (path: string) => {
    const type = (await git('cat-file', '-t', at(path)))?.toString().trim();
    return type === 'blob' ? 'file' : type === 'tree' ? 'folder' : undefined;
  };
  return {
    typeOf,
    list: async (path) => filesIn((await git('ls-tree', '-z', '--full-tree', at(path))) ?? Buffer.alloc(0)),
    read: (path) => git('cat-file', 'blob', at(path)),
  };
}

/** Of `MODE TYPE OBJECT\tNAME`, each ended by a zero byte: regular files alone, no links. */
function filesIn(listing: Buffer): readonly string[] {
  return listing
    .toString()
    .split('\0')
    .flatMap((line) => /^100\d{3} blob [0-9a-f]+\t(.+)$/s.exec(line)?.[1] ?? []);
}

/** Undefined where git says no. Throws UsageError where it cannot say anything. */
async function runGit(
  args: readonly string[],
  { directory, env }: GitPlace,
  what: string,
): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const options = {
      ...{ cwd: directory, encoding: 'buffer', maxBuffer: maxBytes },
      env: { ...env, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' },
    } as const;
    execFile('git', args, options, (error, stdout, stderr) => {
      if (error === null) {
        resolve(Buffer.from(stdout));
        return;
      }
      const said = (stderr.toString().split('\n')[0] ?? '').replace(/^fatal: /, '');
      if (error.code === 'ENOENT') {
        const hint = 'Install git; or check the revision out elsewhere, and name that folder.';
        reject(unreadable(what, `there is no git to ask, or no folder ${directory}`, { hint, cause: error }));
      } else if (/not a git repository|dubious ownership/.test(said)) {
        const hint = 'Run it in a checkout. Begin with "./" what is a file or a folder, and no revision.';
        reject(unreadable(what, said, { hint, cause: error }));
      } else if (typeof error.code === 'number') resolve(undefined);
      else reject(unreadable(what, error.message, { cause: error }));
    });
  });
}

function unreadable(
  revision: string,
  why: string,
  details: { readonly hint?: string; readonly cause?: unknown },
): UsageError {
  return new UsageError('FILE_UNREADABLE', `revision ${revision}: ${why}`, details);
}

/**
 * Where code that V8 compiled once is kept for the next run (`kept-code.ts`).
 *
 * Who can write there decides what is run. So it is kept only in a directory whose path nobody but this user and root
 * can change, never in Node's own choice, which is a known name in a directory for everybody.
 */
import { existsSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createCompiler, loadScriptsBy } from './kept-code.ts';
import { ownUid } from './own-uid.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const [othersWrite, isSticky] = [0o022, 0o1000];

/**
 * In `$XDG_CACHE_HOME/assay/compiled`, or below `~/.cache`; nothing is kept where there is no such place. Node's own
 * variables come first: NODE_COMPILE_CACHE names another directory, NODE_DISABLE_COMPILE_CACHE has none. One file for
 * each `name`. Returns what to call at the end of the process; undefined where nothing is kept.
 */
export function keepCompiledCode(env: Environment, name: string): (() => void) | undefined {
  const { NODE_COMPILE_CACHE: given, NODE_DISABLE_COMPILE_CACHE: isDisabled = '' } = env;
  const directory = isDisabled !== '' || given === '' ? undefined : (given ?? directoryFor(env));
  if (directory === undefined) return undefined;
  const { compile, keep } = createCompiler(join(directory, `assay-${name}`));
  loadScriptsBy(compile);
  return keep;
}

/** Absolute, and without links; undefined where none is safe. */
export function directoryFor(env: Environment): string | undefined {
  const { XDG_CACHE_HOME: xdg = '', HOME: home = '' } = env;
  const cache = xdg.startsWith('/') ? xdg : home.startsWith('/') ? `${home}/.cache` : undefined;
  if (cache === undefined) return undefined;
  try {
    // One by one: in a file system like /proc Node's own way to make several never ends.
    for (const path of [cache, `${cache}/assay`, `${cache}/assay/compiled`]) {
      if (!existsSync(path)) mkdirSync(path, 0o700);
    }
    const directory = realpathSync(`${cache}/assay/compiled`);
    return isOwnPath(directory) ? directory : undefined;
  } catch {
    return undefined;
  }
}

/** From the directory up to the root, each is of this user or of root, and for nobody else to write to. */
function isOwnPath(directory: string): boolean {
  const own = ownUid();
  const { uid, mode } = lstatSync(directory);
  if (own === undefined || uid !== own || (mode & othersWrite) !== 0) return false;
  for (let path = dirname(directory); ; path = dirname(path)) {
    const above = lstatSync(path);
    const isSafe = (above.mode & othersWrite) === 0 || (above.mode & isSticky) !== 0;
    if (!isSafe || (above.uid !== own && above.uid !== 0)) return false;
    if (path === '/') return true;
  }
}

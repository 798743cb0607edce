/** What a runner of GitHub Actions calls a file: annotations are shown beside those of its workspace. */
import { isAbsolute, relative, resolve } from 'node:path';

/** Of a file as the user named it, its path in `GITHUB_WORKSPACE`; as it is where it is elsewhere, undefined for a URL. */
export function inWorkspace(
  env: Readonly<Record<string, string | undefined>>,
): (file: string) => string | undefined {
  const workspace = env['GITHUB_WORKSPACE'] ?? '';
  return (file) => {
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(file)) return undefined;
    if (workspace === '') return file;
    const path = relative(workspace, resolve(file));
    return path === '' || path === '..' || path.startsWith('../') || isAbsolute(path) ? resolve(file) : path;
  };
}

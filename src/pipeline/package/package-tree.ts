/**
 * What of a tree goes into a package, and in which order: nothing in it depends on the machine, the user or the umask
 * that the tree was checked out with.
 */
import { isPlainText, isTargetBelowRoot, parseArchivePath } from '../../formats/upstream/archive-path.ts';
import { readUtf8 } from '../../formats/text/utf8.ts';
import type { ArchiveEntry, SourceNode } from '../../model/archive.ts';
import { UsageError } from '../../model/errors.ts';

/**
 * Entries sorted by the bytes of their paths. Modes are 0755 for directories and what anybody may execute, 0644 for
 * the rest, as git keeps them; a file with several names is as many files.
 *
 * A directory is an entry only where it is empty. An entry would change the mode of a directory that the target has
 * already (`/root`), and replace a link to one (`/lib` on a merged /usr) by an empty directory.
 *
 * Throws UsageError `TREE_INVALID`, which lists all that is wrong.
 */
export function planPackage(nodes: readonly SourceNode[], tree: string): readonly ArchiveEntry[] {
  const problems: string[] = [];
  const sorted = [...nodes].sort((a, b) => Buffer.compare(a.path, b.path));
  const parents = new Set(
    nodes.map(({ path }) => keyOf(path.subarray(0, Math.max(0, path.lastIndexOf(0x2f))))),
  );
  const entries = sorted.flatMap((node) => {
    if (node.type === 'directory' && parents.has(keyOf(node.path))) return [];
    const result = entryOf(node);
    if (typeof result !== 'string') return [result];
    problems.push(`${JSON.stringify(Buffer.from(node.path).toString())} ${result}`);
    return [];
  });
  if (problems.length > 0) throw invalidTree(tree, problems);
  return entries;
}

/** Adds files of our own. Throws UsageError `TREE_INVALID` where the tree has something of that name. */
export function withGenerated(
  entries: readonly ArchiveEntry[],
  generated: readonly ArchiveEntry[],
  tree: string,
): readonly ArchiveEntry[] {
  const problems = generated.flatMap(({ path }) => {
    const parts = path.split('/');
    const taken = entries.find(
      (entry) =>
        entry.path === path ||
        entry.path.startsWith(`${path}/`) ||
        (entry.type !== 'directory' && parts.some((_, end) => parts.slice(0, end).join('/') === entry.path)),
    );
    return taken === undefined
      ? []
      : [`${JSON.stringify(taken.path)} stands where ${path} is to be written, which assay makes`];
  });
  if (problems.length > 0) throw invalidTree(tree, problems);
  const empty = (entry: ArchiveEntry) =>
    entry.type === 'directory' && generated.some(({ path }) => path.startsWith(`${entry.path}/`));
  return [...entries.filter((entry) => !empty(entry)), ...generated].sort((a, b) =>
    Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)),
  );
}

const keyOf = (path: Uint8Array): string => Buffer.from(path).toString('latin1');

/** The entry, or what is wrong with it. */
function entryOf({ path: bytes, type, mode, sizeBytes, linkTarget }: SourceNode): ArchiveEntry | string {
  const path = readUtf8(bytes);
  if (path === undefined || parseArchivePath(path) !== path) {
    return 'has a name that is no UTF-8, is too long, or has control characters';
  }
  if (type === 'directory') return { path, type, mode: 0o755, sizeBytes: 0 };
  if (type === 'symlink') {
    const target = readUtf8(linkTarget ?? new Uint8Array());
    if (target === undefined || !isPlainText(target)) return 'is a link to a name that is not plain text';
    if (!isTargetBelowRoot(path, target)) return `is a link that leads out of the tree, to ${target}`;
    return { path, type, mode: 0o777, sizeBytes: 0, linkTarget: target };
  }
  if (type === 'other') return 'is a device, a socket or a pipe';
  if ((mode & 0o7000) !== 0) return 'is setuid, setgid or sticky: the install script has to say such a mode';
  return { path, type, mode: (mode & 0o111) === 0 ? 0o644 : 0o755, sizeBytes };
}

function invalidTree(tree: string, problems: readonly string[]): UsageError {
  const lines = problems.slice(0, 20).map((problem) => `  ${problem}`);
  if (problems.length > 20) lines.push(`  and ${problems.length - 20} more`);
  return new UsageError('TREE_INVALID', `${tree} cannot be packaged:`, {
    lines,
    hint: 'Correct the tree: a package holds plain files and links, whose modes are 0644 or 0755.',
    context: { tree, problems },
  });
}

/**
 * An extracted tree against the archive that it was extracted from, as `tar --diff` compares them: type, mode, owner,
 * size, content and link target of every member. What the tree has besides is not looked at.
 */
import { parseArchivePath } from '../../formats/upstream/archive-path.ts';
import type { ArchiveMember, ExtractedTree, TreeNode } from '../../model/archive.ts';
import { UsageError, VerificationError } from '../../model/errors.ts';

export interface TreeDifference {
  readonly path: string;
  /** `access`: it may not, or cannot, be read. */
  readonly about: 'presence' | 'type' | 'mode' | 'owner' | 'size' | 'content' | 'link' | 'access';
  readonly expected: string;
  readonly found: string;
}

export interface TreeComparison {
  readonly comparedCount: number;
  readonly differences: readonly TreeDifference[];
}

export interface CompareInput {
  readonly members: AsyncIterable<ArchiveMember>;
  readonly tree: ExtractedTree;
  /** The archive's name, for messages. */
  readonly what: string;
  /** False for a tree that was extracted without being root, and belongs to who did so. */
  readonly withOwner: boolean;
}

const maxMembers = 100_000;
type Found = Omit<TreeDifference, 'path'>;

/**
 * Throws VerificationError for an archive that is hostile or broken: `EVIDENCE_MALFORMED`, `LIMIT_EXCEEDED`; what
 * differs is returned, all of it.
 */
export async function compareTree(input: CompareInput): Promise<TreeComparison> {
  const { members, what } = input;
  const seen = new Set<string>();
  const differences: TreeDifference[] = [];
  for await (const member of members) {
    const path = pathOf(member, what);
    if (seen.has(path)) throw malformed(`${what} has ${JSON.stringify(path)} twice`);
    seen.add(path);
    if (seen.size > maxMembers) {
      throw new VerificationError('LIMIT_EXCEEDED', `${what} has more than ${maxMembers} members`);
    }
    try {
      for await (const found of compareMember(member, path, input)) differences.push({ path, ...found });
    } catch (error) {
      // One file hides no other. An archive that cannot be read ends the iteration over its members, too.
      differences.push({ path, ...orThrow(error) });
    }
  }
  return { comparedCount: seen.size, differences };
}

function pathOf(member: ArchiveMember, what: string): string {
  const path = parseArchivePath(member.name);
  if (path === undefined || (path === '' && member.type !== 'directory')) {
    throw malformed(
      `${what} has a member called ${JSON.stringify(member.name)}, which leads out of the tree`,
    );
  }
  if (!knownTypes.has(member.type ?? '')) {
    throw malformed(`${what} has ${JSON.stringify(path)} of type ${String(member.type)}`);
  }
  return path;
}

const knownTypes = new Set(['file', 'contiguous-file', 'directory', 'symlink', 'link']);

async function* compareMember(
  member: ArchiveMember,
  path: string,
  { tree, what, withOwner }: CompareInput,
): AsyncGenerator<Found, void, void> {
  const node = await tree.inspect(path);
  if (node === 'missing') yield differs('presence', typeOf(member), 'nothing');
  else if (node === 'linked') yield differs('presence', typeOf(member), 'a symbolic link above it');
  else if (member.type === 'link') yield* await compareHardLink(member, node, tree, what);
  else if (node.type !== typeOf(member)) yield differs('type', typeOf(member), node.type);
  else {
    if (node.type !== 'symlink' && node.mode !== (member.mode & 0o7777)) {
      yield differs('mode', octal(member.mode & 0o7777), octal(node.mode));
    }
    if (withOwner && (node.uid !== member.uid || node.gid !== member.gid)) {
      yield differs('owner', `${member.uid}:${member.gid}`, `${node.uid}:${node.gid}`);
    }
    if (node.type === 'symlink' && node.linkTarget !== member.linkTarget) {
      yield differs('link', member.linkTarget ?? '', node.linkTarget ?? '');
    }
    if (node.type !== 'file') return;
    if (node.sizeBytes !== member.sizeBytes) {
      yield differs('size', String(member.sizeBytes), String(node.sizeBytes));
    } else if (!(await tree.hasContent(path, member.content))) {
      yield differs('content', 'the same bytes', 'other bytes');
    }
  }
}

/** A second name of a member before it: the tree has to have it as one, too. */
async function compareHardLink(
  { linkTarget }: ArchiveMember,
  node: TreeNode,
  tree: ExtractedTree,
  what: string,
): Promise<Found[]> {
  const target = parseArchivePath(linkTarget ?? '');
  if (target === undefined || target === '') {
    throw malformed(`${what} has a hard link to ${JSON.stringify(linkTarget)}, which leads out of the tree`);
  }
  const other = await tree.inspect(target);
  const isLinked = typeof other !== 'string' && other.identity === node.identity;
  return isLinked ? [] : [differs('link', target, 'a file of its own')];
}

function orThrow(error: unknown): Found {
  if (!(error instanceof UsageError) || error.code !== 'FILE_UNREADABLE') throw error;
  const { found } = error.context;
  return differs('access', 'what can be read', typeof found === 'string' ? found : error.message);
}

function typeOf({ type }: ArchiveMember): string {
  return type === 'contiguous-file' || type === 'link' ? 'file' : (type ?? '');
}

function differs(about: Found['about'], expected: string, found: string): Found {
  return { about, expected, found };
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function malformed(message: string): VerificationError {
  return new VerificationError('EVIDENCE_MALFORMED', message, { hint: 'Use nothing of this archive.' });
}

/** What `assay add` has in hand: for whom the entry is, and of files one release, as it was looked at. */
import type { Architecture } from '../../model/artifact.ts';
import type { FoundRelease } from '../../sources/look.ts';
import type { SourceContext } from '../../sources/source.ts';
import type { Proposal } from './judge.ts';
import type { Keys } from './keys.ts';

export interface AddSubject {
  readonly name: string;
  readonly platforms: readonly { readonly os: string; readonly architectures: readonly Architecture[] }[];
  readonly kinds: readonly string[];
  readonly context: SourceContext;
  readonly keys: Keys;
  /** Identities that a person named, or wrote before: of several signers these come first. */
  readonly preferred: readonly string[];
}

/** What an entry of any kind has of whom it is for. */
export function proposedFor({
  name,
  platforms,
  kinds,
}: AddSubject): Pick<Proposal, 'name' | 'kind' | 'os' | 'architectures'> {
  const architectures = architecturesOf(platforms);
  return { name, kind: kinds[0], os: platforms[0]?.os ?? 'debian-13', architectures };
}

/** Those of all platforms, each once. */
export function architecturesOf(platforms: AddSubject['platforms']): readonly Architecture[] {
  return [...new Set(platforms.flatMap(({ architectures }) => architectures))];
}

export interface AddRequest extends AddSubject {
  readonly release: FoundRelease;
  readonly repository: string | undefined;
  /** Only this version, in place of the newest. */
  readonly isFixed: boolean;
  /** The file for amd64, or for the only architecture. */
  readonly asset: string | undefined;
  readonly tool: string;
}

/** What `assay add` has in hand: for whom the entry is, and of files one release, as it was looked at. */
import type { Architecture } from '../../model/artifact.ts';
import type { FoundRelease } from '../../sources/look.ts';
import type { SourceContext } from '../../sources/source.ts';
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

export interface AddRequest extends AddSubject {
  readonly release: FoundRelease;
  readonly repository: string | undefined;
  /** Only this version, in place of the newest. */
  readonly isFixed: boolean;
  /** The file for amd64, or for the only architecture. */
  readonly asset: string | undefined;
  readonly tool: string;
}

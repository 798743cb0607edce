/**
 * Tags that look newer than what was chosen, and are not of the catalogue's form: of a publisher that writes 1.2.0 after
 * v1.1.0. A run says nothing else about them, so that they are named in a warning. What they look like decides about
 * nothing.
 */
import { hasUnfinishedWord, compareVersions, parseVersion } from '../formats/own/version-order.ts';
import { isAllowedVersion, type VersionPolicy } from './version-policy.ts';

export interface Chosen {
  readonly version: string;
  /** The template that makes tags. */
  readonly template: string;
  readonly policy: VersionPolicy;
}

/** Words that say no more than that a number follows. */
const wordsOfVersions: ReadonlySet<string> = new Set(['v', 'ver', 'version', 'r', 'rel', 'release']);

/**
 * Those of `tags` to be named, in their order. Of another component of the repository are those that have other words
 * before their number, and a prefix that one of `older` has: it has published under that name all along.
 */
export function newerOfOtherForm(
  chosen: Chosen,
  tags: readonly string[],
  older: readonly string[],
  now: Date,
): readonly string[] {
  const ownWords = wordsIn(chosen.template.slice(0, chosen.template.indexOf('{')));
  const known = new Set(older.map(prefixOf));
  return tags.filter((tag) => {
    const isOther = wordsIn(prefixOf(tag)) !== ownWords && known.has(prefixOf(tag));
    return !isOther && !hasUnfinishedWord(tag) && isHigher(tag, chosen, now);
  });
}

/** As one that the policy would allow, if it were of the form. */
function isHigher(tag: string, { version, policy }: Chosen, now: Date): boolean {
  const { ordering } = policy;
  const number = numberIn(tag);
  const looksLike =
    ordering === 'debian' ? number : [...number.split('.').map(Number), 0, 0].slice(0, 3).join('.');
  const [theirs, ours] = [parseVersion(ordering, looksLike), parseVersion(ordering, version)];
  if (theirs === undefined || ours === undefined || compareVersions(theirs, ours) <= 0) return false;
  return isAllowedVersion({ ...policy, minimumAgeMs: undefined }, { version: looksLike, tag }, now);
}

/** What a warning says of them. */
export function passedOverText(
  where: string,
  { tag, template }: { readonly tag: string; readonly template: string },
  named: readonly string[],
): string {
  const listed =
    named.slice(0, 5).join(', ') + (named.length > 5 ? ` and ${String(named.length - 5)} more` : '');
  return (
    `${where}: newer than ${tag}, and passed over, since the form is not ${template}: ${listed}. ` +
    'If upstream writes its tags so now, change "tag" in the catalogue'
  );
}

/** The first one with a dot in it, or the first one. */
function numberIn(tag: string): string {
  return (/\d+(?:\.\d+)+/.exec(tag) ?? /\d+/.exec(tag))?.[0] ?? '';
}

function prefixOf(tag: string): string {
  return tag.slice(0, tag.indexOf(numberIn(tag)));
}

function wordsIn(text: string): string {
  const words = text.toLowerCase().match(/[a-z]+/g) ?? [];
  return words.filter((word) => !wordsOfVersions.has(word)).join(' ');
}

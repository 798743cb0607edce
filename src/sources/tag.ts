/** Versions out of tags, by the template that makes tags out of versions, beside those that are in use. */
import { compareVersions, parseVersion, type Ordering } from '../formats/own/version-order.ts';
import { VerificationError } from '../model/errors.ts';

/** What `tag` holds in the place of `{version}`; undefined for a tag that the template does not make. */
export function versionInTag(tag: string, template: string): string | undefined {
  const [before = '', after = ''] = template.split('{version}');
  const version = tag.slice(before.length, tag.length - after.length);
  const isOurs = tag.startsWith(before) && tag.endsWith(after) && tag.length > before.length + after.length;
  // With two dots in a row it would be no part of a file name.
  return isOurs && /^\d(?:(?!\.\.)[A-Za-z0-9.+~-])*$/.test(version) ? version : undefined;
}

/**
 * The same where one tag was named, and no other will do. Throws VerificationError `EVIDENCE_MALFORMED` for a tag that
 * the template does not make, or that holds no version of that ordering.
 */
export function versionOfTag(
  tag: string,
  { tag: template, ordering = 'semver' }: { readonly tag: string; readonly ordering?: Ordering },
  where: string,
): string {
  const version = versionInTag(tag, template);
  const named = `${where} names ${JSON.stringify(tag.slice(0, 80))}, which is`;
  if (version === undefined)
    throw new VerificationError('EVIDENCE_MALFORMED', `${named} not of the form ${template}`);
  if (parseVersion(ordering, version) !== undefined) return version;
  throw new VerificationError('EVIDENCE_MALFORMED', `${named} no ${ordering} version`, {
    hint: 'Is "tag" right, and "ordering" (semver, or debian for dates and other numbers)?',
  });
}

/** Is it as high as each of those, or higher? True where there are none; false where one of them is no version. */
export function isNoStepBack(ordering: Ordering, version: string, inUse: ReadonlySet<string>): boolean {
  const next = parseVersion(ordering, version);
  return [...inUse].every((text) => {
    const used = parseVersion(ordering, text);
    return next !== undefined && used !== undefined && compareVersions(next, used) >= 0;
  });
}

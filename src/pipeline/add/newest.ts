/** Of releases with tags of any form, the one that an entry would begin with. */
import { compareVersions, parseVersion, type OrderedVersion } from '../../formats/own/version-order.ts';
import type { NamedRelease } from '../../sources/github-list.ts';
import { splitTag, type Tagged } from '../shared/release-names.ts';

/** The highest version among those whose tags are written as the newest one's is. */
export function highestRelease(releases: readonly NamedRelease[]): NamedRelease | undefined {
  const read = releases.flatMap((release) => {
    const tagged = splitTag(release.tag);
    const ordering =
      tagged !== undefined && /^\d+\.\d+\.\d+(?:[-+].*)?$/.test(tagged.version) ? 'semver' : 'debian';
    const version = tagged === undefined ? undefined : parseVersion(ordering, tagged.version);
    const isPrerelease = /-(?:alpha|beta|rc|pre|dev|nightly)/i.test(tagged?.version ?? '');
    return tagged === undefined || version === undefined || isPrerelease
      ? []
      : [{ release, prefix: tagged.prefix, ordering, version }];
  });
  const [first] = read;
  const alike = read.filter((one) => one.prefix === first?.prefix && one.ordering === first.ordering);
  return alike.toSorted((a, b) => compareVersions(b.version, a.version))[0]?.release;
}

/** Those tags that have a version of Semantic Versioning in them, the highest first. */
export function versionsIn(
  tags: readonly string[],
): readonly { readonly tagged: Tagged; readonly version: OrderedVersion }[] {
  const read = tags.flatMap((tag) => {
    const tagged = splitTag(tag);
    const version = tagged && parseVersion('semver', tagged.version);
    return tagged === undefined || version === undefined ? [] : [{ tagged, version }];
  });
  return read.toSorted((a, b) => compareVersions(b.version, a.version));
}

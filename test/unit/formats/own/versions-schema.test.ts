/** `versions` of the catalogue, as people write it. */
import { describe, expect, it } from 'vitest';
import { versionPolicy } from '../../../../src/sources/version-policy.ts';
import {
  debianVersionsSchema,
  semverVersionsSchema,
  versionsSchema,
} from '../../../../src/formats/own/versions-schema.ts';

const day = 86_400_000;

describe('the schemas of `versions`', () => {
  it('read what the catalogue says', () => {
    const versions = { range: '~1.36', prereleases: true, minimumAge: '3d', hold: 'it breaks etcd' };
    const parsed = semverVersionsSchema.parse(versions);
    expect(versionPolicy('semver', parsed)).toEqual({
      ...{ ordering: 'semver', range: '~1.36', prereleases: true, minimumAgeMs: 3 * day },
    });
    expect(debianVersionsSchema.safeParse({ range: '>= 17, << 18', hold: 'why' }).success).toBe(true);
  });

  it.each([
    { range: '' },
    { range: 'nonsense' },
    { range: '1.2.3+k3s1' },
    { hold: '' },
    { hold: true },
    { minimumAge: 3 },
    { other: 1 },
  ])('refuse %o', (versions) => {
    expect(semverVersionsSchema.safeParse(versions).success).toBe(false);
  });

  it.each([
    [{ minimumAge: '3d' }, 'only its publisher says when a .deb was published'],
    [{ prereleases: true }, 'have no mark for them'],
    [{ range: '~1.36' }, 'Debian relations'],
  ])('refuse %o of a package, with the reason', (versions, reason) => {
    expect(debianVersionsSchema.safeParse(versions).error?.issues[0]?.message).toContain(reason);
  });

  it('leave a range of an ordering that they do not know to the source', () => {
    expect(versionsSchema.safeParse({ range: '>= 17, << 18' }).success).toBe(true);
  });
});

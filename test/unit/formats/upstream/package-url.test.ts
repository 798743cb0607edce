import { PackageURL } from 'packageurl-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPackageUrl } from '../../../../src/formats/upstream/package-url.ts';

describe('package URLs', () => {
  it.each([
    [
      {
        ...{ type: 'deb', namespace: 'debian', name: 'libpq5', version: '17.12-0+deb13u1' },
        qualifiers: { distro: 'debian-13', arch: 'amd64' },
      },
      'pkg:deb/debian/libpq5@17.12-0%2Bdeb13u1?arch=amd64&distro=debian-13',
    ],
    [
      { type: 'deb', namespace: 'debian', name: 'uidmap', version: '1:4.17.4-2~bpo1' },
      'pkg:deb/debian/uidmap@1:4.17.4-2~bpo1',
    ],
    [
      {
        type: 'generic',
        name: 'a b',
        version: '1@2',
        qualifiers: { download_url: 'https://h/x?y=(z)', empty: '' },
      },
      'pkg:generic/a%20b@1%402?download_url=https:%2F%2Fh%2Fx%3Fy%3D%28z%29',
    ],
    [{ type: 'generic', name: 'kubelet', qualifiers: { none: undefined } }, 'pkg:generic/kubelet'],
  ])('%j', (parts, expected) => {
    expect(formatPackageUrl(parts)).toBe(expected);
  });

  it('are read back by another implementation, whatever is in them', () => {
    const text = fc
      .string({ minLength: 1, unit: 'grapheme' })
      .filter((one) => one.trim() === one && !one.includes('/'));
    fc.assert(
      // It decodes the values of qualifiers twice: a `%` is beyond it.
      fc.property(
        text,
        text,
        text.filter((one) => !one.includes('%')),
        (name, version, value) => {
          const read = PackageURL.fromString(
            formatPackageUrl({ type: 'generic', name, version, qualifiers: { checksum: value } }),
          );
          expect([read.name, read.version, read.qualifiers?.['checksum']]).toEqual([name, version, value]);
        },
      ),
    );
  });
});

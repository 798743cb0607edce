/** What an apt chain tells of its links, and what it leaves open. */
import { describe, expect, it } from 'vitest';
import { choiceTold, indexTold, leaveOpen } from '../../../../src/verify/apt/told.ts';
import type { PackageChoice } from '../../../../src/verify/apt/package.ts';
import type { IndexListing } from '../../../../src/verify/apt/packages.ts';
import { Trail } from '../../../../src/verify/trail.ts';

describe('leaveOpen', () => {
  function leftOpen(validUntil: Date | undefined, isUpToIndex: boolean): readonly (readonly string[])[] {
    const trail = new Trail();
    const listing = { name: 'main/binary-amd64/Packages' };
    const stanza = { release: { release: { validUntil } }, listing };
    leaveOpen({ stanza } as unknown as PackageChoice, isUpToIndex, trail);
    return trail.unproven.map(({ what, because }) => [what, because]);
  }
  const time = ['that it was judged at that time', expect.any(String)];
  const withheld = 'that nothing newer was withheld';

  it('says until when nothing newer can have been withheld, or that no date ends it', () => {
    const until = new Date('2026-11-27T12:00:00Z');
    expect(leftOpen(until, false)).toEqual([
      [withheld, `Valid-Until ends that, on ${until.toISOString()}`],
      time,
    ]);
    expect(leftOpen(undefined, false)).toEqual([
      [withheld, expect.stringContaining('the suite has no Valid-Until')],
      time,
    ]);
  });

  it('says which index was not kept', () => {
    expect(leftOpen(undefined, true)).toEqual([
      [
        expect.stringContaining('main/binary-amd64/Packages'),
        expect.stringContaining('too large to be kept'),
      ],
      [withheld, expect.any(String)],
      time,
    ]);
  });
});

describe('choiceTold', () => {
  const digest = `sha256:${'a'.repeat(64)}` as const;
  const index = { role: 'packages', url: 'https://example.org/Packages', digest, sizeBytes: 1 };
  const stanza = {
    ...{ index, listing: { name: 'main/Packages' }, bytes: Buffer.from('Package: foo\n') },
    release: { places: { directory: 'https://example.org' } },
  };
  const deb = { package: 'foo', architecture: 'all', version: '1.0-1', digest };
  const told = (range?: string) =>
    choiceTold({ stanza, deb, among: 3 } as unknown as PackageChoice, { suites: ['a', 'b'], range });

  it('says among how many versions the highest was chosen, and in which range', () => {
    const fields = [
      { check: 'Package', value: 'foo', against: 'what the catalogue says' },
      { check: 'Architecture', value: 'all', against: "the manifest's, or all" },
      { check: 'Version', value: '1.0-1', against: 'the highest of 3 in 2 suites' },
    ];
    expect(told().checks).toEqual(fields);
    const range = { check: 'range', value: '<< 2', against: 'Version lies in it' };
    expect(told('<< 2').checks).toEqual([...fields, range]);
    expect([told().from, told().to]).toMatchObject([index, { role: 'packages-stanza' }]);
  });
});

describe('indexTold', () => {
  const digest = `sha256:${'a'.repeat(64)}` as const;
  const release = {
    role: 'inrelease',
    url: 'https://example.org/InRelease',
    digest,
    sizeBytes: 1,
    bytes: Buffer.alloc(1),
  };
  const form = {
    compression: 'xz',
    file: { path: 'main/Packages.xz', digest, sizeBytes: 1 },
    readMs: 1,
  } as const;
  const listing: IndexListing = { name: 'main/Packages', forms: [form], plain: undefined, unread: [] };
  const named = (found: typeof digest) =>
    indexTold(
      { role: 'packages', url: 'https://example.org/main/Packages', digest: found },
      listing,
      release,
      [],
    ).to;

  it('names the form by which other programs know how to read it', () => {
    expect(named(digest)).toMatchObject({ name: 'Packages.xz' });
    expect(named(`sha256:${'b'.repeat(64)}`)).toMatchObject({ name: 'Packages' });
  });
});

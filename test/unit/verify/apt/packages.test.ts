/** The second link: which indexes count, and that an index is what its Release says. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { storeXz } from '../../../../scripts/upstream/xz-store.ts';
import type { Compression } from '../../../../src/formats/upstream/decompress.ts';
import type { Release, ReleaseFile } from '../../../../src/formats/upstream/release.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import {
  flatIndexOf,
  indexesOf,
  searchIndex,
  type IndexListing,
} from '../../../../src/verify/apt/packages.ts';
import { refusal } from '../../../support/refusals.ts';

const plain = Buffer.from(
  ['foo', 'bar', 'foo-doc', 'bar'].map((name, at) => `Package: ${name}\nVersion: ${at}\n`).join('\n'),
);

function fileOf(path: string, bytes: Uint8Array): ReleaseFile {
  const hex = createHash('sha256').update(bytes).digest('hex');
  return { path, sizeBytes: bytes.length, digest: `sha256:${hex}` };
}

function releaseWith(files: readonly ReleaseFile[], hasArchitectureAllIndex = false): Release {
  const named = { origin: undefined, label: undefined, suite: 'stable', codename: 'trixie' };
  const dated = { date: new Date('2026-11-20T12:00:00Z'), validUntil: undefined };
  const byPath = new Map(files.map((file) => [file.path, file]));
  return { ...named, ...dated, acquireByHash: false, hasArchitectureAllIndex, files: byPath };
}

function listed(path: string, sizeBytes = 1): ReleaseFile {
  return { ...fileOf(path, Buffer.alloc(1)), sizeBytes };
}

describe('indexesOf', () => {
  const names = (release: Release) =>
    indexesOf(release, 'main', 'amd64', 'the Release').map(({ name, forms }) => [
      name,
      forms.map(({ compression }) => compression),
    ]);
  const all = ['', '.gz', '.xz', '.bz2', '.zst'].map((suffix) =>
    listed(`main/binary-amd64/Packages${suffix}`),
  );

  it('prefers gzip, then xz, then the plain form, and knows no other', () => {
    expect(names(releaseWith(all))).toEqual([['main/binary-amd64/Packages', ['gz', 'xz', 'none']]]);
    const [listing] = indexesOf(releaseWith(all), 'main', 'amd64', 'the Release');
    expect(listing?.unread).toEqual(['.bz2', '.zst']);
  });

  it('reckons the time to read a form by what it holds, listed or not', () => {
    const sizes = { '.gz': 1000, '.xz': 700 } as const;
    const forms = Object.entries(sizes).map(([suffix, size]) =>
      listed(`main/binary-amd64/Packages${suffix}`, size),
    );
    const readMs = (files: readonly ReleaseFile[]) =>
      indexesOf(releaseWith(files), 'main', 'amd64', 'the Release')[0]!.forms.map((form) => form.readMs);
    const [gz, xz] = readMs(forms) as [number, number];
    expect(gz).toBeGreaterThan(0);
    expect(xz).toBeGreaterThan(gz);
    // Where nothing is said of the content, it is taken for five times as large.
    const [gzOfFive] = readMs([...forms, listed('main/binary-amd64/Packages', 5 * sizes['.gz'])]);
    expect(gzOfFive).toBe(gz);
    // Of more content either takes longer, however small it is packed.
    const [gzOfMore, xzOfMore] = readMs([...forms, listed('main/binary-amd64/Packages', 1 << 20)]) as [
      number,
      number,
    ];
    expect(gzOfMore).toBeGreaterThan(gz);
    expect(xzOfMore).toBeGreaterThan(xz);
  });

  it('takes binary-all into account where the Release has one and says so', () => {
    const files = [...all, listed('main/binary-all/Packages.xz')];
    expect(names(releaseWith(files, true)).map(([name]) => name)).toEqual([
      'main/binary-amd64/Packages',
      'main/binary-all/Packages',
    ]);
    expect(names(releaseWith(files, false))).toHaveLength(1);
    expect(names(releaseWith(all, true))).toHaveLength(1);
  });

  it('takes binary-all alone, where it counts', async () => {
    const other = ['contrib/binary-amd64/Packages', 'main/source/Sources'].map((path) => listed(path));
    const alone = [listed('main/binary-all/Packages'), listed('main/binary-all/Packages.gz'), ...other];
    expect(names(releaseWith(alone, true))).toEqual([['main/binary-all/Packages', ['gz', 'none']]]);
    await refusal(() => names(releaseWith(alone, false)), VerificationError, 'EVIDENCE_MISSING');
  });

  it.each([
    ['nothing', []],
    ['other architectures', [listed('main/binary-arm64/Packages')]],
    ['paths that end in the wanted one', [listed('contrib/main/binary-amd64/Packages.gz')]],
    ['paths that begin with it', [listed('main/binary-amd64/Packages.gz.old')]],
    [
      'binary-all beside another architecture',
      [listed('main/binary-all/Packages'), listed('main/binary-arm64/Packages')],
    ],
    ['binary-all of another component', [listed('contrib/binary-all/Packages')]],
    ['forms that assay cannot read', [listed('main/binary-amd64/Packages.bz2')]],
    ['binary-all in such a form', [...all, listed('main/binary-all/Packages.bz2')]],
  ])('refuses a Release that lists %s', async (_, files) => {
    await refusal(() => names(releaseWith(files, true)), VerificationError, 'EVIDENCE_MISSING');
  });

  it('refuses sizes beyond every real index, to the byte', async () => {
    const of = (sizeBytes: number, suffix: string) =>
      releaseWith([listed(`main/binary-amd64/Packages${suffix}`, sizeBytes)]);
    expect(names(of(256 << 20, '.xz'))).toHaveLength(1);
    await refusal(() => names(of((256 << 20) + 1, '.xz')), VerificationError, 'LIMIT_EXCEEDED');
    expect(names(of(1 << 30, ''))).toHaveLength(1);
    await refusal(() => names(of((1 << 30) + 1, '')), VerificationError, 'LIMIT_EXCEEDED');
  });
});

describe('flatIndexOf', () => {
  it('is the one beside the Release, in the forms that are listed', async () => {
    const flat = releaseWith([listed('Packages'), listed('Packages.gz'), listed('main/Packages')]);
    const { name, forms, plain } = flatIndexOf(flat, 'the Release');
    expect([name, forms.map(({ file }) => file.path), plain?.path]).toEqual([
      'Packages',
      ['Packages.gz', 'Packages'],
      'Packages',
    ]);
    const asked = () => flatIndexOf(releaseWith([listed('main/Packages')]), 'the Release');
    const { message } = await refusal(asked, VerificationError, 'EVIDENCE_MISSING');
    expect(message).toBe('the Release lists no Packages');
  });
});

describe('searchIndex', () => {
  const path = 'main/binary-amd64/Packages';

  /** Searches `bytes`, which claim to be `compressed`, a form of `plain`. */
  async function search(
    bytes: Uint8Array,
    compression: Compression,
    { listsPlain = true, compressed = bytes } = {},
  ) {
    const form = { compression, file: fileOf(`${path}.${compression}`, compressed), readMs: 1 };
    const listing: IndexListing = {
      name: path,
      forms: [form],
      plain: listsPlain ? fileOf(path, plain) : undefined,
      unread: [],
    };
    const release = { release: releaseWith([]) } as never;
    const url = `https://example.org/${path}`;
    const stanzas = await searchIndex({ release, listing, form, url, bytes, names: new Set(['foo', 'bar']) });
    const { digest, sizeBytes } = form.file;
    const index = { role: 'packages', url, digest, sizeBytes, bytes };
    for (const stanza of stanzas) expect(stanza).toMatchObject({ release, listing, index });
    return stanzas.map((stanza) => Buffer.from(stanza.bytes).toString().trimEnd());
  }

  const found = ['Package: foo\nVersion: 0', 'Package: bar\nVersion: 1', 'Package: bar\nVersion: 3'];

  it.each([
    ['gz', gzipSync(plain)],
    ['xz', storeXz(plain)],
    ['none', plain],
  ] as const)('finds every stanza of the names in %s', async (compression, bytes) => {
    expect((await search(bytes, compression)).toSorted()).toEqual(found.toSorted());
  });

  it('needs no plain form in the Release', async () => {
    expect(await search(gzipSync(plain), 'gz', { listsPlain: false })).toHaveLength(3);
  });

  it('refuses a changed byte of the compressed form', async () => {
    const compressed = gzipSync(plain);
    const changed = Buffer.from(compressed);
    // The time in gzip's header: the content stays the same.
    changed[4] = 1;
    await refusal(search(changed, 'gz', { compressed }), VerificationError, 'DIGEST_MISMATCH');
  });

  it('refuses recompressed content', async () => {
    const compressed = gzipSync(plain, { level: 9 });
    const other = gzipSync(plain, { level: 0 });
    await refusal(search(other, 'gz', { compressed }), VerificationError, 'SIZE_MISMATCH');
  });

  it('refuses good compression of other content', async () => {
    const other = Buffer.from(plain.toString().replace('Version: 0', 'Version: 9'));
    await refusal(search(gzipSync(other), 'gz'), VerificationError, 'DIGEST_MISMATCH');
    await refusal(search(gzipSync(plain.subarray(1)), 'gz'), VerificationError, 'SIZE_MISMATCH');
  });

  it('refuses a bomb at the first byte too many', async () => {
    const bomb = gzipSync(Buffer.alloc(8 << 20));
    await refusal(search(bomb, 'gz'), VerificationError, 'LIMIT_EXCEEDED');
    await refusal(search(storeXz(Buffer.alloc(1 << 20)), 'xz'), VerificationError, 'LIMIT_EXCEEDED');
  });

  it.each([
    ['gz', gzipSync(plain)],
    ['xz', storeXz(plain)],
  ] as const)(
    'refuses a truncated %s, though what is wanted comes before the end',
    async (compression, bytes) => {
      await refusal(search(bytes.subarray(0, -9), compression), VerificationError, 'EVIDENCE_MALFORMED');
    },
  );

  it.each(['gz', 'xz'] as const)('refuses %s that is none', async (compression) => {
    await refusal(search(plain, compression), VerificationError, 'EVIDENCE_MALFORMED');
  });
});

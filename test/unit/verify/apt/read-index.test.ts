/** One index, form by form: what is asked for, what is read of it, and what is told of the link that it is. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Compression } from '../../../../src/formats/upstream/decompress.ts';
import { TransportError, VerificationError } from '../../../../src/model/errors.ts';
import { mint } from '../../../../src/model/minted.ts';
import type { Need } from '../../../../src/model/need.ts';
import type { EvidenceDocument } from '../../../../src/model/verification.ts';
import type { IndexForm, IndexListing } from '../../../../src/verify/apt/packages.ts';
import { linkIndex, type Reading } from '../../../../src/verify/apt/read-index.ts';
import { Trail, type HandFiles } from '../../../../src/verify/trail.ts';
import { refusal } from '../../../support/refusals.ts';
import { trusting } from '../../../support/trusting.ts';

const uri = 'https://example.org/debian';
const directory = `${uri}/dists/stable`;
const name = 'main/binary-amd64/Packages';
const plainBytes = Buffer.from('Package: foo\nVersion: 1\n\nPackage: bar\nVersion: 2\n');
const broken = Buffer.from('as it was signed, and nothing that can be decompressed');

const hexOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
function formOf(compression: Compression, bytes: Uint8Array): IndexForm {
  const path = compression === 'none' ? name : `${name}.${compression}`;
  return {
    compression,
    file: { path, sizeBytes: bytes.length, digest: `sha256:${hexOf(bytes)}` },
    readMs: 1,
  };
}
const packed = gzipSync(plainBytes);
const gz = formOf('gz', packed);
const none = formOf('none', plainBytes);
const listingOf = (...forms: IndexListing['forms']): IndexListing => ({
  ...{ name, forms, plain: forms.find(({ compression }) => compression === 'none')?.file, unread: [] },
});

const inRelease: EvidenceDocument = {
  ...{ role: 'inrelease', url: `${directory}/InRelease`, digest: none.file.digest },
  ...{ sizeBytes: 1, bytes: broken },
};
const releaseWith = (
  acquireByHash: boolean,
  documents: readonly [EvidenceDocument, ...EvidenceDocument[]] = [inRelease],
) =>
  mint('VerifiedRelease', {
    ...{ release: { acquireByHash } as never, signers: [], documents, checks: [] },
    ...{ places: { root: uri, directory }, verifiedAt: new Date('2026-11-20T12:00:00Z') },
  });
const release = releaseWith(false);

/** What stands at a path below the suite's directory: bytes, nothing, or why there are none. What is not here was not asked for. */
type Answers = Readonly<Record<string, Uint8Array | Error | undefined>>;

/** Each form by its own path, the stanza by its index's. */
function reading(answers: Answers, changes: Partial<Reading> = {}): Reading & { readonly trail: Trail } {
  const keyOf = (need: Need) =>
    need.kind === 'forms' ? need.forms[0]!.urls.at(-1)!.slice(directory.length + 1) : need.role;
  const documents: Reading['matter']['documents'] = {
    has: (need) => keyOf(need) in answers,
    of: (need) => documents.find(need)!,
    find(need): EvidenceDocument | undefined {
      const answer = answers[keyOf(need)];
      if (answer instanceof Error) throw answer;
      const digest = need.kind === 'forms' ? need.forms[0]!.digest : none.file.digest;
      return answer && { role: need.role, url: need.url, digest, sizeBytes: answer.length, bytes: answer };
    },
  };
  const trail = new Trail();
  const subject = { package: 'foo' };
  const matter = {
    ...{ spec: undefined, subject, subjects: [subject], documents, trust: trusting(), memo: new Map() },
    ...{ now: release.verifiedAt, trail },
  };
  const suite = { uri, suite: 'stable', components: ['main'], signedBy: 'debian' };
  return { suite, release, isSecond: false, matter, trail, ...changes };
}

const stanzasOf = async (listing: IndexListing, answers: Answers) => {
  const { stanzas } = await linkIndex(listing, reading(answers));
  return stanzas.map(({ bytes }) => Buffer.from(bytes).toString());
};

describe('what is asked for', () => {
  it('is the index in all of its forms, and nothing is told of it yet', async () => {
    const asked = reading({});
    const { needs, documents, stanzas } = await linkIndex(listingOf(gz, none), asked);
    expect(needs).toEqual([
      {
        ...{ kind: 'forms', role: 'packages', url: `${directory}/${name}` },
        forms: [gz, none].map(({ file: { path, digest, sizeBytes }, readMs }) => ({
          ...{ urls: [`${directory}/${path}`], digest, sizeBytes, readMs },
        })),
      },
    ]);
    expect([documents, stanzas, asked.trail.links]).toEqual([[], [], []]);
  });

  it('is by hash first, where the Release says so', async () => {
    const { needs } = await linkIndex(listingOf(gz), reading({}, { release: releaseWith(true) }));
    const hashed = `${directory}/main/binary-amd64/by-hash/SHA256/${hexOf(packed)}`;
    expect(needs).toMatchObject([{ forms: [{ urls: [hashed, `${directory}/${name}.gz`] }] }]);
  });

  it('is asked again, and is one need for all who ask', async () => {
    const listing = listingOf(gz);
    const ask = async (isSecond: boolean) => (await linkIndex(listing, reading({}, { isSecond }))).needs[0];
    expect(await ask(false)).toBe(await ask(false));
    expect(await ask(true)).toMatchObject({ again: true });
    expect(await ask(false)).not.toHaveProperty('again');
  });

  it('is nothing where the Release lists it as empty, and all of it where it has a byte', async () => {
    const of = async (sizeBytes: number) => {
      const listing = { ...listingOf(gz), plain: { ...none.file, sizeBytes } };
      return (await linkIndex(listing, reading({}))).needs.length;
    };
    expect([await of(0), await of(1)]).toEqual([0, 1]);
  });
});

describe('an index that is there', () => {
  const link = {
    from: release.documents[0],
    to: {
      ...{ role: 'packages', url: `${directory}/${name}`, folder: `${directory}/main/binary-amd64/` },
    },
  };

  it('is searched, and told by the name of its form, with what was compared', async () => {
    const read = reading({ [gz.file.path]: packed });
    const { needs, stanzas, documents } = await linkIndex(listingOf(gz, none), read);
    expect([needs, stanzas.length]).toEqual([[], 1]);
    expect(documents).toMatchObject([{ role: 'packages', digest: gz.file.digest, bytes: packed }]);
    const { digest } = gz.file;
    expect(read.trail.links).toMatchObject([{ ...link, to: { ...link.to, digest, name: 'Packages.gz' } }]);
    expect(read.trail.links[0]?.checks).toEqual([
      { check: 'SHA-256', value: hexOf(packed), against: 'what InRelease lists' },
      { check: 'size', value: `${String(packed.length)} bytes`, against: 'what InRelease lists' },
      { check: 'SHA-256', value: hexOf(plainBytes), against: 'what InRelease lists, decompressed' },
      {
        ...{ check: 'size', value: `${String(plainBytes.length)} bytes` },
        against: 'what InRelease lists, decompressed',
      },
    ]);
  });

  it('is one of the forms that were asked for', async () => {
    const read = reading({});
    const { documents } = read.matter;
    const other = { ...inRelease, role: 'packages', digest: none.file.digest };
    const matter = { ...read.matter, documents: { ...documents, has: () => true, find: () => other } };
    await expect(linkIndex(listingOf(gz), { ...read, matter })).rejects.toThrow('is none of the forms');
  });

  it('is listed in the Release itself, where its signature stands beside it', async () => {
    const [file, signature] = ['release', 'release-signature'].map((role) => ({ ...inRelease, role }));
    const apart = releaseWith(false, [file!, signature!]);
    const read = reading({ [gz.file.path]: packed }, { release: apart });
    await linkIndex(listingOf(gz), read);
    const [link] = read.trail.links;
    const files = { document: ({ role }: { readonly role: string }) => role };
    expect(link?.from).toMatchObject({ role: 'release' });
    expect(link?.byHand?.(files as unknown as HandFiles)[0]?.argv).toEqual([
      'grep',
      '-iF',
      hexOf(packed),
      'release',
    ]);
  });

  it.each([
    ['the plain form', listingOf(none), { [none.file.path]: plainBytes }],
    ['a form whose content the Release does not list', listingOf(gz), { [gz.file.path]: packed }],
  ])('is compared once: %s', async (_, listing, answers) => {
    const read = reading(answers);
    await linkIndex(listing, read);
    expect(read.trail.links[0]?.checks.map(({ check }) => check)).toEqual(['SHA-256', 'size']);
  });

  it('is searched once for all who ask, and anew for whom nobody knew of', async () => {
    const read = reading({ [gz.file.path]: packed });
    const of = async (wanted: string) => {
      const matter = { ...read.matter, subject: { package: wanted } };
      const { stanzas } = await linkIndex(listingOf(gz), { ...read, matter });
      return stanzas.map((stanza) => stanza.package);
    };
    expect(await of('foo')).toEqual(['foo']);
    expect(await of('bar')).toEqual(['bar']);
    expect(await of('none')).toEqual([]);
  });
});

describe('an index that cannot be read', () => {
  const [badGz, badXz] = [formOf('gz', broken), formOf('xz', broken)];
  const notFound = (path: string) => new TransportError('NOT_FOUND', `${path}: not found`);

  it('leads on to its next form, which is asked for, and read', async () => {
    const listing = listingOf(badGz, none);
    const { needs } = await linkIndex(listing, reading({ [badGz.file.path]: broken }));
    expect(needs).toMatchObject([{ forms: [{ digest: none.file.digest }] }]);
    const answers = { [badGz.file.path]: broken, [none.file.path]: plainBytes };
    expect(await stanzasOf(listing, answers)).toEqual(['Package: foo\nVersion: 1\n']);
  });

  it('does not where it is not what was signed', async () => {
    const other = Buffer.from(packed);
    other[20]! ^= 1;
    for (const [bytes, code] of [
      [other, 'DIGEST_MISMATCH'],
      [packed.subarray(1), 'SIZE_MISMATCH'],
    ] as const) {
      const answers = { [gz.file.path]: bytes, [none.file.path]: plainBytes };
      const read = reading(answers);
      await refusal(linkIndex(listingOf(gz, none), read), VerificationError, code);
      expect(read.trail.links).toMatchObject([{ to: { role: 'packages' }, error: { code } }]);
    }
  });

  it.each<[string, Answers, string, string]>([
    ['none can be decompressed', { gz: broken, xz: broken }, 'EVIDENCE_MALFORMED', '/Packages.gz'],
    [
      'one cannot be, and the other is not there',
      { gz: broken, xz: notFound('xz') },
      'EVIDENCE_MALFORMED',
      '.gz',
    ],
    ['none is there', { gz: notFound('all of them') }, 'NOT_FOUND', 'all of them: not found'],
    [
      'none may be read',
      { gz: new TransportError('HTTP_STATUS', 'forbidden', { context: { status: 403 } }) },
      ...(['HTTP_STATUS', 'forbidden'] as const),
    ],
  ])(
    'is refused for what tells most, with the forms that assay does not read: %s',
    async (_, found, code, what) => {
      const answers = Object.fromEntries(
        Object.entries(found).map(([suffix, answer]) => [`${name}.${suffix}`, answer]),
      );
      const listing = listingOf(badGz, badXz);
      const type = code === 'EVIDENCE_MALFORMED' ? VerificationError : TransportError;
      const plainly = await refusal(linkIndex(listing, reading(answers)), type, code as never);
      expect(plainly.message).toContain(what);
      expect(plainly.message).not.toContain('also listed');
      const others = { ...listing, unread: ['.bz2', '.zst'] };
      const told = await refusal(linkIndex(others, reading(answers)), type, code as never);
      expect(told.message).toBe(
        `${plainly.message}; ${name} is also listed as .bz2 and .zst, which assay does not read`,
      );
      expect(told.context).toEqual(plainly.context);
    },
  );

  it('says nothing of other forms where the network is at fault', async () => {
    const error = new TransportError('TIMED_OUT', 'no answer');
    const listing = { ...listingOf(gz), unread: ['.bz2'] };
    await expect(linkIndex(listing, reading({ [gz.file.path]: error }))).rejects.toBe(error);
  });
});

describe('an index that was too large to be kept', () => {
  const gone = { [gz.file.path]: undefined };
  const stanza = Buffer.from('Package: foo\nVersion: 1\n');

  it('leads on to the stanza that was kept of it', async () => {
    const { needs, documents } = await linkIndex(listingOf(gz, none), reading(gone));
    expect(needs).toMatchObject([
      {
        ...{ kind: 'file', role: 'packages-stanza', url: `${directory}/${name}` },
        ...{ maxBytes: 1 << 20, isOptional: true },
      },
    ]);
    expect(documents).toEqual([]);
  });

  it.each([
    ['is there', stanza, [stanza]],
    ['is not', undefined, []],
  ])('is the Release’s word alone, whether that %s', async (_, kept, found) => {
    const read = reading({ ...gone, 'packages-stanza': kept });
    const { needs, stanzas, documents } = await linkIndex(listingOf(gz, none), read);
    expect([needs, stanzas.map(({ bytes }) => bytes)]).toEqual([[], found]);
    for (const one of stanzas) expect(one).toMatchObject({ package: 'foo', release, index: documents[0] });
    const { digest, sizeBytes } = gz.file;
    const bytes = new Uint8Array();
    expect(documents).toEqual([{ role: 'packages', url: `${directory}/${name}`, digest, sizeBytes, bytes }]);
    const against = 'what InRelease lists; the bytes were not seen again';
    expect(read.trail.links).toMatchObject([{ checks: [{ value: hexOf(packed), against }, { against }] }]);
  });
});

/** Where a suite's Release is, which of its files are asked for, and when, and which indexes it names. */
import { describe, expect, it } from 'vitest';
import { parseRelease } from '../../../../src/formats/upstream/release.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { mint } from '../../../../src/model/minted.ts';
import { needKey, type Need } from '../../../../src/model/need.ts';
import type { EvidenceDocument } from '../../../../src/model/verification.ts';
import type { Documents } from '../../../../src/verify/method.ts';
import { documentOf } from '../../../../src/verify/evidence-document.ts';
import { readKeyring } from '../../../../src/verify/openpgp/keyring.ts';
import {
  contentDigests,
  isAskedAgain,
  listingsOf,
  releaseEnds,
  releaseNeeds,
  releaseOf,
  suiteUrl,
  type Suite,
} from '../../../../src/verify/apt/suite.ts';
import { armorSignature, makeKey, publicKeyFile, signData } from '../../../support/openpgp.ts';
import { refusal } from '../../../support/refusals.ts';
import { trusting } from '../../../support/trusting.ts';

const uri = 'https://example.org/debian';
const suite: Suite = { uri, suite: 'trixie', components: ['main'], signedBy: 'debian' };
const directory = `${uri}/dists/trixie`;

/** With an answer to each of these needs: a document, or that there is none. */
function having(...answers: (readonly [Need, 'there' | 'none'])[]): Documents {
  const found = new Map(answers.map(([need, answer]) => [needKey(need), answer]));
  return {
    has: (need: Need) => found.has(needKey(need)),
    find: (need: Need) =>
      found.get(needKey(need)) === 'there' ? ({ role: need.role } as EvidenceDocument) : undefined,
  } as unknown as Documents;
}

describe('suiteUrl', () => {
  it.each([
    ['trixie', directory],
    ['./', uri],
    ['/', uri],
    ['path/', `${uri}/path`],
    ['./path/', `${uri}/path`],
    ['path/./deep/', `${uri}/path/./deep`],
  ])('of %s', (name, url) => {
    expect(suiteUrl({ uri, suite: name })).toBe(url);
  });
});

describe.each([
  ['first', false, { isRevalidated: true }],
  ['again', true, { again: true }],
] as const)('what is asked for %s', (_, again, fresh) => {
  const [inRelease] = releaseNeeds(suite, having(), again);
  const [release, signature] = releaseNeeds(suite, having([inRelease!, 'none']), again);

  it('is InRelease, which may be missing', () => {
    const kind = { role: 'inrelease', maxBytes: 4 * 1024 * 1024 };
    expect(inRelease).toMatchObject({ url: `${directory}/InRelease`, isOptional: true, ...kind, ...fresh });
    expect(releaseNeeds(suite, having([inRelease!, 'there']), again)).toEqual([]);
  });

  it('is Release with its signature, which may be missing, where there is none', () => {
    const kind = { role: 'release', maxBytes: 4 * 1024 * 1024 };
    expect(release).toMatchObject({ url: `${directory}/Release`, ...kind, ...fresh });
    expect(release).not.toHaveProperty('isOptional');
    const ofSignature = { role: 'release-signature', maxBytes: 256 * 1024, isOptional: true };
    expect(signature).toMatchObject({ url: `${directory}/Release.gpg`, ...ofSignature, ...fresh });
    for (const need of [inRelease!, release!, signature!]) {
      expect('again' in need).toBe(again);
      expect('isRevalidated' in need).toBe(!again);
    }
    const both = having([inRelease!, 'none'], [release!, 'there'], [signature!, 'none']);
    expect(releaseNeeds(suite, both, again)).toEqual([]);
  });

  it('tells which was asked for, and what it leads to', () => {
    const read = having([inRelease!, 'there']);
    expect(isAskedAgain(suite, read)).toBe(again);
    expect(releaseNeeds(suite, read)).toEqual([]);
    expect(releaseEnds(suite, read)).toMatchObject({ from: { anchor: 'debian' }, to: inRelease });
    const apart = having([inRelease!, 'none'], [release!, 'there'], [signature!, 'there']);
    expect(releaseEnds(suite, apart)).toMatchObject({ to: release, beside: [signature] });
  });
});

const dated = 'Suite: trixie\nDate: Fri, 20 Nov 2026 12:00:00 UTC\nSHA256:\n';
const hex = { plain: '0'.repeat(64), gz: '1'.repeat(64), xz: '2'.repeat(64), flat: '3'.repeat(64) };
const text = `${dated} ${hex.plain} 10 main/binary-amd64/Packages
 ${hex.gz} 9 main/binary-amd64/Packages.gz
 ${hex.gz} 9 main/binary-arm64/Packages.gz
 ${hex.xz} 8 main/binary-arm64/Packages.xz
 ${hex.flat} 7 Packages.gz
`;

describe('releaseOf', () => {
  it('judges each signature of one Release by itself', async () => {
    const now = new Date('2026-11-20T12:00:00Z');
    const bytes = Buffer.from(text);
    const key = await makeKey();
    const of = async (signed: Uint8Array) =>
      Buffer.from(armorSignature(await signData(signed, { key, type: 0 })));
    const keyring = await readKeyring([{ name: 'keys', bytes: publicKeyFile(key) }]);
    const [good, bad] = [await of(bytes), await of(Buffer.from(`${text}\n`))];
    const memo = new Map<string, Promise<unknown>>();
    const judge = (signature: Uint8Array) => {
      const files = new Map([
        [`${directory}/Release`, bytes],
        [`${directory}/Release.gpg`, signature],
      ]);
      const find = ({ role, url }: Need) => {
        const found = files.get(url);
        return found && documentOf(role, url, found);
      };
      const documents: Documents = { has: () => true, find, of: (need) => find(need)! };
      const trust = trusting({ keyring: () => Promise.resolve(keyring) });
      return releaseOf(suite, { documents, trust, now, memo });
    };
    const first = await judge(good);
    expect(first.documents.map(({ role }) => role)).toEqual(['release', 'release-signature']);
    expect(await judge(good)).toBe(first);
    await refusal(() => judge(bad), VerificationError, 'SIGNATURE_INVALID');
  });
});

describe('the indexes of a Release', () => {
  const made = () =>
    mint('VerifiedRelease', {
      ...{ release: parseRelease(Buffer.from(text), 'Release'), signers: [], checks: [] },
      ...{ places: { root: uri, directory }, documents: [{}] as never, verifiedAt: new Date(0) },
    });
  const release = made();
  const flat = { ...suite, suite: './', components: [] };

  it('are looked for once, however many packages ask', () => {
    const listings = listingsOf(suite, release, 'amd64');
    expect(listings.map(({ name }) => name)).toEqual(['main/binary-amd64/Packages']);
    expect(listingsOf(suite, release, 'amd64')).toBe(listings);
    expect(listingsOf(suite, release, 'arm64')).not.toEqual(listings);
  });

  it.each([
    ['their content, where that is listed', suite, 'amd64', 'main/binary-amd64/Packages', hex.plain],
    ['their first form else', suite, 'arm64', 'main/binary-arm64/Packages', hex.gz],
  ] as const)('are told apart by the digest of %s', (_, of, architecture, name, digest) => {
    expect(contentDigests(of, release, architecture)).toEqual({
      [`${directory}/${name}`]: `sha256:${digest}`,
    });
  });

  it('are one in a flat repository', () => {
    expect(contentDigests(flat, made(), 'amd64')).toEqual({ [`${uri}/Packages`]: `sha256:${hex.flat}` });
  });
});

/** The first link: signature, identity and dates of a Release, each to the second and to the letter. */
import { beforeAll, describe, expect, it } from 'vitest';
import { generateSigningKey, type SigningKey } from '../../../../scripts/upstream/signing-key.ts';
import { parseRelease, type Release } from '../../../../src/formats/upstream/release.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { assertMinted } from '../../../../src/model/minted.ts';
import {
  checkFreshness,
  checkIdentity,
  verifySuiteRelease,
  type ReleaseExpectation,
} from '../../../../src/verify/apt/release.ts';
import { readKeyring, type Keyring } from '../../../../src/verify/openpgp/keyring.ts';
import { refusal } from '../../../support/refusals.ts';

const date = new Date('2026-11-20T12:00:00Z');
const validUntil = new Date('2026-11-27T12:00:00Z');
const url = 'https://ftp.debian.org/debian/dists/trixie/InRelease';
const text = [
  'Origin: Debian',
  'Label: Debian',
  'Suite: stable',
  'Codename: trixie',
  'Date: Fri, 20 Nov 2026 12:00:00 UTC',
  'Valid-Until: Fri, 27 Nov 2026 12:00:00 UTC',
  'SHA256:',
  ` ${'0'.repeat(64)} 10 main/binary-amd64/Packages`,
  '',
].join('\n');
const release = parseRelease(Buffer.from(text), url);

function after(time: Date, ms: number): Date {
  return new Date(time.getTime() + ms);
}

describe('checkFreshness', () => {
  const check = (now: Date, expected = {}, of: Release = release) => checkFreshness(of, expected, now, url);

  it.each([
    ['at its Date', date],
    ['up to ten seconds before, for clocks that are behind', after(date, -10_000)],
    ['at Valid-Until itself', validUntil],
  ])('accepts a Release %s', (_, now) => {
    expect(() => check(now)).not.toThrow();
  });

  it.each([
    ['more than ten seconds before its Date', after(date, -10_001), 'METADATA_FROM_FUTURE'],
    ['a second after Valid-Until', after(validUntil, 1000), 'METADATA_EXPIRED'],
    ['a millisecond after Valid-Until', after(validUntil, 1), 'METADATA_EXPIRED'],
  ] as const)('refuses a Release %s', async (_, now, code) => {
    await refusal(() => check(now), VerificationError, code);
  });

  it('holds maxAge to the millisecond, with or without Valid-Until', async () => {
    const day = { maxAgeMs: 86_400_000 };
    const undated = { ...release, validUntil: undefined };
    for (const of of [release, undated]) {
      expect(() => check(after(date, 86_400_000), day, of)).not.toThrow();
      await refusal(() => check(after(date, 86_400_001), day, of), VerificationError, 'METADATA_EXPIRED');
    }
    expect(() => check(new Date('2040-01-01T00:00:00Z'), {}, undated)).not.toThrow();
  });

  it('a longer maxAge does not outlive Valid-Until', async () => {
    const year = { maxAgeMs: 365 * 86_400_000 };
    await refusal(() => check(after(validUntil, 1), year), VerificationError, 'METADATA_EXPIRED');
  });

  it('tells what it compared', () => {
    const told = (...given: Parameters<typeof check>) =>
      check(...given).map(({ check: name, value }) => [name, value]);
    const notBefore = after(date, -1000);
    expect(told(date, { maxAgeMs: 1000, notBefore })).toEqual([
      ['Date', date.toISOString()],
      ['Date accepted before', notBefore.toISOString()],
      ['Valid-Until', validUntil.toISOString()],
      ['Date plus maxAge', after(date, 1000).toISOString()],
    ]);
    expect(told(date, {}, { ...release, validUntil: undefined })).toEqual([['Date', date.toISOString()]]);
  });

  it('refuses what is a second older than what was accepted before, not what is as old', async () => {
    expect(() => check(date, { notBefore: date })).not.toThrow();
    const newer = { notBefore: after(date, 1000) };
    const { context } = await refusal(() => check(date, newer), VerificationError, 'METADATA_ROLLBACK');
    expect(context).toMatchObject({ date, notBefore: newer.notBefore });
  });
});

describe('checkIdentity', () => {
  const expected: ReleaseExpectation = {
    suite: 'trixie',
    codename: 'trixie',
    origin: 'Debian',
    label: 'Debian',
  };

  it('takes the directory for the codename or the suite', () => {
    expect(() => checkIdentity(release, expected, url)).not.toThrow();
    expect(() => checkIdentity(release, { ...expected, suite: 'stable' }, url)).not.toThrow();
    expect(() => checkIdentity(release, { suite: 'stable' }, url)).not.toThrow();
  });

  it.each([
    { suite: 'trixie-updates' },
    { suite: 'Trixie' },
    { suite: 'trixi' },
    { suite: '' },
    { codename: 'forky' },
    // The suite's name is no codename, though it may name the directory.
    { codename: 'stable' },
    { origin: 'Debian Backports' },
    { origin: 'debian' },
    { label: 'Debian-Security' },
  ])('refuses %j', async (other) => {
    const wanted = { ...expected, ...other };
    await refusal(() => checkIdentity(release, wanted, url), VerificationError, 'RELEASE_MISMATCH');
  });

  it('tells what it compared, and what differs', async () => {
    const told = (wanted: ReleaseExpectation, of = release) =>
      checkIdentity(of, wanted, url).map(({ check, value }) => [check, value]);
    const fields = [
      ['Codename', 'trixie'],
      ['Origin', 'Debian'],
      ['Label', 'Debian'],
    ];
    expect(told(expected)).toEqual([['Suite or Codename', 'trixie'], ...fields]);
    expect(told({ suite: 'stable' })).toEqual([['Suite or Codename', 'stable']]);
    expect(told({ ...expected, suite: './' })).toEqual(fields);
    const unnamed = { ...release, suite: undefined, codename: undefined };
    expect(told({ suite: 'trixie', isUnnamed: true }, unnamed)).toEqual([]);
    expect(told({ suite: './', isUnnamed: true }, unnamed)).toEqual([]);
    for (const [changes, context] of [
      [{ suite: 'forky' }, { field: 'Suite or Codename', expected: '"forky"', found: 'stable' }],
      [
        { suite: './', isUnnamed: true },
        { field: 'Suite or Codename', expected: 'none', found: 'stable' },
      ],
      [{ codename: 'forky' }, { field: 'Codename', expected: '"forky"', found: 'trixie' }],
      [{ origin: 'x' }, { field: 'Origin', expected: '"x"', found: 'Debian' }],
      [{ label: 'x' }, { field: 'Label', expected: '"x"', found: 'Debian' }],
    ] as const) {
      const error = await refusal(
        () => checkIdentity(release, { ...expected, ...changes }, url),
        VerificationError,
        'RELEASE_MISMATCH',
      );
      expect(error.context).toEqual(context);
      expect(error.hint).toContain('another suite');
    }
  });

  it.each(['suite', 'codename', 'origin', 'label'] as const)('refuses a missing %s', async (field) => {
    const bare: Release = { ...release, codename: undefined, suite: 'trixie', [field]: undefined };
    const wanted = { ...expected, ...(field === 'suite' ? { codename: undefined } : {}) };
    await refusal(() => checkIdentity(bare, wanted, url), VerificationError, 'RELEASE_MISMATCH');
  });
});

describe('checkIdentity, of what names nothing', () => {
  const unnamed: Release = { ...release, suite: undefined, codename: undefined };
  const refused = async (of: Release, wanted: ReleaseExpectation) =>
    refusal(() => checkIdentity(of, wanted, url), VerificationError, 'RELEASE_MISMATCH');

  it('is taken where it was said so, and refused with that advice elsewhere', async () => {
    expect(() => checkIdentity(unnamed, { suite: 'trixie', isUnnamed: true }, url)).not.toThrow();
    const { message, hint } = await refused(unnamed, { suite: 'trixie' });
    expect(message).toContain('has no Suite or Codename, expected "trixie"');
    expect(hint).toContain('unnamed: true');
  });

  it.each([
    { ...unnamed, suite: 'forky' },
    { ...unnamed, codename: 'forky' },
  ])('does not take another name for none: %j', async (of) => {
    await refused(of, { suite: 'trixie', isUnnamed: true });
    await refused(of, { suite: './', isUnnamed: true });
  });

  it('a flat one must be what was said of it, and has no directory to be named after', async () => {
    for (const of of [release, unnamed]) expect(() => checkIdentity(of, { suite: './' }, url)).not.toThrow();
    const named = { suite: 'path/', codename: 'trixie', origin: 'Debian', label: 'Debian' };
    expect(() => checkIdentity(release, named, url)).not.toThrow();
    for (const other of [{ codename: 'forky' }, { origin: 'Other' }, { label: 'Other' }]) {
      await refused(release, { ...named, ...other });
    }
    await refused(unnamed, named);
  });
});

describe('verifySuiteRelease', () => {
  let key: SigningKey;
  let keyring: Keyring;
  let file: Buffer;
  const verify = (bytes: Uint8Array, changes: Partial<Parameters<typeof verifySuiteRelease>[0]> = {}) =>
    verifySuiteRelease({
      file: { url, bytes },
      places: { root: 'https://ftp.debian.org/debian', directory: url.slice(0, -'/InRelease'.length) },
      keyring,
      expected: { suite: 'trixie' },
      now: after(date, 60_000),
      ...changes,
    });

  beforeAll(async () => {
    key = await generateSigningKey({ owner: 'Publisher', createdAt: new Date('2025-01-01T00:00:00Z') });
    keyring = await readKeyring([{ name: 'keys.asc', bytes: Buffer.from(key.publicKeyArmored) }]);
    file = Buffer.from(await key.clearsign(text, date));
  });

  it('hands out the Release, who signed it, and the document', async () => {
    const verified = await verify(file);
    expect(verified.release).toEqual(release);
    expect(verified.signers).toMatchObject([
      { primaryFingerprint: key.fingerprint, fingerprint: key.signingFingerprint, signedAt: date },
    ]);
    expect(verified.documents).toMatchObject([
      { role: 'inrelease', url, sizeBytes: file.length, bytes: file },
    ]);
    expect(Object.isFrozen(verified)).toBe(true);
    expect(() => assertMinted(verified, 'VerifiedRelease')).not.toThrow();
  });

  it('refuses or sees through a flipped bit, wherever it is', async () => {
    let refused = 0;
    for (let at = 0; at < 48; at += 1) {
      const flipped = Buffer.from(file);
      const position = Math.floor((at * file.length) / 48);
      flipped[position] = flipped[position]! ^ (1 << (at % 8));
      const outcome = await verify(flipped).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        expect(outcome).toBeInstanceOf(VerificationError);
        refused += 1;
      } else {
        // A bit of the Hash header or the armor's checksum: nothing that was signed.
        expect(outcome).toMatchObject({ release, signers: [{ fingerprint: key.signingFingerprint }] });
      }
    }
    expect(refused).toBeGreaterThanOrEqual(44);
  });

  it('says the signature is bad before it says that the text is', async () => {
    const nonsense = Buffer.from(file.toString().replace('Codename: trixie', 'Codename trixie!'));
    await refusal(verify(nonsense), VerificationError, 'SIGNATURE_INVALID');
  });

  it.each([
    ['another suite', { expected: { suite: 'forky' } }, 'RELEASE_MISMATCH'],
    ['a time long after', { now: after(validUntil, 1) }, 'METADATA_EXPIRED'],
    ['a time long before', { now: after(date, -60_000) }, 'METADATA_FROM_FUTURE'],
    [
      'a newer one accepted before',
      { expected: { suite: 'trixie', notBefore: after(date, 1) } },
      'METADATA_ROLLBACK',
    ],
  ] as const)('refuses %s', async (_, changes, code) => {
    const error = await refusal(verify(file, changes), VerificationError, code);
    expect(error.message).toContain(url);
  });

  it('refuses a stranger’s signature, and a key that has expired', async () => {
    const createdAt = new Date('2025-01-01T00:00:00Z');
    const stranger = await generateSigningKey({ owner: 'Stranger', createdAt });
    await refusal(
      verify(Buffer.from(await stranger.clearsign(text, date))),
      VerificationError,
      'SIGNER_UNTRUSTED',
    );
    const old = await generateSigningKey({ owner: 'Old', createdAt, lifetimeSeconds: 700 * 86_400 });
    const keys = await readKeyring([{ name: 'old.asc', bytes: Buffer.from(old.publicKeyArmored) }]);
    const signed = Buffer.from(await old.clearsign(text.replace(/^Valid-Until.*\n/m, ''), date));
    await expect(verify(signed, { keyring: keys })).resolves.toBeDefined();
    const late = verify(signed, { keyring: keys, now: new Date('2027-01-01T00:00:00Z') });
    await refusal(late, VerificationError, 'SIGNER_UNTRUSTED');
  });
});

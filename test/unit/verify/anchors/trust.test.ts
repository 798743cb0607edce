/** What is opened of a trust value: once, in its scope, against its pin, whoever brought its file. */
import type { PrivateKey } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { UsageError, VerificationError } from '../../../../src/model/errors.ts';
import type { AnchorKind } from '../../../../src/verify/anchors/anchor.ts';
import { openpgpKeys } from '../../../../src/verify/anchors/openpgp.ts';
import { anchorKinds } from '../../../../src/verify/anchors/registry.ts';
import {
  createTrust,
  openKeptTrust,
  openTrust,
  type FetchMissing,
  type Trust,
} from '../../../../src/verify/anchors/trust.ts';
import { makeKey, publicKeyFile } from '../../../support/openpgp.ts';
import { refusal } from '../../../support/refusals.ts';
import { digestOf } from '../../../support/throwaway-sigstore.ts';

const now = new Date('2026-11-20T12:00:00Z');
const [a, b] = [await makeKey({ name: 'a' }), await makeKey({ name: 'b' })];
const url = 'https://a.example/InRelease';

const pinOf = (name: string, key: PrivateKey) => `  ${name}:
    type: openpgp
    file: ${name}.asc
    scope: [https://${name}.example]
    sources: [https://keys.example/${name}.asc]
    fingerprints: ["${key.getFingerprint()}"]
    learnt: made by this test
`;
const pins = Buffer.from(`version: 1\nanchors:\n${pinOf('a', a)}${pinOf('b', b)}`);
const fileA = publicKeyFile(a);
const fileB = publicKeyFile(b);

/** `asked`: how often each file was. */
function trustOf(
  files: Readonly<Record<string, Uint8Array | undefined>> = { 'a.asc': fileA, 'b.asc': fileB },
  asked: string[] = [],
): Trust {
  const found = (name: string) => ({ name, path: `trust/${name}`, bytes: files[name] });
  return createTrust({
    pinsFile: { ...found('pins.yaml'), bytes: pins },
    kinds: anchorKinds,
    file(name) {
      asked.push(name);
      return found(name);
    },
  });
}

describe('openTrust', () => {
  it('opens an anchor once, also for judgements that are made at the same time', async () => {
    const trust = openTrust(trustOf(), now);
    const [one, other] = await Promise.all([trust.keyring('a', url), trust.forOne().keyring('a', url)]);
    expect(one).toBe(other);
    expect(one.anchor).toBe('a');
  });

  it('tells what each judgement has rested on, by digest, and no other’s', async () => {
    const trust = openTrust(trustOf(), now);
    const [first, second, none] = [trust.forOne(), trust.forOne(), trust.forOne()];
    await Promise.all([
      first.keyring('a', url),
      second.keyring('b', 'https://b.example/x'),
      second.keyring('a', url),
    ]);
    const files = (one: typeof trust) => one.used().map(({ name, file }) => [name, file.name, file.digest]);
    const [ofA, ofB] = [
      ['a', 'a.asc', digestOf(fileA)],
      ['b', 'b.asc', digestOf(fileB)],
    ];
    expect(files(first)).toEqual([ofA]);
    expect(files(second)).toEqual(expect.arrayContaining([ofA, ofB]));
    expect(none.used()).toEqual([]);
    expect(first.used()[0]?.pin).toMatchObject({ fingerprints: [a.getFingerprint().toUpperCase()] });
  });

  it('does not count what was refused', async () => {
    const trust = openTrust(trustOf({ 'a.asc': fileB }), now);
    await refusal(trust.keyring('a', url), VerificationError, 'PIN_MISMATCH');
    const scoped = await refusal(trust.keyring('b', url), VerificationError, 'SIGNER_UNTRUSTED');
    expect(scoped.message).toBe(`the anchor b may not vouch for ${url}: its scope is https://b.example`);
    const nowhere = await refusal(trust.material(openpgpKeys, 'b'), VerificationError, 'SIGNER_UNTRUSTED');
    expect(nowhere.message).toContain('may not vouch for what has no URL');
    await refusal(trust.keyring('b', 'https://b.example/x'), VerificationError, 'EVIDENCE_MISSING');
    const unknown = await refusal(trust.keyring('c', url), UsageError, 'TRUST_INVALID');
    expect(unknown.message).toBe('trust/pins.yaml has no keys c');
    expect(unknown.hint).toContain('It has: a, b.');
    const rootless = await refusal(trust.trustedRoot(), UsageError, 'TRUST_INVALID');
    expect(rootless.message).toBe('trust/pins.yaml has no trusted root sigstore');
    expect(trust.used()).toEqual([]);
  });

  it('asks for no file of an anchor that is out of scope', async () => {
    const asked: string[] = [];
    const trust = openTrust(trustOf(undefined, asked), now);
    await refusal(trust.keyring('a', 'https://b.example/x'), VerificationError, 'SIGNER_UNTRUSTED');
    expect(asked).toEqual([]);
  });

  it('judges by its time', async () => {
    const early = openTrust(trustOf(), new Date('2020-01-01T00:00:00Z'));
    await refusal(early.keyring('a', url), VerificationError, 'METADATA_FROM_FUTURE');
  });
});

describe('the digest of trust', () => {
  const digest = (files?: Parameters<typeof trustOf>[0]) => openTrust(trustOf(files), now).digest;

  it('is another with another file, and of what is not there as well', () => {
    const all = { 'a.asc': fileA, 'b.asc': fileB };
    expect(digest(all)).toBe(digest());
    const digests = [all, {}, { 'a.asc': fileA }, { 'b.asc': fileB }, { ...all, 'a.asc': fileB }].map(
      (files) => digest(files),
    );
    expect(digests.every((one) => one?.startsWith('sha256:'))).toBe(true);
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('is none where a file cannot be read, and that of a fault is the fault', () => {
    const failing = (error: Error) => {
      const trust = trustOf();
      return () =>
        openTrust(
          {
            ...trust,
            file: () => {
              throw error;
            },
          },
          now,
        ).digest;
    };
    expect(failing(new UsageError('FILE_UNREADABLE', 'no file'))()).toBeUndefined();
    expect(failing(new TypeError('a fault'))).toThrow('a fault');
  });
});

describe('the trust of another day', () => {
  const then = new Date('2026-06-02T00:00:00Z');
  const kept = (files: Readonly<Record<string, Uint8Array>>, today?: Parameters<typeof trustOf>[0]) =>
    openKeptTrust(trustOf(today), then, (name) => Promise.resolve(files[name] ?? new Uint8Array()));

  it('is of the file that a proof rests on, by the pins of today', async () => {
    const trust = kept({ a: publicKeyFile(a, b) });
    const { keys } = await trust.keyring('a', url);
    expect(keys.map((key) => key.getFingerprint())).toEqual([a.getFingerprint()]);
    expect(trust.used()).toMatchObject([{ name: 'a', file: { digest: digestOf(publicKeyFile(a, b)) } }]);
    await refusal(kept({ a: fileB }).keyring('a', url), VerificationError, 'PIN_MISMATCH');
  });

  it('is of a kind that has no word about other days what it is today', async () => {
    const pinned = {
      ...trustOf(),
      kinds: anchorKinds.map((kind) => ({ ...kind, reopen: undefined }) as unknown as AnchorKind),
    };
    const trust = createTrust(pinned);
    const [keys] = pinned.kinds as [typeof openpgpKeys];
    const opened = (bytes: Uint8Array) =>
      openKeptTrust(trust, then, () => Promise.resolve(bytes)).material(keys, 'a', url);
    expect((await opened(fileA)).keys).toHaveLength(1);
    await refusal(opened(publicKeyFile(a, b)), VerificationError, 'PIN_MISMATCH');
  });
});

it('pins that are no text are refused', async () => {
  const trust = trustOf();
  const pinsFile = { ...trust.pinsFile, bytes: Buffer.from([0xff]) };
  await refusal(() => createTrust({ ...trust, pinsFile }), UsageError, 'TRUST_INVALID');
});

describe('an anchor without its file', () => {
  const bringing =
    (bytes: Uint8Array): FetchMissing =>
    () =>
      Promise.resolve(bytes);

  it('takes what is brought in its place', async () => {
    const trust = openTrust(trustOf({}), now, bringing(fileA));
    expect((await trust.keyring('a', url)).keys).toHaveLength(1);
    expect(trust.used()).toMatchObject([{ name: 'a', file: { digest: digestOf(fileA) } }]);
  });

  it.each<[string, Uint8Array, string]>([
    ['keys of others', fileB, 'PIN_MISMATCH'],
    ['one key more', publicKeyFile(a, b), 'PIN_MISMATCH'],
    ['nothing', new Uint8Array(), 'EVIDENCE_MISSING'],
  ])('refuses %s, whoever brings them', async (_, bytes, code) => {
    const trust = openTrust(trustOf({}), now, bringing(bytes));
    await expect(trust.keyring('a', url)).rejects.toMatchObject({ code });
    await expect(trust.keyring('a', url)).rejects.toBeInstanceOf(VerificationError);
  });

  it('is not asked for where the file is there, however bad', async () => {
    const trust = openTrust(trustOf({ 'a.asc': fileB }), now, bringing(fileA));
    await refusal(trust.keyring('a', url), VerificationError, 'PIN_MISMATCH');
  });
});

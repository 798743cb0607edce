/** Signatures made by minisign itself (test/fixtures/minisign), by way of pinned keys: what minisign takes, and refusals. */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import type { DocumentStore, Need } from '../../../../src/model/need.ts';
import { Gathering } from '../../../../src/sources/gather.ts';
import { minisignKey } from '../../../../src/verify/anchors/minisign.ts';
import { createTrust, openTrust } from '../../../../src/verify/anchors/trust.ts';
import { digestOf } from '../../../../src/verify/digest.ts';
import { minisign } from '../../../../src/verify/methods/minisign.ts';
import {
  nameOfDigest,
  nothingNewer,
  sizeUnsigned,
  theArtifact,
  Trail,
  unsignedTime,
  versionUnsigned,
} from '../../../../src/verify/trail.ts';
import { takenWithFlips } from '../../../support/flipped-bits.ts';
import { refusal } from '../../../support/refusals.ts';

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../../../fixtures/minisign', name));
const now = new Date('2026-11-29T00:00:00Z');
const origin = 'https://example.org/tool';
const keyOf = (file: Buffer) => file.toString().split('\n')[1]!;
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const latin1 = (changed: string) => Buffer.from(changed, 'latin1');

/** The trust directory: the pin, and its file. */
function trusting(file: Uint8Array = fixture('tool.pub'), key = keyOf(fixture('tool.pub')), scope = origin) {
  const pins = {
    version: 1,
    anchors: { tool: { type: 'minisign', file: 'tool.pub', key, scope: [scope], learnt: 'here' } },
  };
  const bytes = Buffer.from(JSON.stringify(pins));
  const pinsFile = { name: 'pins.yaml', path: 'trust/pins.yaml', bytes };
  const trust = createTrust({
    pinsFile,
    kinds: [minisignKey],
    file: (name) => ({ name, path: `trust/${name}`, bytes: file }),
  });
  return openTrust(trust, now);
}

const spec = {
  method: 'minisign',
  checksums: 'SHA256SUMS',
  signature: 'SHA256SUMS.minisig',
  minisignKey: 'tool',
} as const;
const direct = { method: 'minisign', signature: '{asset}.minisig', minisignKey: 'tool' } as const;

/** Files by name, and what was changed of them. `kept`: what is said of a need instead; no bytes are no document. */
function storeOf(
  changes: Readonly<Record<string, Uint8Array>>,
  kept?: (need: Need) => Promise<{ readonly bytes?: Uint8Array | undefined } | undefined>,
): DocumentStore {
  const read = (name: string) => ({ bytes: changes[name] ?? fixture(name) });
  return {
    read: async (need) => {
      const found = (await kept?.(need)) ?? read(need.url.slice(origin.length + 1));
      return found.bytes && { bytes: found.bytes };
    },
  };
}

interface Case {
  readonly trust?: ReturnType<typeof trusting>;
  readonly name?: string;
  readonly sizeBytes?: number;
  readonly store?: DocumentStore;
  readonly trail?: Trail;
}

async function judge(
  with_: object = spec,
  changes: Readonly<Record<string, Uint8Array>> = {},
  {
    trust = trusting(),
    name = 'tool',
    store = storeOf(changes),
    sizeBytes = (changes[name] ?? fixture(name)).length,
    trail,
  }: Case = {},
) {
  return judgeIn(new Gathering(store, { trust, now }), with_, name, sizeBytes, trail);
}

async function judgeIn(
  gathering: Gathering,
  wanted: object,
  name: string,
  sizeBytes: number,
  trail = new Trail(),
) {
  const spec = minisign.schema.parse(wanted);
  const platform = { os: 'debian-13', arch: 'amd64' } as const;
  const artifact = {
    name: 'tool',
    version: '1.2.3',
    platform,
    type: 'binary' as const,
    url: `${origin}/${name}`,
    sizeBytes,
  };
  const values = { version: '1.2.3', asset: name };
  const subject = { artifact, fileName: name, namesRelease: name.includes('1.2.3'), values };
  return (await gathering.judge(minisign, { spec, subject, subjects: [subject] }, trail)).verified;
}

const refuse = (code: ErrorCode, ...given: Parameters<typeof judge>) =>
  refusal(() => judge(...given), VerificationError, code);

describe('method minisign', () => {
  it.each(['SHA256SUMS.minisig', 'SHA256SUMS.legacy.minisig'])(
    'takes a checksum file by %s',
    async (signature) => {
      const { subject, result } = await judge({ ...spec, signature, comment: 'file:SHA256SUMS' });
      expect(subject.digest).toBe(digestOf('sha256', fixture('tool')));
      expect(result).toMatchObject({ assurance: 'signed', method: 'minisign', digest: subject.digest });
      expect(result.isDigestOnly).toBeUndefined();
      expect(result.signers).toEqual([
        {
          method: 'public-key',
          fingerprint: keyOf(fixture('tool.pub')),
          anchor: 'tool',
          signedAt: new Date(1795905454000),
        },
      ]);
      expect(result.documents.map(({ role }) => role)).toEqual(['minisign-signature', 'checksums']);
    },
  );

  it('takes the file itself, of which the signature says no name, unless its comment has to', async () => {
    const { subject, result } = await judge(direct);
    expect(subject.digest).toBe(digestOf('sha256', fixture('tool')));
    expect(result.isDigestOnly).toBe(true);
    expect(result.signers).toMatchObject([{ method: 'public-key', anchor: 'tool' }]);
    const named = await judge({ ...direct, comment: 'tool {version} for Linux' });
    expect(named.result.isDigestOnly).toBeUndefined();
    await refuse('SUBJECT_MISMATCH', { ...direct, comment: 'tool {version}' });
    await refuse('SUBJECT_MISMATCH', { ...spec, comment: 'file:SHA512SUMS' });
  });

  it.each([
    ['a stranger', { ...spec, signature: 'SHA256SUMS.stranger.minisig' }, {}, 'SIGNER_UNTRUSTED'],
    ['another checksum file', spec, { SHA256SUMS: fixture('tool') }, 'SIGNATURE_INVALID'],
    ['another file', direct, { tool: latin1('a fool\n') }, 'SIGNATURE_INVALID'],
    [
      'the signature of another file',
      { ...direct, signature: 'SHA256SUMS.minisig' },
      {},
      'SIGNATURE_INVALID',
    ],
    ['nothing', spec, { 'SHA256SUMS.minisig': latin1('') }, 'EVIDENCE_MALFORMED'],
    [
      'a NUL in the untrusted comment',
      spec,
      { 'SHA256SUMS.minisig': latin1(text(fixture('SHA256SUMS.minisig')).replace('from', 'fr\0m')) },
      'EVIDENCE_MALFORMED',
    ],
    ['a key in its place', spec, { 'SHA256SUMS.minisig': fixture('tool.pub') }, 'EVIDENCE_MALFORMED'],
    [
      'a first line that is no comment',
      spec,
      { 'SHA256SUMS.minisig': latin1(text(fixture('SHA256SUMS.minisig')).replace('untrusted', 'other')) },
      'EVIDENCE_MALFORMED',
    ],
    [
      'a line more',
      spec,
      { 'SHA256SUMS.minisig': latin1(`${text(fixture('SHA256SUMS.minisig'))}x\n`) },
      'EVIDENCE_MALFORMED',
    ],
  ] as const)('refuses %s', async (_, wanted, changes, code) => {
    await refuse(code, wanted, changes);
  });

  const changed = (name: string, change: (lines: string[]) => string[]) => ({
    [name]: latin1(change(text(fixture(name)).split('\n')).join('\n')),
  });

  it('refuses another trusted comment, that of another signature, and neither for the untrusted one', async () => {
    const name = 'SHA256SUMS.minisig';
    await judge(
      spec,
      changed(name, ([, ...others]) => ['untrusted comment: x', ...others]),
    );
    await judge(spec, { [name]: latin1(text(fixture(name)).replaceAll('\n', '\r\n')) });
    const legacy = text(fixture('SHA256SUMS.legacy.minisig')).split('\n');
    for (const change of [
      ([a, b, , d]: string[]) => [a!, b!, 'trusted comment: x', d!, ''],
      ([a, b, c]: string[]) => [a!, b!, c!, legacy[3]!, ''],
    ]) {
      await refuse('SIGNATURE_INVALID', spec, changed(name, change));
    }
  });

  it('refuses each of the two forms for the other', async () => {
    for (const [name, form] of [
      ['SHA256SUMS.minisig', 'Ed'],
      ['SHA256SUMS.legacy.minisig', 'ED'],
    ] as const) {
      await refuse(
        'SIGNATURE_INVALID',
        { ...spec, signature: name },
        changed(name, (lines) => relabelled(lines, form)),
      );
    }
    const other = changed('SHA256SUMS.minisig', (lines) => relabelled(lines, 'Ee'));
    await refuse('ALGORITHM_REFUSED', spec, other);
  });

  it('refuses what minisign takes: a pre-hashed signature as a legacy one over the 64 bytes of that hash', async () => {
    const forged = latin1(relabelled(text(fixture('tool.minisig')).split('\n'), 'Ed').join('\n'));
    await refuse('ALGORITHM_REFUSED', direct, { 'sixty-four.minisig': forged }, { name: 'sixty-four' });
  });

  it('refuses any bit flipped in what is signed, in the signature, and in the trusted comment', async () => {
    for (const [wanted, names] of [
      [spec, ['SHA256SUMS', 'SHA256SUMS.minisig']],
      [direct, ['tool', 'tool.minisig']],
    ] as const) {
      for (const name of names) {
        const whole = fixture(name);
        // The untrusted comment is nobody's word.
        const from = name.endsWith('.minisig') ? whole.indexOf('\n') + 1 : 0;
        const [before, end] = [whole.subarray(0, from), whole.subarray(-1)];
        const judged = (flipped: Buffer) => judge(wanted, { [name]: Buffer.concat([before, flipped, end]) });
        expect(await takenWithFlips(whole.subarray(from, -1), judged)).toEqual([]);
      }
    }
  });

  it('judges again what is too large to be kept, by its digests, and says so', async () => {
    const large = Buffer.alloc((1 << 20) + 1, 7);
    const key = generateKeyPairSync('ed25519');
    const { pub, signature } = signedBy(key.privateKey, key.publicKey, large, 'ED');
    const changes = { tool: large, 'tool.minisig': signature };
    const trust = trusting(pub, keyOf(pub));
    const { result } = await judge(direct, changes, { trust });
    expect(result.documents.map(({ role }) => role)).toEqual([
      'minisign-signature',
      'asset',
      'asset-digests',
    ]);
    expect(result.isUpToIndex).toBeUndefined();
    const excerpt = result.documents[2]!.bytes;
    const read = (digests: Uint8Array | undefined) =>
      storeOf(changes, (need) => {
        if (need.role === 'asset') return Promise.resolve({});
        return Promise.resolve(need.role === 'asset-digests' ? { bytes: digests } : undefined);
      });
    const again = await judge(direct, changes, { trust: trusting(pub, keyOf(pub)), store: read(excerpt) });
    expect(again.result).toMatchObject({ digest: result.digest, isUpToIndex: true });
    const trail = new Trail();
    await judge(direct, changes, { trust, store: read(excerpt), trail });
    expect(trail.unproven.map(({ what }) => what)).toEqual([
      nameOfDigest[0],
      'that the file with this SHA-256 has the BLAKE2b-512 that was signed',
      unsignedTime[0],
      sizeUnsigned[0],
    ]);
    expect(again.result.documents.map(({ digest }) => digest)).toEqual(
      result.documents.map(({ digest }) => digest),
    );
    await refuse('EVIDENCE_MISSING', direct, changes, { trust, store: read(undefined) });
    const hex = /BLAKE2b \(tool\) = (.)/;
    const other = text(excerpt).replace(hex, (line) => line.slice(0, -1) + (line.endsWith('0') ? '1' : '0'));
    await refuse('SIGNATURE_INVALID', direct, changes, { trust, store: read(latin1(other)) });
    await refuse('EVIDENCE_MALFORMED', direct, changes, {
      trust,
      store: read(latin1(text(excerpt).replaceAll('tool', 'fool'))),
    });
    // Of a legacy one there is no digest that would do.
    const legacy = signedBy(key.privateKey, key.publicKey, large, 'Ed').signature;
    await refuse('ALGORITHM_REFUSED', direct, { ...changes, 'tool.minisig': legacy }, { trust });
  });

  it('takes nothing on the word of digests that were kept of another file', async () => {
    const evil = latin1('a fool\n');
    const sha256 = digestOf('sha256', evil).slice('sha256:'.length);
    const blake2b = createHash('blake2b512').update(fixture('tool')).digest('hex');
    const digests = latin1(`SHA256 (tool) = ${sha256}\nBLAKE2b (tool) = ${blake2b}\n`);
    const signature = fixture('tool.minisig');
    const store = storeOf({ fool: evil, 'tool.minisig': signature, 'fool.minisig': signature }, (need) => {
      if (need.url !== `${origin}/tool`) return Promise.resolve(undefined);
      return Promise.resolve(need.role === 'asset' ? {} : { bytes: digests });
    });
    const gathering = new Gathering(store, { trust: trusting(), now });
    const [first, second] = ['tool', 'fool'].map(
      (name) => () => judgeIn(gathering, direct, name, evil.length),
    );
    // Of the first it says that nobody has seen that the digests are of one file.
    expect((await first!()).result.isUpToIndex).toBe(true);
    await refusal(second!, VerificationError, 'SIGNATURE_INVALID');
  });

  it('takes a key for the addresses in its scope: those of the checksum file, where there is one', async () => {
    const narrow = () => trusting(fixture('tool.pub'), keyOf(fixture('tool.pub')), `${origin}/SHA256SUMS`);
    await judge(spec, {}, { trust: narrow() });
    await refuse('SIGNER_UNTRUSTED', direct, {}, { trust: narrow() });
  });

  it('takes no key but one that was opened by its pin', async () => {
    const copy = { ...(await trusting().material(minisignKey, 'tool', `${origin}/x`)) };
    const copying = { material: () => Promise.resolve(copy) } as unknown as ReturnType<typeof trusting>;
    await expect(judge(spec, {}, { trust: copying })).rejects.toBeInstanceOf(TypeError);
  });

  it('takes a trusted comment byte by byte, with a time or without one', async () => {
    const key = generateKeyPairSync('ed25519');
    const tool = fixture('tool');
    const { pub, signature } = signedBy(key.privateKey, key.publicKey, tool, 'ED', 'für Linux');
    const given = () => ({ trust: trusting(pub, keyOf(pub)) });
    const { result } = await judge(
      { ...direct, comment: 'für Linux' },
      { 'tool.minisig': signature },
      given(),
    );
    expect(result.signers).toEqual([{ method: 'public-key', fingerprint: keyOf(pub), anchor: 'tool' }]);
    await refuse('SUBJECT_MISMATCH', { ...direct, comment: 'f' }, { 'tool.minisig': signature }, given());
  });

  it('tells what it compared, with which key', async () => {
    for (const [wanted, to] of [
      [spec, { role: 'checksums', url: `${origin}/SHA256SUMS` }],
      [direct, theArtifact],
    ] as const) {
      const trail = new Trail();
      await judge(wanted, {}, { trail });
      expect(trail.links[0]).toMatchObject({
        from: { anchor: 'tool' },
        to,
        beside: [{ role: 'minisign-signature' }],
        signers: [{ anchor: 'tool' }],
      });
    }
  });

  it('leaves open what nothing signed says', async () => {
    const unproven = async (...[wanted, changes, given]: Parameters<typeof judge>) => {
      const trail = new Trail();
      await judge(wanted, changes, { ...given, trail });
      return trail.unproven.map(({ what }) => what);
    };
    const listed = [nothingNewer[0], versionUnsigned[0], unsignedTime[0], sizeUnsigned[0]];
    expect(await unproven(spec)).toEqual(listed);
    expect(await unproven({ ...spec, name: 'tool' })).toEqual(listed);
    expect(await unproven(direct)).toEqual([nameOfDigest[0], unsignedTime[0]]);
    expect(await unproven({ ...direct, comment: 'tool {version} for Linux' })).toEqual([
      nothingNewer[0],
      unsignedTime[0],
    ]);
  });

  it('proves no release by a name that nobody signed', async () => {
    const key = generateKeyPairSync('ed25519');
    const { pub, signature } = signedBy(key.privateKey, key.publicKey, fixture('tool'), 'ED');
    const changes = { 'tool-1.2.3': fixture('tool'), 'tool-1.2.3.minisig': signature };
    const trail = new Trail();
    const given = { trust: trusting(pub, keyOf(pub)), name: 'tool-1.2.3', trail };
    await judge({ ...direct, comment: 'x' }, changes, given);
    expect(trail.unproven.map(({ what }) => what)).toContain(versionUnsigned[0]);
  });

  it('proves the release by the name in the list, where that has it', async () => {
    const key = generateKeyPairSync('ed25519');
    const tool = fixture('tool');
    const hex = digestOf('sha256', tool).slice('sha256:'.length);
    const judged = async (wanted: object, name: string, line: string) => {
      const SHA256SUMS = Buffer.from(`${hex}  ${line}\n`);
      const { pub, signature } = signedBy(key.privateKey, key.publicKey, SHA256SUMS, 'ED');
      const changes = { SHA256SUMS, 'SHA256SUMS.minisig': signature, [name]: tool };
      const trail = new Trail();
      await judge(wanted, changes, { trust: trusting(pub, keyOf(pub)), name, trail });
      return trail.unproven.map(({ what }) => what);
    };
    expect(await judged(spec, 'tool-1.2.3', 'tool-1.2.3')).not.toContain(versionUnsigned[0]);
    expect(await judged({ ...spec, name: 'dist/tool' }, 'tool-1.2.3', 'dist/tool')).toContain(
      versionUnsigned[0],
    );
  });

  it('reads no more of a file than the server said it has', async () => {
    await refuse('SIZE_MISMATCH', direct, {}, { sizeBytes: 8 });
  });
});

describe('anchor kind minisign', () => {
  const pub = fixture('tool.pub');

  it('opens the pinned key alone, in its scope', async () => {
    const trust = trusting();
    expect((await trust.material(minisignKey, 'tool', `${origin}/x`)).text).toBe(keyOf(pub));
    await refusal(
      trust.material(minisignKey, 'tool', 'https://example.com/x'),
      VerificationError,
      'SIGNER_UNTRUSTED',
    );
    await refuse('PIN_MISMATCH', spec, {}, { trust: trusting(fixture('stranger.pub')) });
    await refuse('PIN_MISMATCH', spec, {}, { trust: trusting(pub, keyOf(fixture('stranger.pub'))) });
  });

  it.each([
    ['nothing', ''],
    ['a key without its comment', `${keyOf(pub)}\n`],
    ['a line more', `${pub.toString()}x\n`],
    ['a line before it', `x\n${pub.toString()}`],
    ['a word before its comment', `x ${pub.toString()}`],
    ['a signature', fixture('tool.minisig').toString()],
    ['a key that is cut short', pub.toString().slice(0, -3)],
  ])('refuses %s for its file', async (_, file) => {
    await refuse('EVIDENCE_MALFORMED', spec, {}, { trust: trusting(Buffer.from(file)) });
  });

  it.each(['', 'RW', keyOf(pub).slice(1), keyOf(pub).replace('RW', 'RU'), ` ${keyOf(pub)}`])(
    'takes no pin %j',
    (key) => {
      const pin = { type: 'minisign', file: 'tool.pub', scope: [origin], learnt: 'here' };
      expect(minisignKey.schema.safeParse({ ...pin, key: keyOf(pub) }).success).toBe(true);
      expect(minisignKey.schema.safeParse({ ...pin, key }).success).toBe(false);
    },
  );

  it('shows the key as its publisher does', async () => {
    const pin = {
      type: 'minisign' as const,
      file: 'tool.pub',
      key: keyOf(pub),
      scope: [origin],
      learnt: 'here',
    };
    const file = () => ({ name: 'tool.pub', path: 'tool.pub', bytes: pub });
    const shown = await minisignKey.report(pub, { name: 'tool', kind: minisignKey, pin, file }, now);
    expect(shown.holds).toEqual([`Ed25519 key of minisign, ${keyOf(pub)}`]);
  });
});

/** The signature's first two bytes say its form: they stand under no signature. */
function relabelled([untrusted = '', signature = '', ...others]: string[], form: string): string[] {
  const bytes = Buffer.from(signature, 'base64');
  return [untrusted, Buffer.concat([Buffer.from(form), bytes.subarray(2)]).toString('base64'), ...others];
}

function signedBy(
  privateKey: KeyObject,
  publicKey: KeyObject,
  file: Buffer,
  form: 'ED' | 'Ed',
  comment = 'x',
) {
  const id = Buffer.from('assay-id');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url');
  const message = form === 'ED' ? createHash('blake2b512').update(file).digest() : file;
  const signature = sign(null, message, privateKey);
  const all = sign(null, Buffer.concat([signature, Buffer.from(comment)]), privateKey);
  const line = (...parts: Uint8Array[]) => Buffer.concat(parts).toString('base64');
  return {
    pub: Buffer.from(`untrusted comment: x\n${line(Buffer.from('Ed'), id, raw)}\n`),
    signature: Buffer.from(
      `untrusted comment: x\n${line(Buffer.from(form), id, signature)}\ntrusted comment: ${comment}\n${line(all)}\n`,
    ),
  };
}

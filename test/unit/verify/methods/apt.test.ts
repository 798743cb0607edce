/**
 * Flat repositories, and Release with Release.gpg: every shape judged as real apt judges it (2.6, over loopback), or
 * more strictly where it says so.
 */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { PrivateKey } from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { TransportError, VerificationError } from '../../../../src/model/errors.ts';
import type { DocumentStore } from '../../../../src/model/need.ts';
import { Gathering } from '../../../../src/sources/gather.ts';
import type { Suite } from '../../../../src/verify/apt/suite.ts';
import { apt } from '../../../../src/verify/methods/apt.ts';
import { readKeyring } from '../../../../src/verify/openpgp/keyring.ts';
import {
  armorSignature,
  binarySignature,
  clearsign,
  makeKey,
  publicKeyFile,
  signData,
} from '../../../support/openpgp.ts';
import { Trail } from '../../../../src/verify/trail.ts';
import { takenWithFlips } from '../../../support/flipped-bits.ts';
import { refusal } from '../../../support/refusals.ts';
import { trusting } from '../../../support/trusting.ts';

const now = new Date('2026-11-20T12:00:00Z');
const uri = 'https://deb.example.org/tool';
const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

let key: PrivateKey;
let stranger: PrivateKey;
beforeAll(async () => {
  key = await makeKey();
  stranger = await makeKey({ name: 'stranger' });
});

interface Shape {
  /** Below the root, without a slash at its end: of Release. */
  readonly directory?: string;
  readonly filename?: string;
  /** As the Release lists it. */
  readonly index?: string;
  readonly fields?: string;
  readonly byHash?: boolean;
}

/** By path below the root. */
type Files = Map<string, Uint8Array>;

function indexes({ directory = '', filename = './hello_1.0-1_amd64.deb', ...shape }: Shape) {
  const stanza = [
    'Package: hello',
    'Version: 1.0-1',
    'Architecture: amd64',
    `Filename: ${filename}`,
    'Size: 21',
    `SHA256: ${sha256('a deb')}`,
  ].join('\n');
  const other = stanza.replace('amd64', 'arm64').replace(sha256('a deb'), sha256('another'));
  const packed = gzipSync(`${stanza}\n\n${other}\n`);
  const { index = 'Packages.gz', fields = 'Origin: Tool', byHash = false } = shape;
  const release = [
    fields,
    'Date: Fri, 20 Nov 2026 00:00:00 UTC',
    ...(byHash ? ['Acquire-By-Hash: yes'] : []),
    'SHA256:',
    ` ${sha256(packed)} ${String(packed.length)} ${index}`,
    '',
  ].join('\n');
  const at = directory === '' ? '' : `${directory}/`;
  const name = byHash ? `by-hash/SHA256/${sha256(packed)}` : index.replace('./', '');
  return { at, release, files: new Map<string, Uint8Array>([[`${at}${name}`, packed]]) };
}

async function inline(shape: Shape = {}, by = [key]): Promise<Files> {
  const { at, release, files } = indexes(shape);
  return files.set(`${at}InRelease`, await clearsign(release.trimEnd(), ...by.map((one) => ({ key: one }))));
}

type Sign = (release: Buffer) => Promise<Uint8Array | string>;
const armored: Sign = async (release) => armorSignature(await signData(release, { key, type: 0 }));

async function detached(sign: Sign = armored, shape: Shape = {}): Promise<Files> {
  const { at, release, files } = indexes(shape);
  files.set(`${at}Release`, Buffer.from(release));
  return files.set(`${at}Release.gpg`, Buffer.from(await sign(Buffer.from(release))));
}

/** Of loopback or production: files by URL, and what is not there is not found. */
function storeOf(files: Files): DocumentStore {
  const at = (url: string) => (url.startsWith(`${uri}/`) ? files.get(url.slice(uri.length + 1)) : undefined);
  return {
    read: (need) => {
      const urls = need.kind === 'forms' ? need.forms.flatMap((one) => one.urls) : [need.url];
      const url = urls.find((one) => at(one) !== undefined);
      if (url === undefined && 'isOptional' in need) return Promise.resolve(undefined);
      if (url === undefined) return Promise.reject(new TransportError('NOT_FOUND', `${need.url}: not found`));
      const form = need.kind === 'forms' ? need.forms.find((one) => one.urls.includes(url)) : undefined;
      return Promise.resolve({ bytes: at(url)!, ...(form && { named: { url, digest: form.digest } }) });
    },
  };
}

/** The anchor `stranger` has the stranger's key, any other has ours. */
async function gatheringOf(files: Files): Promise<Gathering> {
  const [ours, theirs] = await Promise.all(
    [key, stranger].map((one) => readKeyring([{ name: 'keys', bytes: publicKeyFile(one) }])),
  );
  const keyring = (anchor: string) => Promise.resolve(anchor === 'stranger' ? theirs! : ours!);
  return new Gathering(storeOf(files), { trust: trusting({ keyring }), now });
}

async function judge(files: Files, changes: Partial<Suite> = {}) {
  return judgeIn(await gatheringOf(files), changes);
}

async function judgeIn(gathering: Gathering, changes: Partial<Suite>, trail?: Trail) {
  const suite: Suite = { uri, suite: './', components: [], signedBy: 'tool', ...changes };
  const platform = { os: 'debian-13', arch: 'amd64' } as const;
  const subject = { name: 'hello', package: 'hello', platform, suites: [suite] };
  const asked = { spec: { method: 'apt' as const }, subject, subjects: [subject] };
  return (await gathering.judge(apt, asked, trail)).verified;
}

const refuse = async (files: Files, code: VerificationError['code'], changes: Partial<Suite> = {}) =>
  refusal(() => judge(files, changes), VerificationError, code);

describe('a flat repository', () => {
  it.each(['./', '/'])('%s: Release and Packages stand at the root', async (suite) => {
    const { subject, result } = await judge(await inline(), { suite });
    expect(subject).toMatchObject({
      url: `${uri}/hello_1.0-1_amd64.deb`,
      digest: `sha256:${sha256('a deb')}`,
    });
    expect(result.documents.map(({ role, url }) => [role, url])).toEqual([
      ['inrelease', `${uri}/InRelease`],
      ['packages', `${uri}/Packages.gz`],
      ['packages-stanza', `${uri}/Packages`],
    ]);
  });

  it.each(['binary/', './binary/'])('%s: indexes are relative to it, packages to the root', async (suite) => {
    const files = await inline({ directory: 'binary', filename: 'binary/hello.deb' });
    expect((await judge(files, { suite })).subject.url).toBe(`${uri}/binary/hello.deb`);
    const beside = await inline({ directory: 'binary', filename: './hello.deb' });
    expect((await judge(beside, { suite })).subject.url).toBe(`${uri}/hello.deb`);
  });

  it('has its indexes by hash beside it', async () => {
    const { result } = await judge(await inline({ byHash: true }));
    expect(result.documents[1]?.url).toMatch(
      /^https:\/\/deb\.example\.org\/tool\/by-hash\/SHA256\/[0-9a-f]{64}$/,
    );
  });

  it.each(['./Packages.gz', 'binary/Packages.gz', 'main/binary-amd64/Packages.gz', 'XPackages.gz'])(
    'is not what lists %s',
    async (index) => {
      await refuse(await inline({ index }), 'EVIDENCE_MISSING');
    },
  );

  it.each([
    '../hello.deb',
    './../hello.deb',
    '/hello.deb',
    'a/%2e%2e/../hello.deb',
    'https://example.org/x.deb',
  ])('refuses the Filename %s', async (filename) => {
    await refuse(await inline({ filename }), 'EVIDENCE_MALFORMED');
  });

  const flipped = (index: Uint8Array) => index.with(12, index[12]! ^ 1);
  const shorter = (index: Uint8Array) => index.subarray(1);
  it.each<[string, Shape, (index: Uint8Array) => Uint8Array, VerificationError['code'], readonly string[]]>([
    ['has other bytes', {}, flipped, 'DIGEST_MISMATCH', ['inrelease', 'packages']],
    ['has another size', {}, shorter, 'SIZE_MISMATCH', ['inrelease', 'packages']],
    ['has other bytes, and is by hash', { byHash: true }, flipped, 'DIGEST_MISMATCH', []],
    ['is not listed', { index: 'XPackages.gz' }, flipped, 'EVIDENCE_MISSING', []],
  ])('is asked for once more, or not, where its index %s', async (_, shape, change, code, roles) => {
    const files = await inline(shape);
    const index = [...files.keys()].find((path) => path !== 'InRelease')!;
    const store = storeOf(files.set(index, change(files.get(index)!)));
    const again: string[] = [];
    const read: DocumentStore['read'] = (need) => {
      if ('again' in need) again.push(need.role);
      return store.read(need);
    };
    const { trust } = await gatheringOf(files);
    const judged = judgeIn(new Gathering({ read }, { trust, now }), {});
    await refusal(judged, VerificationError, code);
    expect(again).toEqual(roles);
  });

  it('names the signers that the suite of whoever asks trusts', async () => {
    const gathering = await gatheringOf(await inline({}, [key, stranger]));
    for (const [signedBy, by] of [
      ['tool', key],
      ['stranger', stranger],
    ] as const) {
      const { result } = await judgeIn(gathering, { signedBy });
      const primaryFingerprint = by.getFingerprint().toUpperCase();
      expect(result.signers).toMatchObject([{ primaryFingerprint }]);
    }
  });

  it('leaves open that the stanza stands in its index, where no more than the stanza was kept', async () => {
    const files = await inline();
    const { trust } = await gatheringOf(files);
    const [stanza] = gunzipSync(files.get('Packages.gz')!).toString().split('\n\n');
    const kept: DocumentStore['read'] = (need) => {
      if (need.role === 'packages') return Promise.resolve(undefined);
      if (need.role !== 'packages-stanza') return storeOf(files).read(need);
      return Promise.resolve({ bytes: Buffer.from(`${stanza!}\n`) });
    };
    const left = async (read: DocumentStore['read']) => {
      const trail = new Trail();
      const { result } = await judgeIn(new Gathering({ read }, { trust, now }), {}, trail);
      const what = 'that the stanza stands in Packages, and no higher version does';
      return [result.isUpToIndex, trail.unproven.some((one) => one.what === what)];
    };
    expect(await left(kept)).toEqual([true, true]);
    expect(await left((need) => storeOf(files).read(need))).toEqual([undefined, false]);
  });

  it('refuses another index than is signed, a stranger, and another publisher', async () => {
    const changed = await inline();
    changed.set('Packages.gz', gzipSync('Package: hello\n'));
    await refuse(changed, 'SIZE_MISMATCH');
    await refuse(await inline({}, [stranger]), 'SIGNER_UNTRUSTED');
    await refuse(await inline(), 'RELEASE_MISMATCH', { origin: 'Other' });
    await refuse(await inline({ fields: 'Codename: v1.30' }), 'RELEASE_MISMATCH', { codename: 'v1.31' });
    await refuse(await inline(), 'METADATA_ROLLBACK', { notBefore: now });
    await refuse(await inline(), 'METADATA_EXPIRED', { maxAgeMs: 1000 });
  });
});

describe('Release and Release.gpg', () => {
  const byBoth: Sign = async (release) =>
    armorSignature(await signData(release, { key: stranger, type: 0 })) + String(await armored(release));
  const asText: Sign = async (release) => armorSignature(await signData(release, { key, type: 1 }));

  it.each([
    ['one signature', armored],
    ['a text signature', asText],
    ['a stranger’s block before it', byBoth],
  ])('count where there is no InRelease: %s', async (_, sign) => {
    const { result } = await judge(await detached(sign));
    expect(result.documents.slice(0, 2).map(({ role, url }) => [role, url])).toEqual([
      ['release', `${uri}/Release`],
      ['release-signature', `${uri}/Release.gpg`],
    ]);
    expect(result.signers).toMatchObject([{ method: 'openpgp' }]);
  });

  const prefixed: Sign = async (release) => `hello\n${String(await armored(release))}`;
  const followed: Sign = async (release) => `${String(await armored(release))}\n`;
  const binary: Sign = async (release) => binarySignature(await signData(release, { key, type: 0 }));
  const cleartext: Sign = async (release) => clearsign(release.toString().trimEnd(), { key });
  const ofAnother: Sign = (release) => armored(Buffer.concat([release, Buffer.from('\n')]));
  const withABadOne: Sign = async (release) =>
    `${String(await armored(release))}${String(await ofAnother(release))}`;
  const byStranger: Sign = async (release) =>
    armorSignature(await signData(release, { key: stranger, type: 0 }));

  it.each([
    ['a line before the signature', prefixed, 'EVIDENCE_MALFORMED'],
    ['an empty line behind it', followed, 'EVIDENCE_MALFORMED'],
    ['a binary signature', binary, 'EVIDENCE_MALFORMED'],
    ['a signed message', cleartext, 'EVIDENCE_MALFORMED'],
    ['nothing', () => Promise.resolve(''), 'EVIDENCE_MISSING'],
    ['a signature of another file', ofAnother, 'SIGNATURE_INVALID'],
    ['a bad signature beside a good one', withABadOne, 'SIGNATURE_INVALID'],
    ['a stranger', byStranger, 'SIGNER_UNTRUSTED'],
  ] as const)('are refused with %s', async (_, sign, code) => {
    await refuse(await detached(sign), code);
  });

  it('are refused where either is missing', async () => {
    const unsigned = await detached();
    unsigned.delete('Release.gpg');
    const { message } = await refuse(unsigned, 'EVIDENCE_MISSING');
    expect(message).toContain('neither InRelease nor Release.gpg');
    const lost = await detached();
    lost.delete('Release');
    await refusal(() => judge(lost), TransportError, 'NOT_FOUND');
  });

  it.each(['\0', '\rx', '\n\rX: y'])('are refused with %j in what is signed', async (odd) => {
    await refuse(await detached(armored, { fields: `Origin: Tool${odd}` }), 'EVIDENCE_MALFORMED');
  });

  it('never stand in for an InRelease that is there', async () => {
    const bad = [
      ['', 'EVIDENCE_MALFORMED'],
      ['<html>404</html>', 'EVIDENCE_MALFORMED'],
      ['Origin: Tool\n', 'EVIDENCE_MALFORMED'],
      [String(await clearsign('Origin: Tool', { key: stranger })), 'SIGNER_UNTRUSTED'],
    ] as const;
    for (const [text, code] of bad) {
      const files = await detached();
      await refuse(files.set('InRelease', Buffer.from(text)), code);
    }
  });

  it('are refused with any bit flipped in either', async () => {
    for (const name of ['Release', 'Release.gpg']) {
      const whole = await detached();
      const file = whole.get(name)!;
      const taken = await takenWithFlips(file, (flipped) => judge(new Map(whole).set(name, flipped)), 40);
      // An armor header or its checksum is no part of what is signed.
      expect(taken.length).toBeLessThan(name === 'Release' ? 1 : 10);
      for (const { subject } of taken) expect(subject.name).toBe('hello');
    }
  });

  it('hold what InRelease holds: names, dates, the directory below dists/', async () => {
    const shape = {
      directory: 'dists/stable',
      index: 'main/binary-amd64/Packages.gz',
      fields: 'Suite: stable',
    };
    const suite = { suite: 'stable', components: ['main'] };
    const { subject } = await judge(await detached(armored, shape), suite);
    expect(subject.url).toBe(`${uri}/hello_1.0-1_amd64.deb`);
    await refuse(await detached(armored, { ...shape, fields: 'Suite: other' }), 'RELEASE_MISMATCH', suite);
    await refuse(await detached(armored, shape), 'METADATA_ROLLBACK', { ...suite, notBefore: now });
    await refuse(await detached(armored, { ...shape, fields: 'Origin: Tool' }), 'RELEASE_MISMATCH', suite);
  });
});

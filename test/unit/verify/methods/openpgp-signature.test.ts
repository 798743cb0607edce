/** OpenPGP signatures over the file itself: small and judged by its bytes, or large and judged again by what was kept. */
import { enums } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import type { Need } from '../../../../src/model/need.ts';
import { Gathering } from '../../../../src/sources/gather.ts';
import { digestOf } from '../../../../src/verify/digest.ts';
import { openpgpSignature } from '../../../../src/verify/methods/openpgp-signature.ts';
import { readKeyring, type Keyring } from '../../../../src/verify/openpgp/keyring.ts';
import { sizeUnsigned, Trail } from '../../../../src/verify/trail.ts';
import { takenWithFlips } from '../../../support/flipped-bits.ts';
import { judgedAt, judging, tool } from '../../../support/judge-checksums.ts';
import {
  armorSignature,
  binarySignature,
  makeKey,
  publicKeyFile,
  signData,
  type SignatureRequest,
} from '../../../support/openpgp.ts';
import { refusal } from '../../../support/refusals.ts';
import { trusting } from '../../../support/trusting.ts';

const [key, stranger, rsa, v6] = [
  await makeKey(),
  await makeKey(),
  await makeKey({ type: 'rsa' }),
  await makeV6Key(),
];
const ringOf = (...keys: readonly (typeof key)[]) =>
  readKeyring([{ name: 'tool.asc', bytes: publicKeyFile(...keys) }]);
const keyring = await ringOf(key, rsa, v6);
const small = Buffer.from('a tool\n');
const large = Buffer.alloc((1 << 20) + 3, 'a line\n');
const spec = openpgpSignature.schema.parse({
  ...{ method: 'openpgp-signature', signature: '{asset}.asc', signedBy: 'tool' },
});

async function makeV6Key() {
  const { generateKey } = await import('openpgp');
  const asked = {
    type: 'curve25519',
    userIDs: { name: 'six' },
    date: new Date('2024-01-01T00:00:00Z'),
  } as const;
  return (await generateKey({ ...asked, format: 'object', config: { v6Keys: true } })).privateKey;
}

function packetOver(bytes: Buffer, more: Partial<SignatureRequest> = {}) {
  return signData(bytes, { key, type: enums.signature.binary, ...more });
}

type Files = Readonly<Record<string, Uint8Array | undefined>>;

/** By role; what is not there was not kept. */
async function judge(
  files: Files,
  ring: Keyring = keyring,
  sizeBytes = files['asset']?.length ?? large.length,
) {
  const asked: string[] = [];
  const read = ({ role }: { readonly role: string }) => {
    asked.push(role);
    const bytes = files[role];
    return Promise.resolve(bytes && { bytes });
  };
  const trust = trusting({
    keyring(anchor, url) {
      expect([anchor, url]).toEqual(['tool', tool.artifact.url]);
      return Promise.resolve(ring);
    },
  });
  const subject = { ...tool, artifact: { ...tool.artifact, sizeBytes } };
  const trail = new Trail();
  const gathering = new Gathering({ read }, { trust, now: judgedAt });
  const { verified } = await gathering.judge(openpgpSignature, { spec, subject, subjects: [subject] }, trail);
  return { ...verified, asked, left: trail.unproven.map(({ what }) => what) };
}

const refuse = (code: ErrorCode, ...given: Parameters<typeof judge>) =>
  refusal(() => judge(...given), VerificationError, code);

const fingerprint = key.getFingerprint().toUpperCase();
const armored = Buffer.from(armorSignature(await packetOver(small)));
const files = { asset: small, 'openpgp-signature': armored };

describe('a file that is kept', async () => {
  it.each([
    ['armored', armored],
    ['binary', binarySignature(await packetOver(small))],
    ['a text signature', binarySignature(await packetOver(small, { type: enums.signature.text }))],
    ['with SHA3-512', binarySignature(await packetOver(small, { hash: enums.hash.sha3_512 }))],
    [
      'beside one by a stranger',
      binarySignature(await packetOver(small, { key: stranger }), await packetOver(small)),
    ],
  ])('is taken by a signature: %s', async (_, signature) => {
    const { subject, result, asked, left } = await judge({ ...files, 'openpgp-signature': signature });
    expect(subject.digest).toBe(digestOf('sha256', small));
    expect(result).toMatchObject({ assurance: 'signed', method: 'openpgp', isDigestOnly: true });
    expect(result.signers).toMatchObject([{ method: 'openpgp', fingerprint }]);
    expect(result.documents.map(({ role }) => role)).toEqual(['openpgp-signature', 'asset']);
    expect(asked).toEqual(['openpgp-signature', 'asset']);
    expect(left[0]).toContain('a digest alone is signed');
  });

  it('is taken by a key of version 6, whose signatures are salted', async () => {
    const packet = await packetOver(small, { key: v6, fields: { version: 6 } });
    const { result } = await judge({ ...files, 'openpgp-signature': binarySignature(packet) });
    expect(result.signers).toMatchObject([{ fingerprint: v6.getFingerprint().toUpperCase() }]);
    Object.assign(packet, { salt: new Uint8Array(15) });
    await refuse('SIGNATURE_INVALID', { ...files, 'openpgp-signature': binarySignature(packet) });
  });

  it.each<[string, Files, ErrorCode]>([
    ['another file', { asset: Buffer.from('a fool\n') }, 'SIGNATURE_INVALID'],
    [
      'a signature of another file',
      { 'openpgp-signature': armorOf(await packetOver(large)) },
      'SIGNATURE_INVALID',
    ],
    ['a text signature, where there is a CR', await signedText(Buffer.from('a\r\nb')), 'SIGNATURE_INVALID'],
    [
      'one by a stranger',
      { 'openpgp-signature': armorOf(await packetOver(small, { key: stranger })) },
      'SIGNER_UNTRUSTED',
    ],
    [
      'one with SHA-1',
      { 'openpgp-signature': armorOf(await packetOver(small, { key: rsa, hash: enums.hash.sha1 })) },
      'ALGORITHM_REFUSED',
    ],
    [
      'more signatures than a file has',
      {
        'openpgp-signature': binarySignature(
          ...Array<Awaited<ReturnType<typeof packetOver>>>(33).fill(await packetOver(small)),
        ),
      },
      'LIMIT_EXCEEDED',
    ],
    ['a signature that is the file', { 'openpgp-signature': small }, 'EVIDENCE_MALFORMED'],
    ['nothing', { 'openpgp-signature': Buffer.alloc(0) }, 'EVIDENCE_MISSING'],
  ])('is refused by %s', async (_, more, code) => {
    await refuse(code, { ...files, ...more });
  });

  it('is refused with any bit flipped, in it or in its signature', async () => {
    expect(await takenWithFlips(small, (asset) => judge({ ...files, asset }))).toEqual([]);
    const binary = binarySignature(await packetOver(small));
    const taken = await takenWithFlips(binary, (signature) =>
      judge({ ...files, 'openpgp-signature': signature }),
    );
    // Whom it names may stand in its unhashed part, which nobody signed: it is ours all the same, or nobody's.
    for (const { subject, result } of taken) {
      expect(subject.digest).toBe(digestOf('sha256', small));
      expect(result.signers).toMatchObject([{ fingerprint }]);
    }
    expect(taken.length).toBeLessThan(8);
  });

  it('is not read any further than the server said', async () => {
    await refuse('SIZE_MISMATCH', files, keyring, 6);
  });
});

function armorOf(packet: Awaited<ReturnType<typeof packetOver>>) {
  return Buffer.from(armorSignature(packet));
}

async function signedText(asset: Buffer): Promise<Files> {
  return { asset, 'openpgp-signature': armorOf(await packetOver(asset, { type: enums.signature.text })) };
}

describe('a file that is too large to be kept', async () => {
  const packets = [
    await packetOver(large, { key: stranger, hash: enums.hash.sha512 }),
    await packetOver(large),
    await packetOver(large, { type: enums.signature.text }),
  ];
  const signature = binarySignature(...packets);
  const whole = await judge({ asset: large, 'openpgp-signature': signature });
  const documents = new Map(whole.result.documents.map(({ role, bytes }) => [role, bytes]));
  const kept = {
    ...{ 'openpgp-signature': signature, 'asset-digests': documents.get('asset-digests') },
    'openpgp-digests': documents.get('openpgp-digests'),
  };

  it('needs what was kept of it, where it is not there itself', () => {
    const next = (...asked: readonly string[]) => {
      const documents = {
        has: ({ role }: Need) => asked.includes(role),
        find: ({ role }: Need) => (role === 'asset' ? undefined : expect.fail(role)),
        of: () => expect.fail(),
      };
      return openpgpSignature.next({ ...judging, spec, documents, trust: trusting() });
    };
    const roles = (...asked: readonly string[]) =>
      (next(...asked) as readonly Need[]).map(({ role }) => role);
    expect(roles()).toEqual(['openpgp-signature', 'asset']);
    expect(roles('asset')).toEqual(['openpgp-signature', 'asset-digests']);
    expect(next('asset', 'asset-digests')).toMatchObject([
      { role: 'openpgp-signature' },
      { kind: 'file', role: 'openpgp-digests', maxBytes: 16_384, isOptional: true },
    ]);
    expect(roles('asset', 'asset-digests', 'openpgp-digests')).toEqual(['openpgp-signature']);
  });

  it('is judged again by what its signatures sign of it, and says so', async () => {
    expect(whole.result.isUpToIndex).toBeUndefined();
    const again = await judge(kept);
    expect(again.result).toMatchObject({ digest: digestOf('sha256', large), isUpToIndex: true });
    expect(again.result.signers).toEqual(whole.result.signers);
    expect(again.result.documents.map(({ role, digest }) => [role, digest])).toEqual(
      whole.result.documents.map(({ role, digest }) => [role, digest]),
    );
    expect(again.left).toContain('that the file with this SHA-256 has the digest that was signed');
    expect([whole.left, again.left].map((left) => left.includes(sizeUnsigned[0]))).toEqual([false, true]);
  });

  it('is judged by a key that was pinned since, too', async () => {
    expect((await judge(kept, await ringOf(stranger))).result.signers).toMatchObject([
      { fingerprint: stranger.getFingerprint().toUpperCase() },
    ]);
  });

  const text = Buffer.from(documents.get('openpgp-digests') ?? '').toString();
  const changed = (from: string | RegExp, to: string) => ({
    ...kept,
    'openpgp-digests': Buffer.from(text.replace(from, to)),
  });
  it.each<[string, Files, ErrorCode]>([
    ['whose digests were not kept', { ...kept, 'openpgp-digests': undefined }, 'EVIDENCE_MISSING'],
    ['of which nothing was kept', { 'openpgp-signature': signature }, 'EVIDENCE_MISSING'],
    ['with another digest', changed(/(?<=signature 2.*= )./, 'g'), 'EVIDENCE_MALFORMED'],
    ['with a digest that was left out', changed(/signature 2.*\n/, ''), 'SIGNATURE_INVALID'],
    [
      'with the digest of another signature',
      changed(/(?<=signature 2.*= ).{64}/, 'a'.repeat(64)),
      'SIGNATURE_INVALID',
    ],
    ['with a digest that is too short', changed(/(?<=signature 2.*= ).{2}/, ''), 'EVIDENCE_MALFORMED'],
    ['with digests of another file', changed(/tool-amd64/g, 'fool-amd64'), 'EVIDENCE_MALFORMED'],
    ['with a line more', { ...kept, 'openpgp-digests': Buffer.from(`${text}x\n`) }, 'EVIDENCE_MALFORMED'],
    ['with no line at all', { ...kept, 'openpgp-digests': Buffer.alloc(0) }, 'EVIDENCE_MALFORMED'],
  ])('is refused %s', async (_, given, code) => {
    await refuse(code, given);
  });

  it('is refused by a signature whose salt is none, whatever was kept of it', async () => {
    const six = await packetOver(large, { key: v6, fields: { version: 6 } });
    const shown = await judge({ asset: large, 'openpgp-signature': binarySignature(six) });
    const of = (role: string) => shown.result.documents.find((one) => one.role === role)?.bytes;
    const files = { 'asset-digests': of('asset-digests'), 'openpgp-digests': of('openpgp-digests') };
    await judge({ ...files, 'openpgp-signature': binarySignature(six) });
    Object.assign(six, { salt: new Uint8Array(15) });
    await refuse('EVIDENCE_MALFORMED', { ...files, 'openpgp-signature': binarySignature(six) });
  });

  it('is refused with any bit flipped in what was kept for our signature', async () => {
    const [before, line, after] = [text.indexOf('signature 2'), text.indexOf('signature 3'), text.length];
    const flip = async (flipped: Buffer) => {
      const bytes = Buffer.concat([
        Buffer.from(text.slice(0, before)),
        flipped,
        Buffer.from(text.slice(line, after)),
      ]);
      return judge({ ...kept, 'openpgp-digests': bytes });
    };
    expect(await takenWithFlips(Buffer.from(text.slice(before, line)), flip)).toEqual([]);
  });
});

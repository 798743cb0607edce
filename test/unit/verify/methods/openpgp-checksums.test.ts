/** Checksum files that an OpenPGP key signs: in clear as runc does it, and with a signature beside it as Ubuntu does. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { enums, type PrivateKey } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { flipBit } from '../../../../scripts/upstream/bits.ts';
import { AssayError, VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import { assertMinted } from '../../../../src/model/minted.ts';
import type { TrustSource } from '../../../../src/verify/method.ts';
import { openpgpChecksums } from '../../../../src/verify/methods/openpgp-checksums.ts';
import { appraiseKey } from '../../../../src/verify/openpgp/appraise-key.ts';
import { readKeyring, type Keyring } from '../../../../src/verify/openpgp/keyring.ts';
import { documentsOf, hexA, hexB, judgedAt, judging, toolFor } from '../../../support/judge-checksums.ts';
import {
  armorSignature,
  binarySignature,
  clearsign,
  frame,
  makeKey,
  publicKeyFile,
  revoke,
  signData,
  signedAt,
  type SignatureRequest,
} from '../../../support/openpgp.ts';
import { refusal } from '../../../support/refusals.ts';
import { trusting } from '../../../support/trusting.ts';
import { Trail } from '../../../../src/verify/trail.ts';

const key = await makeKey();
const keyring = await ringOf(key);
const stranger = await makeKey();
const lines = `${hexB}  tool-arm64\n${hexA}  tool-amd64`;
const binary = { key, type: enums.signature.binary };

const clearsigned = openpgpChecksums.schema.parse({
  ...{ method: 'openpgp-checksums', checksums: 'tool.sha256sum', form: 'clearsigned', signedBy: 'tool' },
});
const detached = openpgpChecksums.schema.parse({
  ...{ method: 'openpgp-checksums', checksums: 'SHA256SUMS', form: 'detached', signedBy: 'tool' },
  signature: 'SHA256SUMS.gpg',
});

function ringOf(...keys: readonly PrivateKey[]): Promise<Keyring> {
  return readKeyring([{ name: 'tool.asc', bytes: publicKeyFile(...keys) }]);
}

function trustIn(ring: Keyring, asked: string[] = []): TrustSource {
  return trusting({
    keyring(anchor, url) {
      asked.push(`${anchor} ${url}`);
      return Promise.resolve(ring);
    },
  });
}

interface Case {
  readonly text: string | Uint8Array;
  readonly signature?: string | Uint8Array;
  readonly ring?: Keyring;
}

function judge({ text, signature, ring = keyring }: Case, now = judgedAt) {
  const documents = documentsOf({
    checksums: text,
    ...(signature === undefined ? {} : { 'openpgp-signature': signature }),
  });
  const spec = signature === undefined ? clearsigned : detached;
  const matter = { ...judging, now, memo: new Map<string, Promise<unknown>>(), trail: new Trail() };
  return openpgpChecksums.judge({ ...matter, spec, documents, trust: trustIn(ring) });
}

async function signed(changes: Partial<SignatureRequest> = {}, text = lines): Promise<Uint8Array> {
  return clearsign(text, { key, ...changes });
}

async function beside(changes: Partial<SignatureRequest> = {}, text = lines): Promise<string> {
  return armorSignature(await signData(Buffer.from(text), { ...binary, ...changes }));
}

describe('openpgp-checksums', () => {
  it.each([
    { form: 'detached' },
    { form: 'clearsigned', signature: 'SHA256SUMS.gpg' },
    { form: 'inline' },
    { form: undefined },
    { form: 'clearsigned', signedBy: undefined },
    { form: 'clearsigned', signedBy: '../keys' },
    { form: 'clearsigned', checksums: '../SHA256SUMS' },
    { form: 'clearsigned', fingerprint: 'D2EB44626FDDC30B513D5BB71A5D6C4C7DB87C81' },
  ])('is not said with %o', (changes) => {
    const spec = { method: 'openpgp-checksums', checksums: 'SHA256SUMS', signedBy: 'tool', ...changes };
    expect(openpgpChecksums.schema.safeParse(spec).success).toBe(false);
  });

  it('asks for one file in clear, or two', async () => {
    const filesFor = async (spec: typeof clearsigned) => {
      const matter = { ...judging, spec, documents: documentsOf({}), trust: trustIn(keyring) };
      const folder = 'https://example.org/v1.0.0/';
      return (await openpgpChecksums.next(matter)).map((need) =>
        need.kind === 'file' ? [need.url.replace(folder, ''), need.maxBytes] : need,
      );
    };
    expect(await filesFor(clearsigned)).toEqual([['tool.sha256sum', 1_048_576]]);
    expect(await filesFor(detached)).toEqual([
      ['SHA256SUMS', 1_048_576],
      ['SHA256SUMS.gpg', 65_536],
    ]);
  });

  it.each<[string, () => Promise<Case>]>([
    ['in clear', async () => ({ text: await signed() })],
    [
      'in clear, with CRLF',
      async () => ({
        text: Buffer.from(await signed())
          .toString()
          .replaceAll('\n', '\r\n'),
      }),
    ],
    ['beside it, armored', async () => ({ text: lines, signature: await beside() })],
    [
      'beside it, binary',
      async () => ({ text: lines, signature: binarySignature(await signData(Buffer.from(lines), binary)) }),
    ],
    ['by an unknown key as well', async () => ({ text: await clearsign(lines, { key: stranger }, { key }) })],
  ])('accepts a signature %s', async (_, arrange) => {
    const verified = await judge(await arrange());
    assertMinted(verified, 'Verified');
    expect(verified.subject.digest).toBe(`sha256:${hexA}`);
    const fingerprint = key.getFingerprint().toUpperCase();
    expect(verified.result).toMatchObject({
      ...{ assurance: 'signed', method: 'openpgp', verifiedAt: judgedAt },
      signers: [{ method: 'openpgp', fingerprint, primaryFingerprint: fingerprint, signedAt }],
    });
    expect(verified.result.documents.length).toBeGreaterThan(0);
  });

  it('asks for the anchor each time, by the URL of what is signed, and judges a file once', async () => {
    const asked: string[] = [];
    const memo = new Map<string, Promise<unknown>>();
    const documents = documentsOf({ checksums: await signed() });
    const [amd64, arm64] = await Promise.all(
      (['amd64', 'arm64'] as const).map((arch) =>
        openpgpChecksums.judge({
          ...{ spec: clearsigned, subject: toolFor(arch), subjects: [], documents, memo },
          ...{ trust: trustIn(keyring, asked), now: judgedAt, trail: new Trail() },
        }),
      ),
    );
    expect([amd64?.subject.digest, arm64?.subject.digest]).toEqual([`sha256:${hexA}`, `sha256:${hexB}`]);
    expect(memo.size).toBe(1);
    const url = 'https://example.org/v1.0.0/tool.sha256sum';
    expect(asked).toEqual([`tool ${url}`, `tool ${url}`]);
  });

  it.each<[string, () => Promise<Case>, ErrorCode]>([
    ['nobody', async () => ({ text: await Promise.resolve(lines) }), 'EVIDENCE_MALFORMED'],
    ['somebody else', async () => ({ text: await signed({ key: stranger }) }), 'SIGNER_UNTRUSTED'],
    [
      'somebody else, beside it',
      async () => ({ text: lines, signature: await beside({ key: stranger }) }),
      'SIGNER_UNTRUSTED',
    ],
    [
      'us, over other lines',
      async () => ({ text: lines, signature: await beside({}, `${lines}\n`) }),
      'SIGNATURE_INVALID',
    ],
    [
      'us, in clear, where one beside it belongs',
      async () => ({ text: lines, signature: await signed() }),
      'EVIDENCE_MALFORMED',
    ],
    [
      'an empty file',
      async () => ({ text: await Promise.resolve(lines), signature: '' }),
      'EVIDENCE_MISSING',
    ],
    [
      'SHA-1',
      async () => {
        const old = await makeKey({ type: 'rsa' });
        return { text: await signed({ key: old, hash: enums.hash.sha1 }), ring: await ringOf(old) };
      },
      'ALGORITHM_REFUSED',
    ],
    [
      'us, tomorrow',
      async () => ({ text: await signed({ created: new Date('2026-11-21T12:00:00Z') }) }),
      'METADATA_FROM_FUTURE',
    ],
    [
      'a key that has expired since',
      async () => {
        // From 2024 to the first of September 2026.
        const old = await makeKey({ lifetime: 974 * 86_400 });
        return {
          text: await signed({ key: old, created: new Date('2026-01-01T00:00:00Z') }),
          ring: await ringOf(old),
        };
      },
      'SIGNER_UNTRUSTED',
    ],
    [
      'a key that was revoked',
      async () => {
        const lost = await makeKey();
        await revoke(lost);
        return { text: await signed({ key: lost }), ring: await ringOf(lost) };
      },
      'SIGNER_UNTRUSTED',
    ],
    [
      'a key of 1024 bits',
      async () => {
        const weak = await makeKey({ type: 'rsa', rsaBits: 1024 });
        return { text: await signed({ key: weak }), ring: await ringOf(weak) };
      },
      'ALGORITHM_REFUSED',
    ],
  ])('refuses what is signed by %s', async (_, arrange, code) => {
    await refusal(judge(await arrange()), VerificationError, code);
  });

  it.each<[string, string, ErrorCode]>([
    ['a digest without a name', hexA, 'EVIDENCE_MALFORMED'],
    ['no line for the file', `${hexB}  tool-arm64`, 'EVIDENCE_MISSING'],
    ['two digests of it', `${hexA}  tool-amd64\n${hexB}  tool-amd64`, 'EVIDENCE_MALFORMED'],
    ['a letter to readers', 'Dear user,', 'EVIDENCE_MALFORMED'],
  ])('refuses %s, whoever signs it', async (_, text, code) => {
    await refusal(judge({ text: await signed({}, text) }), VerificationError, code);
    await refusal(judge({ text, signature: await beside({}, text) }), VerificationError, code);
  });

  it.each([
    ['before', (message: string) => `${hexB}  tool-amd64\n${message}`],
    ['behind', (message: string) => `${message}${hexB}  tool-amd64\n`],
    ['inside, as a header', (message: string) => message.replace('\n\n', `\n${hexB}  tool-amd64\n\n`)],
    ['as a second message', (message: string) => `${message}${frame(`${hexB}  tool-amd64`)}`],
  ])('reads nothing that is not signed: a line %s', async (_, change) => {
    const text = change(Buffer.from(await signed()).toString());
    await refusal(judge({ text }), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it('refuses every bit that is flipped, or says the same', async () => {
    const [message, signature] = [await signed(), await beside()];
    const accepted = (one: Case) =>
      judge(one).then(
        ({ subject }) => subject.digest,
        (error: unknown) => {
          expect(error).toBeInstanceOf(AssayError);
          return 'refused';
        },
      );
    const bits = fc.nat({ max: message.length * 8 - 1 });
    await fc.assert(
      fc.asyncProperty(bits, async (bit) => {
        const inClear = { text: flipBit(Buffer.from(message), bit % (message.length * 8)) };
        const apart = { text: flipBit(Buffer.from(lines), bit % (lines.length * 8)), signature };
        for (const one of [inClear, apart])
          expect(['refused', `sha256:${hexA}`]).toContain(await accepted(one));
        expect(await accepted(apart)).toBe('refused');
      }),
      { numRuns: 60 },
    );
  });

  it('judges the real keys of runc now: one of them has expired, and none of them is a stranger', async () => {
    const file = new URL('../../../../trust/runc.asc', import.meta.url);
    const ring = await readKeyring([{ name: 'runc.asc', bytes: readFileSync(file) }]);
    const standing = async (fingerprint: string, at: Date) => {
      const found = ring.keys.find((one) => one.getFingerprint() === fingerprint)!;
      return (await appraiseKey(found, found, at)).kind;
    };
    const [kolyshkin, suda] = [
      'c2428cd75720facdcf76b6ea17de5ecb75a1100e',
      'c020ea876ce4e06c7ab95aef49524c6f9f638f1a',
    ];
    const july = new Date('2026-07-01T00:00:00Z');
    expect([await standing(suda, july), await standing(suda, judgedAt)]).toEqual(['usable', 'expired']);
    expect(await standing(kolyshkin, judgedAt)).toBe('usable');
    await refusal(judge({ text: await signed(), ring }), VerificationError, 'SIGNER_UNTRUSTED');
  });
});

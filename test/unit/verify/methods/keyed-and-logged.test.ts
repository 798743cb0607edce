/** Signatures by a pinned key of cosign's that a log has seen: beside the file, or in a bundle; and bundles over the file itself. */
import { createHash, generateKeyPairSync, sign as signBytes, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyedBlobBody } from '../../../../scripts/upstream/sigstore/log-bodies.ts';
import { apiEntry, blobBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import type { LogEntry } from '../../../../scripts/upstream/sigstore/transparency-log.ts';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import { Gathering } from '../../../../src/sources/gather.ts';
import { cosignKey } from '../../../../src/verify/anchors/cosign-key.ts';
import type { VerificationMethod } from '../../../../src/verify/method.ts';
import { cosignKeyBundle } from '../../../../src/verify/methods/cosign-key-bundle.ts';
import { cosignByKey } from '../../../../src/verify/methods/cosign-key.ts';
import { sigstoreBundle } from '../../../../src/verify/methods/sigstore-bundle.ts';
import { takenWithFlips } from '../../../support/flipped-bits.ts';
import { hexA, judgedAt, tool } from '../../../support/judge-checksums.ts';
import { refusal } from '../../../support/refusals.ts';
import { at, digestOf, sign, sigstore, trustedRoot, who } from '../../../support/throwaway-sigstore.ts';
import { trusting } from '../../../support/trusting.ts';

const asset = Buffer.from('the tool..');
const checksums = Buffer.from(`${hexA}  tool-amd64\n`);
const [ours, stranger] = [0, 1].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' })) as [Pair, Pair];
type Pair = Readonly<Record<'publicKey' | 'privateKey', KeyObject>>;

function trustIn({ publicKey }: Pair) {
  const bytes = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }));
  const fingerprint = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  const pin = { type: 'cosign-key' as const, file: 'tool.pub', fingerprint, scope: [], learnt: 'here' };
  const file = () => ({ name: 'tool.pub', path: 'tool.pub', bytes });
  const key = cosignKey.open(bytes, { name: 'tool', kind: cosignKey, pin, file }, judgedAt);
  return trusting({ material: () => key as never, trustedRoot: () => Promise.resolve(trustedRoot) });
}

function signed(bytes: Buffer, by = ours) {
  const signature = signBytes('sha256', bytes, by.privateKey);
  const sha256 = createHash('sha256').update(bytes).digest();
  const pem = by.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const logged = keyedBlobBody({ sha256, signature, pem });
  return { signature, sha256, entries: [sigstore.rekor.append(logged, at)] };
}

const answerOf = (...entries: readonly LogEntry[]) => JSON.stringify(entries.map((entry) => apiEntry(entry)));

function bundleOf(bytes: Buffer, by = ours): string {
  const whole = JSON.parse(
    blobBundle({ ...signed(bytes, by), certificate: Buffer.from('x'), timestamps: [] }),
  ) as { verificationMaterial: Record<string, unknown> };
  const material: Record<string, unknown> = { ...whole.verificationMaterial };
  delete material['certificate'];
  return JSON.stringify({ ...whole, verificationMaterial: { ...material, publicKey: { hint: 'x' } } });
}

type Files = Readonly<Record<string, string | Buffer | undefined>>;

type Method = typeof cosignByKey | typeof cosignKeyBundle | typeof sigstoreBundle;

async function judge(given: Method, wanted: object, files: Files, by = ours, trust = trustIn(by)) {
  const method = given as VerificationMethod<unknown>;
  const asked: string[] = [];
  const read = ({ role }: { readonly role: string }) => {
    asked.push(role);
    const found = ({ checksums, asset, ...files } as Files)[role];
    return Promise.resolve(found === undefined ? undefined : { bytes: Buffer.from(found as string) });
  };
  const gathering = new Gathering({ read }, { trust, now: judgedAt });
  const spec = method.schema.parse({ method: method.method, ...wanted });
  const { verified } = await gathering.judge(method, { spec, subject: tool, subjects: [tool] });
  return { ...verified, asked };
}

const refuse = async (code: ErrorCode, ...given: Parameters<typeof judge>) =>
  refusal(judge(...given), VerificationError, code);

const rekor = 'https://rekor.example.org';
const keyed = { checksums: 'SHA256SUMS', signature: 'SHA256SUMS.sig', cosignKey: 'tool', rekor };

describe('method cosign-key with a log', () => {
  const one = signed(checksums);
  const files = { signature: one.signature.toString('base64'), 'rekor-answer': answerOf(...one.entries) };

  it('asks the log, and knows when it was signed', async () => {
    const { result, asked } = await judge(cosignByKey, keyed, files);
    expect(asked).toEqual(['signature', 'checksums', 'rekor-answer']);
    expect(result.signers).toMatchObject([{ method: 'public-key', anchor: 'tool', signedAt: at }]);
    expect(result.documents.map(({ role }) => role)).toEqual(['signature', 'rekor-answer', 'checksums']);
    expect(result.logSizes).toHaveLength(1);
  });

  it.each<[string, Files, ErrorCode]>([
    ['that has no entry', { 'rekor-answer': '[]' }, 'EVIDENCE_MISSING'],
    [
      'whose entry is of another signature',
      { 'rekor-answer': answerOf(...signed(checksums).entries) },
      'SUBJECT_MISMATCH',
    ],
    [
      "whose entry is of a stranger's key",
      { 'rekor-answer': answerOf(...signed(checksums, stranger).entries) },
      'SUBJECT_MISMATCH',
    ],
    [
      'whose entry has no proof',
      { 'rekor-answer': answerOf({ ...one.entries[0]!, proof: undefined }) },
      'EVIDENCE_MISSING',
    ],
    [
      'whose promise is of another time',
      { 'rekor-answer': answerOf({ ...one.entries[0]!, integratedTime: 1 }) },
      'SIGNATURE_INVALID',
    ],
  ])('refuses a log %s', async (_, more, code) => {
    await refuse(code, cosignByKey, keyed, { ...files, ...more });
  });

  it('asks no log about what does not hold by itself', async () => {
    const other = { ...files, signature: signed(asset).signature.toString('base64') };
    await refuse('SIGNATURE_INVALID', cosignByKey, keyed, { ...other, 'rekor-answer': 'never asked' });
  });
});

it('takes no key but one that was opened by its pin', async () => {
  const opened = trustIn(ours);
  const material = async () => ({ ...(await opened.material(cosignKey, 'tool')) }) as never;
  const files = {
    signature: signed(checksums).signature.toString('base64'),
    'sigstore-bundle': bundleOf(checksums),
  };
  const both = { checksums: 'SHA256SUMS', cosignKey: 'tool' };
  for (const [method, wanted] of [
    [cosignByKey, { ...both, signature: 'SHA256SUMS.sig' }],
    [cosignKeyBundle, { ...both, bundle: 'SHA256SUMS.sigstore.json' }],
  ] as const) {
    await judge(method, wanted, files);
    const judged = judge(method, wanted, files, ours, { ...opened, material });
    await expect(judged).rejects.toBeInstanceOf(TypeError);
  }
});

describe('method cosign-key-bundle', () => {
  const wanted = { checksums: 'SHA256SUMS', bundle: 'SHA256SUMS.sigstore.json', cosignKey: 'tool' };
  const direct = { bundle: '{asset}.sigstore.json', cosignKey: 'tool' };

  it('takes a signed checksum file, and the file itself', async () => {
    const { subject, result } = await judge(cosignKeyBundle, wanted, {
      'sigstore-bundle': bundleOf(checksums),
    });
    expect(subject.digest).toBe(`sha256:${hexA}`);
    expect(result).toMatchObject({ assurance: 'signed', signers: [{ method: 'public-key', signedAt: at }] });
    expect(result.isDigestOnly).toBeUndefined();
    const whole = await judge(cosignKeyBundle, direct, { 'sigstore-bundle': bundleOf(asset) });
    expect(whole.subject.digest).toBe(digestOf(asset));
    expect(whole.result.isDigestOnly).toBe(true);
  });

  it('asks for a key that may vouch for what is signed: the checksum file, or the file itself', async () => {
    const opened = trustIn(ours);
    for (const [asked, bytes, url] of [
      [wanted, checksums, 'https://example.org/v1.0.0/SHA256SUMS'],
      [direct, asset, tool.artifact.url],
    ] as const) {
      const urls: (string | undefined)[] = [];
      const material: typeof opened.material = (kind, name, whatFor) => {
        urls.push(whatFor);
        return opened.material(kind, name, whatFor);
      };
      const files = { 'sigstore-bundle': bundleOf(bytes) };
      await judge(cosignKeyBundle, asked, files, ours, { ...opened, material });
      expect(urls).toEqual([url]);
    }
  });

  it('needs the file itself for a key of RSA, which signs no digest', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const bundle = { 'sigstore-bundle': bundleOf(asset, rsa) };
    expect((await judge(cosignKeyBundle, direct, bundle, rsa)).subject.digest).toBe(digestOf(asset));
    const blake2b = createHash('blake2b512').update(asset).digest('hex');
    const digests = `SHA256 (tool-amd64) = ${digestOf(asset).slice(7)}\nBLAKE2b (tool-amd64) = ${blake2b}\n`;
    const kept = { asset: undefined, 'asset-digests': digests };
    await refuse('ALGORITHM_REFUSED', cosignKeyBundle, direct, { ...bundle, ...kept }, rsa);
    const byOurs = await judge(cosignKeyBundle, direct, { 'sigstore-bundle': bundleOf(asset), ...kept });
    expect(byOurs.subject.digest).toBe(digestOf(asset));
  });

  it.each<[string, Files, ErrorCode]>([
    ['of a stranger', { 'sigstore-bundle': bundleOf(checksums, stranger) }, 'SIGNATURE_INVALID'],
    ['of another file', { 'sigstore-bundle': bundleOf(asset) }, 'DIGEST_MISMATCH'],
    ['of an identity', { 'sigstore-bundle': blobBundle(sign({}, checksums)) }, 'SIGNER_UNTRUSTED'],
    ['that is none', { 'sigstore-bundle': '{}' }, 'EVIDENCE_MALFORMED'],
    [
      'over a changed file',
      { 'sigstore-bundle': bundleOf(checksums), checksums: `${hexA}  fool\n` },
      'DIGEST_MISMATCH',
    ],
  ])('refuses a bundle %s', async (_, files, code) => {
    await refuse(code, cosignKeyBundle, wanted, files);
  });

  it('refuses any bit flipped', async () => {
    const file = Buffer.from(bundleOf(checksums));
    const taken = await takenWithFlips(
      file,
      (flipped) => judge(cosignKeyBundle, wanted, { 'sigstore-bundle': flipped }),
      80,
    );
    // The hint is nobody's word.
    expect(taken.length).toBeLessThan(4);
    for (const { subject } of taken) expect(subject.digest).toBe(`sha256:${hexA}`);
  });
});

describe('method sigstore-bundle over the file itself', () => {
  const wanted = { bundle: '{asset}.sigstore.json', ...who };

  it('reads it whole, of which nobody signs the name', async () => {
    const { subject, result, asked } = await judge(sigstoreBundle, wanted, {
      'sigstore-bundle': blobBundle(sign({}, asset)),
    });
    expect(asked).toEqual(['sigstore-bundle', 'asset']);
    expect(subject.digest).toBe(digestOf(asset));
    expect(result.isDigestOnly).toBe(true);
  });

  it.each<[string, Files, ErrorCode]>([
    ['of another file', { 'sigstore-bundle': blobBundle(sign({}, checksums)) }, 'DIGEST_MISMATCH'],
    [
      'over a changed file',
      { 'sigstore-bundle': blobBundle(sign({}, asset)), asset: 'the fool..' },
      'DIGEST_MISMATCH',
    ],
    [
      'over a shorter file',
      { 'sigstore-bundle': blobBundle(sign({}, asset)), asset: 'the' },
      'SIZE_MISMATCH',
    ],
    [
      'of a stranger',
      { 'sigstore-bundle': blobBundle(sign({ identity: 'x@example.org' }, asset)) },
      'SIGNER_UNTRUSTED',
    ],
  ])('refuses one %s', async (_, files, code) => {
    await refuse(code, sigstoreBundle, wanted, files);
  });
});

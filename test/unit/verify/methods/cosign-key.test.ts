/** cosign's signatures by a pinned key, over a checksum file or the file itself, as `cosign sign-blob --key` makes them. */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { UsageError, VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import { Gathering } from '../../../../src/sources/gather.ts';
import { cosignKey } from '../../../../src/verify/anchors/cosign-key.ts';
import { createTrust, openTrust } from '../../../../src/verify/anchors/trust.ts';
import { cosignByKey } from '../../../../src/verify/methods/cosign-key.ts';
import { documentsOf, hexA, judgedAt, judging, toolFor } from '../../../support/judge-checksums.ts';
import { takenWithFlips } from '../../../support/flipped-bits.ts';
import { refusal } from '../../../support/refusals.ts';
import { digestOf } from '../../../support/throwaway-sigstore.ts';

const tool = toolFor('amd64');
const asset = Buffer.from('the tool..');
const checksums = Buffer.from(`${hexA}  tool-amd64\n`);
const [ours, stranger] = [0, 1].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' })) as [Pair, Pair];
type Pair = Readonly<Record<'publicKey' | 'privateKey', KeyObject>>;

const pemOf = ({ publicKey }: Pair) => Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }));
const fingerprintOf = ({ publicKey }: Pair) =>
  createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
const signed = (bytes: Buffer, by: Pair = ours) =>
  `${sign('sha256', bytes, by.privateKey).toString('base64')}\n`;

function trusting(
  file = pemOf(ours),
  fingerprint = fingerprintOf(ours),
  scope = 'https://example.org/v1.0.0',
) {
  const pin = { type: 'cosign-key', file: 'tool.pub', fingerprint, scope: [scope], learnt: 'here' };
  const bytes = Buffer.from(JSON.stringify({ version: 1, anchors: { tool: pin } }));
  const pinsFile = { name: 'pins.yaml', path: 'trust/pins.yaml', bytes };
  const read = (name: string) => ({ name, path: `trust/${name}`, bytes: file });
  return openTrust(createTrust({ pinsFile, kinds: [cosignKey], file: read }), judgedAt);
}

const direct = { method: 'cosign-key', signature: '{asset}.sig', cosignKey: 'tool' };
const spec = { ...direct, checksums: 'SHA256SUMS', signature: 'SHA256SUMS.sig' };
type Files = Readonly<Record<string, string | Buffer>>;

async function judge(wanted: object, files: Files, trust = trusting()) {
  const read = ({ role }: { readonly role: string }) =>
    Promise.resolve({ bytes: Buffer.from(({ checksums, asset, ...files } as Files)[role] as string) });
  const gathering = new Gathering({ read }, { trust, now: judgedAt });
  const asked = { spec: cosignByKey.schema.parse(wanted), subject: tool, subjects: [tool] };
  return (await gathering.judge(cosignByKey, asked)).verified;
}

const refuse = async (code: ErrorCode, ...given: Parameters<typeof judge>) =>
  refusal(judge(...given), VerificationError, code);

describe('method cosign-key', () => {
  it('needs both files, and then what the log has, where one is to be asked', async () => {
    const next = (files: Parameters<typeof documentsOf>[0], more: object = {}) => {
      const documents = documentsOf(files);
      const wanted = cosignByKey.schema.parse({ ...spec, ...more });
      return cosignByKey.next({ ...judging, spec: wanted, documents, trust: trusting() });
    };
    const both = { checksums, signature: signed(checksums) };
    const rekor = 'https://rekor.example.org';
    expect(await next({})).toMatchObject([{ role: 'signature' }, { role: 'checksums' }]);
    expect(await next({ checksums })).toMatchObject([{ role: 'signature' }]);
    expect(await next({ signature: both.signature })).toMatchObject([
      { role: 'signature' },
      { role: 'checksums' },
    ]);
    expect(await next(both)).toEqual([]);
    expect(await next(both, { rekor })).toMatchObject([
      { kind: 'lookup', role: 'rekor-answer', url: `${rekor}/api/v1/log/entries/retrieve` },
    ]);
  });

  it('takes a signed checksum file, and names the key', async () => {
    const { subject, result } = await judge(spec, { signature: signed(checksums) });
    expect(subject.digest).toBe(`sha256:${hexA}`);
    expect(result).toMatchObject({ assurance: 'signed', method: 'cosign-key' });
    expect(result.signers).toEqual([
      { method: 'public-key', fingerprint: fingerprintOf(ours), anchor: 'tool' },
    ]);
    expect(result.isDigestOnly).toBeUndefined();
  });

  it('takes the file itself, of which nobody signs the name', async () => {
    const { subject, result } = await judge(direct, { signature: signed(asset) });
    expect(subject.digest).toBe(digestOf(asset));
    expect(result.isDigestOnly).toBe(true);
  });

  it.each([
    ['a stranger', spec, { signature: signed(checksums, stranger) }, 'SIGNATURE_INVALID'],
    [
      'another checksum file',
      spec,
      { signature: signed(checksums), checksums: `${hexA}  fool\n` },
      'SIGNATURE_INVALID',
    ],
    ['another file', direct, { signature: signed(asset), asset: 'the fool..' }, 'SIGNATURE_INVALID'],
    ['the signature of the file', spec, { signature: signed(asset) }, 'SIGNATURE_INVALID'],
    ['a file of another size', direct, { signature: signed(asset), asset: 'the tool' }, 'SIZE_MISMATCH'],
    ['no signature', spec, { signature: '' }, 'EVIDENCE_MALFORMED'],
    ['what is no base64', spec, { signature: '<html>' }, 'EVIDENCE_MALFORMED'],
    ['what is no signature', spec, { signature: 'AAAA' }, 'SIGNATURE_INVALID'],
    ['no line for the file', { ...spec, name: 'fool' }, { signature: signed(checksums) }, 'EVIDENCE_MISSING'],
  ] as const)('refuses %s', async (_, wanted, files, code) => {
    await refuse(code, wanted, files);
  });

  it.each(['', '\n', '\r\n'])('takes a signature that ends in %j', async (end) => {
    await judge(spec, { signature: signed(checksums).trimEnd() + end });
  });

  it('refuses a signature of two lines, whichever ends in one', async () => {
    const base64 = signed(checksums).trimEnd();
    await refuse('EVIDENCE_MALFORMED', spec, { signature: `${base64.slice(0, 48)}\n${base64.slice(48)}` });
    await refuse('EVIDENCE_MALFORMED', spec, { signature: `${base64}\n\n` });
  });

  it('refuses any bit flipped in what is signed and in the signature', async () => {
    const signature = Buffer.from(signed(checksums));
    for (const [role, whole] of [
      ['checksums', checksums],
      ['signature', signature],
    ] as const) {
      expect(await takenWithFlips(whole, (flipped) => judge(spec, { signature, [role]: flipped }))).toEqual(
        [],
      );
    }
  });
});

describe('anchor kind cosign-key', () => {
  const files = { signature: signed(checksums) };

  it('opens the pinned key alone, in its scope, however its file ends its lines', async () => {
    await judge(spec, files, trusting(Buffer.from(pemOf(ours).toString().replaceAll('\n', '\r\n'))));
    await refuse('PIN_MISMATCH', spec, files, trusting(pemOf(stranger)));
    await refuse('PIN_MISMATCH', spec, files, trusting(pemOf(ours), fingerprintOf(stranger)));
    await refuse(
      'SIGNER_UNTRUSTED',
      spec,
      files,
      trusting(pemOf(ours), fingerprintOf(ours), 'https://example.org/v2'),
    );
  });

  it('is asked about what is signed: the checksum file, or the file itself', async () => {
    const scoped = (name: string) =>
      trusting(pemOf(ours), fingerprintOf(ours), `https://example.org/v1.0.0/${name}`);
    const own = { signature: signed(asset) };
    await judge(spec, files, scoped('SHA256SUMS'));
    await refuse('SIGNER_UNTRUSTED', direct, own, scoped('SHA256SUMS'));
    await judge(direct, own, scoped('tool-amd64'));
    await refuse('SIGNER_UNTRUSTED', spec, files, scoped('tool-amd64'));
  });

  it('takes no other key, and none that does not sign digests', async () => {
    await refusal(judge(spec, files, trusting(Buffer.from('none'))), UsageError, 'TRUST_INVALID');
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
    await refuse('ALGORITHM_REFUSED', spec, files, trusting(pemOf(weak), fingerprintOf(weak)));
    const ed25519 = generateKeyPairSync('ed25519');
    await refuse('ALGORITHM_REFUSED', spec, files, trusting(pemOf(ed25519), fingerprintOf(ed25519)));
  });

  it('shows its fingerprint', async () => {
    const pin = {
      type: 'cosign-key' as const,
      file: 'tool.pub',
      fingerprint: fingerprintOf(ours),
      scope: [],
      learnt: 'here',
    };
    const file = () => ({ name: 'tool.pub', path: 'tool.pub', bytes: pemOf(ours) });
    const { holds } = await cosignKey.report(
      pemOf(ours),
      { name: 'tool', kind: cosignKey, pin, file },
      judgedAt,
    );
    expect(holds).toEqual([`ec key, SHA-256 ${fingerprintOf(ours)}`]);
  });
});

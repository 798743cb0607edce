/** What is kept of a file that is too large, in the place of it: the digests that its signatures sign. */
import { enums, readSignature } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import { FileDigests } from '../../../../src/verify/openpgp/file-digests.ts';
import { readKeyring } from '../../../../src/verify/openpgp/keyring.ts';
import { verifyFile } from '../../../../src/verify/openpgp/verify-file.ts';
import { packet } from '../../../support/odd-keys.ts';
import {
  binarySignature,
  makeKey,
  publicKeyFile,
  signData,
  type SignatureRequest,
} from '../../../support/openpgp.ts';
import { refusal } from '../../../support/refusals.ts';

const now = new Date('2026-11-20T12:00:00Z');
const key = await makeKey({ type: 'rsa' });
const keyring = await readKeyring([{ name: 'keys.asc', bytes: publicKeyFile(key) }]);
const { binary, text, standalone, certGeneric } = enums.signature;
/** Lines of every byte but CR, and more of them than a piece that is hashed at a time. */
const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).filter((byte) => byte !== 13);
const file = Buffer.concat(Array.from({ length: 4200 }, () => every));

async function signatureOver(bytes: Uint8Array, ...requests: readonly Partial<SignatureRequest>[]) {
  const signed = requests.map((request) => signData(bytes, { key, type: binary, ...request }));
  return binarySignature(...(await Promise.all(signed)));
}

const judge = (signature: Uint8Array, bytes: Uint8Array = file) =>
  verifyFile({ bytes }, 'disk.img', signature, keyring, now);
const judgeKept = (kept: Uint8Array, signature: Uint8Array, name = 'disk.img') =>
  verifyFile({ kept, what: 'it' }, name, signature, keyring, now);

describe('a file', () => {
  it.each([
    ['binary', { type: binary }],
    ['over lines', { type: text }],
    ['with SHA-384', { hash: enums.hash.sha384 }],
    ['with SHA-512', { hash: enums.hash.sha512 }],
    ['with SHA3-256', { hash: enums.hash.sha3_256 }],
    ['with SHA3-512', { hash: enums.hash.sha3_512 }],
  ])('is vouched for by a signature %s, and by what was kept of it', async (_, request) => {
    const signature = await signatureOver(file, request);
    const { signers, toKeep } = await judge(signature);
    expect(signers).toHaveLength(1);
    expect(await judgeKept(toKeep, signature)).toMatchObject({ signers, toKeep });
    await refusal(judge(signature, file.subarray(1)), VerificationError, 'SIGNATURE_INVALID');
  });

  it('with a CR is not vouched for by a signature over lines', async () => {
    for (const lines of ['one\r\ntwo\r\n', 'one\rtwo'].map((one) => Buffer.from(one))) {
      const signature = await signatureOver(lines, { type: text });
      await refusal(judge(signature, lines), VerificationError, 'SIGNATURE_INVALID');
      expect((await judge(await signatureOver(lines, {}), lines)).signers).toHaveLength(1);
    }
  });

  it('has 32 signatures at most', async () => {
    const [bytes, one] = [Buffer.from('x'), await signatureOver(Buffer.from('x'), {})];
    const times = (count: number) => Buffer.concat(Array.from({ length: count }, () => one));
    expect((await judge(times(32), bytes)).signers).toHaveLength(32);
    await refusal(judge(times(33), bytes), VerificationError, 'LIMIT_EXCEEDED');
  });
});

describe('what is kept', () => {
  const hex = (bits: number) =>
    expect.stringMatching(new RegExp(`^[0-9a-f]{${String(bits / 4)}}$`)) as string;

  it('has a line for each signature over a file, and none for others', async () => {
    const requests = [
      {},
      { type: standalone },
      { type: text, hash: enums.hash.sha512 },
      { type: certGeneric },
    ];
    const weak = { hash: enums.hash.sha1 };
    const binarySignature = await signatureOver(file, ...requests.slice(0, 3), weak);
    const { packets } = await readSignature({ binarySignature });
    const tomorrow = await readSignature({ binarySignature: new Uint8Array(packet(2, Buffer.from([7]))) });
    const all = [...packets, ...tomorrow.packets];
    const lines = Buffer.from(FileDigests.ofFile(all, file).render('disk.img')).toString().split('\n');
    expect(lines.map((line) => line.split(' = '))).toEqual([
      ['signature 1 over disk.img, SHA256', hex(256)],
      ['signature 3 over disk.img, SHA512', hex(512)],
      [''],
    ]);
  });

  it('is refused where it is of another file, of other signatures, or no such text', async () => {
    const signature = await signatureOver(file, {}, { type: text });
    const kept = Buffer.from((await judge(signature)).toKeep).toString();
    const [first = '', second = ''] = kept.split(/(?<=\n)/);
    for (const changed of [
      '',
      second + first,
      kept.replace('disk.img', 'disk2.img'),
      kept.replace('SHA256', 'SHA512'),
      `# ${kept}`,
      ` ${kept}`,
      `${kept}# more\n`,
      kept.replace('\n', ' \n'),
      kept.replace('signature 1', 'signature 01'),
      kept.replaceAll('signature 2', 'signature 3'),
      kept.replace(/[0-9a-f]{2}\n/, '\n'),
      kept.trimEnd(),
    ]) {
      const judged = judgeKept(Buffer.from(changed), signature);
      await refusal(judged, VerificationError, 'EVIDENCE_MALFORMED');
    }
    for (const other of [first, second, first.replace(/[0-9a-f]{64}/, '0'.repeat(64)) + second]) {
      await refusal(judgeKept(Buffer.from(other), signature), VerificationError, 'SIGNATURE_INVALID');
    }
    expect((await judgeKept(Buffer.from(kept), signature)).signers).toHaveLength(2);
  });
});

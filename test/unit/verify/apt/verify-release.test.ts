/** A Release by itself, as the library's users verify one: whoever's word it is, and what is handed out. */
import { beforeAll, describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import { assertMinted } from '../../../../src/model/minted.ts';
import { verifyRelease } from '../../../../src/verify/apt/verify-release.ts';
import { readKeyring, type Keyring } from '../../../../src/verify/openpgp/keyring.ts';
import { armorSignature, clearsign, makeKey, publicKeyFile, signData } from '../../../support/openpgp.ts';
import { refusal } from '../../../support/refusals.ts';
import { digestOf } from '../../../support/throwaway-sigstore.ts';

const now = new Date('2026-11-20T12:00:00Z');
const path = 'main/binary-amd64/Packages';
const text = `Origin: Example
Suite: stable
Codename: trixie
Date: Fri, 20 Nov 2026 12:00:00 UTC
SHA256:
 ${'0'.repeat(64)} 10 ${path}
`;
const expected = { suite: 'trixie' };
const plain = Buffer.from(text);

let [inRelease, signature] = [plain, plain];
let [keyring, strangers]: Keyring[] = [];
beforeAll(async () => {
  const [key, stranger] = await Promise.all([makeKey(), makeKey({ name: 'stranger' })]);
  inRelease = Buffer.from(await clearsign(text.trimEnd(), { key }));
  signature = Buffer.from(armorSignature(await signData(plain, { key, type: 0 })));
  [keyring, strangers] = await Promise.all(
    [key, stranger].map((one) => readKeyring([{ name: 'keys.asc', bytes: publicKeyFile(one) }])),
  );
});

const verify = (changes: Partial<Parameters<typeof verifyRelease>[0]> = {}) =>
  verifyRelease({ release: inRelease, expected, keyring: keyring!, now, ...changes });

describe('verifyRelease', () => {
  it('parses what was signed, and names the indexes by digest', async () => {
    const verified = await verify({ url: 'InRelease' });
    expect(() => assertMinted(verified, 'Verified')).not.toThrow();
    expect(verified.subject).toMatchObject({ codename: 'trixie', origin: 'Example' });
    expect(verified.subject.files.get(path)).toMatchObject({ sizeBytes: 10 });
    expect(verified.result).toMatchObject({
      ...{ assurance: 'signed', method: 'apt', digest: digestOf(inRelease), verifiedAt: now },
      signers: [{ method: 'openpgp' }],
      documents: [{ role: 'inrelease', url: 'InRelease' }],
    });
  });

  it('takes Release with its signature, and names both where nobody says what they are called', async () => {
    const { result } = await verify({ release: plain, signature });
    expect(result).toMatchObject({
      digest: digestOf(plain),
      documents: [
        { role: 'release', url: 'the Release' },
        { role: 'release-signature', url: 'the Release: its signature' },
      ],
    });
    const { message } = await refusal(
      verify({ release: plain, signature: inRelease }),
      VerificationError,
      'EVIDENCE_MALFORMED',
    );
    expect(message).toContain('the Release: its signature');
  });

  it('refuses another suite, a changed text, strangers, and a time before it', async () => {
    const changed = Buffer.from(inRelease.toString().replace('Example', 'Exemple'));
    for (const [changes, code] of [
      [{ expected: { suite: 'forky' } }, 'RELEASE_MISMATCH'],
      [{ release: changed }, 'SIGNATURE_INVALID'],
      [{ release: plain }, 'EVIDENCE_MALFORMED'],
      [{ keyring: strangers! }, 'SIGNER_UNTRUSTED'],
      [{ now: new Date('2026-11-19T00:00:00Z') }, 'METADATA_FROM_FUTURE'],
    ] as const) {
      await refusal(verify(changes), VerificationError, code);
    }
  });
});

import {
  generateKeyPairSync,
  sign as signBytes,
  X509Certificate,
  type KeyPairKeyObjectResult,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flipBit } from '../../../../../scripts/upstream/bits.ts';
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  time,
} from '../../../../../scripts/upstream/sigstore/der.ts';
import { generateEcdsaKey, generateEd25519Key } from '../../../../../scripts/upstream/sigstore/keys.ts';
import { VerificationError } from '../../../../../src/model/errors.ts';
import { readDer, readSequence } from '../../../../../src/verify/sigstore/der.ts';
import { keyFromSpki } from '../../../../../src/verify/sigstore/keys.ts';
import { isSignedBy, parseCertificate } from '../../../../../src/verify/sigstore/x509/certificate.ts';
import { refusal } from '../../../../support/refusals.ts';
import { root as checkout } from '../../../../support/run-assay.ts';
import { sign, sigstore, validFrom } from '../../../../support/throwaway-sigstore.ts';

const { certificate: leaf } = sign();
const all = [leaf, ...sigstore.authority.chain, ...sigstore.timestampAuthority.chain];
const pinned = JSON.parse(readFileSync(join(checkout, 'trust/sigstore-trusted-root.json'), 'utf8')) as Record<
  'certificateAuthorities' | 'timestampAuthorities',
  { certChain: { certificates: { rawBytes: string }[] } }[]
>;
const real = [...pinned.certificateAuthorities, ...pinned.timestampAuthorities].flatMap(({ certChain }) =>
  certChain.certificates.map(({ rawBytes }) => Buffer.from(rawBytes, 'base64')),
);

describe('parseCertificate', () => {
  it('reads what OpenSSL reads', () => {
    for (const der of [...all, ...real]) {
      const ours = parseCertificate(der, 'certificate');
      const theirs = new X509Certificate(der);
      expect(ours.spki).toEqual(theirs.publicKey.export({ type: 'spki', format: 'der' }));
      expect([ours.notBefore, ours.notAfter]).toEqual([theirs.validFromDate, theirs.validToDate]);
      expect(BigInt(`0x${ours.serialNumber.toString('hex')}`)).toBe(BigInt(`0x${theirs.serialNumber}`));
      expect(der.includes(ours.signed) && der.includes(ours.signature)).toBe(true);
    }
  });

  /** The leaf with the fields of what is signed changed; the signature is not looked at here. */
  function changed(change: (fields: Buffer[]) => Buffer[]): Buffer {
    const [signed, ...others] = readSequence(leaf)!;
    const fields = readDer(signed!.content)!.map(({ encoded }) => encoded);
    return sequence(sequence(...change(fields)), ...others.map(({ encoded }) => encoded));
  }

  it.each<[string, Buffer]>([
    ['nothing', Buffer.of()],
    ['bytes behind it', Buffer.concat([leaf, Buffer.of(0)])],
    ['a field more', sequence(...readSequence(leaf)!.map(({ encoded }) => encoded), integer(1))],
    [
      'no signature',
      sequence(
        ...readSequence(leaf)!
          .slice(0, 2)
          .map(({ encoded }) => encoded),
      ),
    ],
    [
      'a signature of bits',
      sequence(
        ...readSequence(leaf)!
          .slice(0, 2)
          .map(({ encoded }) => encoded),
        bitString(Buffer.of(8), 3),
      ),
    ],
    ['no version', changed(([, ...fields]) => fields)],
    [
      'another algorithm outside',
      changed(([version, serial, , ...fields]) => [version!, serial!, sequence(), ...fields]),
    ],
    [
      'a serial number that is none',
      changed(([version, , ...fields]) => [version!, octetString(Buffer.of(1)), ...fields]),
    ],
    ['no validity', changed((fields) => fields.toSpliced(4, 1))],
    [
      'a validity of one end',
      changed((fields) => fields.toSpliced(4, 1, sequence(readSequence(fields[4]!)![0]!.encoded))),
    ],
    ['a field behind the extensions', changed((fields) => [...fields, integer(1)])],
  ])('refuses %s', async (_, der) => {
    await refusal(() => parseCertificate(der, 'certificate'), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it.each([
    [3, 'issuer'],
    [4, 'validity'],
    [5, 'subject'],
    [6, 'public key'],
    [7, 'extensions'],
  ])('names what is not as it must be, in the place %i: the %s', async (place, part) => {
    const der = changed((fields) => fields.toSpliced(place, 1, integer(1)));
    const { message } = await refusal(
      () => parseCertificate(der, 'certificate'),
      VerificationError,
      'EVIDENCE_MALFORMED',
    );
    expect(message).toContain(`the certificate's ${part} is not what it must be`);
  });

  it('names what is signed, and extensions, that are none', async () => {
    for (const [der, part] of [
      [
        sequence(
          integer(1),
          ...readSequence(leaf)!
            .slice(1)
            .map(({ encoded }) => encoded),
        ),
        'content',
      ],
      [changed((fields) => fields.toSpliced(7, 1, explicit(3, integer(1)))), 'extensions'],
      [sequence(), 'content'],
    ] as const) {
      const read = () => parseCertificate(der, 'certificate');
      const { message } = await refusal(read, VerificationError, 'EVIDENCE_MALFORMED');
      expect(message).toContain(`the certificate's ${part} is not what it must be`);
    }
  });

  it.each<[string, Buffer, string]>([
    ['nothing', Buffer.of(), 'frame'],
    ['a field more', sequence(...readSequence(leaf)!.map(({ encoded }) => encoded), integer(1)), 'frame'],
    ['no version', changed(([, ...fields]) => fields), 'version'],
    ['an empty version', changed(([, ...fields]) => [explicit(0, Buffer.of()), ...fields]), 'version'],
    [
      'a version that is no DER',
      changed(([, ...fields]) => [explicit(0, Buffer.of(2)), ...fields]),
      'version',
    ],
    ['the version 1', changed(([, ...fields]) => [explicit(0, integer(0)), ...fields]), 'version'],
    ['the version 4', changed(([, ...fields]) => [explicit(0, integer(3)), ...fields]), 'version'],
    ['a field behind the extensions', changed((fields) => [...fields, integer(1)]), 'content'],
    [
      'no signature',
      sequence(
        ...readSequence(leaf)!
          .slice(0, 2)
          .map(({ encoded }) => encoded),
      ),
      'signature',
    ],
  ])('names what is refused of one with %s', async (_, der, part) => {
    const read = () => parseCertificate(der, 'certificate');
    const { message } = await refusal(read, VerificationError, 'EVIDENCE_MALFORMED');
    expect(message).toContain(`the certificate's ${part} is not what it must be`);
  });

  it('passes over unique identifiers, in their order, and takes one without extensions', async () => {
    const [issuer, subject] = [implicit(1, Buffer.of(0, 1)), implicit(2, Buffer.of(0, 2))];
    for (const [ids, isOne] of [
      [[issuer], true],
      [[subject], true],
      [[issuer, subject], true],
      [[subject, issuer], false],
      [[issuer, issuer], false],
    ] as const) {
      const read = () =>
        parseCertificate(
          changed((fields) => fields.toSpliced(7, 0, ...ids)),
          'certificate',
        );
      if (isOne) expect(read().extensions).toEqual(parseCertificate(leaf, 'certificate').extensions);
      else await refusal(read, VerificationError, 'EVIDENCE_MALFORMED');
    }
    const bare = changed((fields) => fields.slice(0, 7));
    expect(parseCertificate(bare, 'certificate').extensions.size).toBe(0);
  });

  it('knows which extensions are critical: those that say so', () => {
    const list = [[], [boolean(true)], [boolean(false)]].map((flag, index) =>
      sequence(objectIdentifier(`1.2.${String(index)}`), ...flag, octetString(Buffer.of(index))),
    );
    const der = changed((fields) => fields.toSpliced(7, 1, explicit(3, sequence(...list))));
    const found = [...parseCertificate(der, 'certificate').extensions.values()];
    expect(found.map(({ isCritical, value }) => [isCritical, value[0]])).toEqual([
      [false, 0],
      [true, 1],
      [false, 2],
    ]);
  });

  it.each([
    ['no beginning', [integer(1), time(validFrom)]],
    ['no end', [time(validFrom), integer(1)]],
    ['one end', [time(validFrom)]],
  ])('names the validity that has %s', async (_, parts) => {
    const der = changed((fields) => fields.toSpliced(4, 1, sequence(...parts)));
    const read = () => parseCertificate(der, 'certificate');
    const { message } = await refusal(read, VerificationError, 'EVIDENCE_MALFORMED');
    expect(message).toContain("the certificate's validity is not what it must be");
  });

  it('refuses an algorithm that is no DER, though it is the same in both places', async () => {
    const [signed, , signature] = readSequence(leaf)!;
    const cut = sequence(Buffer.of(6));
    const fields = readDer(signed!.content)!.map(({ encoded }) => encoded);
    const der = sequence(sequence(...fields.toSpliced(2, 1, cut)), cut, signature!.encoded);
    await refusal(() => parseCertificate(der, 'certificate'), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it.each<[string, Buffer[]]>([
    ['two flags', [boolean(true), boolean(true), octetString(Buffer.of())]],
    ['a flag that is none', [integer(1), octetString(Buffer.of())]],
    ['a value that is no string of bytes', [integer(1)]],
    ['no value', []],
  ])('refuses an extension with %s', async (_, parts) => {
    const odd = explicit(3, sequence(sequence(objectIdentifier('1.2.3'), ...parts)));
    const der = changed((fields) => fields.toSpliced(7, 1, odd));
    await refusal(() => parseCertificate(der, 'certificate'), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it.each([
    ['no name', [octetString(Buffer.of())]],
    ['a name that is none', [integer(1), octetString(Buffer.of())]],
  ])('refuses an extension with %s', async (_, parts) => {
    const der = changed((fields) => fields.toSpliced(7, 1, explicit(3, sequence(sequence(...parts)))));
    const read = () => parseCertificate(der, 'certificate');
    const { message } = await refusal(read, VerificationError, 'EVIDENCE_MALFORMED');
    expect(message).toContain('an extension of the certificate is not what it must be');
  });

  it('refuses whatever else is no certificate, and throws nothing else', () => {
    fc.assert(
      fc.property(fc.nat(leaf.length * 8 - 1), (bit) => {
        try {
          parseCertificate(flipBit(leaf, bit), 'certificate');
        } catch (error) {
          expect(error).toBeInstanceOf(VerificationError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

const [intermediate, root] = sigstore.authority.chain.map((der) => parseCertificate(der, 'authority'));
const signed = parseCertificate(leaf, 'leaf');

describe('isSignedBy', () => {
  const keyOf = (spki: Uint8Array) => keyFromSpki(spki, 'key');

  it('is true for the key of the issuer alone', () => {
    expect(isSignedBy(signed, keyOf(intermediate!.spki))).toBe(true);
    expect(isSignedBy(intermediate!, keyOf(root!.spki))).toBe(true);
    expect(isSignedBy(root!, keyOf(root!.spki))).toBe(true);
    expect(isSignedBy(signed, keyOf(root!.spki))).toBe(false);
    expect(isSignedBy(signed, keyOf(generateEcdsaKey('P-384').spki))).toBe(false);
    expect(isSignedBy(signed, keyOf(generateEd25519Key().spki))).toBe(false);
  });

  it('holds of the real authorities', () => {
    for (const { certChain } of [...pinned.certificateAuthorities, ...pinned.timestampAuthorities]) {
      const chain = certChain.certificates.map(({ rawBytes }) =>
        parseCertificate(Buffer.from(rawBytes, 'base64'), 'x'),
      );
      chain.forEach((one, index) => {
        expect(isSignedBy(one, keyOf((chain[index + 1] ?? one).spki))).toBe(true);
      });
    }
  });

  it('is false for any bit that is flipped in what is signed, or in the signature', () => {
    const key = keyOf(intermediate!.spki);
    const start = leaf.indexOf(signed.signed);
    fc.assert(
      fc.property(fc.integer({ min: start * 8, max: leaf.length * 8 - 1 }), (bit) => {
        try {
          expect(isSignedBy(parseCertificate(flipBit(leaf, bit), 'leaf'), key)).toBe(false);
        } catch (error) {
          if (!(error instanceof VerificationError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, KeyPairKeyObjectResult, string | null]>([
    ['1.2.840.10045.4.3.2', generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'sha256'],
    ['1.2.840.10045.4.3.3', generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'sha384'],
    ['1.2.840.10045.4.3.4', generateKeyPairSync('ec', { namedCurve: 'P-521' }), 'sha512'],
    ['1.2.840.113549.1.1.11', generateKeyPairSync('rsa', { modulusLength: 2048 }), 'sha256'],
    ['1.2.840.113549.1.1.12', generateKeyPairSync('rsa', { modulusLength: 2048 }), 'sha384'],
    ['1.2.840.113549.1.1.13', generateKeyPairSync('rsa', { modulusLength: 2048 }), 'sha512'],
    ['1.3.101.112', generateKeyPairSync('ed25519'), null],
  ])('knows %s, over its own hash alone', (signatureAlgorithm, { publicKey, privateKey }, hash) => {
    const by = (one: string | null) => {
      const signature = signBytes(one, signed.signed, privateKey);
      return isSignedBy({ ...signed, signatureAlgorithm, signature }, publicKey);
    };
    expect(by(hash)).toBe(true);
    if (hash !== null) expect(by(hash === 'sha256' ? 'sha512' : 'sha256')).toBe(false);
  });

  it.each([
    ['SHA-1', '1.2.840.10045.4.1'],
    ['what is no algorithm', '1.2.3.4'],
  ])('is false for %s', (_, signatureAlgorithm) => {
    expect(isSignedBy({ ...signed, signatureAlgorithm }, keyOf(intermediate!.spki))).toBe(false);
  });
});

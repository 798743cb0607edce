/** What the extensions of a certificate say, read from their bytes: each in every form that it must not have. */
import { describe, expect, it } from 'vitest';
import {
  bitString,
  boolean,
  explicit,
  integer,
  nothing,
  objectIdentifier,
  octetString,
  sequence,
  utf8String,
} from '../../../../../scripts/upstream/sigstore/der.ts';
import { VerificationError } from '../../../../../src/model/errors.ts';
import type { Certificate } from '../../../../../src/verify/sigstore/x509/certificate.ts';
import {
  keyUsages,
  purposes,
  readAlternativeNames,
  readBasicConstraints,
  readExtendedKeyUsage,
  readKeyUsage,
  readNameConstraints,
  requireKnownCritical,
} from '../../../../../src/verify/sigstore/x509/extensions.ts';
import { refusal } from '../../../../support/refusals.ts';

const oids = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  certificatePolicies: '2.5.29.32',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const;

function having(name: keyof typeof oids, value: Uint8Array, isCritical = false): Certificate {
  const extensions = new Map([[oids[name], { isCritical, value: Buffer.from(value) }]]);
  return { extensions } as unknown as Certificate;
}
const without = { extensions: new Map() } as unknown as Certificate;
const refuse = (read: () => unknown) => refusal(read, VerificationError, 'EVIDENCE_MALFORMED');
const behind = (value: Uint8Array) => Buffer.concat([value, nothing()]);

describe('a critical extension', () => {
  it.each(Object.keys(oids) as (keyof typeof oids)[])('may be the %s', (name) => {
    expect(() => requireKnownCritical(having(name, nothing(), true), 'it')).not.toThrow();
  });

  it('may be nothing else', async () => {
    const unknown = (isCritical: boolean) =>
      ({ extensions: new Map([['2.5.29.36', { isCritical, value: nothing() }]]) }) as unknown as Certificate;
    expect(() => requireKnownCritical(unknown(false), 'it')).not.toThrow();
    const { context } = await refusal(
      () => requireKnownCritical(unknown(true), 'it'),
      VerificationError,
      'SIGNER_UNTRUSTED',
    );
    expect(context).toEqual({ oid: '2.5.29.36' });
  });
});

describe('the key usage', () => {
  const read = (value: Uint8Array) => readKeyUsage(having('keyUsage', value), 'it');
  const bits = bitString(Buffer.of(0b1000_0100), 2);

  it('is its bits, or nothing', () => {
    expect(read(bits)).toEqual(new Set([keyUsages.digitalSignature, keyUsages.keyCertSign]));
    expect(readKeyUsage(without, 'it')).toBeUndefined();
  });

  it.each([Buffer.of(), behind(bits), octetString(Buffer.of(0x80)), Buffer.of(3, 2, 0)])(
    'is not %j',
    async (value) => {
      await refuse(() => read(value));
    },
  );
});

describe('the extended key usage', () => {
  const [signing, stamping] = [purposes.codeSigning, purposes.timestamping].map(objectIdentifier);
  const read = (value: Uint8Array, isCritical = false) =>
    readExtendedKeyUsage(having('extendedKeyUsage', value, isCritical), 'it');

  it('is a list of purposes, or nothing', () => {
    expect(read(sequence(signing!, stamping!), true)).toEqual({
      isCritical: true,
      purposes: [purposes.codeSigning, purposes.timestamping],
    });
    expect(read(sequence(signing!))).toEqual({ isCritical: false, purposes: [purposes.codeSigning] });
    expect(readExtendedKeyUsage(without, 'it')).toBeUndefined();
  });

  it.each([
    sequence(),
    Buffer.of(),
    signing!,
    behind(sequence(signing!)),
    sequence(signing!, utf8String('x')),
    sequence(signing!, Buffer.of(4)),
  ])('is not %j', async (value) => {
    await refuse(() => read(value));
  });
});

describe('the basic constraints', () => {
  const read = (value: Uint8Array) => readBasicConstraints(having('basicConstraints', value), 'it');

  it('say whether it is an authority, and of how long a path', () => {
    const none = { isAuthority: false, pathLength: undefined };
    expect(readBasicConstraints(without, 'it')).toEqual(none);
    expect(read(sequence())).toEqual(none);
    expect(read(sequence(boolean(false)))).toEqual(none);
    expect(read(sequence(boolean(true)))).toEqual({ isAuthority: true, pathLength: undefined });
    expect(read(sequence(boolean(true), integer(3)))).toEqual({ isAuthority: true, pathLength: 3 });
    expect(read(sequence(integer(3)))).toEqual({ isAuthority: false, pathLength: 3 });
  });

  it.each([
    Buffer.of(),
    boolean(true),
    behind(sequence(boolean(true))),
    sequence(boolean(true), boolean(true)),
    sequence(boolean(true), integer(0), integer(0)),
    sequence(integer(0), integer(0)),
    sequence(boolean(true), Buffer.of(2, 1, 0xff)),
    sequence(Buffer.of(1, 1, 1)),
    sequence(utf8String('x')),
  ])('are not %j', async (value) => {
    await refuse(() => read(value));
  });
});

describe('the alternative names', () => {
  it('are values one after another', async () => {
    const named = having('alternativeNames', sequence(utf8String('a'), utf8String('b')));
    expect(readAlternativeNames(named, 'it')!.map(({ content }) => content.toString())).toEqual(['a', 'b']);
    expect(readAlternativeNames(without, 'it')).toBeUndefined();
    await refuse(() => readAlternativeNames(having('alternativeNames', utf8String('a')), 'it'));
  });
});

describe('the name constraints', () => {
  const read = (value: Uint8Array) => readNameConstraints(having('nameConstraints', value), 'it');
  const subtree = (name: string) => sequence(utf8String(name));
  const basesIn = (value: Uint8Array) => {
    const { permitted, excluded } = read(value)!;
    return [permitted, excluded].map((list) => list.map(({ content }) => content.toString()));
  };

  it('are what is permitted and what is excluded, each or one of them', () => {
    const [permitted, excluded] = [
      explicit(0, Buffer.concat([subtree('a'), subtree('b')])),
      explicit(1, subtree('c')),
    ];
    expect(basesIn(sequence(permitted, excluded))).toEqual([['a', 'b'], ['c']]);
    expect(basesIn(sequence(permitted))).toEqual([['a', 'b'], []]);
    expect(basesIn(sequence(excluded))).toEqual([[], ['c']]);
    expect(readNameConstraints(without, 'it')).toBeUndefined();
  });

  it.each([
    sequence(),
    Buffer.of(),
    explicit(0, subtree('a')),
    sequence(explicit(0, Buffer.of())),
    sequence(explicit(1, Buffer.of())),
    sequence(explicit(2, subtree('a'))),
    sequence(explicit(0, subtree('a')), explicit(2, subtree('a'))),
    sequence(explicit(0, subtree('a')), explicit(0, subtree('b'))),
    sequence(explicit(0, sequence(utf8String('a'), integer(0)))),
    sequence(explicit(0, sequence())),
    sequence(explicit(0, utf8String('a'))),
    sequence(explicit(0, Buffer.concat([subtree('a'), sequence()]))),
  ])('are not %j', async (value) => {
    await refuse(() => read(value));
  });
});

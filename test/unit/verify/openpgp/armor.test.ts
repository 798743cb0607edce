import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import { decodeArmor, encodeArmor, findArmor, findWholeArmor } from '../../../../src/verify/openpgp/armor.ts';
import { refusal } from '../../../support/refusals.ts';

const block = (body: string, headers = '') =>
  `-----BEGIN PGP SIGNATURE-----\n${headers}\n${body}\n-----END PGP SIGNATURE-----`;

describe('decodeArmor', () => {
  it.each([
    ['plain', block('AAEC')],
    ['with headers', block('AAEC', 'Version: GnuPG v2\nComment: x\n')],
    ['with a checksum, right or wrong', block('AAEC\n=aaaa')],
    ['in several lines', block('A\nA\nEC')],
    ['with white space at line ends', block('AAEC').replaceAll('\n', ' \t\r\n')],
    ['with an empty line in it', block('AA\n\nEC')],
  ])('reads a block %s', (_, armored) => {
    expect(decodeArmor(armored, 'SIGNATURE')).toEqual(new Uint8Array([0, 1, 2]));
  });

  it('reads any bytes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        expect(decodeArmor(block(Buffer.from(bytes).toString('base64')), 'SIGNATURE')).toEqual(bytes);
      }),
    );
  });

  it.each([
    ['no data', block('')],
    ['only a checksum', block('=aaaa')],
    ['another label', block('AAEC').replaceAll('SIGNATURE', 'MESSAGE')],
    ['labels that differ', block('AAEC').replace('END PGP SIGNATURE', 'END PGP MESSAGE')],
    ['no END line', block('AAEC').replace(/\n-----END.*/, '')],
    ['no empty line', block('AAEC').replace('\n\n', '\n')],
    ['a header behind a blank', block('AAEC', ' Comment: x\n')],
    ['a checksum with something before it', block('AAEC\nx=aaaa')],
    ['a checksum with something behind it', block('AAEC\n=aaaab')],
    ['the label of none', block('AAEC').replaceAll('SIGNATURE', 'undefined')],
    ['a header that is none', block('AAEC', 'AAEC\n')],
    ['a character outside of base64', block('AA*C')],
    ['URL-safe base64', block('AA-_')],
    ['no padding', block('AAE')],
    ['bits behind the end', block('AAF=')],
    ['padding in the middle', block('AA==\nAAEC')],
    ['data behind the checksum', block('AAEC\n=aaaa\nAAEC')],
    ['space before the data', block(' AAEC')],
    ['padding on a line of its own', block('AAE\n=')],
  ])('refuses %s', async (_, armored) => {
    await refusal(() => decodeArmor(armored, 'SIGNATURE'), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it.each([
    ['a long header', block('AAEC', `Comment: ${'x'.repeat(2000)}\n`)],
    ['many headers', block('AAEC', 'Comment: x\n'.repeat(100))],
  ])('stops at %s', async (_, armored) => {
    await refusal(() => decodeArmor(armored, 'SIGNATURE'), VerificationError, 'LIMIT_EXCEEDED');
  });

  it.each([
    ['headers', 32, (count: number) => block('AAEC', 'Comment: x\n'.repeat(count))],
    ['characters of a header', 1024, (count: number) => block('AAEC', `${'Comment: '.padEnd(count, 'x')}\n`)],
  ])('takes as many %s as there may be, and no more', async (_, most, make) => {
    decodeArmor(make(most), 'SIGNATURE');
    await refusal(() => decodeArmor(make(most + 1), 'SIGNATURE'), VerificationError, 'LIMIT_EXCEEDED');
  });

  it('reads a block of any of several labels, from a BEGIN line of it to its END line', async () => {
    const key = block('AAEC').replaceAll('SIGNATURE', 'PUBLIC KEY BLOCK');
    const either = (armored: string) => decodeArmor(armored, 'SIGNATURE', 'PUBLIC KEY BLOCK');
    expect(either(key)).toEqual(new Uint8Array([0, 1, 2]));
    expect(either(block('AAEC'))).toEqual(new Uint8Array([0, 1, 2]));
    for (const wrong of [
      key.replace('END PGP PUBLIC KEY BLOCK', 'END PGP SIGNATURE'),
      key.replace('-----BEGIN', '----BEGIN'),
      block('AAEC').replace('-----BEGIN', 'x-----BEGIN'),
      block('AAEC').replaceAll('SIGNATURE', 'undefined'),
      'x'.concat(block('AAEC').slice(block('AAEC').indexOf('\n'))),
    ]) {
      await refusal(() => either(wrong), VerificationError, 'EVIDENCE_MALFORMED');
    }
  });
});

describe('encodeArmor', () => {
  /** RFC 9580 section 6.1.1 by another road: polynomial division of one long number. */
  function crc24(bytes: Uint8Array): bigint {
    const length = BigInt(bytes.length * 8);
    const message = BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);
    let rest = (message << 24n) ^ (0xb704cen << length);
    for (let bit = length - 1n; bit >= 0n; bit -= 1n) {
      if ((rest >> (bit + 24n)) & 1n) rest ^= 0x1864cfbn << bit;
    }
    return rest;
  }

  it.each([
    // The check value of CRC-24/OPENPGP in the catalogues of such codes.
    ['123456789', 0x21cf02n],
    ['', 0xb704cen],
  ])('knows the CRC-24 of %j', (text, crc) => {
    expect(crc24(Buffer.from(text))).toBe(crc);
  });

  it('writes nothing as its checksum alone', () => {
    expect(encodeArmor(new Uint8Array(), 'SIGNATURE')).toBe(`${block('=twTO')}\n`);
  });

  it('writes what is read back, with the checksum that GnuPG 2.2 needs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
        const armored = encodeArmor(bytes, 'PUBLIC KEY BLOCK');
        expect(decodeArmor(armored.trimEnd(), 'PUBLIC KEY BLOCK')).toEqual(bytes);
        const [, checksum = ''] = /\n=(.{4})\n-----END PGP PUBLIC KEY BLOCK-----\n$/.exec(armored) ?? [];
        expect(BigInt(`0x${Buffer.from(checksum, 'base64').toString('hex')}`)).toBe(crc24(bytes));
      }),
    );
  });
});

describe('findArmor', () => {
  it('finds those of any of several labels', () => {
    const key = block('AAEC').replaceAll('SIGNATURE', 'PUBLIC KEY BLOCK');
    const text = `${block('AAEC')}\n${key}`;
    expect(findArmor(text, 'SIGNATURE', 'PUBLIC KEY BLOCK')).toEqual([block('AAEC'), key]);
  });

  it('finds every block, and takes the text around them for comments', () => {
    const text = `before\n${block('AAEC')}\r\nbetween\n${block('AAED')}\nbehind`;
    expect(findArmor(text, 'SIGNATURE')).toEqual([block('AAEC'), block('AAED')]);
  });

  it('finds none where there is none', () => {
    for (const line of [
      '----BEGIN PGP SIGNATURE-----',
      'x-----BEGIN PGP SIGNATURE-----',
      '-----BEGIN PGP SIGNATURE-----x',
    ])
      expect(findArmor(`text\n${line}\n`, 'SIGNATURE')).toEqual([]);
  });

  it.each([
    ['a private key', block('AAEC').replaceAll('SIGNATURE', 'PRIVATE KEY BLOCK')],
    ['a private key behind it', `${block('AAEC')}\n-----BEGIN PGP PRIVATE KEY BLOCK-----`],
    ['a block in a block', block('AAEC').replace('AAEC', '-----BEGIN PGP SIGNATURE-----')],
    ['an end without a beginning', '-----END PGP SIGNATURE-----'],
    ['a block that is cut short', block('AAEC').replace(/\n-----END.*/, '')],
  ])('refuses %s', async (_, text) => {
    await refusal(() => findArmor(text, 'SIGNATURE'), VerificationError, 'EVIDENCE_MALFORMED');
  });
});

describe('findWholeArmor', () => {
  const key = block('AAEC').replaceAll('SIGNATURE', 'PUBLIC KEY BLOCK');
  const secret = block('AAEC').replaceAll('SIGNATURE', 'PRIVATE KEY BLOCK');
  const cut = block('AAEC').replace(/\n-----END.*/, '');

  it.each([
    ['nothing', [], ''],
    ['a block and text around it', [key], `before\n${key}\nbehind`],
    ['a block behind one that is cut short', [key], `${cut}\n${key}`],
    ['a block before one that is cut short', [key], `${key}\n${cut}`],
    [
      'blocks of each label, and a private key',
      [key, block('AAEC')],
      [key, secret, block('AAEC')].join('\n'),
    ],
    ['a private key', [], secret],
  ])('of %s finds those that are whole and of the labels', (_, found, text) => {
    expect(findWholeArmor(text, 'SIGNATURE', 'PUBLIC KEY BLOCK')).toEqual(found);
  });
});

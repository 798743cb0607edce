/** What a file of keys is taken apart into: keys, what cannot be read, and revocations wherever they stand. */
import { UserAttributePacket, armor, enums, generateKey, type PrivateKey } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import { isRevoked } from '../../../../src/verify/openpgp/appraise-key.ts';
import { describeUnreadable, joinKeyFiles, notesOf } from '../../../../src/verify/openpgp/key-file.ts';
import { readPublicKeys, readWholeBlocks } from '../../../../src/verify/openpgp/read-keys.ts';
import {
  alienBodies,
  alienKey,
  armored,
  fingerprintOfV4,
  forged,
  packet,
  revocationOf,
  signatureBytes,
} from '../../../support/odd-keys.ts';
import { makeKey, publicKeyFile, revoke, signPacket } from '../../../support/openpgp.ts';
import { refusal } from '../../../support/refusals.ts';

const good = await makeKey({ name: 'good', subkeys: [{ sign: true }] });
const other = await makeKey({ name: 'other', type: 'rsa', subkeys: [{ sign: true, type: 'rsa' }] });
const stranger = await makeKey({ name: 'stranger' });

const binary = (key: PrivateKey) => Buffer.from(key.toPublic().write());
const fingerprints = ({ keys }: Awaited<ReturnType<typeof readPublicKeys>>) =>
  keys.map((key) => key.getFingerprint());

/** Of the primaries, and of the first subkey of each. */
async function revokedIn(bytes: Uint8Array): Promise<[boolean, boolean][]> {
  const { keys } = await readPublicKeys(bytes);
  return Promise.all(
    keys.map(async (key): Promise<[boolean, boolean]> => {
      const subkey = key.subkeys[0];
      return [await isRevoked(key, key), subkey !== undefined && (await isRevoked(key, subkey))];
    }),
  );
}

describe.each(Object.entries(alienBodies))('a key %s', (_, body) => {
  const alien = alienKey(body);

  it.each([
    ['armored, before it', Buffer.concat([armored(alien), publicKeyFile(good)])],
    ['armored, behind it', Buffer.concat([publicKeyFile(good), armored(alien)])],
    ['between two', Buffer.concat([publicKeyFile(good), armored(alien), publicKeyFile(other)])],
    ['in the same armor, before it', armored(alien, binary(good))],
    ['in the same armor, behind it', armored(binary(good), alien)],
    ['binary, before it', Buffer.concat([alien, binary(good)])],
    ['binary, behind it', Buffer.concat([binary(good), alien])],
    ['twice', Buffer.concat([armored(alien, alien), armored(alien, binary(good))])],
  ])('spoils no key %s', async (_position, bytes) => {
    const file = await readPublicKeys(bytes);
    expect(fingerprints(file)[0]).toBe(good.getFingerprint());
    expect(file.unreadable).toHaveLength(1);
    expect(file.unreadable[0]).toMatchObject({ version: body[0] });
    if (body[0] === 4) expect(file.unreadable[0]?.fingerprint).toBe(fingerprintOfV4(body));
    expect(notesOf(file).join()).toContain('was passed over: its kind');
  });

  it('alone is no key', async () => {
    expect(await readPublicKeys(armored(alien))).toMatchObject({ keys: [], strays: [] });
  });
});

it.each([
  ['empty', Buffer.alloc(0), 'a key', 'version 0, algorithm 0'],
  ['cut short', Buffer.from([4, 1, 2, 3, 4]), undefined, 'version 4, algorithm 0'],
  ['of version 3, cut short', Buffer.from([3, 1, 2, 3, 4, 0, 0]), 'a key', 'version 3, algorithm 0'],
  ['of version 3', alienBodies['of version 3']!, 'a key', 'version 3, algorithm 1'],
  [
    ...(['of an algorithm of tomorrow', alienBodies['of an unknown algorithm']!] as const),
    ...([undefined, 'version 4, algorithm 99'] as const),
  ],
])('says what a key that is %s was', async (_, body, name, kind) => {
  const called = name ?? `key ${fingerprintOfV4(body)}`;
  expect(notesOf(await readPublicKeys(armored(packet(6, body))))).toEqual([
    `${called} was passed over: its kind (${kind}) is not supported, or it is broken`,
  ]);
});

it('names a key of version 6 that it cannot read as others do', async () => {
  const userIDs = [{ name: 'tomorrow' }];
  const { publicKey } = await generateKey({ userIDs, format: 'object', config: { v6Keys: true } });
  const body = publicKey.keyPacket.write();
  expect(body[0]).toBe(6);
  expect(describeUnreadable({ tag: 6, body } as never).fingerprint).toBe(
    publicKey.getFingerprint().toUpperCase(),
  );
});

it('keeps nothing of a photograph, nor of what its owner said of it', async () => {
  const image = Buffer.from([2, 1, 7]);
  const photograph = packet(17, image);
  const attribute = new UserAttributePacket();
  attribute.read(image);
  const types = [enums.signature.certPositive, enums.signature.certRevocation];
  const said = types.map((type) =>
    signPacket({ key: good.keyPacket, userAttribute: attribute }, { key: good, type }),
  );
  const packets = [binary(good), photograph, ...(await Promise.all(said)).map(signatureBytes)];
  const { keys } = await readPublicKeys(Buffer.concat(packets));
  expect(Buffer.from(keys[0]!.write())).toEqual(binary(good));
});

it('keeps nothing that others certified', async () => {
  const key = await makeKey();
  const [user] = key.users;
  const data = { key: key.keyPacket, userID: user!.userID! };
  const type = enums.signature.certPositive;
  user!.otherCertifications.push(await signPacket(data, { key: stranger, type }));
  const [read] = (await readPublicKeys(publicKeyFile(key))).keys;
  const { selfCertifications, otherCertifications } = read!.users[0]!;
  expect([selfCertifications.length, otherCertifications.length]).toEqual([1, 0]);
});

it('keeps what binds a subkey, whomever its unhashed part names', async () => {
  const key = await makeKey({ subkeys: [{ sign: true }] });
  const body = Buffer.from(stranger.getKeyID().toHex(), 'hex');
  key.subkeys[0]!.bindingSignatures[0]!.unhashedSubpackets = [{ type: 16, critical: false, body }];
  const [read] = (await readPublicKeys(publicKeyFile(key))).keys;
  expect(read?.subkeys[0]?.bindingSignatures).toHaveLength(1);
});

it('keeps a primary apart from itself as a subkey', async () => {
  const body = good.toPublic().keyPacket.write();
  const [key] = (await readPublicKeys(Buffer.concat([binary(good), packet(14, body)]))).keys;
  expect(key?.subkeys.map((subkey) => subkey.getFingerprint())).toEqual([
    good.subkeys[0]!.getFingerprint(),
    good.getFingerprint(),
  ]);
});

it('leaves a key that has a subkey of an unknown algorithm', async () => {
  const subkey = packet(14, alienBodies['of an unknown algorithm']!);
  const [key, ...others] = (await readPublicKeys(Buffer.concat([binary(good), subkey]))).keys;
  expect(others).toEqual([]);
  expect(key?.subkeys).toHaveLength(1);
});

describe('a revocation that stands by itself', async () => {
  const primary = signatureBytes(await revocationOf(good));
  const ofSubkey = signatureBytes(await revocationOf(good, good.subkeys[0]));
  const rsa = signatureBytes(await revocationOf(other));
  const label = (bytes: Uint8Array) => Buffer.from(armor(enums.armor.signature, bytes));

  it.each([
    ['behind the key', Buffer.concat([publicKeyFile(good), armored(primary)])],
    ['before the key', Buffer.concat([armored(primary), publicKeyFile(good)])],
    ['in the armor of the key', armored(binary(good), primary)],
    ['in the armor of the key, before it', armored(primary, binary(good))],
    ['binary, behind the key', Buffer.concat([binary(good), primary])],
    ['binary, before the key', Buffer.concat([primary, binary(good)])],
    ['with the label of a signature', Buffer.concat([publicKeyFile(good), label(primary)])],
    ['twice', Buffer.concat([armored(primary), publicKeyFile(good), armored(primary, primary)])],
  ])('counts %s', async (_, bytes) => {
    expect(await revokedIn(bytes)).toEqual([[true, true]]);
    expect(notesOf(await readPublicKeys(bytes))).toEqual([]);
  });

  it.each([
    [
      'behind another key',
      Buffer.concat([publicKeyFile(good, other), armored(primary)]),
      [
        [true, true],
        [false, false],
      ],
    ],
    [
      'between two, binary',
      Buffer.concat([binary(other), primary, binary(good)]),
      [
        [false, false],
        [true, true],
      ],
    ],
    [
      'among those of others',
      Buffer.concat([publicKeyFile(good, other), armored(rsa, primary)]),
      [
        [true, true],
        [true, true],
      ],
    ],
    ['and of a subkey', Buffer.concat([publicKeyFile(good), armored(ofSubkey)]), [[false, true]]],
    [
      'and of a subkey, behind another key',
      Buffer.concat([binary(good), binary(stranger), ofSubkey]),
      [
        [false, true],
        [false, false],
      ],
    ],
  ] as const)('counts for its own key: %s', async (_, bytes, expected) => {
    expect(await revokedIn(bytes)).toEqual(expected);
  });

  it('of a key that is not there is passed over, and so is one that was not made by whom it names', async () => {
    const stray = signatureBytes(await revocationOf(stranger));
    const wrong = forged(await revocationOf(good));
    const bytes = Buffer.concat([
      publicKeyFile(good),
      armored(stray),
      armored(wrong),
      armored(packet(2, Buffer.from([3, 5, 0x20]))),
    ]);
    expect(await revokedIn(bytes)).toEqual([[false, false]]);
    expect(notesOf(await readPublicKeys(bytes))).toEqual([
      `a revocation was passed over: it is by key ${stranger.getFingerprint().toUpperCase()}, which is not here`,
      `a revocation was passed over: key ${good.getFingerprint().toUpperCase()}, which it names, did not make it`,
      'a revocation was passed over: its format is not supported',
    ]);
  });

  it('forged, hides none that is not', async () => {
    const wrong = forged(await revocationOf(good));
    for (const order of [
      [wrong, primary],
      [primary, wrong],
    ]) {
      expect(await revokedIn(Buffer.concat([publicKeyFile(good), armored(...order)]))).toEqual([
        [true, true],
      ]);
    }
  });

  it('counts by a key ID alone, and is told by it where its key is not there', async () => {
    const by = async (key: PrivateKey) =>
      armored(
        signatureBytes(
          await signPacket(
            { key: key.keyPacket },
            { key, type: enums.signature.keyRevocation, isByKeyId: true },
          ),
        ),
      );
    expect(await revokedIn(Buffer.concat([publicKeyFile(good, other), await by(good)]))).toEqual([
      [true, true],
      [false, false],
    ]);
    const keyId = stranger.getKeyID().toHex().toUpperCase();
    expect(notesOf(await readPublicKeys(Buffer.concat([publicKeyFile(good), await by(stranger)])))).toEqual([
      `a revocation was passed over: it is by key ${keyId}, which is not here`,
    ]);
  });

  it('counts, whomever its unhashed part names', async () => {
    const made = await revocationOf(good);
    const body = Buffer.from(stranger.getKeyID().toHex(), 'hex');
    made.unhashedSubpackets = [{ type: 16, critical: false, body }];
    const bytes = Buffer.concat([publicKeyFile(good, stranger), armored(signatureBytes(made))]);
    expect(await revokedIn(bytes)).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  it('stands once in a key, however many copies have it', async () => {
    const key = await makeKey({ subkeys: [{ sign: true }] });
    await revoke(key);
    await revoke(key, key.subkeys[0]);
    const copies = Buffer.concat([
      publicKeyFile(key, key),
      armored(signatureBytes(key.revocationSignatures[0]!)),
    ]);
    const [one] = (await readPublicKeys(copies)).keys;
    expect([one?.revocationSignatures.length, one?.subkeys[0]?.revocationSignatures.length]).toEqual([1, 1]);
  });

  it('of a subkey is not taken for one of the primary, whatever it was made over', async () => {
    const nothing = { writeForHash: () => new Uint8Array() };
    const type = enums.signature.subkeyRevocation;
    const odd = await signPacket({ key: good.keyPacket, bind: nothing }, { key: good, type });
    const file = await readPublicKeys(Buffer.concat([publicKeyFile(good), armored(signatureBytes(odd))]));
    expect([file.keys[0]?.revocationSignatures, file.strays.length]).toEqual([[], 1]);
  });

  it('finds its key in another file', async () => {
    const files = [await readPublicKeys(armored(primary)), await readPublicKeys(publicKeyFile(good, other))];
    for (const order of [files, files.toReversed()]) {
      const { keys, strays } = await joinKeyFiles(order);
      expect(await Promise.all(keys.map((key) => isRevoked(key, key)))).toEqual([true, false]);
      expect(strays).toEqual([]);
    }
  });

  it('is tried as often as anybody needs, and not for ever', async () => {
    // Each may be of the primary or of one of its seven subkeys: eight trials of 2048.
    const key = await makeKey({ subkeys: Array.from({ length: 7 }, () => ({ sign: true })) });
    const made = await revocationOf(key);
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => {
        const bytes = signatureBytes(made);
        bytes.writeUInt16BE(index, bytes.length - 3);
        return bytes;
      });
    const file = (count: number) => Buffer.concat([publicKeyFile(key), armored(...many(count))]);
    expect((await readPublicKeys(file(256))).strays).toHaveLength(256);
    // One more, of a key that has no subkey.
    const more = Buffer.concat([
      file(256),
      publicKeyFile(stranger),
      armored(forged(await revocationOf(stranger))),
    ]);
    await refusal(readPublicKeys(more), VerificationError, 'LIMIT_EXCEEDED');
  });

  it('is not tried again where it stands behind its key and counts', async () => {
    const key = await makeKey({ subkeys: Array.from({ length: 40 }, () => ({ sign: true })) });
    for (let day = 1; day <= 51; day += 1) {
      await revoke(key, undefined, { created: new Date(Date.UTC(2026, 0, day)) });
    }
    const file = await readPublicKeys(publicKeyFile(key));
    expect([file.keys[0]?.revocationSignatures.length, file.strays]).toEqual([51, []]);
  });

  it('fills no terminal, however many there are', async () => {
    const made = await revocationOf(stranger);
    const many = (length: number) =>
      Array.from({ length }, (_, index) => {
        const bytes = signatureBytes(made);
        // Each by another key, which is not there either.
        const at = bytes.indexOf(Buffer.from(stranger.getFingerprint(), 'hex'));
        bytes.writeUInt8(index, at);
        return bytes;
      });
    for (const [count, more] of [
      [8, []],
      [9, ['and 1 more were passed over']],
      [40, ['and 32 more were passed over']],
    ] as const) {
      const bytes = Buffer.concat([publicKeyFile(good), armored(...many(count))]);
      const notes = notesOf(await readPublicKeys(bytes));
      expect(notes.slice(0, 8).every((note) => note.startsWith('a revocation was passed over'))).toBe(true);
      expect(notes.slice(8)).toEqual(more);
    }
  });
});

describe('packets that say nothing', () => {
  const idle = [packet(10, Buffer.from('PGP')), packet(12, Buffer.from([0])), packet(21, Buffer.alloc(3))];

  it('are passed over wherever they stand', async () => {
    for (const one of idle) {
      expect(fingerprints(await readPublicKeys(armored(one, binary(good), one)))).toEqual([
        good.getFingerprint(),
      ]);
    }
  });

  it('are no key', async () => {
    for (const one of idle) {
      const bytes = Buffer.concat([publicKeyFile(good), armored(one)]);
      await refusal(readPublicKeys(bytes), VerificationError, 'EVIDENCE_MALFORMED');
    }
  });
});

it('a file of 4096 packets is read, and none of one more', async () => {
  const own = [...good.toPublic().toPacketList()].length;
  const filled = (count: number) =>
    Buffer.concat([binary(good), ...Array.from({ length: count - own }, () => packet(12, Buffer.from([0])))]);
  expect(fingerprints(await readPublicKeys(filled(4096)))).toEqual([good.getFingerprint()]);
  await refusal(readPublicKeys(filled(4097)), VerificationError, 'LIMIT_EXCEEDED');
});

describe('a file of as many bytes as there may be', () => {
  const maxKeyFileBytes = 1 << 20;
  const filled = (size: number) => {
    const key = publicKeyFile(good);
    return Buffer.concat([key, Buffer.from('\n'), Buffer.alloc(size - key.length - 1, 'x')]);
  };

  it('is read, and none of one more', async () => {
    expect(fingerprints(await readPublicKeys(filled(maxKeyFileBytes)))).toEqual([good.getFingerprint()]);
    await refusal(readPublicKeys(filled(maxKeyFileBytes + 1)), VerificationError, 'LIMIT_EXCEEDED');
  });

  it('is looked through for whole blocks, and none of one more', async () => {
    const found = async (size: number) => fingerprints(await readWholeBlocks(filled(size)));
    expect(await found(maxKeyFileBytes)).toEqual([good.getFingerprint()]);
    expect(await found(maxKeyFileBytes + 1)).toEqual([]);
  });
});

describe('binary keys before armored ones', () => {
  const body = Buffer.from(good.toPublic().keyPacket.write());

  it.each([
    ['of the current format', packet(6, body)],
    ['of the legacy format', Buffer.concat([Buffer.from([0x99, 0, body.length]), body])],
    ['that are private', Buffer.from(good.write())],
  ])('are refused: those %s', async (_, before) => {
    const bytes = Buffer.concat([before, Buffer.from('\n'), publicKeyFile(other)]);
    const error = await refusal(readPublicKeys(bytes), VerificationError, 'EVIDENCE_MALFORMED');
    expect(error.message).toContain('before an armored block');
  });

  it.each(['Été', '鍵', 'Ключ', 'From', 'Expires'])('are no text like %s', async (text) => {
    const bytes = Buffer.concat([Buffer.from(`${text}\n`), publicKeyFile(other)]);
    expect(fingerprints(await readPublicKeys(bytes))).toEqual([other.getFingerprint()]);
  });
});

it('takes no user ID for a revocation, whatever its letters', async () => {
  for (const name of ['a b', 'a(b']) {
    const bytes = Buffer.concat([binary(good), packet(13, Buffer.from(name))]);
    expect(notesOf(await readPublicKeys(bytes))).toEqual([]);
  }
});

it('takes no text for binary keys, whichever letter it begins with', async () => {
  for (let letter = 0; letter < 0x80; letter += 1) {
    const bytes = Buffer.from([letter, 1, 2, 3]);
    const error = await refusal(readPublicKeys(bytes), VerificationError, 'EVIDENCE_MISSING');
    expect(error.message).toBe('no OpenPGP public key, neither armored nor binary');
  }
});

describe('what is no file of keys', async () => {
  const user = good.users[0]?.userID;
  if (!user) throw new Error('the key has no user ID');
  const type = enums.signature.certPositive;
  const certification = signatureBytes(
    await signPacket({ key: good.keyPacket, userID: user }, { key: good, type }),
  );
  const literal = packet(11, Buffer.from('b\x00\x00\x00\x00\x00hello', 'latin1'));

  it.each([
    ['a certification by itself', Buffer.concat([publicKeyFile(good), armored(certification)])],
    ['a user ID by itself', Buffer.concat([publicKeyFile(good), armored(packet(13, Buffer.from('x')))])],
    ['a message', Buffer.concat([publicKeyFile(good), armored(literal)])],
    ['a message behind a key', armored(binary(good), literal)],
    ['what nobody knows, behind a key', armored(binary(good), packet(60, Buffer.from('x')))],
    ['a marker by itself', Buffer.concat([publicKeyFile(good), armored(packet(10, Buffer.from('PGP')))])],
    [
      'a private key beside a revocation',
      armored(signatureBytes(await revocationOf(good)), Buffer.from(good.write())),
    ],
  ])('refuses %s', async (_, bytes) => {
    await refusal(readPublicKeys(bytes), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it.each([
    ['a private key', () => Buffer.from(good.write())],
    ['a private key without subkeys', () => Buffer.from(stranger.write())],
    [
      'a private subkey behind a public key',
      () => Buffer.concat([binary(other), packet(7, Buffer.from([4]))]),
    ],
  ])('says of %s that it is disclosed', async (_, make) => {
    const error = await refusal(readPublicKeys(make()), VerificationError, 'EVIDENCE_MALFORMED');
    expect(error.message).toContain('a private key where only public keys belong');
    expect(error.hint).toContain('consider it disclosed');
  });
});

describe('readWholeBlocks', () => {
  it.each([
    ['a private key', Buffer.from(other.armor())],
    ['half a block', publicKeyFile(other).subarray(0, 300)],
    ['a message', Buffer.from('-----BEGIN PGP MESSAGE-----\n\nAAAA\n-----END PGP MESSAGE-----\n')],
    [
      'a block that is no base64',
      Buffer.from(
        publicKeyFile(other)
          .toString()
          .replace(/\n\n..../, '\n\n####'),
      ),
    ],
    ['an end without a beginning', Buffer.from('-----END PGP PUBLIC KEY BLOCK-----\n')],
  ])('finds a key beside %s', async (_, bytes) => {
    await refusal(
      readPublicKeys(Buffer.concat([publicKeyFile(good), bytes])),
      VerificationError,
      'EVIDENCE_MALFORMED',
    );
    const around = Buffer.concat([publicKeyFile(good), Buffer.from('\n'), bytes]);
    expect(fingerprints(await readWholeBlocks(around))).toEqual([good.getFingerprint()]);
    const behind = Buffer.concat([bytes, Buffer.from('\n'), publicKeyFile(good)]);
    expect(fingerprints(await readWholeBlocks(behind))).toEqual([good.getFingerprint()]);
  });

  it('finds binary keys', async () => {
    expect(fingerprints(await readWholeBlocks(binary(good)))).toEqual([good.getFingerprint()]);
  });

  it('finds nothing where there is nothing, and never throws', async () => {
    for (const bytes of ['', 'x', Buffer.alloc(2_000_000, 0x98), good.write(), Buffer.from([0xc6])]) {
      expect((await readWholeBlocks(Buffer.from(bytes))).keys).toEqual([]);
    }
  });
});

/**
 * Every bit of a small signed file, and some hundreds of a real one: changed, it is refused, or the very same
 * text is vouched for by the very same key, because the bit stood where nothing depends on it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AssayError } from '../../../../src/model/errors.ts';
import { readKeyring, type Keyring } from '../../../../src/verify/openpgp/keyring.ts';
import { verifyCleartext } from '../../../../src/verify/openpgp/verify-signatures.ts';

const root = join(import.meta.dirname, '../../../..');
const now = new Date('2026-11-20T12:00:00Z');

/** The bits, as 8 × byte + bit, whose flip is accepted. Fails where anything but the original comes out. */
async function acceptedFlips(file: Uint8Array, keyring: Keyring, bits: Iterable<number>): Promise<number[]> {
  const original = await verifyCleartext(file, keyring, now);
  const signers = original.signers.map((signer) => signer.fingerprint);
  const accepted: number[] = [];
  for (const bit of bits) {
    const changed = new Uint8Array(file);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    try {
      const result = await verifyCleartext(changed, keyring, now);
      expect(Buffer.from(result.text)).toEqual(Buffer.from(original.text));
      expect(result.signers.map((signer) => signer.fingerprint)).toEqual(signers);
      accepted.push(bit);
    } catch (error) {
      if (!(error instanceof AssayError)) throw error;
    }
  }
  return accepted;
}

async function keyringOf(path: string): Promise<Keyring> {
  return readKeyring([{ name: path, bytes: readFileSync(join(root, path)) }]);
}

/** The bytes of the first line that matches. */
function lineSpan(file: Buffer, pattern: RegExp): (bit: number) => boolean {
  const match = pattern.exec(file.toString('latin1'));
  const start = match?.index ?? -1;
  return (bit) => bit >> 3 >= start && bit >> 3 < start + (match?.[0].length ?? 0);
}

it('no bit of a small file matters unnoticed', async () => {
  const file = readFileSync(join(root, 'test/corpus/inrelease/accept-ed25519/InRelease'));
  const keyring = await keyringOf('test/corpus/inrelease/accept-ed25519/keyring.asc');
  const accepted = await acceptedFlips(file, keyring, Array(file.length * 8).keys());
  const inHeader = lineSpan(file, /^Hash: .*$/m);
  const inChecksum = lineSpan(file, /^=.{4}$/m);
  // The Hash header and the checksum say nothing that a signature does not, and are ignored.
  expect(accepted.filter(inHeader).length).toBeGreaterThan(0);
  expect(accepted.filter(inChecksum).length).toBeGreaterThan(0);
  // The bit count of a number in the signature may be off by a few, as long as its byte count is right.
  const data = file.toString('latin1').indexOf('\n\n', file.indexOf('BEGIN PGP SIGNATURE'));
  const elsewhere = accepted.filter((bit) => !inHeader(bit) && !inChecksum(bit));
  expect(elsewhere.length).toBeLessThanOrEqual(6);
  expect(elsewhere.every((bit) => bit >> 3 > data)).toBe(true);
});

const realPath = 'test/fixtures/debian/dists/trixie-updates/InRelease';

it.each([
  ['text', 0, 250],
  ['signature block', 1, 250],
])('no bit of a real file matters unnoticed: %s', async (region, start, samples) => {
  const file = readFileSync(join(root, realPath));
  const keyring = await keyringOf('test/fixtures/debian/keys/debian-archive-trixie-automatic.asc');
  const border = file.indexOf('-----BEGIN PGP SIGNATURE-----') * 8;
  const [from, to] = start === 0 ? [0, border] : [border, file.length * 8];
  const step = (to - from) / samples;
  const bits = Array.from({ length: samples }, (_, index) => Math.floor(from + index * step + (index % 8)));
  const accepted = await acceptedFlips(file, keyring, bits);
  if (region === 'text') {
    expect(accepted.filter((bit) => !lineSpan(file, /^Hash: .*$/m)(bit))).toEqual([]);
  } else {
    // The other signature in the block is by a key that this keyring does not hold: it never counted.
    expect(accepted.length).toBeGreaterThan(0);
    expect(accepted.length).toBeLessThan(samples);
  }
});

/** OpenPGP keys by their pin: the file of another day, as far as today's has it. */
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import type { Anchor } from '../../../../src/verify/anchors/anchor.ts';
import { openpgpKeys, type OpenpgpPin } from '../../../../src/verify/anchors/openpgp.ts';
import { isRevoked } from '../../../../src/verify/openpgp/appraise-key.ts';
import { makeKey, publicKeyFile, revoke } from '../../../support/openpgp.ts';
import { refusal } from '../../../support/refusals.ts';

const now = new Date('2026-11-20T12:00:00Z');
const key = await makeKey();
const fingerprint = key.getFingerprint().toUpperCase();
const kept = publicKeyFile(key);
const stolen = await makeKey({ name: 'stolen' });
const ofStolen = publicKeyFile(stolen);
await revoke(stolen, undefined, { fields: { reasonForRevocationFlag: 2 } });

const urls = ['https://example.org/'] as const;
function anchorOf(bytes: Uint8Array | undefined, fingerprints = [fingerprint]): Anchor<OpenpgpPin> {
  const pin = { type: 'openpgp' as const, file: 'keys.asc', fingerprints, retired: [], learnt: 'here' };
  return {
    ...{ name: 'tool', kind: openpgpKeys, pin: { ...pin, scope: [...urls], sources: [...urls] } },
    file: (name) => ({ name, path: `trust/${name}`, bytes }),
  };
}

const reopen = (anchor: Anchor<OpenpgpPin>, bytes = kept) => openpgpKeys.reopen!(bytes, anchor, now);

describe('a kept keyring', () => {
  it('is opened by the pins of today, with the file of today or without it', async () => {
    for (const today of [kept, undefined]) {
      const { keys, anchor } = await reopen(anchorOf(today));
      expect([keys.map((one) => one.getFingerprint().toUpperCase()), anchor]).toEqual([
        [fingerprint],
        'tool',
      ]);
    }
  });

  it('has the revocations of the file of today', async () => {
    const pins = [stolen.getFingerprint().toUpperCase()];
    for (const [today, expected] of [
      [undefined, false],
      [ofStolen, false],
      [publicKeyFile(stolen), true],
    ] as const) {
      const [one] = (await reopen(anchorOf(today, pins), ofStolen)).keys;
      expect(await isRevoked(one!, one!)).toBe(expected);
    }
  });

  it('is refused where the file of today holds other keys than the pinned ones, by its name', async () => {
    const { message } = await refusal(reopen(anchorOf(ofStolen)), VerificationError, 'PIN_MISMATCH');
    expect(message).toContain('trust/keys.asc');
  });
});

it('shows each of its keys as it is: nothing of them has changed', async () => {
  const { keys } = await openpgpKeys.report(kept, anchorOf(kept), now);
  const one = expect.objectContaining({ fingerprint, status: 'usable' }) as unknown;
  expect(keys).toEqual([{ fingerprint, change: 'none', before: one, after: one }]);
  const other = openpgpKeys.report(ofStolen, anchorOf(ofStolen), now);
  const { message } = await refusal(other, VerificationError, 'PIN_MISMATCH');
  expect(message).toContain('trust/keys.asc');
});

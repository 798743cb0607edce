/** What is written for `trust/` is read by GnuPG as it is by us: the same primaries. Runs where there is a gpg. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PrivateKey } from 'openpgp';
import { afterAll, describe, expect, it } from 'vitest';
import { canonicalise } from '../../../../src/verify/openpgp/fetched-keys.ts';
import { makeKey, publicKeyFile, revoke, type KeyRequest } from '../../../support/openpgp.ts';

const hasGpg = spawnSync('gpg', ['--version']).status === 0;
const home = mkdtempSync(join(tmpdir(), 'assay-gpg-'));
afterAll(() => {
  rmSync(home, { recursive: true });
});

/** Upper-case hex, sorted. */
function primariesByGpg(armored: Uint8Array): string[] {
  const file = join(home, 'keys.asc');
  writeFileSync(file, armored);
  const args = ['--homedir', home, '--batch', '--with-colons', '--show-keys', file];
  const lines = execFileSync('gpg', args, { stdio: ['ignore', 'pipe', 'ignore'] })
    .toString()
    .split('\n');
  const fields = lines.map((line) => line.split(':'));
  return fields.flatMap(([type], index) => (type === 'pub' ? (fields[index + 1]?.[9] ?? '') : [])).sort();
}

const kinds: Readonly<Record<string, KeyRequest>> = {
  Ed25519: {},
  'Ed25519 with a subkey': { subkeys: [{ sign: true }] },
  RSA: { type: 'rsa' },
  'RSA with an Ed25519 subkey': {
    type: 'rsa',
    subkeys: [{ sign: true, type: 'ecc', curve: 'ed25519Legacy' }],
  },
  'P-256': { curve: 'nistP256' },
  'P-384': { curve: 'nistP384' },
  'P-521': { curve: 'nistP521' },
};

describe.runIf(hasGpg)('gpg', () => {
  if (!hasGpg) {
    console.info('gpg-reads skipped: there is no gpg');
    it('skipped: there is no gpg', () => undefined);
    return;
  }

  it.each(Object.entries(kinds))('reads a key of %s, however its base64 ends', async (_, request) => {
    const endings = new Set<string>();
    // A signature's numbers differ in length by chance: more names until two files end differently.
    for (let length = 1; length <= 3 || (endings.size < 2 && length <= 30); length += 1) {
      const key = await makeKey({ ...request, name: 'a'.repeat(length) });
      const bytes = await canonicalise(publicKeyFile(key));
      expect(primariesByGpg(bytes)).toEqual([fingerprint(key)]);
      endings.add(/[^=\n](={0,2})\n=.{4}\n-/.exec(Buffer.from(bytes).toString())?.[1] ?? '');
    }
    expect(endings.size).toBeGreaterThan(1);
  });

  it('reads several keys, and a revoked one', async () => {
    const revoked = await makeKey({ name: 'revoked', type: 'rsa' });
    await revoke(revoked);
    const keys = [await makeKey({ name: 'x' }), revoked, await makeKey()];
    const bytes = await canonicalise(publicKeyFile(...keys));
    expect(primariesByGpg(bytes)).toEqual(keys.map(fingerprint).sort());
  });
});

function fingerprint(key: PrivateKey): string {
  return key.getFingerprint().toUpperCase();
}

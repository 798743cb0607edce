/** One key block by hand: `verify-keys`. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PrivateKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenpgpPin } from '../../../src/verify/anchors/openpgp.ts';
import { parseTrustPins } from '../../../src/verify/anchors/pins.ts';
import { readFileSync } from 'node:fs';
import { runInProcess } from '../../support/command-in-process.ts';
import { alienBodies, alienKey, armored } from '../../support/odd-keys.ts';
import { clearsign, makeKey, publicKeyFile } from '../../support/openpgp.ts';
import { root, runAssay } from '../../support/run-assay.ts';

const now = ['--now', '2026-11-20T12:00:00Z'];
const debian = join(root, 'trust/debian-archive.asc');
const own = '04B54C3CDCA79751B16BC6B5225629DF75B188BD';
const pin = (key: PrivateKey) => key.getFingerprint();

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-keys-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function fileOf(bytes: Uint8Array | string): Promise<string> {
  const file = join(directory, 'keys');
  await writeFile(file, bytes);
  return file;
}

function verify(file: string, pins: readonly string[], ...more: readonly string[]) {
  return runInProcess(['verify-keys', ...now, ...pins.flatMap((one) => ['--pin', one]), ...more, file]);
}

describe('verify-keys', () => {
  it("prints Debian's key under its pin, by the built command", async () => {
    const pasted = '04b5 4c3c dca7 9751 b16b  c6b5 2256 29df 75b1 88bd';
    const args = ['verify-keys', ...now, '--pin', pasted, debian];
    const { exitCode, stdout } = await runAssay(args);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toEqual([
      `key ${own}  rsa4096, created 2025-03-30, expires 2035-03-28 (in 3050 days)`,
      '  user ID Debian Archive Automatic Signing Key (13/trixie) <ftpmaster@debian.org>',
      '  signing subkey B8E5F13176D2A7A75220028078DBA3BC47EF2265  rsa4096, created 2025-03-30, expires 2035-03-28 (in 3050 days)',
      '',
    ]);
    const json = await verify(debian, [own], '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      verified: true,
      keys: [
        {
          ...{ fingerprint: own, algorithm: 'rsa', bits: 4096, status: 'usable', expiresInDays: 3050 },
          signingSubkeys: [{ fingerprint: 'B8E5F13176D2A7A75220028078DBA3BC47EF2265', revoked: false }],
        },
      ],
    });
  });

  it.each([
    ['another fingerprint', [own.replace('0', '1')], 5, 'PIN_MISMATCH'],
    ['the subkey', ['B8E5F13176D2A7A75220028078DBA3BC47EF2265'], 5, 'PIN_MISMATCH'],
    ['one fingerprint more', [own, own.replace('0', '1')], 5, 'PIN_MISMATCH'],
    ['a key ID', ['225629DF75B188BD'], 2, 'TRUST_INVALID'],
    ['nothing', [], 2, 'required option'],
  ] as const)('refuses it under a pin of %s', async (_, pins, code, said) => {
    const { exitCode, stdout, stderr } = await verify(debian, pins);
    expect([exitCode, stdout]).toEqual([code, '']);
    expect(stderr).toContain(said);
  });

  it.each([
    ['a file that is too large', () => Buffer.alloc(3 << 20, 'x'), 'LIMIT_EXCEEDED'],
    ['a private key', async () => (await makeKey()).armor(), 'EVIDENCE_MALFORMED'],
    ['no key', () => 'hello', 'EVIDENCE_MISSING'],
  ])('refuses %s', async (_, make, code) => {
    const { exitCode, stderr } = await verify(await fileOf(await make()), [own]);
    expect(exitCode).toBe(5);
    expect(stderr).toContain(`[${code}]`);
  });

  it('passes over retired keys, and those that cannot be read, and says so', async () => {
    const [key, old] = [await makeKey({ name: 'new' }), await makeKey({ type: 'rsa', rsaBits: 1024 })];
    const alien = armored(alienKey(alienBodies['of version 6 and an unknown algorithm']!));
    const file = await fileOf(Buffer.concat([alien, publicKeyFile(old, key)]));
    expect(await verify(file, [pin(key)])).toMatchObject({ exitCode: 5 });
    const { exitCode, stdout, stderr } = await verify(file, [pin(key)], '--retired', pin(old), '--json');
    expect(exitCode).toBe(0);
    const note = expect.stringContaining('(version 6, algorithm 30) is not supported') as string;
    expect(JSON.parse(stdout)).toMatchObject({
      keys: [{ fingerprint: pin(key).toUpperCase() }],
      notes: [note],
    });
    expect(stderr).toEqual(note);
    const both = await verify(file, [pin(key)], '--retired', pin(key));
    expect([both.exitCode, both.stderr]).toEqual([2, expect.stringContaining('one or the other')]);
  });

  it('has an exit code of its own for a file that is not there', async () => {
    expect(await verify(join(directory, 'nothing'), [own])).toMatchObject({ exitCode: 2 });
  });

  it('prints a hostile user ID harmlessly', async () => {
    const key = await makeKey({ name: '\x1b[2J\u202edne\r\nkey 00' });
    const file = await fileOf(publicKeyFile(key));
    for (const flags of [[], ['--json']]) {
      const { exitCode, stdout } = await verify(file, [pin(key)], ...flags);
      expect(exitCode).toBe(0);
      expect(stdout).not.toMatch(/[^\n\P{C}]/u);
      expect(stdout).not.toMatch(/^key 00/m);
    }
  });

  it("accepts runc's keyring, in which one key has expired", async () => {
    const pins = parseTrustPins(readFileSync(join(root, 'trust/pins.yaml'), 'utf8'), 'pins.yaml').anchors;
    const anchor = pins['runc'] as OpenpgpPin;
    const { exitCode, stdout } = await verify(join(root, 'trust/runc.asc'), anchor.fingerprints);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('key C020EA876CE4E06C7AB95AEF49524C6F9F638F1A  rsa3072');
    expect(stdout.match(/cannot vouch/g)).toHaveLength(1);
  });

  it('an expired key of a keyring that is accepted vouches for nothing new', async () => {
    const expired = await makeKey({ lifetime: 365 * 86_400 });
    const good = await makeKey();
    const keyring = await fileOf(publicKeyFile(good, expired));
    const { exitCode, stdout } = await verify(keyring, [pin(good), pin(expired)]);
    expect(exitCode).toBe(0);
    expect(stdout.match(/expired 2024-12-31: cannot vouch/g)).toHaveLength(1);
    const signed = join(directory, 'InRelease');
    for (const [key, code] of [
      [good, 0],
      [expired, 5],
    ] as const) {
      await writeFile(signed, await clearsign('Suite: x', { key }));
      const args = ['verify-release', ...now, '--keyring', keyring, signed];
      expect(await runInProcess(args)).toMatchObject({ exitCode: code });
    }
  });
});

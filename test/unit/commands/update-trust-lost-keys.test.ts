/** Keys that are revoked, too weak or expired: what `update-trust` keeps of them by itself, and how they are retired. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { enums, type PrivateKey } from 'openpgp';
import { describe, expect } from 'vitest';
import { test, type KeyPublisher } from '../../support/key-publisher.ts';
import { runInProcess } from '../../support/command-in-process.ts';
import { armored, forged, revocationOf, selfSignedWith, signatureBytes } from '../../support/odd-keys.ts';
import { clearsign, makeKey, publicKeyFile, revoke } from '../../support/openpgp.ts';
import { changedPaths } from '../../support/snapshot.ts';

const pin = (key: PrivateKey) => key.getFingerprint().toUpperCase();
const now = ['--now', '2026-11-20T12:00:00Z'];

const young = await makeKey({ name: 'young' });
const beta = await makeKey({ name: 'beta' });
const gamma = await makeKey({ name: 'gamma' });

/** With its copy of before. */
async function revokedKey(): Promise<{ key: PrivateKey; before: Uint8Array; after: Uint8Array }> {
  const key = await makeKey({ name: 'old', subkeys: [{ sign: true }] });
  const before = publicKeyFile(key);
  await revoke(key);
  return { key, before, after: publicKeyFile(key) };
}

/** Whether the anchor's file, by itself, vouches for what the key signs. */
async function vouches({ trustDir, directory }: KeyPublisher, key: PrivateKey): Promise<boolean> {
  const file = join(directory, 'InRelease');
  await writeFile(file, await clearsign('text', { key }));
  const keyring = ['--keyring', join(trustDir, 'alpha.asc')];
  const { exitCode, stderr } = await runInProcess(['verify-release', ...now, ...keyring, file]);
  expect([0, 5]).toContain(exitCode);
  if (exitCode === 5) expect(stderr).toContain('no good signature');
  return exitCode === 0;
}

interface Document {
  readonly anchors: readonly {
    readonly needs: readonly string[];
    readonly error?: { readonly code: string };
  }[];
  readonly changed: readonly string[];
  readonly written: readonly string[];
}

async function update(publisher: KeyPublisher, ...args: readonly string[]) {
  const { exitCode, stdout, stderr } = await publisher.update(['--json', ...args]);
  const document = stdout === '' ? undefined : (JSON.parse(stdout) as Document);
  const [anchor] = document?.anchors ?? [];
  return { exitCode, stderr, document, needs: anchor?.needs, code: anchor?.error?.code };
}

describe('a revocation of a pinned key', () => {
  test('is written, and everything that the key signed is refused from then on', async ({ publisher }) => {
    const { key, before, after } = await revokedKey();
    await publisher.pin({ alpha: { fingerprints: [pin(key)], committed: before } });
    publisher.publish('alpha.asc', after);
    expect(await vouches(publisher, key)).toBe(true);
    const untouched = await publisher.snapshot();

    const check = await update(publisher, '--check');
    expect([check.exitCode, check.document?.written]).toEqual([5, []]);
    expect(check.stderr).toContain('would be written');
    expect(await publisher.snapshot()).toEqual(untouched);

    const { exitCode, code, stderr, document } = await update(publisher);
    expect([exitCode, code]).toEqual([5, 'SIGNER_UNTRUSTED']);
    expect(stderr).toContain(`Kept, whatever else is refused: the revocation of key ${pin(key)}.`);
    expect(document?.written.map((path) => path.slice(publisher.trustDir.length + 1))).toEqual([
      'alpha.asc',
      'PROVENANCE.md',
    ]);
    expect(changedPaths(untouched, await publisher.snapshot())).toEqual(['PROVENANCE.md', 'alpha.asc']);
    expect(await vouches(publisher, key)).toBe(false);
    const offline = await publisher.update(['--offline']);
    expect(offline.exitCode).toBe(5);
    expect(offline.stderr).toContain(`key ${pin(key)} is revoked`);

    // Once written it stays, whatever is served next.
    const written = await publisher.snapshot();
    for (const served of [after, before, Buffer.from('<!DOCTYPE html>')]) {
      publisher.publish('alpha.asc', served);
      expect(await update(publisher)).toMatchObject({ exitCode: 5 });
      expect(await publisher.snapshot()).toEqual(written);
    }
  });

  test('whose signature is wrong changes nothing', async ({ publisher }) => {
    const key = await makeKey();
    await publisher.pin({ alpha: { fingerprints: [pin(key)], committed: publicKeyFile(key) } });
    const wrong = armored(forged(await revocationOf(key)));
    publisher.publish('alpha.asc', Buffer.concat([publicKeyFile(key), wrong]));
    const { exitCode, stderr } = await update(publisher);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('which it names, did not make it');
    expect(await vouches(publisher, key)).toBe(true);
  });

  const rest: readonly (readonly [
    string,
    (publisher: KeyPublisher, after: Uint8Array) => Promise<void> | void,
  ])[] = [
    [
      'beside a key that nobody has accepted',
      (publisher, after) => {
        publisher.publish('one.asc', Buffer.concat([after, publicKeyFile(young)]));
      },
    ],
    [
      'beside a private key',
      (publisher, after) => {
        publisher.publish('one.asc', Buffer.concat([after, Buffer.from(young.armor())]));
      },
    ],
    [
      'beside half a key',
      (publisher, after) => {
        publisher.publish('one.asc', Buffer.concat([after, publicKeyFile(young).subarray(0, 200)]));
      },
    ],
    [
      'where the sources disagree about everything else',
      (publisher, after) => {
        publisher.publish('one.asc', Buffer.concat([after, publicKeyFile(young)]));
        publisher.publish('two.asc', publicKeyFile(gamma));
      },
    ],
    [
      'where another source does not answer',
      (publisher, after) => {
        publisher.publish('one.asc', after);
        publisher.server.on('/two.asc');
      },
    ],
    [
      'where another source serves other keys',
      (publisher, after) => {
        publisher.publish('one.asc', after);
        publisher.publish('two.asc', publicKeyFile(young));
      },
    ],
    [
      'where another anchor is refused',
      (publisher, after) => {
        publisher.publish('one.asc', after);
        publisher.publish('beta.asc', publicKeyFile(gamma));
      },
    ],
  ];

  test.for(rest)('is written %s', async ([, serve], { publisher }) => {
    const { key, before, after } = await revokedKey();
    await publisher.pin({
      alpha: { fingerprints: [pin(key)], committed: before, sources: ['one.asc', 'two.asc'] },
      beta: { fingerprints: [pin(beta)] },
    });
    publisher.publish('two.asc', before);
    publisher.publish('beta.asc', publicKeyFile(beta));
    await serve(publisher, after);
    const { exitCode, document } = await update(publisher);
    expect([4, 5]).toContain(exitCode);
    expect(document?.changed).toHaveLength(2);
    expect(await vouches(publisher, key)).toBe(false);
    expect(await vouches(publisher, young)).toBe(false);
    expect(Object.keys(await publisher.snapshot())).not.toContain('beta.asc');
  });

  test('is written of a subkey, too, while another anchor is refused', async ({ publisher }) => {
    const key = await makeKey({ subkeys: [{ sign: true }, { sign: true }] });
    const before = publicKeyFile(key);
    await revoke(key, key.subkeys[0]);
    await publisher.pin({
      alpha: { fingerprints: [pin(key)], committed: before },
      beta: { fingerprints: [pin(beta)] },
    });
    publisher.publish('alpha.asc', publicKeyFile(key));
    publisher.publish('beta.asc', publicKeyFile(gamma));
    const { exitCode, stderr } = await update(publisher);
    expect(exitCode).toBe(5);
    const subkey = key.subkeys[0]?.getFingerprint().toUpperCase() ?? '';
    expect(stderr).toContain(`the revocation of subkey ${subkey} of key ${pin(key)}.`);
    expect(await update(publisher, '--only', 'alpha', '--check')).toMatchObject({ exitCode: 0 });
  });

  test('is kept of a key that has no file yet: nobody takes it for new', async ({ publisher }) => {
    const { key, before, after } = await revokedKey();
    await publisher.pin({ alpha: { fingerprints: [pin(key)] } });
    publisher.publish('alpha.asc', after);
    expect(await update(publisher)).toMatchObject({ exitCode: 5 });
    expect(await vouches(publisher, key)).toBe(false);
    publisher.publish('alpha.asc', before);
    expect(await update(publisher)).toMatchObject({ exitCode: 5 });
  });

  test('needs no page that says where keys come from', async ({ publisher }) => {
    const { key, before, after } = await revokedKey();
    await publisher.pin({ alpha: { fingerprints: [pin(key)], committed: before } });
    await writeFile(join(publisher.trustDir, 'PROVENANCE.md'), 'a page without its table\n');
    publisher.publish('alpha.asc', after);
    expect(await update(publisher)).toMatchObject({ exitCode: 5 });
    expect(await vouches(publisher, key)).toBe(false);
  });
});

/** What a publisher may go on serving beside the new key. */
const lost: readonly (readonly [string, string, () => Promise<PrivateKey>])[] = [
  ['a revoked key', 'is revoked', async () => (await revokedKey()).key],
  ['a key bound by SHA-1', 'SHA-1', () => selfSignedWith(enums.hash.sha1)],
  ['a short key', 'RSA of 1024 bits', () => makeKey({ type: 'rsa', rsaBits: 1024 })],
  [
    'a key that cannot sign',
    'not marked for signing',
    () => selfSignedWith(enums.hash.sha256, { keyFlags: new Uint8Array([enums.keyFlags.certifyKeys]) }),
  ],
];

describe.each(lost)('%s beside a good one', (_, why, make) => {
  test('takes the pin of the good one from nobody unasked', async ({ publisher }) => {
    const old = await make();
    await publisher.pin({ alpha: { fingerprints: [pin(old)], committed: publicKeyFile(old) } });
    publisher.publish('alpha.asc', publicKeyFile(old, young));
    const { exitCode, code, needs, stderr } = await update(publisher);
    expect([exitCode, code]).toEqual([5, 'PIN_MISMATCH']);
    expect(needs?.toSorted()).toEqual([pin(old), pin(young)].sort());
    expect(stderr).toMatch(new RegExp(`Named with --accept, ${pin(old)} is retired: .*${why}`));
    expect(stderr).toContain(`+ key ${pin(young)}`);
    expect(await vouches(publisher, young)).toBe(false);
    expect(await update(publisher, '--accept', pin(old))).toMatchObject({ exitCode: 5, needs: [pin(young)] });
    expect(await vouches(publisher, young)).toBe(false);
  });

  test.for([
    ['the new key', () => [young]],
    ['both', (old: PrivateKey) => [young, old]],
  ] as const)('is retired where %s is accepted', async ([, named], { publisher }) => {
    const old = await make();
    await publisher.pin({ alpha: { fingerprints: [pin(old)], committed: publicKeyFile(old) } });
    publisher.publish('alpha.asc', publicKeyFile(old, young));
    const accept = named(old).flatMap((key) => ['--accept', pin(key)]);
    const { exitCode, stderr } = await update(publisher, ...accept);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(new RegExp(`${pin(old)} is retired from now on: .*${why}`));
    expect([await vouches(publisher, young), await vouches(publisher, old)]).toEqual([true, false]);
    expect(await publisher.read('pins.yaml')).toMatch(
      new RegExp(`fingerprints:\n +- ${pin(young)}\n +retired:\n +- ${pin(old)}\n`),
    );
    // From then on it is routine: served, or no longer, or by one that is not pinned any more.
    for (const served of [publicKeyFile(old, young), publicKeyFile(young)]) {
      publisher.publish('alpha.asc', served);
      expect(await update(publisher, '--check')).toMatchObject({ exitCode: 0 });
    }
    expect(await publisher.update(['--offline'])).toMatchObject({ exitCode: 0 });
    publisher.publish('alpha.asc', publicKeyFile(old));
    expect(await update(publisher)).toMatchObject({ exitCode: 5, code: 'PIN_MISMATCH' });
  });

  test('is retired by the pins, or by naming it, where the good one is pinned from the start', async ({
    publisher,
  }) => {
    const old = await make();
    publisher.publish('alpha.asc', publicKeyFile(old, young));
    await publisher.pin({ alpha: { fingerprints: [pin(young)], retired: [pin(old)] } });
    expect(await update(publisher)).toMatchObject({ exitCode: 0 });
    expect([await vouches(publisher, young), await vouches(publisher, old)]).toEqual([true, false]);

    await publisher.pin({ alpha: { fingerprints: [pin(young)] } });
    expect(await update(publisher)).toMatchObject({ exitCode: 5, code: 'PIN_MISMATCH', needs: [pin(old)] });
    expect(await update(publisher, '--accept', pin(old))).toMatchObject({ exitCode: 0 });
    expect(await publisher.read('pins.yaml')).toContain('retired:');
    expect(await update(publisher, '--check')).toMatchObject({ exitCode: 0 });
  });
});

describe('a retired key', () => {
  test('vouches for nothing, however good it is, and is in no file', async ({ publisher }) => {
    publisher.publish('alpha.asc', publicKeyFile(gamma, young));
    await publisher.pin({ alpha: { fingerprints: [pin(young)], retired: [pin(gamma)] } });
    const { exitCode, stderr } = await update(publisher);
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`${pin(gamma)} is retired, and still served`);
    expect([await vouches(publisher, young), await vouches(publisher, gamma)]).toEqual([true, false]);
    expect(await update(publisher, '--accept', pin(gamma))).toMatchObject({ exitCode: 0 });
    expect(await publisher.read('pins.yaml')).toContain('retired:');
  });

  test('need not be served by every source', async ({ publisher }) => {
    const { key, after } = await revokedKey();
    const fingerprints = [pin(young)];
    const sources = ['one.asc', 'two.asc'];
    publisher.publish('one.asc', Buffer.concat([after, publicKeyFile(young)]));
    publisher.publish('two.asc', publicKeyFile(young));
    await publisher.pin({ alpha: { fingerprints, sources, retired: [pin(key)] } });
    expect(await update(publisher)).toMatchObject({ exitCode: 0 });
    await publisher.pin({ alpha: { fingerprints, sources } });
    expect(await update(publisher)).toMatchObject({ exitCode: 5, code: 'PIN_MISMATCH' });
    expect(await update(publisher, '--accept', pin(key))).toMatchObject({ exitCode: 0 });
    publisher.publish('two.asc', publicKeyFile(young, gamma));
    expect(await update(publisher)).toMatchObject({ exitCode: 5, code: 'PIN_MISMATCH' });
  });

  test('is not to be pinned as well', async ({ publisher }) => {
    await publisher.pin({ alpha: { fingerprints: [pin(young)], retired: [pin(young)] } });
    expect(await publisher.update(['--offline'])).toMatchObject({ exitCode: 2 });
  });
});

describe('of several pinned keys', () => {
  test('a revoked one has to be named, and the others stay as they are', async ({ publisher }) => {
    const { key, before, after } = await revokedKey();
    const committed = Buffer.concat([before, publicKeyFile(young)]);
    await publisher.pin({ alpha: { fingerprints: [pin(key), pin(young)], committed } });
    publisher.publish('alpha.asc', Buffer.concat([after, publicKeyFile(young)]));
    expect(await update(publisher)).toMatchObject({
      exitCode: 5,
      code: 'SIGNER_UNTRUSTED',
      needs: [pin(key)],
    });
    expect([await vouches(publisher, young), await vouches(publisher, key)]).toEqual([true, false]);
    // Also where a copy without the revocation is served by then: it is known.
    publisher.publish('alpha.asc', committed);
    expect(await update(publisher)).toMatchObject({
      exitCode: 5,
      code: 'SIGNER_UNTRUSTED',
      needs: [pin(key)],
    });
    expect(await update(publisher, '--accept', pin(key))).toMatchObject({ exitCode: 0 });
    expect([await vouches(publisher, young), await vouches(publisher, key)]).toEqual([true, false]);
    expect(await publisher.update(['--offline'])).toMatchObject({ exitCode: 0 });
  });

  test('an expired one stays pinned, and is retired where it is named', async ({ publisher }) => {
    const expired = await makeKey({ lifetime: 365 * 86_400 });
    const fingerprints = [pin(expired), pin(young)];
    publisher.publish('alpha.asc', publicKeyFile(expired, young));
    await publisher.pin({ alpha: { fingerprints } });
    expect(await update(publisher)).toMatchObject({ exitCode: 0, needs: [] });
    expect(await publisher.read('pins.yaml')).not.toContain('retired:');
    expect(await update(publisher, '--accept', pin(expired))).toMatchObject({ exitCode: 0 });
    expect(await publisher.read('pins.yaml')).toContain(`retired:\n      - ${pin(expired)}`);
    expect(await update(publisher, '--check')).toMatchObject({ exitCode: 0 });
  });

  test('the last that can vouch is never retired', async ({ publisher }) => {
    const { key, before, after } = await revokedKey();
    await publisher.pin({ alpha: { fingerprints: [pin(key)], committed: before } });
    publisher.publish('alpha.asc', after);
    const { exitCode, code, needs } = await update(publisher, '--accept', pin(key));
    expect([exitCode, code, needs]).toEqual([5, 'SIGNER_UNTRUSTED', []]);
    expect(await publisher.read('pins.yaml')).not.toContain('retired:');
  });

  test('a separate revocation retires as one in the key does', async ({ publisher }) => {
    const key = await makeKey();
    const revocation = armored(signatureBytes(await revocationOf(key)));
    await publisher.pin({ alpha: { fingerprints: [pin(key)], committed: publicKeyFile(key) } });
    publisher.publish('alpha.asc', Buffer.concat([publicKeyFile(key, young), revocation]));
    expect(await update(publisher)).toMatchObject({ exitCode: 5 });
    expect(await vouches(publisher, key)).toBe(false);
    expect(await update(publisher, '--accept', pin(young))).toMatchObject({ exitCode: 0 });
    expect([await vouches(publisher, young), await vouches(publisher, key)]).toEqual([true, false]);
  });
});

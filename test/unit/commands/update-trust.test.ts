/** What `update-trust` takes of OpenPGP keys, what it refuses, and what waits for a person. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { enums, type PrivateKey } from 'openpgp';
import { describe, expect } from 'vitest';
import { body, redirect } from '../../support/fault-server.ts';
import { test, type KeyPublisher } from '../../support/key-publisher.ts';
import { alienBodies, alienKey, armored, selfSignedWith } from '../../support/odd-keys.ts';
import { makeKey, publicKeyFile, revoke } from '../../support/openpgp.ts';
import { root } from '../../support/run-assay.ts';
import { changedPaths } from '../../support/snapshot.ts';

const pin = (key: PrivateKey) => key.getFingerprint().toUpperCase();
const year = 365 * 86_400;

const alpha = await makeKey({ name: 'Alpha', subkeys: [{ sign: true }] });
const beta = await makeKey({ name: 'Beta', lifetime: 3 * year });
const gamma = await makeKey({ name: 'Gamma' });
const expired = await makeKey({ name: 'Expired', lifetime: year });

interface Document {
  readonly anchors: readonly {
    readonly name: string;
    readonly status: string;
    readonly needs: readonly string[];
    readonly keys: readonly { readonly change: string; readonly status: string; readonly changes: unknown }[];
    readonly error?: { readonly code: string };
  }[];
  readonly changed: readonly string[];
  readonly expiring: readonly { readonly what: string; readonly expiresInDays: number }[];
}

const parse = (json: string) => JSON.parse(json) as Document;

async function pinAlpha(publisher: KeyPublisher): Promise<void> {
  await publisher.pin({ alpha: { fingerprints: [pin(alpha)], committed: publicKeyFile(alpha) } });
  publisher.publish('alpha.asc', publicKeyFile(alpha));
}

describe('what is taken', () => {
  test('a first fetch writes the pinned keys, and a second one nothing', async ({ publisher }) => {
    await publisher.pin({ alpha: { fingerprints: [pin(alpha)] }, beta: { fingerprints: [pin(beta)] } });
    publisher.publish('alpha.asc', `text before\n${publicKeyFile(alpha).toString()}`);
    publisher.publish('beta.asc', beta.toPublic().write());

    const before = await publisher.snapshot();
    const check = await publisher.update(['--check']);
    expect(check).toMatchObject({ exitCode: 3 });
    expect(await publisher.snapshot()).toEqual(before);

    const first = await publisher.update();
    expect(first).toMatchObject({ exitCode: 0, stdout: '' });
    expect(first.stderr).toContain(`+ key ${pin(alpha)}  ed25519, created 2024-01-01, does not expire`);
    expect(first.stderr).toContain(`(in 40 days)`);
    const written = await publisher.snapshot();
    expect(changedPaths(before, written)).toEqual(['PROVENANCE.md', 'alpha.asc', 'beta.asc']);
    const digest = createHash('sha256')
      .update(await publisher.read('beta.asc'))
      .digest('hex');
    expect(await publisher.read('PROVENANCE.md')).toContain(`| beta   | beta.asc  | ${digest} |`);

    expect(await publisher.update(['--check'])).toMatchObject({ exitCode: 0 });
    expect((await publisher.update()).stderr).toContain('nothing new');
    expect(await publisher.snapshot()).toEqual(written);
  });

  test('a new signing subkey of a pinned key is shown, and taken', async ({ publisher }) => {
    const key = await makeKey({ name: 'Renewed', subkeys: [{ sign: true }] });
    await publisher.pin({ alpha: { fingerprints: [pin(key)], committed: publicKeyFile(key) } });
    const renewed = await key.addSubkey({ sign: true, date: new Date('2026-01-01T00:00:00Z') });
    publisher.publish('alpha.asc', publicKeyFile(renewed));
    const added = renewed.subkeys.at(-1)?.getFingerprint().toUpperCase() ?? '';

    const { exitCode, stdout, stderr } = await publisher.update(['--json']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`+   signing subkey ${added}  ed25519, created 2026-01-01`);
    expect(parse(stdout).anchors[0]?.keys).toMatchObject([
      { change: 'changed', changes: { signingSubkeys: { added: [added], removed: [] } } },
    ]);
    expect(await publisher.update(['--offline'])).toMatchObject({ exitCode: 0 });
  });

  test('what others certified makes no difference', async ({ publisher }) => {
    await pinAlpha(publisher);
    await publisher.update();
    const written = await publisher.snapshot();
    const certified = await alpha.toPublic().signPrimaryUser([gamma], new Date('2026-06-01T00:00:00Z'));
    publisher.publish('alpha.asc', certified.armor());
    expect(await publisher.update(['--check'])).toMatchObject({ exitCode: 0 });
    expect(await publisher.snapshot()).toEqual(written);
  });

  test('an expired key beside a good one: taken, and said to vouch for nothing', async ({ publisher }) => {
    await publisher.pin({ alpha: { fingerprints: [pin(gamma), pin(expired)] } });
    publisher.publish('alpha.asc', publicKeyFile(gamma, expired));
    const { exitCode, stdout, stderr } = await publisher.update(['--json']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('expired 2024-12-31: cannot vouch');
    expect(
      parse(stdout)
        .anchors[0]?.keys.map(({ status }) => status)
        .sort(),
    ).toEqual(['expired', 'usable']);
  });

  test('the pinned key beside one that cannot be read, which is said, and not written', async ({
    publisher,
  }) => {
    await pinAlpha(publisher);
    await publisher.update();
    const written = await publisher.snapshot();
    const alien = armored(alienKey(alienBodies['of version 6 and an unknown algorithm']!));
    publisher.publish('alpha.asc', Buffer.concat([alien, publicKeyFile(alpha)]));
    const { exitCode, stderr } = await publisher.update();
    expect(exitCode).toBe(0);
    expect(stderr).toContain('(version 6, algorithm 30) is not supported');
    expect(await publisher.snapshot()).toEqual(written);
  });

  test("Debian's own keys under their pins, and under no other", async ({ publisher }) => {
    const fixture = (name: string) =>
      readFileSync(join(root, 'test/fixtures/debian/keys', `debian-archive-trixie-${name}.asc`));
    const own = '04B54C3CDCA79751B16BC6B5225629DF75B188BD';
    await publisher.pin({ debian: { fingerprints: [own] } });
    publisher.publish('debian.asc', fixture('automatic'));
    expect(await publisher.update()).toMatchObject({ exitCode: 0 });
    expect(await publisher.read('debian.asc')).toBe(
      readFileSync(join(root, 'trust/debian-archive.asc'), 'utf8'),
    );

    for (const [name, fingerprint] of [
      ['security-automatic', own],
      ['automatic', 'B8E5F13176D2A7A75220028078DBA3BC47EF2265'],
    ] as const) {
      await publisher.pin({ debian: { fingerprints: [fingerprint] } });
      publisher.publish('debian.asc', fixture(name));
      const { exitCode, stdout } = await publisher.update(['--json']);
      expect([exitCode, parse(stdout).anchors[0]?.error?.code]).toEqual([5, 'PIN_MISMATCH']);
    }
  });
});

/** Each with the pin of `alpha`, or of what is named. */
const refusals: readonly (readonly [
  string,
  string,
  number,
  () => Promise<{ key?: PrivateKey; bytes: Uint8Array }>,
])[] = [
  ['another key', 'PIN_MISMATCH', 5, () => Promise.resolve({ bytes: publicKeyFile(gamma) })],
  ['one key more', 'PIN_MISMATCH', 5, () => Promise.resolve({ bytes: publicKeyFile(alpha, gamma) })],
  ['a web page', 'EVIDENCE_MISSING', 5, () => Promise.resolve({ bytes: Buffer.from('<!DOCTYPE html>') })],
  ['a private key', 'EVIDENCE_MALFORMED', 5, () => Promise.resolve({ bytes: Buffer.from(alpha.armor()) })],
  [
    'half a key',
    'EVIDENCE_MALFORMED',
    5,
    () => Promise.resolve({ bytes: publicKeyFile(alpha).subarray(0, 300) }),
  ],
  ['50 MB', 'TOO_LARGE', 4, () => Promise.resolve({ bytes: Buffer.alloc(50 << 20) })],
  [
    'an expired key alone',
    'SIGNER_UNTRUSTED',
    5,
    () => Promise.resolve({ key: expired, bytes: publicKeyFile(expired) }),
  ],
  [
    'RSA of 1024 bits',
    'ALGORITHM_REFUSED',
    5,
    async () => {
      const key = await makeKey({ type: 'rsa', rsaBits: 1024 });
      return { key, bytes: publicKeyFile(key) };
    },
  ],
  [
    'a key bound by SHA-1',
    'SIGNER_UNTRUSTED',
    5,
    async () => {
      const key = await selfSignedWith(enums.hash.sha1);
      return { key, bytes: publicKeyFile(key) };
    },
  ],
  [
    'one key more, and one that cannot be read',
    'PIN_MISMATCH',
    5,
    () =>
      Promise.resolve({
        bytes: Buffer.concat([publicKeyFile(alpha, gamma), armored(alienKey(alienBodies['of version 5']!))]),
      }),
  ],
];

describe('what is refused, and leaves every file as it was', () => {
  test.for(refusals)('%s: %s', async ([, code, exit, make], { publisher }) => {
    const { key = alpha, bytes } = await make();
    const committed = publicKeyFile(alpha);
    await publisher.pin({
      alpha: { fingerprints: [pin(key)], committed },
      beta: { fingerprints: [pin(beta)] },
    });
    publisher.publish('alpha.asc', bytes);
    // The failure of one anchor hides the other one from nobody, and keeps its file from being written.
    publisher.publish('beta.asc', publicKeyFile(beta));
    const before = await publisher.snapshot();
    const { exitCode, stdout, stderr } = await publisher.update(['--json']);
    const [first, second] = parse(stdout).anchors;
    expect([first?.status, first?.error?.code, exitCode]).toEqual(['refused', code, exit]);
    expect(second).toMatchObject({ status: 'changed' });
    expect(stderr).toContain('nothing was written');
    expect(await publisher.snapshot()).toEqual(before);
  });

  test('a pinned key that is missing, beside one that is there', async ({ publisher }) => {
    await publisher.pin({ alpha: { fingerprints: [pin(alpha), pin(gamma)] } });
    publisher.publish('alpha.asc', publicKeyFile(alpha));
    const before = await publisher.snapshot();
    const { exitCode, stdout } = await publisher.update(['--json']);
    expect(exitCode).toBe(5);
    expect(parse(stdout).anchors[0]).toMatchObject({ error: { code: 'PIN_MISMATCH' }, needs: [pin(gamma)] });
    expect(await publisher.snapshot()).toEqual(before);
  });

  test('a redirect to plain HTTP, and no answer at all', async ({ publisher }) => {
    await pinAlpha(publisher);
    for (const [answer, code] of [
      [redirect('http://keys.example/alpha.asc'), 'REDIRECT_REFUSED'],
      [body('', { 'content-length': '0' }), 'EVIDENCE_MISSING'],
    ] as const) {
      publisher.server.on('/alpha.asc', answer);
      const { stdout } = await publisher.update(['--json']);
      expect(parse(stdout).anchors[0]?.error?.code).toBe(code);
    }
    publisher.server.on('/alpha.asc');
    const gone = await publisher.update(['--json']);
    expect(parse(gone.stdout).anchors[0]?.error?.code).toBe('NOT_FOUND');
    expect(gone.exitCode).toBe(4);
  });

  test('an older copy, which lacks a revocation that is known', async ({ publisher }) => {
    const key = await makeKey({ subkeys: [{ sign: true }, { sign: true }] });
    const older = publicKeyFile(key);
    await revoke(key, key.subkeys[0]);
    await publisher.pin({ alpha: { fingerprints: [pin(key)], committed: publicKeyFile(key) } });
    publisher.publish('alpha.asc', older);
    const { exitCode, stdout } = await publisher.update(['--json']);
    expect([exitCode, parse(stdout).anchors[0]?.error?.code]).toEqual([5, 'METADATA_ROLLBACK']);
  });

  test('sources that do not agree, or of which one does not answer', async ({ publisher }) => {
    await publisher.pin({ alpha: { fingerprints: [pin(alpha)], sources: ['one.asc', 'two.asc'] } });
    publisher.publish('one.asc', publicKeyFile(alpha));
    publisher.publish('two.asc', publicKeyFile(alpha, gamma));
    const disagreeing = await publisher.update();
    expect(disagreeing.exitCode).toBe(5);
    expect(disagreeing.stderr).toContain(`not by all of them: ${pin(gamma)}`);
    publisher.server.on('/two.asc');
    expect((await publisher.update()).exitCode).toBe(4);
    publisher.publish('two.asc', alpha.toPublic().write());
    expect((await publisher.update()).exitCode).toBe(0);
  });

  test('what --only names is written, whatever another anchor would say', async ({ publisher }) => {
    await publisher.pin({ alpha: { fingerprints: [pin(alpha)] }, beta: { fingerprints: [pin(beta)] } });
    publisher.publish('alpha.asc', publicKeyFile(alpha));
    expect(await publisher.update(['--only', 'alpha'])).toMatchObject({ exitCode: 0 });
    expect(publisher.server.requestsTo('/beta.asc')).toEqual([]);
    expect(await publisher.update(['--only', 'nobody'])).toMatchObject({ exitCode: 2 });
  });
});

describe('a rotation', () => {
  test('is shown and refused until each fingerprint is named, and then pinned', async ({ publisher }) => {
    await pinAlpha(publisher);
    publisher.publish('alpha.asc', publicKeyFile(gamma));
    const before = await publisher.snapshot();
    for (const accept of [[], ['--accept', pin(gamma)], ['--accept', pin(alpha)]]) {
      const { exitCode, stderr } = await publisher.update(accept);
      expect(exitCode).toBe(5);
      expect(stderr).toContain(`+ key ${pin(gamma)}`);
      expect(stderr).toContain(`- key ${pin(alpha)}`);
      expect(stderr).toContain(`needs --accept ${accept.includes(pin(gamma)) ? pin(alpha) : pin(gamma)}`);
      expect(await publisher.snapshot()).toEqual(before);
    }

    const pasted = pin(gamma).toLowerCase().replace(/.{4}/g, '$& ').trim();
    const { exitCode, stderr } = await publisher.update(['--accept', pasted, '--accept', pin(alpha)]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('where the new fingerprint was confirmed');
    const pins = await publisher.read('pins.yaml');
    expect(pins).toContain('# Pins of a test.');
    expect([pins.includes(pin(gamma)), pins.includes(pin(alpha))]).toEqual([true, false]);
    expect(await publisher.update(['--offline'])).toMatchObject({ exitCode: 0 });
    expect(await publisher.update(['--check'])).toMatchObject({ exitCode: 0 });
    // Said again, it is no slip.
    expect(await publisher.update(['--accept', pin(gamma)])).toMatchObject({ exitCode: 0 });
  });

  test('accepts no key that is unfit', async ({ publisher }) => {
    await pinAlpha(publisher);
    publisher.publish('alpha.asc', publicKeyFile(expired));
    const before = await publisher.snapshot();
    const { exitCode } = await publisher.update(['--accept', pin(expired), '--accept', pin(alpha)]);
    expect(exitCode).toBe(5);
    expect(await publisher.snapshot()).toEqual(before);
  });

  test('takes no slip of the pen', async ({ publisher }) => {
    await pinAlpha(publisher);
    const before = await publisher.snapshot();
    for (const accept of [pin(gamma), pin(alpha).slice(-16), 'x']) {
      expect(await publisher.update(['--accept', accept])).toMatchObject({ exitCode: 2 });
    }
    expect(await publisher.update(['--offline', '--accept', pin(gamma)])).toMatchObject({ exitCode: 2 });
    expect(await publisher.snapshot()).toEqual(before);
  });

  test('what another anchor has pinned, or what is no pin at all, is a slip', async ({ publisher }) => {
    await publisher.pin({ alpha: { fingerprints: [pin(alpha)] }, beta: { fingerprints: [pin(beta)] } });
    publisher.publish('alpha.asc', publicKeyFile(alpha));
    const before = await publisher.snapshot();
    expect(await publisher.update(['--only', 'alpha', '--accept', pin(beta)])).toMatchObject({ exitCode: 2 });
    expect(await publisher.snapshot()).toEqual(before);
  });

  test('says so where a key that was to go is served still', async ({ publisher }) => {
    await pinAlpha(publisher);
    publisher.publish('alpha.asc', publicKeyFile(alpha, gamma));
    const both = ['--accept', pin(gamma), '--accept', pin(alpha)];
    const { exitCode, stderr } = await publisher.update(both);
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`${pin(alpha)} is pinned and still served: it stays`);
  });

  test('accepts a key for one anchor, not for another that happens to serve it', async ({ publisher }) => {
    await publisher.pin({ alpha: { fingerprints: [pin(alpha)] }, beta: { fingerprints: [pin(beta)] } });
    publisher.publish('alpha.asc', publicKeyFile(alpha, gamma));
    publisher.publish('beta.asc', publicKeyFile(beta, gamma));
    expect(await publisher.update(['--accept', pin(gamma)])).toMatchObject({ exitCode: 2 });
    const named = await publisher.update(['--accept', pin(gamma), '--only', 'alpha']);
    expect(named.exitCode).toBe(0);
    expect((await publisher.read('pins.yaml')).split(pin(gamma))).toHaveLength(2);
  });
});

describe('what is printed', () => {
  const name =
    '\x1b]0;owned\x07\x1b[31mDebian\u202e\u200b\r\n## Trust\n```\n@everyone <img src=x onerror=alert(1)> | \\x1b';

  test('a hostile user ID harms no terminal, no JSON reader and no summary', async ({ publisher }) => {
    const key = await makeKey({ name });
    await publisher.pin({ alpha: { fingerprints: [pin(key)] } });
    publisher.publish('alpha.asc', publicKeyFile(key));
    const summary = join(publisher.directory, 'summary.md');
    const { stdout, stderr } = await publisher.update(['--json'], { GITHUB_STEP_SUMMARY: summary });
    const markdown = await readFile(summary, 'utf8');
    for (const text of [stdout, stderr, markdown]) {
      expect(text).toContain('Debian');
      expect(text).not.toMatch(/[^\n\P{C}]|\u2028|\u2029/u);
    }
    expect(stderr).toContain(String.raw`\x1b[31mDebian\u202e\u200b\x0d\x0a## Trust`);
    expect(stderr).toContain(String.raw`\\x1b`);
    expect(JSON.stringify(parse(stdout).anchors[0]?.keys)).toContain(JSON.stringify(name).slice(1, -1));
    // All of it is in the one block of code, which it cannot close.
    const lines = markdown.trimEnd().split('\n');
    const fences = lines.filter((line) => /^ {0,3}`{3,}/.test(line));
    expect(fences).toEqual(['````diff', '````']);
    expect(lines.filter((line) => line.startsWith('#'))).toEqual(['## Trust anchors', '### alpha: changed']);
  });
});

test('a summary that cannot be written hides nothing of what was done', async ({ publisher }) => {
  await pinAlpha(publisher);
  const env = { GITHUB_STEP_SUMMARY: publisher.directory };
  const { exitCode, stderr } = await publisher.update([], env);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('written: ');
  expect(stderr).toContain('FILE_UNWRITABLE');
});

describe('--within', () => {
  test('tells what expires soon by exit code 3, of the keys that can vouch', async ({ publisher }) => {
    const committed = publicKeyFile(beta, expired);
    await publisher.pin({ beta: { fingerprints: [pin(beta), pin(expired)], committed } });
    expect(await publisher.update(['--offline', '--within', '40d'])).toMatchObject({ exitCode: 0 });
    const soon = await publisher.update(['--offline', '--within', '60d', '--json']);
    expect(soon.exitCode).toBe(3);
    expect(parse(soon.stdout).expiring).toMatchObject([{ what: 'key', expiresInDays: 40 }]);
    expect(soon.stderr).toContain(`warning: beta: key ${pin(beta)} expires 2026-12-31 (in 40 days)`);
    expect(await publisher.update(['--within', 'soon'])).toMatchObject({ exitCode: 2 });
  });

  test('tells of the keys that there are, not of those that are refused', async ({ publisher }) => {
    const soon = await makeKey({ created: new Date('2026-01-01T00:00:00Z'), lifetime: 350 * 86_400 });
    const committed = publicKeyFile(alpha);
    await publisher.pin({ alpha: { fingerprints: [pin(alpha)], committed } });
    publisher.publish('alpha.asc', publicKeyFile(soon));
    const { exitCode, stdout } = await publisher.update(['--within', '60d', '--json']);
    expect(exitCode).toBe(5);
    expect(parse(stdout)).toMatchObject({ expiring: [] });
  });

  test('hides no refusal', async ({ publisher }) => {
    await publisher.pin({ beta: { fingerprints: [pin(beta)] }, alpha: { fingerprints: [pin(alpha)] } });
    publisher.publish('beta.asc', publicKeyFile(beta));
    publisher.publish('alpha.asc', publicKeyFile(gamma));
    expect(await publisher.update(['--check', '--within', '60d'])).toMatchObject({ exitCode: 5 });
  });
});

describe('--offline', () => {
  test('refuses an edited file without asking anybody', async ({ publisher }) => {
    await pinAlpha(publisher);
    expect(await publisher.update(['--offline'])).toMatchObject({ exitCode: 0 });
    await writeFile(join(publisher.trustDir, 'alpha.asc'), publicKeyFile(alpha, gamma));
    const offline = await publisher.update(['--offline', '--json']);
    expect([offline.exitCode, parse(offline.stdout).anchors[0]?.error?.code]).toEqual([5, 'PIN_MISMATCH']);
    expect(publisher.server.requests).toEqual([]);
  });

  test('says what is not there yet', async ({ publisher }) => {
    await publisher.pin({ alpha: { fingerprints: [pin(alpha)] } });
    const { exitCode, stderr } = await publisher.update(['--offline']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('its file is not there');
  });

  test('holds for what is committed here', async ({ publisher }) => {
    const args = ['--offline', '--trust-dir', join(root, 'trust'), '--json'];
    const { exitCode, stdout, stderr } = await publisher.update(args);
    expect(exitCode).toBe(0);
    expect(parse(stdout).anchors.map(({ name, status }) => `${name} ${status}`)).toContain(
      'sigstore unchanged',
    );
    expect(stderr).toContain('TUF root version');
  });
});

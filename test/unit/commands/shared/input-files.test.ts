/** A keyring that is none is the caller's mistake, whichever command it is given to. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../../support/answer-in-process.ts';
import { clearsign, makeKey, publicKeyFile } from '../../../support/openpgp.ts';

const directory = mkdtempSync(join(tmpdir(), 'assay-keyrings-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

let written = 0;
function file(content: string | Uint8Array): string {
  const path = join(directory, String((written += 1)));
  writeFileSync(path, content);
  return path;
}

const key = await makeKey({ name: 'Ann' });
const other = await makeKey({ name: 'Bob' });
const good = file(publicKeyFile(key));
const text = `${'0'.repeat(64)}  f\n`;
const signed = file(await clearsign(text, { key }));
const message = await clearsign('x', { key });
mkdirSync(join(directory, 'a-directory'));

/** Each command that takes a keyring, up to it. */
const commands: readonly (readonly [string, ...string[]])[] = [
  ['verify-release', signed, '--keyring'],
  ['verify-checksums', '--checksums', signed, signed, '--keyring'],
  ['verify-checksums', '--checksums', file(text), signed, '--openpgp-signature', file('x'), '--keyring'],
  [
    ...(['fetch-deb', '--repo', 'https://deb.example', '--suite', 's', '--component', 'main'] as const),
    ...[
      '--arch',
      'amd64',
      '--package',
      'p',
      '--mirror',
      'https://deb.example=http://127.0.0.1:9',
      '--keyring',
    ],
  ],
];

describe.each(commands)('%s', (...args) => {
  it.each([
    ['an empty file', ''],
    ['a line of text', 'nothing\n'],
    ['a web page', '<!DOCTYPE html><title>404</title>'],
    ['an armored private key', key.armor()],
    ['a binary private key', key.write()],
    ['a signed message', message],
    ['an empty block', '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----\n'],
    ['a truncated block', publicKeyFile(key).subarray(0, 300)],
    ['a keybox', Buffer.from('000000200101000200000000', 'hex')],
    ['more than a megabyte', Buffer.alloc(2_000_000, 0x98)],
  ])('refuses %s as a keyring', async (_, content) => {
    for (const keyrings of [[file(content)], [good, '--keyring', file(content)]]) {
      const answer = await runCommand([...args, ...keyrings]);
      expect(answer).toMatchObject({ exitCode: 2, code: 'TRUST_INVALID' });
      expect(answer.message).toContain(`keyring ${keyrings.at(-1) ?? ''}: `);
    }
  });

  it('does not read a directory, or what is not there', async () => {
    for (const name of ['a-directory', 'none'])
      expect(await runCommand([...args, join(directory, name)])).toMatchObject({
        exitCode: 2,
        code: 'FILE_UNREADABLE',
      });
  });
});

it("another's key is no mistake of the caller's", async () => {
  expect(await runCommand(['verify-release', signed, '--keyring', good])).toMatchObject({ exitCode: 0 });
  const stranger = file(publicKeyFile(other));
  expect(await runCommand(['verify-release', signed, '--keyring', stranger])).toMatchObject({
    exitCode: 5,
    code: 'SIGNER_UNTRUSTED',
  });
});

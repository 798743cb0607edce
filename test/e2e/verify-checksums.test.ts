/**
 * `assay verify-checksums`: the forms of checksum files, each kind of signature over them, and the refusals. Most runs
 * are in this process, with the command line that `src/cli.ts` reads.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { enums } from 'openpgp';
import { afterAll, describe, expect, it } from 'vitest';
import { canonicalJson, type Json } from '../../scripts/upstream/sigstore/canonical-json.ts';
import { generateEcdsaKey, type EcdsaKey } from '../../scripts/upstream/sigstore/keys.ts';
import { blobBody } from '../../scripts/upstream/sigstore/log-bodies.ts';
import { blobBundle, legacyBundle } from '../../scripts/upstream/sigstore/renderings.ts';
import type { ErrorCode } from '../../src/model/errors.ts';
import { runCommand, type CommandAnswer } from '../support/answer-in-process.ts';
import {
  armorSignature,
  binarySignature,
  clearsign,
  makeKey,
  publicKeyFile,
  signData,
} from '../support/openpgp.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { runAssay } from '../support/run-assay.ts';
import { makeTar } from '../support/tarball-maker.ts';
import { at, attest, sign, sigstore, who, workflow } from '../support/throwaway-sigstore.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-checksums-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let written = 0;
/** A file of this content, in a folder of its own where the name matters. */
function file(content: string | Uint8Array, name = 'file'): string {
  const directory = join(folder, String((written += 1)));
  mkdirSync(directory);
  writeFileSync(join(directory, name), content);
  return join(directory, name);
}

function hex(content: string, algorithm = 'sha256'): string {
  return createHash(algorithm).update(content).digest('hex');
}

const bytes = 'the bytes of a tool\n';
const tool = file(bytes, 'tool.tar.gz');
const guide = file('how to use it\n', 'guide.txt');
const text = `${hex(bytes)}  tool.tar.gz\n${hex('how to use it\n')} *guide.txt\n`;
const sums = file(text, 'SHA256SUMS');
/** As an attacker would have it: the digest of other bytes, for which he has no signature. */
const tampered = file(text.replace(hex(bytes), hex('evil')), 'SHA256SUMS');

/** A run in this process. */
function run(...args: readonly string[]): Promise<CommandAnswer> {
  return runCommand(['verify-checksums', ...args]);
}

interface Document {
  /** Of a run that could not begin. */
  readonly error?: unknown;
  readonly verified: boolean;
  readonly files: readonly { readonly file: string; readonly verified: boolean }[];
  readonly failures: readonly { readonly name: string; readonly error: { readonly code: string } }[];
}

async function runJson(...args: readonly string[]): Promise<CommandAnswer & { readonly document: Document }> {
  const answer = await run('--json', ...args);
  const document = JSON.parse(answer.stdout) as Document;
  expect(document.error).toBeUndefined();
  return { ...answer, document };
}

/** Refused before any file was looked at: nothing is printed. */
async function expectThrown(args: readonly string[], exitCode: number, code: ErrorCode): Promise<void> {
  expect(await run(...args)).toMatchObject({ exitCode, code, stdout: '', warnings: [] });
}

/** The checksum file is in order, and the one file is not. */
async function expectFileRefused(args: readonly string[], exitCode: number, code: ErrorCode): Promise<void> {
  const { document, ...answer } = await runJson(...args);
  expect(answer.exitCode).toBe(exitCode);
  expect(document.verified).toBe(false);
  expect(document.files.map(({ verified }) => verified)).toEqual([false]);
  expect(document.failures.map(({ error }) => error.code)).toEqual([code]);
}

describe('without signature', () => {
  it.each([
    ['sha256sum, text mode', `${hex(bytes)}  tool.tar.gz\n`],
    ['sha256sum, binary mode', `${hex(bytes)} *tool.tar.gz\n`],
    ['sha256sum --tag', `SHA256 (tool.tar.gz) = ${hex(bytes)}\n`],
    ['the manifest of an OVF package', `SHA256(tool.tar.gz)= ${hex(bytes)}\n`],
    ['a bare digest', hex(bytes)],
    ['sha512sum', `${hex(bytes, 'sha512')}  ./tool.tar.gz\n`],
  ])('verifies after %s', async (_, content) => {
    const { exitCode, document } = await runJson('--checksums', file(content), tool);
    expect({ exitCode, verified: document.verified }).toEqual({ exitCode: 0, verified: true });
  });

  it('says so: nobody vouched', async () => {
    const { exitCode, document, warnings } = await runJson('--checksums', sums, tool, guide);
    expect(exitCode).toBe(0);
    expect(document).toEqual({
      schema: 'assay/verify-checksums/v1',
      verified: true,
      assurance: 'checksum',
      signers: [],
      files: [
        { file: tool, name: 'tool.tar.gz', digest: `sha256:${hex(bytes)}`, verified: true },
        { file: guide, name: 'guide.txt', digest: `sha256:${hex('how to use it\n')}`, verified: true },
      ],
      failures: [],
    });
    expect(warnings).toEqual([expect.stringContaining(sums)]);
    const { stdout } = await run('--checksums', sums, tool);
    expect(stdout).toBe(
      `verified: true\nassurance: checksum\nsigner: nobody\n${tool}: verified sha256:${hex(bytes)}\n`,
    );
  });

  it.each(['bin/linux/tool.tar.gz', '/home/ci/build 1/tool.tar.gz', 'C:\\out\\tool.tar.gz'])(
    '--name is what the checksum file calls the file: %s',
    async (name) => {
      const checksums = file(`${hex(bytes)}  ${name}\n${hex('evil')}  dist/tool.tar.gz\n`);
      expect((await run('--checksums', checksums, '--name', name, tool)).exitCode).toBe(0);
      await expectFileRefused(['--checksums', checksums, tool], 5, 'EVIDENCE_MISSING');
      await expectFileRefused(
        ['--checksums', checksums, '--name', 'dist/tool.tar.gz', tool],
        5,
        'DIGEST_MISMATCH',
      );
    },
  );

  it('shows the names that are there, and the way to name one', async () => {
    const checksums = file(`${hex('evil')}  other\n${hex(bytes)}  dist/tool.tar.gz\n`);
    const refused = await runAssay(['verify-checksums', '--json', '--checksums', checksums, tool]);
    expectRefused(refused, 5, 'EVIDENCE_MISSING');
    const { stderr } = refused;
    expect(stderr).toContain('has no line for tool.tar.gz: it has dist/tool.tar.gz, other');
    expect(stderr).toContain('--name');
  });

  it('holds a file to each algorithm that is listed', async () => {
    const both = (sha512: string) => `${hex(bytes)}  tool.tar.gz\n${sha512}  tool.tar.gz\n`;
    expect((await run('--checksums', file(both(hex(bytes, 'sha512'))), tool)).exitCode).toBe(0);
    const wrong = file(both(hex('evil', 'sha512')));
    await expectFileRefused(['--checksums', wrong, tool], 5, 'DIGEST_MISMATCH');
  });

  it.each([
    ['another digest', text.replace(hex(bytes), hex('evil')), 'DIGEST_MISMATCH'],
    ['no line', `${hex(bytes)}  tool.tar.gz.old\n`, 'EVIDENCE_MISSING'],
    ['a line for a file of a folder', `${hex(bytes)}  other/tool.tar.gz\n`, 'EVIDENCE_MISSING'],
    ['its line twice', `${hex(bytes)}  tool.tar.gz\n${hex('evil')}  tool.tar.gz\n`, 'EVIDENCE_MALFORMED'],
    ['a weak digest only', `${hex(bytes, 'sha1')}  tool.tar.gz\n`, 'ALGORITHM_REFUSED'],
    ['nothing in it', '', 'EVIDENCE_MISSING'],
  ] as const)('refuses a file after a checksum file with %s', async (_, content, code) => {
    await expectFileRefused(['--checksums', file(content), tool], 5, code);
  });

  it('refuses a name that is a line of the checksum file', async () => {
    const other = file('evil', 'tool.tar.gz');
    await expectFileRefused(['--checksums', sums, other], 5, 'DIGEST_MISMATCH');
    await expectFileRefused(['--checksums', sums, '--name', 'guide.txt', tool], 5, 'DIGEST_MISMATCH');
  });

  it('looks at every file, and the worst of them counts', async () => {
    const wrong = file('evil', 'guide.txt');
    const stranger = file(bytes, 'stranger');
    const missing = join(folder, 'none', 'tool.tar.gz');
    const { exitCode, document } = await runJson('--checksums', sums, missing, wrong, stranger, tool);
    expect(exitCode).toBe(5);
    expect(document.files.map(({ verified }) => verified)).toEqual([false, false, false, true]);
    expect(document.failures.map(({ name, error }) => [name, error.code])).toEqual([
      [missing, 'FILE_UNREADABLE'],
      [wrong, 'DIGEST_MISMATCH'],
      [stranger, 'EVIDENCE_MISSING'],
    ]);
    const { stdout } = await run('--checksums', sums, wrong, tool);
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining([
        'verified: false',
        `${wrong}: refused`,
        expect.stringContaining('verified sha'),
      ]),
    );
  });

  it('wants files that can be read', async () => {
    const directory = join(folder, 'guide.txt');
    mkdirSync(directory);
    await expectFileRefused(['--checksums', sums, directory], 2, 'FILE_UNREADABLE');
    await expectFileRefused(['--checksums', sums, join(folder, 'no', 'guide.txt')], 2, 'FILE_UNREADABLE');
    await expectThrown(['--checksums', join(folder, 'no-sums'), tool], 2, 'FILE_UNREADABLE');
  });

  it.each([
    ['a web page', '<!doctype html>\n', 'EVIDENCE_MALFORMED'],
    ['a file without end', `${hex(bytes)}  x\n`.repeat(65_000), 'LIMIT_EXCEEDED'],
  ] as const)('refuses %s in place of a checksum file', async (_, content, code) => {
    await expectThrown(['--checksums', file(content), tool], 5, code);
  });
});

const root = ['--trusted-root', file(sigstore.trustedRoot(), 'trusted_root.json')];
const identity = ['--certificate-identity', who.identity, '--certificate-oidc-issuer', who.issuer];
const signed = sign({}, Buffer.from(text));
const bundle = ['--bundle', file(blobBundle(signed), 'SHA256SUMS.sigstore.json')];

/** As cosign signs with a key of one's own: the log's entry names the key in place of a certificate. */
function keyedBundle(key: EcdsaKey): string {
  const sha256 = createHash('sha256').update(text).digest();
  const signature = key.signDigest(sha256);
  const blob = { sha256, signature, certificate: signed.certificate };
  const { kind, version, bytes: body } = blobBody(blob);
  const entry = JSON.parse(body.toString()) as { spec: { signature: Record<string, Json> } };
  entry.spec.signature['publicKey'] = { content: Buffer.from(key.publicKeyPem).toString('base64') };
  const logged = { kind, version, bytes: Buffer.from(canonicalJson(entry as unknown as Json)) };
  const entries = [sigstore.rekor.append(logged, at)];
  const json = JSON.parse(blobBundle({ ...blob, entries, timestamps: [] })) as {
    verificationMaterial: Record<string, unknown>;
  };
  delete json.verificationMaterial['certificate'];
  json.verificationMaterial['publicKey'] = { hint: '' };
  return JSON.stringify(json);
}

describe('with a Sigstore bundle', () => {
  it.each([
    ['of today', bundle],
    ["of cosign's older form", ['--bundle', file(legacyBundle(signed))]],
    ['beside another that does not vouch', ['--bundle', file(blobBundle(sign({}))), ...bundle]],
  ])('verifies after a bundle %s', async (_, bundles) => {
    const { exitCode, document, warnings } = await runJson(
      ...['--checksums', sums, ...bundles, ...identity, ...root],
      ...[tool, guide],
    );
    expect({ exitCode, warnings }).toEqual({ exitCode: 0, warnings: [] });
    expect(document).toMatchObject({
      verified: true,
      assurance: 'signed',
      signer: who,
      logIndex: signed.entries[0]?.logIndex,
      integratedTime: '2026-11-20T10:00:02.000Z',
      files: [{ verified: true }, { verified: true }],
    });
  });

  it('says for people who signed', async () => {
    const { stdout } = await run('--checksums', sums, ...bundle, ...identity, ...root, tool);
    expect(stdout).toContain(`assurance: signed\nidentity: ${who.identity}\nissuer: ${who.issuer}\n`);
  });

  it('takes a key in place of an identity, and no other key', async () => {
    const key = generateEcdsaKey();
    const args = ['--checksums', sums, '--bundle', file(keyedBundle(key)), ...root];
    const own = ['--key', file(key.publicKeyPem)];
    const other = ['--key', file(generateEcdsaKey().publicKeyPem)];
    const { exitCode, document } = await runJson(...args, ...own, tool);
    const publicKeySha256 = createHash('sha256').update(key.spki).digest('hex');
    expect(exitCode).toBe(0);
    expect(document).toMatchObject({ verified: true, assurance: 'signed', signer: { publicKeySha256 } });
    expect(await run(...args, ...other, tool)).toMatchObject({ exitCode: 5, stdout: '' });
    await expectThrown([...args, ...identity, tool], 5, 'SIGNER_UNTRUSTED');
    await expectThrown([...args, '--key', guide, tool], 2, 'TRUST_INVALID');
  });

  it('takes a signed digest without a name for no file: it would be one of any', async () => {
    const bare = file(hex(bytes));
    const vouched = ['--bundle', file(blobBundle(sign({}, Buffer.from(hex(bytes)))))];
    const args = ['--checksums', bare, ...vouched, ...identity, ...root];
    await expectFileRefused([...args, tool], 5, 'EVIDENCE_MALFORMED');
    await expectFileRefused([...args, '--name', 'tool.tar.gz', tool], 5, 'EVIDENCE_MALFORMED');
    expect(await run('--checksums', bare, tool)).toMatchObject({ exitCode: 0 });
  });

  it('refuses a wrong file all the same', async () => {
    const wrong = file('evil', 'guide.txt');
    await expectFileRefused(
      ['--checksums', sums, ...bundle, ...identity, ...root, wrong],
      5,
      'DIGEST_MISMATCH',
    );
  });

  const issuer = identity.slice(2);
  it.each([
    ['a changed checksum file', [tampered, ...bundle, ...identity, ...root], 'DIGEST_MISMATCH'],
    ['a page in place of one', [file('<html>'), ...bundle, ...identity, ...root], 'DIGEST_MISMATCH'],
    [
      'another identity',
      [sums, ...bundle, '--certificate-identity', `x${who.identity}`, ...issuer, ...root],
      'SIGNER_UNTRUSTED',
    ],
    [
      'another issuer',
      [sums, ...bundle, ...identity.slice(0, 2), '--certificate-oidc-issuer', workflow.issuer, ...root],
      'SIGNER_UNTRUSTED',
    ],
    ['a trusted root of others', [sums, ...bundle, ...identity], 'SIGNER_UNTRUSTED'],
    [
      'a statement in place of a signature',
      [sums, '--bundle', file(attest()), ...identity, ...root],
      'EVIDENCE_MALFORMED',
    ],
    ['half a bundle', [sums, '--bundle', file('{"mediaType":'), ...identity, ...root], 'EVIDENCE_MALFORMED'],
  ] as const)('refuses %s, and prints nothing', async (_, args, code) => {
    await expectThrown(['--checksums', ...args, tool], 5, code);
  });
});

describe('with an OpenPGP signature', async () => {
  const key = await makeKey();
  const keyring = ['--keyring', file(publicKeyFile(key), 'project.asc')];
  const stranger = ['--keyring', file(publicKeyFile(await makeKey()), 'stranger.asc')];
  const packet = await signData(Buffer.from(text), { key, type: enums.signature.binary });
  const signature = ['--openpgp-signature', file(armorSignature(packet), 'SHA256SUMS.asc')];
  const binary = ['--openpgp-signature', file(binarySignature(packet), 'SHA256SUMS.gpg')];
  const clear = Buffer.from(await clearsign(text.trimEnd(), { key })).toString();
  const clearsigned = file(clear);

  it.each([
    ['an armored signature beside it', [sums, ...signature, ...keyring]],
    ['a binary one, and two keyrings', [sums, ...binary, ...stranger, ...keyring]],
    ['one around its text', [clearsigned, ...keyring]],
  ])('verifies after %s', async (_, args) => {
    const { exitCode, document, warnings } = await runJson('--checksums', ...args, tool, guide);
    expect({ exitCode, warnings }).toEqual({ exitCode: 0, warnings: [] });
    expect(document).toMatchObject({
      verified: true,
      assurance: 'signed',
      signers: [
        {
          method: 'openpgp',
          primaryFingerprint: key.getFingerprint().toUpperCase(),
          signedAt: '2026-06-01T00:00:00.000Z',
        },
      ],
      files: [{ verified: true }, { verified: true }],
    });
  });

  it('takes a signed digest without a name for no file: it would be one of any', async () => {
    const bare = hex(bytes);
    const beside = armorSignature(await signData(Buffer.from(bare), { key, type: enums.signature.binary }));
    const detached = ['--checksums', file(bare), '--openpgp-signature', file(beside), ...keyring];
    await expectFileRefused([...detached, tool], 5, 'EVIDENCE_MALFORMED');
    const around = file(await clearsign(bare, { key }));
    await expectFileRefused(['--checksums', around, ...keyring, tool], 5, 'EVIDENCE_MALFORMED');
  });

  it('refuses a wrong file all the same', async () => {
    const wrong = file('evil', 'guide.txt');
    await expectFileRefused(['--checksums', clearsigned, ...keyring, wrong], 5, 'DIGEST_MISMATCH');
  });

  const added = `${hex('evil')}  added\n`;
  it.each([
    ['a changed file beside its signature', [tampered, ...signature, ...keyring], 'SIGNATURE_INVALID'],
    [
      'changed text in its signature',
      [file(clear.replace(hex(bytes), hex('evil'))), ...keyring],
      'SIGNATURE_INVALID',
    ],
    ['a line before the signed text', [file(added + clear), ...keyring], 'EVIDENCE_MALFORMED'],
    ['a line behind it', [file(clear + added), ...keyring], 'EVIDENCE_MALFORMED'],
    ['a keyring of others', [sums, ...signature, ...stranger], 'SIGNER_UNTRUSTED'],
    ['a clearsigned one with a keyring of others', [clearsigned, ...stranger], 'SIGNER_UNTRUSTED'],
    ['a keyring without signature', [sums, ...keyring], 'EVIDENCE_MALFORMED'],
    ['an empty signature', [sums, '--openpgp-signature', file(''), ...keyring], 'EVIDENCE_MISSING'],
    [
      'a signature that was not made yet',
      [sums, ...signature, ...keyring, '--now', '2026-05-01T00:00:00Z'],
      'METADATA_FROM_FUTURE',
    ],
    ['a clearsigned file without keyring', [clearsigned], 'EVIDENCE_MALFORMED'],
  ] as const)('refuses %s, and prints nothing', async (_, args, code) => {
    await expectThrown(['--checksums', ...args, tool], 5, code);
  });

  it('says of a clearsigned file without keyring that it is signed', async () => {
    const refused = await runAssay(['verify-checksums', '--json', '--checksums', clearsigned, tool]);
    expectRefused(refused, 5, 'EVIDENCE_MALFORMED');
    const { stderr } = refused;
    expect(stderr).toContain('is signed around its text (OpenPGP)');
    expect(stderr).toContain('Give --keyring');
  });

  it.each([
    ['a bundle and keys', [...bundle, ...identity, ...signature, ...keyring]],
    ['a bundle and a keyring', [...bundle, ...identity, ...keyring]],
    ['a signature and an identity', [...signature, ...keyring, ...identity]],
    ['a signature without keyring', signature],
    ['an identity without bundle', identity],
    ['an issuer without bundle', identity.slice(2)],
    ['a key without bundle', ['--key', guide]],
    ['a trusted root without bundle', root],
    ['a bundle without identity', [...bundle, ...root]],
    ['a bundle with half an identity', [...bundle, ...identity.slice(0, 2), ...root]],
    ['a bundle with a key and an identity', [...bundle, ...identity, '--key', guide, ...root]],
  ])('%s are wrong usage', async (_, args) => {
    await expectThrown(['--checksums', sums, ...args, tool], 2, 'USAGE');
  });

  it('--name of several files is wrong usage', async () => {
    await expectThrown(['--checksums', sums, '--name', 'tool.tar.gz', tool, guide], 2, 'USAGE');
  });
});

describe('with --ova', async () => {
  const disk = { name: 'vm-disk1.vmdk', content: 'a disk' };
  const ovf = { name: 'vm.ovf', content: '<Envelope/>' };
  const manifest = [ovf, disk].map(({ name, content }) => `SHA256(${name})= ${hex(content)}\n`).join('');
  const mf = { name: 'vm.mf', content: manifest };
  const ova = file(await makeTar([ovf, mf, disk]), 'vm.ova');

  it('verifies the members of an OVA, and says that nobody vouches', async () => {
    const { exitCode, document, warnings } = await runJson('--ova', ova);
    expect({ exitCode, warnings }).toEqual({
      exitCode: 0,
      warnings: [expect.stringContaining('no signature')],
    });
    expect(document).toMatchObject({
      verified: true,
      assurance: 'checksum',
      files: [
        { file: ova, name: 'vm.ovf', verified: true },
        { file: ova, name: 'vm-disk1.vmdk', digest: `sha256:${hex('a disk')}`, verified: true },
      ],
    });
  });

  it('verifies the whole of it by a checksum beside it, as any image', async () => {
    const image = file('an image', 'image.qcow2');
    const beside = file(`${hex('an image')}  image.qcow2\n`, 'image.qcow2.sha256');
    expect(await run('--checksums', beside, image)).toMatchObject({ exitCode: 0 });
    expect(await run('--checksums', file(`${hex('an image')}\n`), image)).toMatchObject({ exitCode: 0 });
    await expectFileRefused(['--checksums', beside, file('an imag', 'image.qcow2')], 5, 'DIGEST_MISMATCH');
  });

  it('asks who signed its manifest, where that is said', async () => {
    const key = await makeKey();
    const keyring = ['--keyring', file(publicKeyFile(key))];
    const packet = await signData(Buffer.from(manifest), { key, type: enums.signature.binary });
    const signature = ['--openpgp-signature', file(armorSignature(packet))];
    const { document, warnings } = await runJson('--ova', ...signature, ...keyring, ova);
    expect(warnings).toEqual([]);
    expect(document).toMatchObject({ verified: true, assurance: 'signed' });
    const swapped = { ...mf, content: manifest.replace(hex('a disk'), hex('another')) };
    const forged = file(await makeTar([ovf, swapped, { ...disk, content: 'another' }]), 'vm.ova');
    expect(await run('--ova', forged)).toMatchObject({ exitCode: 0 });
    await expectThrown(['--ova', ...signature, ...keyring, forged], 5, 'SIGNATURE_INVALID');
  });

  it('refuses a changed disk, and what is no OVA', async () => {
    const changed = file(await makeTar([ovf, mf, { ...disk, content: 'a disc' }]), 'vm.ova');
    const { exitCode, document } = await runJson('--ova', changed);
    expect(exitCode).toBe(5);
    expect(document.failures.map(({ name, error }) => [name, error.code])).toEqual([
      [disk.name, 'DIGEST_MISMATCH'],
    ]);
    await expectThrown(['--ova', file(await makeTar([ovf, disk]))], 5, 'EVIDENCE_MISSING');
    await expectThrown(['--ova', tool], 5, 'EVIDENCE_MALFORMED');
    await expectThrown(['--ova', join(folder, 'none.ova')], 2, 'FILE_UNREADABLE');
  });

  it.each([
    ['--ova of two files', ['--ova', ova, ova]],
    ['--ova with a checksum file', ['--ova', '--checksums', sums, ova]],
    ['--ova with a name', ['--ova', '--name', 'vm.ova', ova]],
    ['neither --ova nor a checksum file', [ova]],
  ])('%s is wrong usage', async (_, args) => {
    await expectThrown(args, 2, 'USAGE');
  });
});

describe.concurrent('the built command', () => {
  it('returns 0, 5 and 2', async () => {
    const wrong = file('evil', 'guide.txt');
    const args = ['verify-checksums', '--checksums', sums, '--json'];
    const [done, refused, usage] = await Promise.all([
      runAssay([...args, tool]),
      runAssay([...args, tool, wrong]),
      runAssay(args),
    ]);
    expect(expectDone(done).stderr).toContain('warning: ');
    expectRefused(refused, 5, 'DIGEST_MISMATCH');
    expect(refused.stderr).toContain(basename(wrong));
    expectRefused(usage, 2, 'USAGE');
  });
});

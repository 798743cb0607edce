/** `assay verify-release` with the built command, on Debian's own file: the text, the document, the refusals. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enums } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { runInProcess } from '../support/command-in-process.ts';
import { selfSignedWith } from '../support/odd-keys.ts';
import { armorSignature, clearsign, makeKey, publicKeyFile, signData } from '../support/openpgp.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { root, runAssay } from '../support/run-assay.ts';

const inRelease = 'test/fixtures/debian/dists/trixie-updates/InRelease';
const keyring = ['--keyring', 'trust/debian-archive.asc'];
const wrongKeyring = ['--keyring', 'trust/debian-security.asc'];
const now = ['--now', '2026-11-20T12:00:00Z'];

/**
 * The text that is signed, read off the file by hand: lines joined by LF, without space, tab and CR at their
 * ends, with dashes unescaped, without a final newline (RFC 9580, section 7).
 */
async function signedText(): Promise<string> {
  const file = (await readFile(join(root, inRelease))).toString('latin1');
  const body = /\n\n([^]*)\n-----BEGIN PGP SIGNATURE-----\n/.exec(file)?.[1] ?? '';
  const lines = body.split('\n').map((line) => line.replace(/[ \t\r]+$/, '').replace(/^- /, ''));
  return lines.join('\n');
}

describe.concurrent('verify-release', () => {
  it('names SHA-1 where that is why a key cannot vouch', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'assay-release-'));
    const [keys, file] = [join(directory, 'keys'), join(directory, 'InRelease')];
    for (const hash of [enums.hash.sha1, enums.hash.sha256]) {
      const key = await selfSignedWith(hash);
      await writeFile(keys, publicKeyFile(key));
      await writeFile(file, await clearsign('Origin: Example', { key }));
      const outcome = await runInProcess(['verify-release', file, '--keyring', keys, ...now]);
      if (hash === enums.hash.sha256) {
        expectDone(outcome);
        continue;
      }
      expect([outcome.exitCode, outcome.stdout]).toEqual([5, '']);
      expect(outcome.stderr).toMatch(/is bound by its own signature with SHA-1.* \[SIGNER_UNTRUSTED\]/);
      expect(outcome.stderr).not.toContain('changed keys');
    }
    await rm(directory, { recursive: true });
  });

  it('prints the signed text of the real trixie-updates', async () => {
    const { stdout, stderr } = expectDone(await runAssay(['verify-release', inRelease, ...keyring, ...now]));
    expect(stdout).toBe(`${await signedText()}\n`);
    expect(stdout).toContain('Codename: trixie-updates');
    expect(stderr).toBe('');
  });

  it('--signature: a Release of exactly these bytes, and Release.gpg', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'assay-release-'));
    const [keys, file, signature] = ['keys', 'Release', 'Release.gpg'].map((name) => join(directory, name));
    const key = await makeKey();
    await writeFile(keys!, publicKeyFile(key));
    await writeFile(
      signature!,
      armorSignature(await signData(Buffer.from('Origin: Example \n'), { key, type: 0 })),
    );
    const verify = async (text: string) => {
      await writeFile(file!, text);
      return runInProcess(['verify-release', file!, '--signature', signature!, '--keyring', keys!, ...now]);
    };
    expect(expectDone(await verify('Origin: Example \n')).stdout).toBe('Origin: Example \n');
    for (const other of ['Origin: Example\n', 'Origin: Example \n\n', '']) {
      const { exitCode, stdout, stderr } = await verify(other);
      expect([exitCode, stdout]).toEqual([5, '']);
      expect(stderr).toContain('[SIGNATURE_INVALID]');
    }
    await rm(directory, { recursive: true });
  });

  it('--json says who signed what', async () => {
    const args = [
      'verify-release',
      inRelease,
      ...wrongKeyring,
      ...keyring,
      '--check-dates',
      '--json',
      ...now,
    ];
    const { stdout } = expectDone(await runInProcess(args));
    const digest = createHash('sha256')
      .update(await signedText(), 'latin1')
      .digest('hex');
    const document = JSON.parse(stdout) as Record<string, unknown>;
    expect(document).toMatchObject({
      verified: true,
      signedTextSha256: digest,
      signers: [
        {
          fingerprint: 'B8E5F13176D2A7A75220028078DBA3BC47EF2265',
          primaryFingerprint: '04B54C3CDCA79751B16BC6B5225629DF75B188BD',
          signedAt: '2026-11-19T02:13:26.000Z',
        },
      ],
    });
    expect(document['signers']).toHaveLength(1);
  });

  it('judges dates only when asked to', async () => {
    const late = ['--now', '2026-12-01T00:00:00Z'];
    expectDone(await runInProcess(['verify-release', inRelease, ...keyring, ...late]));
    const outcome = await runInProcess([
      'verify-release',
      inRelease,
      ...keyring,
      ...late,
      '--check-dates',
      '--json',
    ]);
    expectRefused(outcome, 5, 'METADATA_EXPIRED');
    expect(JSON.parse(outcome.stdout)).toMatchObject({ verified: false });
  });

  it('refuses the right file with the wrong keys, and prints nothing', async () => {
    const outcome = await runInProcess(['verify-release', inRelease, ...wrongKeyring, ...now]);
    expect(outcome).toMatchObject({ exitCode: 5, stdout: '' });
    expect(outcome.stderr).toContain('[SIGNER_UNTRUSTED]');
  });

  it('refuses a changed file, and prints nothing of it', async () => {
    const file = join(tmpdir(), `assay-in-release-${process.pid}`);
    const text = await readFile(join(root, inRelease), 'latin1');
    await writeFile(file, text.replace('Label: Debian', 'Label: Debiam'), 'latin1');
    try {
      const outcome = await runInProcess(['verify-release', file, ...keyring, ...now]);
      expect(outcome).toMatchObject({ exitCode: 5, stdout: '' });
      expect(outcome.stderr).toContain('[SIGNATURE_INVALID]');
    } finally {
      await rm(file);
    }
  });

  it.each([
    ['a file that does not exist', ['verify-release', 'no-such-file', ...keyring]],
    ['a keyring that does not exist', ['verify-release', inRelease, '--keyring', 'no-such-file']],
  ])('refuses %s', async (_, args) => {
    expectRefused(await runInProcess([...args, '--json']), 2, 'FILE_UNREADABLE');
  });

  it('wants a keyring', async () => {
    const outcome = await runInProcess(['verify-release', inRelease]);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toContain('--keyring');
  });
});

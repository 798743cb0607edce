/** `assay add`: the strongest proof that an upstream publishes, learnt on first use and accepted by a person. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  cosignKeyFingerprint,
  githubRoot,
  minisignKeyText,
  type ToolRelease,
} from '../../../scripts/upstream/toolbox.ts';
import { runInProcess } from '../../support/command-in-process.ts';
import { openpgpKey, openToolbox, type ToolboxRehearsal } from '../../support/toolbox-rehearsal.ts';

const pair = (name: string): [string, string] => [`${name}-linux-amd64.tar.gz`, `${name}-linux-arm64.tar.gz`];
const workflow = (repository: string) =>
  `https://github.com/${repository}/.github/workflows/release.yml@refs/tags/v{version}`;

interface Shape extends ToolRelease {
  readonly method: string;
  readonly accept?: string;
}

const shapes: readonly Shape[] = [
  { at: 'o/sums', tag: 'v1.2.3', files: pair('sums'), proof: 'sums', method: 'checksum' },
  { at: 'o/word', tag: 'v1.2.3', files: pair('word'), proof: 'nothing', method: 'github-digest' },
  { at: 'o/beside', tag: 'v1.2.3', files: pair('beside'), proof: 'sums beside', method: 'checksum' },
  ...(['keyless sums', 'keyless sums, bundle', 'keyless file, bundle', 'attestation'] as const).map(
    (proof): Shape => {
      const name = proof.replaceAll(/[^a-z]+/g, '-');
      const methods = {
        'keyless sums': 'cosign-blob',
        'keyless sums, bundle': 'sigstore-checksums',
        'keyless file, bundle': 'sigstore-bundle',
        attestation: 'github-attestation',
      };
      const at = `o/${name}`;
      return { at, tag: 'v1.2.3', files: pair(name), proof, method: methods[proof], accept: workflow(at) };
    },
  ),
  {
    ...{
      at: 'o/provenance',
      tag: 'v1.2.3',
      files: pair('provenance'),
      proof: 'provenance',
      method: 'in-toto',
    },
    accept:
      'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml',
  },
  {
    ...{ at: 'o/mini', tag: 'v1.2.3', files: pair('mini'), proof: 'minisign', method: 'minisign' },
    accept: minisignKeyText,
  },
  {
    ...{ at: 'o/keyed', tag: 'v1.2.3', files: pair('keyed'), proof: 'cosign key', method: 'cosign-key' },
    accept: cosignKeyFingerprint,
  },
];

const others: readonly ToolRelease[] = [
  { at: 'o/other', tag: 'v1.2.3', files: pair('other'), proof: 'attestation', signedFor: 'mallory/other' },
  { at: 'o/tampered', tag: 'v1.2.3', files: pair('tampered'), proof: 'sums', isTampered: true },
  { at: 'o/none', tag: 'v1.2.3', files: pair('none'), proof: 'nothing', isOld: true },
  { at: 'o/md5', tag: 'v1.2.3', files: pair('md5'), proof: 'sums, md5', isOld: true },
  { at: 'o/pre', tag: 'v1.2.3-rc.1', files: pair('pre'), proof: 'sums', isPrerelease: true },
  { at: 'o/pgp', tag: 'v1.2.3', files: pair('pgp'), proof: 'openpgp sums' },
  { at: 'o/pgp-file', tag: 'v1.2.3', files: pair('pgp-file'), proof: 'openpgp file' },
  { at: 'o/frozen', tag: 'v1.2.3', files: pair('frozen'), proof: 'release attestation' },
  {
    ...{ at: 'o/frozen-other', tag: 'v1.2.3', files: pair('frozen-other'), proof: 'release attestation' },
    signedFor: 'mallory/frozen',
  },
  { at: 'o/source-only', tag: 'v1.2.3', files: ['source.zip'], proof: 'sums' },
  { at: 'o/hostile', tag: 'v1.2.3', files: ['x\u001b[31m-linux-amd64', 'x-linux-arm64'], proof: 'sums' },
  { at: 'dl.example.org/tool/v1.2.3', tag: 'v1.2.3', files: pair('tool'), proof: 'sums' },
];

let box: ToolboxRehearsal;
beforeAll(async () => {
  box = await openToolbox([...shapes, ...others], {
    'keys.example.org/tools.asc': openpgpKey.publicKeyArmored,
  });
});
afterAll(() => box.close());

describe('one tool of each shape', () => {
  it.each(shapes)('$proof', async ({ at, method, accept }) => {
    const ref = `github:${at}`;
    const before = await box.text();
    if (accept !== undefined) {
      const unasked = await box.add(ref, '--yes');
      expect(unasked.stderr).toContain('[TRUST_CHANGED]');
      expect(unasked).toMatchObject({ exitCode: 6 });
      expect(unasked.stderr).toContain(`--accept '${accept}'`);
      const wrong = await box.add(ref, '--accept', 'f'.repeat(64));
      expect(wrong).toMatchObject({ exitCode: 5 });
      expect(wrong.stderr).toContain('Nothing was written');
      expect(await box.text()).toBe(before);
    } else {
      expect(await box.add(ref)).toMatchObject({ exitCode: 6 });
    }
    const flags = accept === undefined ? ['--yes'] : ['--accept', accept];
    const added = await box.add(ref, ...flags, '--json');
    expect(added.stderr + added.stdout).toContain('added');
    const name = at.replace('o/', '');
    const document = parse(await readFile(box.catalogue, 'utf8')) as {
      dependencies: Record<string, { verification: { method: string }; learnt?: string }>;
    };
    expect(document.dependencies[name]?.verification.method).toBe(method);
    if (accept !== undefined) expect((await box.text()).match(/On first use/g)?.length).toBeGreaterThan(0);
    // A second time nothing is asked, and nothing changes.
    const written = await box.text();
    expect(await box.add(ref)).toMatchObject({ exitCode: 0 });
    expect(await box.text()).toBe(written);
    expect(written.startsWith('# Ours.\n')).toBe(true);
  });

  it('resolves as it was written', async () => {
    const outcome = await box.run('update-manifests', ['--json']);
    expect(outcome.stderr).not.toContain('error:');
    expect(outcome.exitCode).toBe(0);
    const { changes } = JSON.parse(outcome.stdout) as { changes: unknown[] };
    expect(changes).toHaveLength(2 * shapes.length);
  });
});

describe('an upstream that lies', () => {
  it.each([
    ['an attestation of another repository', 'github:o/other', 'mallory/other', 5],
    ['another file than the checksum file has', 'github:o/tampered', 'DIGEST_MISMATCH', 5],
    ['nothing that vouches', 'github:o/none', 'EVIDENCE_MISSING', 5],
    ['MD5 alone', 'github:o/md5', 'EVIDENCE_MISSING', 5],
    ['pre-releases alone', 'github:o/pre', 'no pre-release', 4],
    ['no such repository', 'github:o/nowhere', 'NOT_FOUND', 4],
    ['no file for Linux', 'github:o/source-only', 'none of its', 2],
    ['a name with an escape', 'github:o/hostile', '[CATALOGUE_INVALID]', 2],
    ['a hostile reference', 'github:../x', 'names no upstream', 2],
    ['an escape in the reference', 'github:o/x\u001b[31m', 'names no upstream', 2],
    ['a URL without a version', 'https://dl.example.org/tool', 'no version', 2],
  ])('%s', async (_, ref, said, exitCode) => {
    const before = await box.text();
    const outcome = await box.add(ref, '--yes');
    expect(outcome.stderr).toContain(said);
    expect(outcome.exitCode).toBe(exitCode);
    expect(outcome.stderr).not.toContain('\u001b');
    expect(await box.text()).toBe(before);
  });
});

describe('a key that its publisher shows', () => {
  const ref = 'github:o/pgp';
  const key = ['--key', 'https://keys.example.org/tools.asc'];

  it('is asked for where there is a signature, and less is all that there is without it', async () => {
    const shown = await box.add(ref, '--dry-run');
    expect(shown.stderr).toMatch(/OpenPGP signature over the checksum file .* there; nobody's key/);
    expect(shown.stdout).toContain('method: checksum');
  });

  it('counts once its fingerprint is accepted', async () => {
    expect(await box.add(ref, ...key)).toMatchObject({ exitCode: 6 });
    expect(await box.add(ref, ...key, '--accept', '0'.repeat(40))).toMatchObject({ exitCode: 5 });
    const added = await box.add(ref, ...key, '--accept', openpgpKey.fingerprint.toLowerCase());
    expect(added).toMatchObject({ exitCode: 0 });
    expect(await box.text()).toContain('signedBy: pgp');
    const outcome = await box.run('update-manifests', ['--only', 'pgp']);
    expect(outcome.exitCode).toBe(0);
  });

  it('counts for signatures over the files themselves', async () => {
    const file = 'github:o/pgp-file';
    const shown = await box.add(file, '--dry-run');
    expect(shown.stderr).toMatch(/OpenPGP signature over the file +there; nobody's key for it is known/);
    expect(shown.stdout).toContain('method: github-digest');
    const added = await box.add(file, ...key, '--accept', openpgpKey.fingerprint);
    expect(added).toMatchObject({ exitCode: 0 });
    expect(await box.text()).toContain('method: openpgp-signature');
    expect((await box.run('update-manifests', ['--only', 'pgp-file'])).exitCode).toBe(0);
  });
});

describe('an immutable release', () => {
  const ref = 'github:o/frozen';

  it("needs the root of GitHub's Sigstore, and is the host's word until that is pinned", async () => {
    const shown = await box.add(ref, '--dry-run');
    expect(shown.stderr).toMatch(/GitHub's attestation of the release +there; nobody's key for it is known/);
    expect(parse(shown.stdout)).toMatchObject({
      dependencies: { frozen: { verification: { method: 'github-digest', immutable: true } } },
    });
  });

  it('is vouched for by GitHub, and by nobody for another repository', async () => {
    const root = join(box.directory, 'github.jsonl');
    await writeFile(root, githubRoot);
    const digest = `sha256:${createHash('sha256').update(githubRoot).digest('hex')}`;
    const pin = ['trust', 'add', 'github', root, '--fingerprint', digest, '--trust-dir', box.trustDir];
    expect(await runInProcess(pin)).toMatchObject({ exitCode: 0 });
    const before = await box.text();
    const other = await box.add('github:o/frozen-other', '--yes');
    expect(other.stderr).toContain('[RELEASE_MISMATCH]');
    expect(other.exitCode).toBe(5);
    expect(await box.text()).toBe(before);
    expect(await box.add(ref, '--yes')).toMatchObject({ exitCode: 0 });
    const verification = { method: 'github-release-attestation', githubRoot: 'github' };
    expect(parse(await readFile(box.catalogue, 'utf8'))).toMatchObject({
      dependencies: { frozen: { verification } },
    });
    expect((await box.run('update-manifests', ['--only', 'frozen'])).exitCode).toBe(0);
  });
});

it('a file on a server', async () => {
  const url = 'https://dl.example.org/tool/v1.2.3/tool-linux-amd64.tar.gz';
  const added = await box.add(url, '--yes');
  expect(added.stderr).toContain('tool added');
  expect((await box.run('update-manifests', ['--only', 'tool'])).exitCode).toBe(0);
});

/** What `import aqua` writes, resolved over HTTP from an upstream that publishes what each rule says: one of each shape. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { runInProcess } from '../../support/command-in-process.ts';
import { resolveImported } from '../../support/imported-rehearsal.ts';

const issuer = 'https://token.actions.githubusercontent.com';
const key = 'https://example.org/cosign.pub';
const beside = (asset: string) => ({ type: 'github_release', asset });
const sums = { ...beside('SHA256SUMS'), algorithm: 'sha256' };
const signed = (name: string, ...more: readonly string[]) => [
  ...['--signature', `https://github.com/o/${name}/releases/download/{{.Version}}/SHA256SUMS.sig`],
  ...more,
];
const keyless = (name: string, ...more: readonly string[]) => [
  ...['--certificate-oidc-issuer', issuer, ...more],
  ...signed(name, '--certificate'),
  `https://github.com/o/${name}/releases/download/{{.Version}}/SHA256SUMS.pem`,
];
const workflow = (name: string) => `o/${name}/.github/workflows/release.yml`;

/** By the name of the tool: what of it is verified, and how an upstream that lies is refused. */
const shapes: Readonly<Record<string, readonly [rule: object, refusal: string]>> = {
  sums: [{ checksum: sums }, 'EVIDENCE_MISSING'],
  'one-sum': [{ checksum: { ...sums, asset: '{{.Asset}}.sha256' } }, 'EVIDENCE_MISSING'],
  word: [{}, 'EVIDENCE_MISSING'],
  weak: [{ checksum: { ...sums, algorithm: 'md5' } }, 'EVIDENCE_MISSING'],
  immutable: [{ github_immutable_release: true }, 'RELEASE_MISMATCH'],
  attested: [{ github_artifact_attestations: { signer_workflow: workflow('attested') } }, 'SIGNER_UNTRUSTED'],
  'attested-sums': [
    {
      checksum: { ...sums, github_artifact_attestations: { signer_workflow: workflow('attested-sums') } },
    },
    'SIGNER_UNTRUSTED',
  ],
  provenance: [{ slsa_provenance: beside('multiple.intoto.jsonl') }, 'SIGNER_UNTRUSTED'],
  keyless: [
    {
      checksum: {
        ...sums,
        cosign: {
          opts: keyless(
            'keyless',
            '--certificate-identity',
            `https://github.com/${workflow('keyless')}@refs/tags/{{.Version}}`,
          ),
        },
      },
    },
    'SIGNER_UNTRUSTED',
  ],
  bundle: [
    {
      checksum: {
        ...sums,
        cosign: {
          bundle: beside('SHA256SUMS.sigstore.json'),
          opts: [
            ...['--certificate-oidc-issuer', issuer, '--certificate-identity-regexp'],
            `https://github\\.com/${workflow('bundle').replace('.yml', '\\.yml')}@.*`,
          ],
        },
      },
    },
    'SIGNER_UNTRUSTED',
  ],
  keyed: [{ checksum: { ...sums, cosign: { opts: signed('keyed', '--key', key) } } }, 'SIGNATURE_INVALID'],
  minisign: [
    {
      minisign: {
        ...beside('{{.Asset}}.minisig'),
        public_key: 'RWSykaGCPNYYe5uB0UultruIM9JDFDA9RF4OqRezOm7pDBFX6b7mG3Kd',
      },
    },
    'SIGNATURE_INVALID',
  ],
  server: [
    {
      ...{
        type: 'http',
        url: 'https://dl.example.org/{{.Version}}/{{.Arch}}/server-{{.Arch}}.zip',
        format: 'zip',
      },
      checksum: { type: 'http', url: '{{.AssetURL}}.sha256', algorithm: 'sha256' },
    },
    'EVIDENCE_MISSING',
  ],
};

describe('what is imported', () => {
  let directory = '';
  let catalogue = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'assay-import-'));
    const registry = join(directory, 'registry.yaml');
    const all = Object.entries(shapes).map(([name, [rule]]) => ({
      ...{ repo_owner: 'o', repo_name: name, type: 'github_release', format: 'raw' },
      ...{ asset: `${name}_{{.Version}}_{{.Arch}}`, ...rule },
    }));
    await writeFile(registry, stringify({ packages: all }));
    await writeFile(join(directory, 'pkg.yaml'), 'packages:\n  - name: o/sums@v1.2.3\n');
    const none = join(directory, 'none.yaml');
    ({ stdout: catalogue } = await runInProcess([
      'import',
      'aqua',
      registry,
      '--catalogue',
      none,
      '--dry-run',
    ]));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const named = Object.keys(shapes).map((name) => `o-${name}`);

  it('resolves, each shape for both architectures', async () => {
    const { exitCode, digests, refusals } = await resolveImported(catalogue, 'truth');
    expect([exitCode, refusals]).toEqual([0, {}]);
    expect(Object.keys(digests).toSorted()).toEqual(named.toSorted());
    for (const some of Object.values(digests)) expect(new Set(some).size).toBe(2);
  });

  it('is refused where what vouches was made for another release, or by somebody else', async () => {
    const { exitCode, digests, refusals } = await resolveImported(catalogue, 'other release');
    expect([exitCode, digests]).toEqual([5, {}]);
    const expected = Object.entries(shapes).map(([name, [, code]]) => [`o-${name}`, code]);
    expect(refusals).toEqual(Object.fromEntries(expected));
  });
});

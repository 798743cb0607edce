/** Commands that write documents and scripts of what is there already. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sigstore } from '../upstream/sigstore/instance.ts';
import { apiEntry, detachedCertificate, detachedSignature } from '../upstream/sigstore/renderings.ts';
import { sha256Of, signBlob } from '../upstream/sigstore/signing.ts';
import type { Scenario } from './scenario.ts';

interface Given {
  readonly manifest: string;
  /** Fills the directory with resolved manifests. */
  readonly resolved: Scenario['prepare'];
  /** With an empty catalogue, `catalogue.yaml`. */
  readonly tooled: (directory: string) => Promise<void>;
  readonly sigstore: Sigstore;
  readonly at: Date;
  readonly now: string;
}

/** Of aqua's registry, one package that says where its files and their checksums are. */
const aqua = `packages:
  - type: github_release
    repo_owner: owner
    repo_name: other
    asset: other-{{.OS}}-{{.Arch}}
    format: raw
    supported_envs: [linux]
    checksum:
      type: github_release
      asset: SHA256SUMS
      algorithm: sha256
`;

const signer = { identity: 'nobody@example.org', issuer: 'https://accounts.example.org' };

export function documentScenarios(given: Given): readonly Scenario[] {
  const { manifest, resolved, tooled, sigstore, at, now } = given;
  const nothing = () => Promise.resolve();
  return [
    { name: 'sbom', prepare: resolved, args: ['sbom', manifest, '-o', 'sbom.json', '--now', now] },
    { name: 'render', prepare: resolved, args: ['render', 'fetch-script', manifest, '-o', 'fetch.sh'] },
    { name: 'manual pages', prepare: nothing, args: ['man', '--dir', 'man'] },
    { name: 'completion', prepare: nothing, args: ['completion', 'bash', '-o', 'assay.bash'] },
    {
      name: 'import',
      prepare: async (directory) => {
        await tooled(directory);
        await writeFile(join(directory, 'registry.yaml'), aqua);
      },
      args: [
        ...['import', 'aqua', 'registry.yaml', '--package', 'owner/other@v1.2.3'],
        ...['--catalogue', 'catalogue.yaml', '--report', 'report.json'],
      ],
    },
    {
      name: 'verify-blob',
      prepare: async (directory) => {
        const file = Buffer.from('a tool');
        const signed = signBlob(sigstore, sha256Of(file), { ...signer, at });
        const [entry] = signed.entries;
        const written = {
          tool: file,
          'tool.sig': detachedSignature(signed),
          'tool.cert': detachedCertificate(signed),
          'answer.json': JSON.stringify([entry && apiEntry(entry)]),
          'root.json': sigstore.trustedRoot(),
        };
        for (const [name, bytes] of Object.entries(written)) await writeFile(join(directory, name), bytes);
      },
      args: [
        ...['verify-blob', 'tool', '--signature', 'tool.sig', '--certificate', 'tool.cert'],
        ...['--certificate-identity', signer.identity, '--certificate-oidc-issuer', signer.issuer],
        ...['--trusted-root', 'root.json', '--rekor-entry', 'answer.json', '--bundle-out', 'bundle.json'],
      ],
    },
  ];
}

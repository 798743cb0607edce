/** Commands that write what they were told already: documents, scripts, what is kept elsewhere. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scenario } from './scenario.ts';

interface Given {
  readonly manifest: string;
  /** Fills the directory with resolved manifests. */
  readonly resolved: Scenario['prepare'];
  /** With an empty catalogue, `catalogue.yaml`. */
  readonly tooled: (directory: string) => Promise<void>;
  readonly mirrors: readonly string[];
  readonly cache: readonly string[];
  /** `127.0.0.1:PORT/REPOSITORY` */
  readonly registry: string;
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

export function documentScenarios(given: Given): readonly Scenario[] {
  const { manifest, resolved, tooled, mirrors, cache, registry, now } = given;
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
    { name: 'push', prepare: resolved, args: ['push', manifest, registry, ...cache, ...mirrors] },
  ];
}

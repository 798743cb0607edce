/** A new repository: a catalogue with one package, pins, a workflow, and what git is not to keep. */
import type { Manifest } from '../../formats/own/manifest.ts';
import { entriesOf } from '../../formats/own/manifest-entries.ts';
import { version } from '../../model/version.ts';
import { refFor } from './known-upstreams.ts';
import { manifestsWorkflow } from './workflow.ts';

/** What the workflow runs: the repository of package.json, which a test compares. */
const action = `podplane/assay@v${version}`;

export interface NewRepository {
  readonly kinds: readonly string[];
  readonly platforms: readonly { readonly os: string; readonly architectures: readonly string[] }[];
}

export const defaultRepository: NewRepository = {
  kinds: ['tools'],
  platforms: [{ os: 'debian-13', architectures: ['amd64', 'arm64'] }],
};

/** By path. The catalogue resolves as it is. */
export function filesOfRepository({ kinds, platforms }: NewRepository): ReadonlyMap<string, string> {
  const lines = platforms.map(
    ({ os, architectures }) => `  - os: ${os}\n    architectures: [${architectures.join(', ')}]\n`,
  );
  return new Map([
    [
      'manifests/catalogue.yaml',
      `# What is wanted, and whose word counts for it. "assay add" writes more of it; "assay update-manifests" resolves it.
version: 1
kinds: [${kinds.join(', ')}]
platforms:
${lines.join('')}
sources:
  etcd:
    type: github-release
    repository: etcd-io/etcd
    tag: v{version}

dependencies:
  # Its maintainers publish a checksum file, which nobody signs: what it proves is the origin's word, and no more.
  etcd:
    kinds: [${kinds.join(', ')}]
    type: tar.gz
    source: { from: etcd, asset: 'etcd-v{version}-linux-{arch}.tar.gz' }
    verification:
      method: checksum
      checksums: SHA256SUMS
      reason: etcd publishes a checksum file, and signs neither that nor the archives
`,
    ],
    [
      'trust/pins.yaml',
      '# Which keys may vouch for what. "assay trust add" writes here; every other change is by review.\nversion: 1\nanchors: {}\n',
    ],
    ['.gitignore', '.assay/\n'],
    ['.github/workflows/manifests.yml', manifestsWorkflow(action)],
  ]);
}

export interface Recognised {
  /** What `assay add` takes, with the entries that come from there. */
  readonly known: ReadonlyMap<string, readonly string[]>;
  /** Entries whose upstream is not known by their URL. */
  readonly others: readonly { readonly name: string; readonly url: string }[];
}

/** Entries of manifests that are there, by the upstream that their URLs name. */
export function recognise(manifests: readonly Manifest[]): Recognised {
  const known = new Map<string, Set<string>>();
  const others = new Map<string, string>();
  for (const manifest of manifests) {
    for (const { slot, name, entry } of entriesOf(manifest)) {
      if (slot === 'stub') continue;
      const { url } = entry;
      const ref = refFor(url);
      if (ref === undefined) others.set(name, url);
      else known.set(ref, (known.get(ref) ?? new Set()).add(name));
    }
  }
  return {
    known: new Map([...known].map(([ref, names]) => [ref, [...names]])),
    others: [...others].map(([name, url]) => ({ name, url })),
  };
}

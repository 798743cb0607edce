/** A new repository: a catalogue with one package, pins, a workflow, and what git is not to keep. */
import { osBootName, type Manifest } from '../../formats/own/manifest.ts';
import { entriesOf } from '../../formats/own/manifest-entries.ts';
import { repository } from '../../model/repository.ts';
import { version } from '../../model/version.ts';
import { refFor } from './known-upstreams.ts';
import { manifestsWorkflow } from './workflow.ts';

/** What the workflow runs. */
const action = `${repository}@v${version}`;

export interface NewRepository {
  readonly kinds: readonly string[];
  readonly platforms: readonly { readonly os: string; readonly architectures: readonly string[] }[];
  /** Entries that manifests have already; with none, the catalogue has a package to begin with. */
  readonly kept: readonly string[];
}

export const defaultRepository: NewRepository = {
  kinds: ['tools'],
  platforms: [{ os: 'debian-13', architectures: ['amd64', 'arm64'] }],
  kept: [],
};

/** By path. The catalogue resolves as it is, and changes no manifest that is there. */
export function filesOfRepository(wanted: NewRepository): ReadonlyMap<string, string> {
  const { kinds, platforms, kept } = wanted;
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
${lines.join('')}${kept.length === 0 ? firstPackage(kinds) : keeping(kept)}`,
    ],
    [
      'trust/pins.yaml',
      '# Which keys may vouch for what. "assay trust add" writes here; every other change is by review.\nversion: 1\nanchors: {}\n',
    ],
    ['.gitignore', '.assay/\n'],
    ['.github/workflows/manifests.yml', manifestsWorkflow(action)],
  ]);
}

function firstPackage(kinds: readonly string[]): string {
  return `sources:
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
`;
}

function keeping(names: readonly string[]): string {
  const lines = names.map((name) => `  ${JSON.stringify(name)}: as it was before assay\n`);
  return `sources: {}
dependencies: {}

# Nothing vouches for these, and no run looks at them. "assay add" takes an entry out of here.
keep:
${lines.join('')}`;
}

export interface Recognised {
  /** What `assay add` takes, with the entries that come from there. */
  readonly known: ReadonlyMap<string, readonly string[]>;
  /** Entries whose upstream is not known by their URL. */
  readonly others: readonly { readonly name: string; readonly url: string }[];
}

/** Entries of manifests that are there, by the upstream that their URLs name: of several architectures the first counts. */
export function recognise(manifests: readonly Manifest[]): Recognised {
  const known = new Map<string, string[]>();
  const others = new Map<string, string>();
  const seen = new Set<string>();
  for (const manifest of manifests) {
    for (const { slot, name, entry } of entriesOf(manifest)) {
      if (slot === 'stub' || seen.has(name)) continue;
      seen.add(name);
      const ref = refFor(entry.url);
      if (ref === undefined) others.set(name, entry.url);
      else known.set(ref, [...(known.get(ref) ?? []), name]);
    }
  }
  return { known, others: [...others].map(([name, url]) => ({ name, url })) };
}

/** What `keep` has to name, so that nothing is asked of what is there. */
export function keptOf(manifests: readonly Manifest[]): readonly string[] {
  const names = manifests.flatMap((manifest) => [
    ...entriesOf(manifest).map(({ name }) => name),
    ...(manifest.vmconfig.os.boot === undefined ? [] : [osBootName]),
  ]);
  return [...new Set(names)].toSorted();
}

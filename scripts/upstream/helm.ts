/**
 * Helm charts as they are published: a repository with an index.yaml, as `helm repo index` writes it, archives and the
 * provenance files that `helm package --sign` makes; and the same in a registry, as `helm push` puts them there.
 */
import { Readable } from 'node:stream';
import { storedGzip } from '../../src/formats/upstream/stored-gzip.ts';
import { ustarEndBytes, ustarHeader, ustarPadding } from '../../src/formats/upstream/ustar.ts';
import { descriptorOf, ociDigest, ociTypes, renderJson } from './oci-image.ts';
import { emptyRepository, type OciRepository } from './oci-registry.ts';
import type { SigningKey } from './signing-key.ts';
import { contentHex, type Content } from './virtual-file.ts';

const helmTypes = {
  config: 'application/vnd.cncf.helm.config.v1+json',
  content: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
  provenance: 'application/vnd.cncf.helm.chart.provenance.v1.prov',
} as const;

export interface HelmChart {
  readonly name: string;
  /** As its publisher writes it. */
  readonly version: string;
  readonly archive: Buffer;
  /** Of the provenance file; undefined for a chart that nobody signs. */
  readonly provenance?: string;
}

export interface HelmChartOptions {
  readonly name: string;
  readonly version: string;
  readonly at: Date;
  readonly key?: SigningKey | undefined;
  /** Changes to the text that is signed. */
  readonly edit?: (text: string) => string;
  /** By path below the chart's own folder, in place of its own or besides: `values.yaml`, `charts/other-1.0.0.tgz`. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

export async function helmChart(options: HelmChartOptions): Promise<HelmChart> {
  const { name, version, at, key, edit, files } = options;
  const archive = await helmArchive(name, {
    'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: ${version}\n`,
    ...files,
  });
  if (key === undefined) return { name, version, archive };
  const text = provenanceText({ name, version, archive });
  return { name, version, archive, provenance: await key.clearsign(edit?.(text) ?? text, at) };
}

/** As `helm package` makes it, but for the compression: what that makes depends on who does it. */
export async function helmArchive(
  name: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<Buffer> {
  const blocks = Object.entries(files).flatMap(([path, text]) => {
    const content = Buffer.from(text);
    return [
      ustarHeader(`${name}/${path}`, content.length),
      content,
      Buffer.alloc(ustarPadding(content.length)),
    ];
  });
  const tar = Readable.from([...blocks, Buffer.alloc(ustarEndBytes)]);
  const pieces: Uint8Array[] = [];
  for await (const piece of storedGzip(tar)) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
}

function provenanceText({ name, version, archive }: HelmChart): string {
  const metadata = `apiVersion: v2\ndescription: ${name}, made for tests\nname: ${name}\ntype: application\nversion: ${version}\n`;
  return `${metadata}\n...\nfiles:\n  ${archiveOf({ name, version })}: sha256:${contentHex(archive, 'sha256')}\n`;
}

function archiveOf({ name, version }: Pick<HelmChart, 'name' | 'version'>): string {
  return `${name}-${version}.tgz`;
}

/** By host and path; `folder` is `charts.example.org/stable`. */
export function publishHelmRepository(folder: string, charts: readonly HelmChart[]): Map<string, Content> {
  const files = new Map<string, Content>([[`${folder}/index.yaml`, helmIndex(charts)]]);
  for (const chart of charts) {
    const path = `${folder}/${archiveOf(chart)}`;
    files.set(path, chart.archive);
    if (chart.provenance !== undefined) files.set(`${path}.prov`, Buffer.from(chart.provenance));
  }
  return files;
}

/** In the order and with the indentation of Helm's own; with more than one chart, as every repository has. */
export function helmIndex(charts: readonly HelmChart[]): Buffer {
  const byName = Map.groupBy(charts, ({ name }) => name);
  const entries = [...byName].map(([name, versions]) => `  ${name}:\n${versions.map(indexEntry).join('')}`);
  return Buffer.from(
    `apiVersion: v1\nentries:\n${entries.join('')}generated: "2026-11-18T09:00:00.000000000Z"\n`,
  );
}

function indexEntry({ name, version, archive }: HelmChart): string {
  return `  - apiVersion: v2
    created: "2026-11-18T09:00:00.000000000Z"
    description: |-
      ${name}: made for tests
      version: 9.9.9 is only said here
    digest: ${contentHex(archive, 'sha256')}
    maintainers:
    - name: nobody
      url: https://example.org
    name: ${name}
    type: application
    urls:
    - ${archiveOf({ name, version })}
    version: ${version}
`;
}

/** A registry has a repository for each chart. */
export function helmRepository(
  registry: string,
  folder: string,
  ...charts: readonly HelmChart[]
): OciRepository {
  const [first] = charts;
  const repository = emptyRepository(registry, `${folder}/${first?.name ?? ''}`);
  for (const chart of charts) {
    const manifest = chartManifest(repository, chart);
    repository.tags.set(chart.version.replaceAll('+', '_'), manifest);
    repository.manifests.set(ociDigest(manifest), manifest);
  }
  return repository;
}

function chartManifest({ blobs }: OciRepository, chart: HelmChart): Buffer {
  const { name, version, archive, provenance } = chart;
  const add = (mediaType: string, content: Content) => {
    blobs.set(ociDigest(content), content);
    return descriptorOf(mediaType, content);
  };
  return renderJson({
    schemaVersion: 2,
    mediaType: ociTypes.manifest,
    config: add(helmTypes.config, renderJson({ apiVersion: 'v2', name, version, type: 'application' })),
    layers: [
      add(helmTypes.content, archive),
      ...(provenance === undefined ? [] : [add(helmTypes.provenance, Buffer.from(provenance))]),
    ],
  });
}

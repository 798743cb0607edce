/**
 * What examples/popsink is resolved against: the appliance's images with a checksum beside each, k3s, and a private
 * registry with the chart and its images, which gives out tokens for a service account's key alone. All of it is made of
 * names, so that the catalogue can pin its digests.
 */
import { helmArchive, helmChart, helmRepository } from './helm.ts';
import { releaseK3s } from './k3s.ts';
import { addImage, addIndex, ociDigest } from './oci-image.ts';
import { emptyRepository, publishRegistry, type OciRepository } from './oci-registry.ts';
import { mergePublications, type Publication } from './publication.ts';
import { publishGithub } from './sigstore/github.ts';
import { contentHex, virtualFile, type Content } from './virtual-file.ts';

const popsinkVersion = '2.4.0';
const registry = 'registry.example.org';
const folder = 'popsink';

/** By repository below `popsink/`: each has a version of its own. */
export const popsinkImages: Readonly<Record<string, string>> = {
  'data-plane': popsinkVersion,
  tansu: '0.5.4',
  karapace: '5.0.1',
  'metrics-exporter': '1.2.0',
  'kafka-ui': '1.3.0',
  postgresql: '17.6.0',
};

export interface PopsinkOptions {
  readonly at: Date;
  /** What the registry's tokens are for. */
  readonly login: { readonly username: string; readonly password: string };
}

export interface PopsinkUpstream {
  readonly publication: Publication;
  readonly chart: OciRepository;
  readonly images: readonly OciRepository[];
}

/** Files are a thousandth as large as the real ones. */
export async function publishPopsink({ at, login }: PopsinkOptions): Promise<PopsinkUpstream> {
  const chart = helmRepository(
    registry,
    `${folder}/charts`,
    await helmChart({ name: 'popsink', version: popsinkVersion, at, files: await chartFiles() }),
  );
  const images = Object.entries(popsinkImages).map(([name, version]) => imageRepository(name, version));
  const registries = [chart, ...images].map((repository) =>
    publishRegistry(repository, {
      ...{ wantsToken: true, login },
      realm: `https://${registry}/token/${repository.repository}`,
    }),
  );
  const publication = mergePublications(
    { files: applianceFiles() },
    publishGithub({ releases: [releaseK3s({ version: '1.35.5+k3s1', at })] }),
    ...registries,
  );
  return { publication, chart, images };
}

/** With the images in its values, in the ways in which charts write them, and a chart in it. */
async function chartFiles(): Promise<Record<string, string | Uint8Array>> {
  const image = (name: string, tag: string) =>
    `${name}:\n  image:\n    registry: ${registry}\n    repository: ${folder}/${name}\n    tag: '${tag}'\n`;
  const own = Object.entries(popsinkImages).filter(([name]) => name !== 'postgresql' && name !== 'kafka-ui');
  const postgresql = await helmArchive('postgresql', {
    'Chart.yaml': `apiVersion: v2\nname: postgresql\nversion: 16.7.0\nappVersion: ${popsinkImages['postgresql'] ?? ''}\n`,
    'values.yaml':
      `image:\n  registry: registry.example.com\n  repository: bitnami/postgresql\n` +
      `metrics:\n  enabled: false\n  image:\n    repository: bitnami/postgres-exporter\n    tag: 0.17.1\n`,
  });
  return {
    'Chart.yaml':
      `apiVersion: v2\nname: popsink\nversion: ${popsinkVersion}\nappVersion: ${popsinkVersion}\ndependencies:\n` +
      `  - { name: postgresql, version: 16.7.0, condition: postgresql.enabled }\n`,
    'values.yaml':
      own.map(([name, tag]) => image(name, name === 'data-plane' ? '' : tag)).join('') +
      `kafkaUi:\n  image: ${registry}/${folder}/kafka-ui:${popsinkImages['kafka-ui'] ?? ''}\n` +
      `postgresql:\n  image:\n    registry: ${registry}\n    repository: ${folder}/postgresql\n`,
    'charts/postgresql-16.7.0.tgz': postgresql,
  };
}

function applianceFiles(): Map<string, Content> {
  const place = `downloads.example.org/${folder}/${popsinkVersion}`;
  const files = new Map<string, Content>();
  for (const suffix of ['qcow2', 'ova']) {
    const name = `popsink-deploy-vm-${popsinkVersion}.${suffix}`;
    const content = virtualFile(`${place} ${name}`, 2_000_000);
    files.set(`${place}/${name}`, content);
    files.set(`${place}/${name}.sha256`, Buffer.from(`${contentHex(content, 'sha256')}  ${name}\n`));
  }
  return files;
}

function imageRepository(name: string, version: string): OciRepository {
  const repository = emptyRepository(registry, `${folder}/${name}`);
  const platform = { os: 'linux', architecture: 'amd64' };
  const manifest = addImage(repository, `${folder}/${name} ${version}`, platform);
  const index = addIndex(repository, [{ platform, manifest }]);
  repository.tags.set(version, index);
  repository.manifests.set(ociDigest(index), index);
  return repository;
}

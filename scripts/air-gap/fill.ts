/** While there is a network: resolves, packs a release of vmconfig, and fills mirror, registry and object store. */
import { cp, mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { buildDebianUpstream, generateDebianKeys, writeDebianTrust } from '../upstream/debian.ts';
import { publishRegistry } from '../upstream/oci-registry.ts';
import { mergePublications, publicationMirrors } from '../upstream/publication.ts';
import { startUpstreamServer } from '../upstream/server.ts';
import { createSigstore } from '../upstream/sigstore/instance.ts';
import { releasePause } from '../upstream/sigstore/pause.ts';
import { runnableLayer } from '../real-servers/images.ts';
import { exec, stopServer } from '../real-servers/programs.ts';
import { assay, repository } from './assay.ts';
import { pushedTo, releaseFile, startBucket, startRegistry, type Filled } from './site.ts';

const packages = ['libpq5', 'libsubid5', 'uidmap'];
const releaseHost = 'vmconfig.invalid';

export async function fillSite(work: string): Promise<Filled> {
  const now = new Date();
  const keys = await generateDebianKeys(now);
  const sigstore = createSigstore({ validFrom: new Date(now.getTime() - 30 * 86_400_000) });
  const pause = { version: '3.10.2', at: new Date(now.getTime() - 3_600_000), layer: await runnableLayer() };
  const publication = mergePublications(
    { files: await buildDebianUpstream({ now, keys }) },
    publishRegistry(releasePause(sigstore, pause)),
  );
  await writeDebianTrust(join(work, 'trust'), keys, sigstore.trustedRoot());
  await writeCatalogue(join(work, 'catalogue.yaml'));
  const upstream = await startUpstreamServer(publication);
  const mirrors = publicationMirrors(publication, upstream.url).flatMap((one) => ['--mirror', one]);
  try {
    await assay(
      ...[
        'update-manifests',
        '--catalogue',
        join(work, 'catalogue.yaml'),
        '--trust-dir',
        join(work, 'trust'),
      ],
      ...['--manifests-dir', join(work, 'manifests'), '--cache-dir', join(work, 'cache'), ...mirrors],
    );
    await packVmconfig(work);
    for (const name of await readdir(join(work, 'release'))) {
      publication.files.set(`${releaseHost}/${name}`, await readFile(join(work, 'release', name)));
    }
    const own = ['--mirror', `https://${releaseHost}=${upstream.url}/${releaseHost}`];
    const release = join(work, releaseFile);
    await assay('mirror', release, '--dir', join(work, 'mirror'), '--no-os-image', ...mirrors, ...own);
    return await publishAll(work, release, [...mirrors, ...own]);
  } finally {
    await upstream.close();
  }
}

/** To the registry with all platforms of an image, which its index names: a mirror has those of its manifests alone. */
async function publishAll(work: string, release: string, mirrors: readonly string[]): Promise<Filled> {
  const registry = await startRegistry(work);
  const bucket = await startBucket(work);
  try {
    const at = `${registry.host}/${pushedTo}`;
    const flags = [
      '--no-os-image',
      '--no-evidence',
      '--json',
      '--cache-dir',
      join(work, 'cache'),
      ...mirrors,
    ];
    const pushed = JSON.parse(await assay('push', release, at, ...flags)) as {
      artifacts: { digest: string }[];
    };
    const env = { ...bucket.env, PATH: process.env['PATH'], HOME: work };
    await exec('rclone', ['copy', '--checksum', join(work, 'mirror'), 'remote:bucket'], { env });
    const digest = pushed.artifacts[0]?.digest ?? '';
    console.log(`air-gap: filled a mirror, a registry (${digest}) and a bucket`);
    return { digest };
  } finally {
    for (const child of [registry.child, bucket.child]) await stopServer(child);
  }
}

/** The production catalogue, but for what is neither of Debian's packages nor the pause image. */
async function writeCatalogue(file: string): Promise<void> {
  const text = await readFile(join(repository, 'manifests/catalogue.yaml'), 'utf8');
  const { version, sources, dependencies } = parse(text) as {
    version: number;
    sources: Record<string, unknown>;
    dependencies: Record<string, Record<string, unknown>>;
  };
  const pause = { ...dependencies['pause'] };
  // It is compared with a file of containerd's, which is not here.
  delete pause['equals'];
  const stub = dependencies['vmconfig'];
  const wanted = Object.fromEntries(packages.map((name) => [name, dependencies[name]]));
  const catalogue = {
    ...{ version, kinds: ['knd'], platforms: [{ os: 'debian-13', architectures: ['amd64'] }] },
    sources: Object.fromEntries(['debian', 'registry-k8s', 'vmconfig'].map((name) => [name, sources[name]])),
    dependencies: Object.fromEntries(
      Object.entries({ ...wanted, pause, vmconfig: stub }).map(([name, one]) => [
        name,
        { ...one, kinds: ['knd'] },
      ]),
    ),
  };
  await writeFile(file, stringify(catalogue));
}

/** With the stand-ins of vmconfig's scripts; its manifest goes beside. */
async function packVmconfig(work: string): Promise<void> {
  const bin = join(work, 'tree/opt/podplane/bin');
  await mkdir(bin, { recursive: true });
  await cp(join(repository, 'scripts/vm-root'), bin, { recursive: true });
  await assay(
    ...['package', '--kind', 'knd', '--arch', 'amd64', '--version', '1.0.0', '--os', 'debian-13'],
    ...['--tree', join(work, 'tree'), '--out', join(work, 'release'), '--base-url', `https://${releaseHost}`],
    ...['--manifests-dir', join(work, 'manifests')],
  );
  await rename(join(work, 'release/vmconfig_1.0.0_knd_debian-13_amd64.json'), join(work, releaseFile));
}

/**
 * The distribution project's registry (Debian's docker-registry). A stranger, skopeo, pushes the signed image and its
 * signature; assay resolves it with the production catalogue's entry, and refuses an image that somebody else signed.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { OciRepository } from '../upstream/oci-registry.ts';
import { writeSigstoreAnchor } from '../upstream/sigstore-anchor.ts';
import { createSigstore } from '../upstream/sigstore/instance.ts';
import { releasePause } from '../upstream/sigstore/pause.ts';
import { readContent } from '../upstream/virtual-file.ts';
import { startDockerRegistry } from './docker-registry.ts';
import { exec, stopServer } from './programs.ts';

const version = '3.10.2';

/** An OCI image layout (image-spec 1.1) of all that a repository holds. */
async function writeLayout(directory: string, { tags, manifests, blobs }: OciRepository): Promise<void> {
  const folder = join(directory, 'blobs/sha256');
  await mkdir(folder, { recursive: true });
  const all = [...manifests.values(), ...tags.values(), ...[...blobs.values()].map(readContent)];
  for (const bytes of all) await writeFile(join(folder, hexOf(bytes)), bytes);
  const listed = [...tags].map(([tag, bytes]) => ({
    mediaType: (JSON.parse(Buffer.from(bytes).toString()) as { mediaType: string }).mediaType,
    digest: `sha256:${hexOf(bytes)}`,
    size: bytes.length,
    annotations: { 'org.opencontainers.image.ref.name': tag },
  }));
  await writeFile(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: listed }));
}

function hexOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The production catalogue's pause image, and nothing else. */
async function writeCatalogue(file: string): Promise<void> {
  const production = join(import.meta.dirname, '../../manifests/catalogue.yaml');
  const { sources, dependencies, ...rest } = parse(await readFile(production, 'utf8')) as {
    sources: Record<string, unknown>;
    dependencies: Record<string, Record<string, unknown>>;
  };
  const pause = { ...dependencies['pause'] };
  // It is compared with a file of containerd's, which is not here.
  delete pause['equals'];
  const source = { 'registry-k8s': sources['registry-k8s'] };
  await writeFile(file, stringify({ ...rest, sources: source, dependencies: { pause } }));
}

/** Throws where assay's verdict is not the right one. */
export async function checkRegistry(directory: string, program: string, cli: string): Promise<void> {
  const at = new Date(Date.now() - 3_600_000);
  const year = 365 * 86_400_000;
  const [ours, theirs] = [1, 2].map(() => createSigstore({ validFrom: new Date(at.getTime() - year) }));
  if (ours === undefined || theirs === undefined) throw new TypeError('two of them were made');
  const { host, child } = await startDockerRegistry(program, join(directory, 'registry'));
  try {
    for (const [name, sigstore] of Object.entries({ ours, theirs })) {
      const layout = join(directory, name);
      const repository = releasePause(sigstore, { version, at });
      await writeLayout(layout, repository);
      for (const tag of repository.tags.keys()) {
        const flags = ['--all', '--preserve-digests', '--dest-tls-verify=false'];
        const target = `docker://${host}/${name}/pause:${tag}`;
        await exec('skopeo', ['--insecure-policy', 'copy', ...flags, `oci:${layout}:${tag}`, target]);
      }
    }
    const trust = join(directory, 'trust');
    await mkdir(trust);
    const anchor = await writeSigstoreAnchor(trust, ours.trustedRoot());
    await writeFile(join(trust, 'pins.yaml'), stringify({ version: 1, anchors: { sigstore: anchor } }));
    const resolve = (name: string) => resolvePause(directory, cli, `http://${host}/v2/${name}`, name);
    await resolve('ours');
    const refused = await resolve('theirs').then(
      () => 0,
      (error: unknown) => Number((error as { code?: number }).code),
    );
    if (refused !== 5) throw new Error(`an image that another signed ended with ${refused}`);
  } finally {
    await stopServer(child);
  }
}

async function resolvePause(directory: string, cli: string, mirror: string, name: string): Promise<void> {
  const manifests = join(directory, `manifests-${name}`);
  await mkdir(manifests);
  await writeCatalogue(join(manifests, 'catalogue.yaml'));
  await exec(process.execPath, [
    ...[cli, 'update-manifests', '--catalogue', join(manifests, 'catalogue.yaml')],
    ...['--trust-dir', join(directory, 'trust'), '--cache-dir', join(directory, `cache-${name}`)],
    ...['--mirror', `https://registry.k8s.io/v2=${mirror}`],
  ]);
}

/**
 * A repository as podplane/vmconfig is without assay: four manifests that a script wrote, versions behind what upstreams
 * publish, without evidence; beside it, a checkout of assay. With the embedded upstream, which can go on.
 */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publicationMirrorArgs } from '../../scripts/upstream/publication.ts';
import { generateSigningKey, type SigningKey } from '../../scripts/upstream/signing-key.ts';
import {
  publishCatalogueUpstream,
  unsignedHosts,
} from '../../scripts/upstream/sigstore/catalogue-upstream.ts';
import { git } from './git.ts';
import { now, openProductionUpstream } from './production-upstream.ts';
import { root, runAssay } from './run-assay.ts';

const at = new Date('2026-11-18T09:00:00Z');
const keyring = 'raw.githubusercontent.com/opencontainers/runc/main/runc.keyring';

export interface VmconfigRepository {
  /** The repository; the checkout of assay is beside it. */
  readonly directory: string;
  /** Flags of commands that ask upstream. */
  readonly network: readonly string[];
  /** Who signs runc, and who will. */
  readonly runcKey: SigningKey;
  readonly nextKey: SigningKey;
  /** runc publishes its next key beside the one that it has. */
  announceKey(): void;
  /** It signs by that one what it had signed. */
  signAnew(): Promise<void>;
  close(): Promise<void>;
}

/** `place`: an empty directory. */
export async function openVmconfigRepository(place: string): Promise<VmconfigRepository> {
  const [directory, assay] = [join(place, 'vmconfig'), join(place, 'assay')];
  await mkdir(join(assay, 'manifests'), { recursive: true });
  const { publication, server, sigstore, runcKey } = await openProductionUpstream(assay);
  await cp(join(root, 'manifests/catalogue.yaml'), join(assay, 'manifests/catalogue.yaml'));
  const nextKey = await generateSigningKey({ owner: 'runc', createdAt: at });
  const network = publicationMirrorArgs(publication, server.url, unsignedHosts);
  await cp(assay, directory, { recursive: true });
  const cacheDir = ['--cache-dir', join(place, 'cache')];
  const made = await runAssay(['update-manifests', '--now', now, ...cacheDir, ...network], {
    cwd: directory,
  });
  if (made.exitCode !== 0) throw new Error(made.stderr);
  await forget(directory);
  return {
    ...{ directory, network, runcKey, nextKey },
    announceKey() {
      const all = `${runcKey.publicKeyArmored}\n${nextKey.publicKeyArmored}`;
      publication.files.set(keyring, Buffer.from(all));
    },
    async signAnew() {
      const { files } = await publishCatalogueUpstream(sigstore, { at, runcKey: nextKey });
      for (const [path, content] of files) {
        if (path.startsWith('github.com/opencontainers/runc/')) publication.files.set(path, content);
      }
    },
    close: () => server.close(),
  };
}

interface Document {
  readonly vmconfig: { readonly os: { readonly arch: string }; dependencies: Record<string, unknown> };
}

/** What of a resolved repository was there before, under git. */
async function forget(directory: string): Promise<void> {
  const manifests = join(directory, 'manifests');
  for (const name of ['trust', 'manifests/evidence', 'manifests/catalogue.yaml']) {
    await rm(join(directory, name), { recursive: true });
  }
  for (const name of await readdir(manifests)) {
    const text = await readFile(join(manifests, name), 'utf8');
    const older = text
      .replaceAll('1.37.0', '1.36.4')
      .replaceAll('1.4.2', '1.4.1')
      .replaceAll('17.12-0+deb13u1', '17.11-0+deb13u1');
    const document = JSON.parse(older) as Document;
    const { vmconfig } = document;
    const { arch } = vmconfig.os;
    const own = {
      version: '2.4.0',
      url: `https://downloads.example.org/site-agent_2.4.0_${arch}.deb`,
      ...{ type: 'deb', digest: `sha256:${'5'.repeat(64)}`, size: 4_194_304 },
    };
    const all = Object.entries({ ...vmconfig.dependencies, 'site-agent': own });
    vmconfig.dependencies = Object.fromEntries(all.sort(([one], [other]) => (one < other ? -1 : 1)));
    await writeFile(join(manifests, name), `${JSON.stringify(document, undefined, 2)}\n`);
  }
  git(directory, 'init');
  for (const [key, value] of Object.entries({ 'user.name': 'x', 'user.email': 'x@example.org' })) {
    git(directory, 'config', key, value);
  }
  git(directory, 'add', '--all');
  git(directory, 'commit', '--message', 'as it was');
}

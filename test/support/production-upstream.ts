/** The whole embedded upstream for the production catalogue, with the trust anchors of its throwaway keys. */
import { join } from 'node:path';
import {
  buildDebianUpstream,
  generateDebianKeys,
  runcAnchor,
  writeDebianTrust,
  type DebianKeys,
} from '../../scripts/upstream/debian.ts';
import { mergePublications, type Publication } from '../../scripts/upstream/publication.ts';
import {
  startUpstreamServer,
  type UpstreamServer,
  type UpstreamServerOptions,
} from '../../scripts/upstream/server.ts';
import { publishCatalogueUpstream } from '../../scripts/upstream/sigstore/catalogue-upstream.ts';
import { createSigstore, type Sigstore } from '../../scripts/upstream/sigstore/instance.ts';
import { buildTufRepository, generateTufKeys } from '../../scripts/upstream/tuf-repository.ts';
import { generateSigningKey, type SigningKey } from '../../scripts/upstream/signing-key.ts';

/** The time to judge by: everything is fresh then. */
export const now = '2026-11-20T12:00:00Z';
const at = new Date('2026-11-18T09:00:00Z');

export interface ProductionUpstream {
  readonly keys: DebianKeys;
  readonly runcKey: SigningKey;
  readonly sigstore: Sigstore;
  readonly publication: Publication;
  readonly server: UpstreamServer;
}

/** Writes `trust/` into the directory. */
export async function openProductionUpstream(
  directory: string,
  options: Omit<UpstreamServerOptions, 'files' | 'routes'> = {},
): Promise<ProductionUpstream> {
  const keys = await generateDebianKeys(new Date(now));
  const runcKey = await generateSigningKey({ owner: 'runc', createdAt: at });
  const sigstore = createSigstore({ validFrom: new Date('2026-01-01T00:00:00Z') });
  const runc = runcAnchor(runcKey);
  const target = { name: 'trusted_root.json', bytes: Buffer.from(sigstore.trustedRoot()) };
  const tuf = buildTufRepository({ now: new Date(now), generations: [generateTufKeys()], target });
  const publication = mergePublications(
    { files: await buildDebianUpstream({ now: new Date(now), keys }) },
    await publishCatalogueUpstream(sigstore, { at, runcKey }),
    { files: tuf.files },
    { files: new Map([[runc.source.replace('https://', ''), Buffer.from(runcKey.publicKeyArmored)]]) },
  );
  const server = await startUpstreamServer({ ...publication, ...options });
  const [bytes = Buffer.alloc(0)] = tuf.roots;
  await writeDebianTrust(
    join(directory, 'trust'),
    keys,
    sigstore.trustedRoot(),
    { runc },
    { bytes, version: 1 },
  );
  return { keys, runcKey, sigstore, publication, server };
}

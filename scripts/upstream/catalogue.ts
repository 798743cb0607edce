/** An upstream for the production catalogue, with keys made a moment ago: what `make demo` resolves from. */
import type { UpstreamFiles } from './apt-repository.ts';
import { buildDebianUpstream, generateDebianKeys, runcAnchor, writeDebianTrust } from './debian.ts';
import { mergePublications, publicationMirrorArgs } from './publication.ts';
import { startUpstreamServer, type UpstreamServer } from './server.ts';
import { publishCatalogueUpstream, unsignedHosts } from './sigstore/catalogue-upstream.ts';
import { createSigstore } from './sigstore/instance.ts';
import { generateSigningKey } from './signing-key.ts';
import type { Content } from './virtual-file.ts';

/** The time to judge by: the recorded Debian release is fresh then, and so is what is published here. */
export const now = '2026-11-20T12:00:00Z';

export interface CatalogueUpstream {
  readonly server: UpstreamServer;
  /** What it serves, by host and path; changes show at once. */
  readonly files: Map<string, Content>;
  /** Those of them that are Debian's. */
  readonly debian: UpstreamFiles;
  /** `--mirror` and `--trusted-mirror`, for each of its hosts. */
  readonly mirrorArgs: readonly string[];
  /** A trust directory of its keys. */
  writeTrust(directory: string): Promise<void>;
}

export async function startCatalogueUpstream(): Promise<CatalogueUpstream> {
  const keys = await generateDebianKeys(new Date(now));
  const debian = await buildDebianUpstream({ now: new Date(now), keys });
  const publishedAt = new Date('2026-11-18T09:00:00Z');
  const sigstore = createSigstore({ validFrom: new Date('2026-01-01T00:00:00Z') });
  const runcKey = await generateSigningKey({ owner: 'Demo <demo@example.org>', createdAt: publishedAt });
  const releases = await publishCatalogueUpstream(sigstore, { at: publishedAt, runcKey });
  const publication = mergePublications({ files: debian }, releases);
  const server = await startUpstreamServer(publication);
  return {
    ...{ server, debian, files: publication.files },
    mirrorArgs: publicationMirrorArgs(publication, server.url, unsignedHosts),
    writeTrust: (directory) =>
      writeDebianTrust(directory, keys, sigstore.trustedRoot(), { runc: runcAnchor(runcKey) }),
  };
}

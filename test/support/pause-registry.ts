/**
 * A registry with the pause image for a test of its own: what it holds may be changed before it is opened, and the
 * source is asked through the production fetcher.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { OciRepository, OciRegistryOptions } from '../../scripts/upstream/oci-registry.ts';
import { publishRegistry } from '../../scripts/upstream/oci-registry.ts';
import { publicationMirrors } from '../../scripts/upstream/publication.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { createSigstore } from '../../scripts/upstream/sigstore/instance.ts';
import {
  kubernetesImageSigner,
  releasePause,
  type PauseOptions,
} from '../../scripts/upstream/sigstore/pause.ts';
import { createCache } from '../../src/io/cache.ts';
import { parseMirror } from '../../src/io/http/mirrors.ts';
import type { Architecture } from '../../src/model/artifact.ts';
import { AssayError } from '../../src/model/errors.ts';
import { ociRegistrySource } from '../../src/sources/oci-registry.ts';
import type { OciEntry } from '../../src/sources/oci-spec.ts';
import type { Resolution, ResolveRequest, Watermark } from '../../src/sources/source.ts';
import { parseTrustedRoot } from '../../src/verify/sigstore/trusted-root.ts';
import { inOrder } from './in-order.ts';
import { quickFetcher } from './quick-fetcher.ts';
import { silentReporter } from './silent-reporter.ts';
import { trusting } from './trusting.ts';

export const signedAt = new Date('2026-11-18T09:00:00Z');
export const judgedAt = new Date('2026-11-20T12:00:00Z');
export const reference = 'registry.k8s.io/pause';
const verification = { method: 'cosign-image', ...kubernetesImageSigner } as const;

/** Ours, and one that the trusted root does not name. */
export const sigstore = createSigstore({ validFrom: new Date('2026-01-01T00:00:00Z') });
export const otherSigstore = createSigstore({ validFrom: new Date('2026-01-01T00:00:00Z') });
export const trustedRoot = parseTrustedRoot(Buffer.from(sigstore.trustedRoot()), 'trusted_root.json');

/** Version 3.10.2 unless told otherwise. */
export function pauseRepository(...releases: readonly Partial<PauseOptions>[]): OciRepository {
  const wanted = releases.length === 0 ? [{}] : releases;
  return releasePause(sigstore, ...wanted.map((one) => ({ version: '3.10.2', at: signedAt, ...one })));
}

export interface Asking {
  readonly arch?: Architecture;
  readonly entry?: Partial<OciEntry>;
  readonly watermark?: Watermark;
  readonly previousVersion?: string;
  readonly verification?: Readonly<Record<string, unknown>>;
}

type Request = ResolveRequest<OciEntry>;

export interface PauseRegistry {
  readonly server: UpstreamServer;
  readonly folder: string;
  readonly ask: (...questions: readonly Asking[]) => Promise<readonly Resolution[]>;
}

/** Closed when the test is over. `mirrors`: besides those of the registry's own hosts. */
export async function openPauseRegistry(
  repository: OciRepository,
  options: OciRegistryOptions & { readonly mirrors?: readonly string[] } = {},
): Promise<PauseRegistry> {
  const publication = publishRegistry(repository, options);
  const server = await startUpstreamServer(publication);
  const mirrors = [...publicationMirrors(publication, server.url), ...(options.mirrors ?? [])].map((text) =>
    parseMirror(text),
  );
  const folder = await mkdtemp(join(tmpdir(), 'assay-pause-'));
  const fetcher = quickFetcher({ mirrors, cacheDir: join(folder, 'cache') });
  onTestFinished(async () => {
    await fetcher.close();
    await server.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return {
    server,
    folder,
    async ask(...questions) {
      const asked = questions.length === 0 ? [{}] : questions;
      const run = fetcher.revalidation({ isConditional: true });
      const requests = asked.map(
        ({ arch = 'amd64', entry, watermark, previousVersion, verification: said }): Request => ({
          name: 'pause',
          platform: { os: 'debian-13', arch },
          type: 'oci-image',
          kind: undefined,
          ...{ watermark, previousVersion, verification: { ...verification, ...said } },
          entry: entryOf(entry),
        }),
      );
      const result = await ociRegistrySource.resolve(
        { type: 'oci-registry', registry: 'registry.k8s.io' },
        requests,
        {
          ...{ fetcher: run.fetcher, now: judgedAt, reporter: silentReporter, metadataDates: new Map() },
          cache: createCache(join(folder, 'cache')),
          trust: trusting({ trustedRoot: () => Promise.resolve(trustedRoot) }),
        },
      );
      const resolutions = inOrder(requests, result);
      if (resolutions.every(({ status }) => status !== 'failed')) await run.keep();
      return resolutions;
    },
  };
}

function entryOf(changes: Partial<OciEntry> = {}): OciEntry {
  const base = { from: 'registry-k8s', repository: 'pause', tag: '{version}', ...changes };
  return 'versions' in changes || 'version' in changes ? base : { ...base, version: '3.10.2' };
}

/** What a refusal says, by class and code; the digest of what was resolved. */
export function outcomeOf(resolution: Resolution | undefined): string {
  if (resolution?.status === 'resolved') return resolution.verified.subject.digest;
  if (resolution?.status !== 'failed') return resolution?.status ?? 'nothing';
  const { error } = resolution;
  return error instanceof AssayError ? `${error.name} ${error.code}` : String(error);
}

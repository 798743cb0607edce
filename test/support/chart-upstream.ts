/** A repository of charts for a test of its own, asked through the production fetcher. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { publicationMirrors, type Publication } from '../../scripts/upstream/publication.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { createCache } from '../../src/io/cache.ts';
import { parseMirror, parseTrustedMirror } from '../../src/io/http/mirrors.ts';
import { helmSource } from '../../src/sources/helm.ts';
import type { HelmEntry } from '../../src/sources/helm-spec.ts';
import type { Resolution, ResolveRequest, Watermark } from '../../src/sources/source.ts';
import { readKeyring } from '../../src/verify/openpgp/keyring.ts';
import { inOrder } from './in-order.ts';
import { quickFetcher } from './quick-fetcher.ts';
import { silentReporter } from './silent-reporter.ts';
import { trusting } from './trusting.ts';

const judgedAt = new Date('2026-11-20T12:00:00Z');
const platform = { os: 'ubuntu-24.04', arch: 'amd64' } as const;

export interface ChartQuestion {
  readonly source: Readonly<Record<string, unknown>>;
  readonly entry: Readonly<Record<string, unknown>>;
  readonly verification: { readonly method: string };
  readonly watermark?: Watermark;
  readonly previousVersion?: string;
}

export interface ChartUpstream {
  readonly server: UpstreamServer;
  readonly warnings: readonly string[];
  readonly ask: (question: ChartQuestion) => Promise<Resolution>;
}

/** Closed when the test is over. `publicKey`: of the anchor that is asked for. `trusted`: is the mirror answered for? */
export async function openCharts(
  publication: Publication,
  publicKey: string,
  trusted = true,
): Promise<ChartUpstream> {
  const server = await startUpstreamServer(publication);
  const mirrors = publicationMirrors(publication, server.url).map((text) =>
    trusted ? parseTrustedMirror(text) : parseMirror(text),
  );
  const folder = await mkdtemp(join(tmpdir(), 'assay-charts-'));
  const fetcher = quickFetcher({ mirrors, cacheDir: join(folder, 'cache') });
  const warnings: string[] = [];
  onTestFinished(async () => {
    await fetcher.close();
    await server.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return {
    server,
    warnings,
    async ask({ source, entry, verification, watermark, previousVersion }) {
      const kind = helmSource;
      const spec = kind.sourceSchema.parse({ type: 'helm', ...source });
      const request: ResolveRequest<HelmEntry> = {
        ...{ name: 'chart', platform, type: 'helm-chart', kind: undefined, verification },
        ...{ watermark, previousVersion },
        entry: kind.entrySchema.parse({ from: 'charts', ...entry }),
      };
      const reporter = { ...silentReporter, warn: (text: string) => void warnings.push(text) };
      const result = await kind.resolve(spec, [request], {
        ...{ fetcher, reporter, now: judgedAt, metadataDates: new Map() },
        cache: createCache(join(folder, 'cache')),
        trust: trusting({
          keyring: async () => readKeyring([{ name: 'charts.asc', bytes: Buffer.from(publicKey) }]),
        }),
      });
      const [resolution] = inOrder([request], result);
      if (resolution === undefined) throw new TypeError('no resolution');
      return resolution;
    },
  };
}

/**
 * The embedded upstream for tests of released files: what the production catalogue names, signed by a throwaway
 * Sigstore, asked through the production fetcher. Each test has a server and a copy of the files of its own.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from 'vitest';
import { publicationMirrors } from '../../scripts/upstream/publication.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import {
  publishCatalogueUpstream,
  unsignedHosts,
} from '../../scripts/upstream/sigstore/catalogue-upstream.ts';
import type { GithubRelease } from '../../scripts/upstream/sigstore/github.ts';
import { createSigstore } from '../../scripts/upstream/sigstore/instance.ts';
import { generateSigningKey } from '../../scripts/upstream/signing-key.ts';
import type { Content } from '../../scripts/upstream/virtual-file.ts';
import { createCache } from '../../src/io/cache.ts';
import { parseMirror, parseTrustedMirror } from '../../src/io/http/mirrors.ts';
import type { Architecture } from '../../src/model/artifact.ts';
import { AssayError } from '../../src/model/errors.ts';
import type { Fetcher, Reporter } from '../../src/model/ports.ts';
import { loadCatalogue } from '../../src/pipeline/manifests/catalogue.ts';
import { sourceKinds } from '../../src/sources/registry.ts';
import type { Resolution, ResolveRequest, Watermark } from '../../src/sources/source.ts';
import { readKeyring } from '../../src/verify/openpgp/keyring.ts';
import { parseTrustedRoot } from '../../src/verify/sigstore/trusted-root.ts';
import { inOrder } from './in-order.ts';
import { quickFetcher, type QuickFetcher } from './quick-fetcher.ts';
import { silentReporter } from './silent-reporter.ts';
import { trusting } from './trusting.ts';

const now = new Date('2026-11-20T12:00:00Z');
export const publishedAt = new Date('2026-11-18T09:00:00Z');
const validFrom = new Date('2026-01-01T00:00:00Z');

export const sigstore = createSigstore({ validFrom });
export const otherSigstore = createSigstore({ validFrom });

export const runcKey = await generateSigningKey({ owner: 'runc', createdAt: publishedAt });
/** For all tests of a process. */
const published = publishCatalogueUpstream(sigstore, { at: publishedAt, runcKey, quota: 5000 });

const catalogueUrl = new URL('../../manifests/catalogue.yaml', import.meta.url);
export const catalogue = loadCatalogue(readFileSync(catalogueUrl), 'catalogue.yaml');

export interface Question {
  readonly arch?: Architecture;
  readonly kind?: string;
  readonly watermark?: Watermark;
  readonly previousVersion?: string;
}

const bothArchitectures: readonly Question[] = [{ arch: 'amd64' }, { arch: 'arm64' }];

export interface AskOptions {
  /** Changes to what the catalogue says of the source. */
  readonly source?: Readonly<Record<string, unknown>>;
  /** `trusted_root.json`, where it is not that of `sigstore`. */
  readonly trustedRoot?: string;
  /** In place of this test's own. */
  readonly fetcher?: Fetcher;
  /** Changes to what the catalogue says of the verification. */
  readonly verification?: Readonly<Record<string, unknown>>;
  /** In place of runc's key. */
  readonly keyrings?: Readonly<Record<string, string>>;
  /** The time to judge by. */
  readonly at?: string;
  /** Changes to what the catalogue asks of the source. */
  readonly entry?: Readonly<Record<string, unknown>>;
  readonly reporter?: Reporter;
}

export interface ReleaseUpstream {
  /** By host and path; this test's own, and changes show at once. */
  readonly files: Map<string, Content>;
  readonly server: UpstreamServer;
  readonly fetcher: QuickFetcher;
  /** Puts a release's assets in place. */
  publish(release: GithubRelease): void;
  /** Resolves dependencies of one source, by their keys; for both architectures unless told otherwise. */
  ask(
    names: readonly string[],
    questions?: readonly Question[],
    options?: AskOptions,
  ): Promise<readonly Resolution[]>;
}

export const test = base.extend<{ upstream: ReleaseUpstream }>({
  upstream: async ({}, use) => {
    const { files: original, routes } = await published;
    const files = new Map(original);
    const server = await startUpstreamServer({ files, routes });
    const mirrors = publicationMirrors({ files, routes }, server.url).map((mirror) =>
      unsignedHosts.some((host) => mirror.startsWith(`https://${host}=`))
        ? parseTrustedMirror(mirror)
        : parseMirror(mirror),
    );
    const fetcher = quickFetcher({ mirrors });
    const folder = await mkdtemp(join(tmpdir(), 'assay-release-'));
    await use({
      ...{ files, server, fetcher },
      publish({ repository, tag, assets }) {
        for (const [file, content] of assets) {
          files.set(`github.com/${repository}/releases/download/${tag}/${file}`, content);
        }
      },
      ask: (names, questions, options) => ask(folder, names, questions, { fetcher, ...options }),
    });
    await fetcher.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  },
});

async function ask(
  folder: string,
  names: readonly string[],
  questions: readonly Question[] | undefined,
  options: AskOptions & { readonly fetcher: Fetcher },
): Promise<readonly Resolution[]> {
  const { fetcher, source: changes = {}, trustedRoot = sigstore.trustedRoot() } = options;
  const keyrings = options.keyrings ?? { runc: runcKey.publicKeyArmored };
  const dependencies = names.map((name) => catalogue.dependencies.find((one) => one.name === name)!);
  // As it is written: a schema reads no length of time that it has read before.
  const spec = dependencies[0]!.asked.source;
  const kind = sourceKinds[spec.type]!;
  const requests = dependencies.flatMap(({ name, type, source, ...dependency }) =>
    (questions ?? bothArchitectures).map(({ arch = 'amd64', ...question }): ResolveRequest<unknown> => ({
      ...{ name, type, kind: question.kind, watermark: question.watermark },
      previousVersion: question.previousVersion,
      entry: kind.entrySchema.parse({ ...source, ...options.entry }),
      verification: { ...dependency.verification, ...options.verification },
      platform: { os: 'debian-13', arch },
    })),
  );
  const run = fetcher.revalidation({ isConditional: true });
  const result = await kind.resolve(
    kind.sourceSchema.parse(changed(spec, changes)),
    requests as ResolveRequest<never>[],
    {
      ...{ fetcher: run.fetcher, reporter: options.reporter ?? silentReporter, metadataDates: new Map() },
      now: options.at === undefined ? now : new Date(options.at),
      cache: createCache(join(folder, 'cache')),
      trust: trusting({
        keyring: async (anchor) =>
          readKeyring([{ name: `${anchor}.asc`, bytes: Buffer.from(keyrings[anchor]!) }]),
        trustedRoot: () => Promise.resolve(parseTrustedRoot(Buffer.from(trustedRoot), 'trusted_root.json')),
      }),
    },
  );
  const resolutions = inOrder(requests as ResolveRequest<never>[], result);
  if (resolutions.every(({ status }) => status !== 'failed')) await run.keep();
  return resolutions;
}

/** A version that is named takes the place of the policy. */
function changed(spec: object, changes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const whole: Record<string, unknown> = { ...spec, ...changes };
  if ('version' in changes) delete whole['versions'];
  return whole;
}

/** What became of each question: an error's class and code, or the status. */
export function outcomes(resolutions: readonly Resolution[]): string[] {
  return resolutions.map((resolution) => {
    if (resolution.status !== 'failed') return resolution.status;
    const { error } = resolution;
    return error instanceof AssayError ? `${error.name} ${error.code}` : String(error);
  });
}

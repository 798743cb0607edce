/** Makes the network ports of a run out of its flags and the environment. */
import { createCache } from '../../io/cache.ts';
import type { Ahead } from '../../io/http/ahead.ts';
import { openFetcher } from '../../io/http/open-fetcher.ts';
import type { FetcherOptions, Proxies } from '../../io/http/options.ts';
import type { Cache, Fetcher, Reporter } from '../../model/ports.ts';
import type { Host } from './host.ts';
import { mirrorsOf, type NetworkFlags } from './options.ts';
import { createRegistryCredentials } from './registry-credentials.ts';
import { version } from '../../model/version.ts';

export interface Network {
  readonly fetcher: Fetcher;
  readonly cache: Cache;
  /** Where that is. */
  readonly cacheDir: string;
  readonly ahead: Ahead | undefined;
}

export interface Patience extends Pick<FetcherOptions, 'timeouts' | 'retry'> {
  /** Cuts every connection: downloads fail then, and leave what they have. */
  readonly signal?: AbortSignal;
  /** Of who has no signal: what an interrupted run has written, by now or in a moment. */
  readonly kept?: () => Promise<string>;
}

/** Calls `use` with the ports, and closes every connection after it, so that the process can end. */
export async function withNetwork<T>(
  flags: NetworkFlags,
  host: Host,
  reporter: Reporter,
  use: (network: Network) => Promise<T>,
  { signal, kept = () => Promise.resolve('no file is half written'), ...patience }: Patience = {},
): Promise<T> {
  const { env } = host;
  const cacheDir = cacheDirectory(flags, host);
  const fetcher = openFetcher({
    mirrors: mirrorsOf(flags, host),
    proxies: proxiesOf(env),
    githubToken: githubToken(env)?.token,
    registryCredentials: createRegistryCredentials(env),
    cacheDir,
    userAgent: `assay/${version}`,
    ...patience,
    onAnswer:
      flags.verbose === true
        ? ({ method, url, status }) => {
            reporter.step(`${method} ${url}: ${status}`);
          }
        : undefined,
    onRetry: ({ url, attempt, delayMs, error }) => {
      const seconds = (delayMs / 1000).toFixed(1);
      reporter.step(`${error.message}; trying ${url} again in ${seconds} s (attempt ${String(attempt + 1)})`);
    },
  });
  const stop = () => void fetcher.close();
  if (signal === undefined) {
    host.sayWhenInterrupted?.(
      async () => `${await kept()}; what was verified is in the cache (${cacheDir}): run it again to go on`,
    );
  }
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await use({ fetcher, cache: createCache(cacheDir), cacheDir, ahead: fetcher.ahead });
  } finally {
    signal?.removeEventListener('abort', stop);
    await fetcher.close();
  }
}

export function proxiesOf(env: Host['env']): Proxies {
  return {
    http: eitherCase(env, 'http_proxy'),
    https: eitherCase(env, 'https_proxy'),
    all: eitherCase(env, 'all_proxy'),
    noProxy: eitherCase(env, 'no_proxy'),
  };
}

/** With the variable that it is in. */
export function githubToken(
  env: Host['env'],
): { readonly token: string; readonly variable: string } | undefined {
  for (const variable of ['GITHUB_TOKEN', 'GH_TOKEN']) {
    const token = tokenOf(env[variable]);
    if (token !== undefined) return { token, variable };
  }
  return undefined;
}

/** In lower case first, as curl has it; what is empty is not set. */
function eitherCase(env: Host['env'], name: string): string | undefined {
  const lower = env[name] ?? '';
  return lower === '' ? env[name.toUpperCase()] : lower;
}

/** CI sets secrets that it does not have to nothing, and files end in a line feed. */
function tokenOf(text: string | undefined): string | undefined {
  const token = text?.trim();
  return token === '' ? undefined : token;
}

/** XDG Base Directory Specification; relative paths in it are to be ignored. */
export function cacheDirectory(
  { cacheDir }: Pick<NetworkFlags, 'cacheDir'>,
  { env }: Pick<Host, 'env'>,
): string {
  if (cacheDir !== undefined) return cacheDir;
  const xdg = env['XDG_CACHE_HOME'];
  if (xdg?.startsWith('/') === true) return `${xdg}/assay`;
  return `${env['HOME'] ?? '/var/tmp'}/.cache/assay`;
}

/** A registry of the test's own, and the production fetcher with a user's credentials for it. */
import { onTestFinished } from 'vitest';
import {
  startLoopbackRegistry,
  type LoopbackRegistry,
  type LoopbackRegistryOptions,
} from '../../scripts/upstream/loopback-registry.ts';
import type { FetcherOptions } from '../../src/io/http/options.ts';
import type { RegistryCredentials, RegistrySecret } from '../../src/model/registry-credentials.ts';
import type { RegistryPorts } from '../../src/sources/registry-authority.ts';
import { quickFetcher } from './quick-fetcher.ts';
import { silentReporter } from './silent-reporter.ts';

export interface OpenedRegistry {
  readonly registry: LoopbackRegistry;
  readonly ports: RegistryPorts;
}

/** Closed when the test is over. `secret`: what the user has, for whatever registry. */
export async function openLoopbackRegistry(
  options: LoopbackRegistryOptions = {},
  secret?: RegistrySecret,
  fetching: FetcherOptions = {},
): Promise<OpenedRegistry> {
  const registry = await startLoopbackRegistry(options);
  const registryCredentials = credentialsOf(secret);
  const fetcher = quickFetcher({ registryCredentials, ...fetching });
  onTestFinished(async () => {
    await fetcher.close();
    await registry.close();
  });
  return { registry, ports: { fetcher, reporter: silentReporter } };
}

function credentialsOf(secret: RegistrySecret | undefined): RegistryCredentials {
  return {
    check: () => Promise.resolve(),
    find: () => Promise.resolve(secret && { secret, from: 'auth.json' }),
  };
}

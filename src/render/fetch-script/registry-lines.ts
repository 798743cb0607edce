/** The registry of a fetch script, as lines of its head: see `registryShell`, which calls the functions. */
import { Buffer } from 'node:buffer';
import { wireUrlText } from '../../model/wire-url.ts';
import { shellQuote } from '../shell-quote.ts';
import { caseFunction } from './case-function.ts';

export interface FetchRepository {
  /** `https://registry.example.org/v2/team/assay`: blobs below it are asked for with what the registry demands. */
  readonly url: string;
  /** Under which of the keys of an auth.json (containers-auth.json(5)) its credentials are, the first that is there. */
  readonly authKeys: readonly string[];
}

/** A registry, by the repository that the files are in; images name further ones of it. */
export interface FetchRegistry extends FetchRepository {
  /** In their place; or which file they are in. */
  readonly credentials?: FetchCredentials | undefined;
}

export type FetchCredentials =
  { readonly username: string; readonly password: string } | { readonly authFile: string };

/**
 * Each repository is asked for with a token of its own: which one a URL is in decides what is shown. `further`: of the same
 * registry, where the images are. Throws UsageError `USAGE` for text that no shell can hold.
 */
export function registryLines(
  registry: FetchRegistry | undefined,
  further: readonly FetchRepository[],
): readonly string[] {
  if (registry === undefined) return [];
  const all = [registry, ...further];
  const repositories = [...new Map(all.map((one) => [one.url, one])).values()];
  const { credentials } = registry;
  return [
    "registry='' authorized='' authorization=''",
    ...caseFunction('find_registry', '$url', [
      ...repositories.map(({ url }) => {
        const quoted = shellQuote(wireUrlText(url));
        return `${quoted}/blobs/*) registry=${quoted} ;;`;
      }),
      '*) return 1 ;;',
    ]),
    ...(credentials !== undefined && 'authFile' in credentials
      ? [`REGISTRY_AUTH_FILE=${shellQuote(credentials.authFile)}`]
      : []),
    ...caseFunction(
      'read_registry_credentials',
      '$registry',
      repositories.map(
        ({ url, authKeys }) => `${shellQuote(wireUrlText(url))}) ${readCommand(authKeys, credentials)} ;;`,
      ),
    ),
  ];
}

function readCommand(authKeys: readonly string[], credentials: FetchCredentials | undefined): string {
  if (credentials === undefined || !('username' in credentials)) {
    return `read_credentials ${authKeys.map(shellQuote).join(' ')}`;
  }
  const { username, password } = credentials;
  return `credentials=${shellQuote(Buffer.from(`${username}:${password}`).toString('base64'))}`;
}

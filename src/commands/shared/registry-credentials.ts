/**
 * A user's credentials for registries, where docker, podman and skopeo look for them:
 *
 *   REGISTRY_AUTH_FILE              that file, and no other
 *   DOCKER_CONFIG                   config.json in that directory, and no other
 *   else, in this order             $XDG_RUNTIME_DIR/containers/auth.json (/run/containers/UID/auth.json),
 *                                   $XDG_CONFIG_HOME/containers/auth.json (~/.config), ~/.docker/config.json
 *
 * The first file that has something for a repository counts. In each, a program that is named for the registry
 * (`credHelpers`, `credsStore`) is asked before its own entries.
 */
import {
  parseHelperAnswer,
  parseRegistryAuth,
  placesOf,
  type RegistryAuthFile,
} from '../../formats/upstream/registry-auth.ts';
import { askCredentialHelper } from '../../io/credential-helper.ts';
import { createFileStore } from '../../io/file-store.ts';
import { ownUid } from '../../io/own-uid.ts';
import { oncePer } from '../../model/once-per.ts';
import type { RegistryCredential, RegistryCredentials } from '../../model/registry-credentials.ts';
import type { Host } from './host.ts';
import { readRequired } from './input-files.ts';

type Environment = Host['env'];

/** Nothing is read before it is asked for. */
export function createRegistryCredentials(env: Environment): RegistryCredentials {
  let reading: Promise<readonly RegistryAuthFile[]> | undefined;
  const files = () => (reading ??= readAuthFiles(env));
  const ask = askOnce(env);
  return {
    async check() {
      await files();
    },
    async find(place) {
      for (const file of await files()) {
        const found = (await ask(file, place.registry)) ?? entryFor(file, placesOf(place));
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

function entryFor({ auths }: RegistryAuthFile, places: readonly string[]): RegistryCredential | undefined {
  return places.map((place) => auths.get(place)).find((found) => found !== undefined);
}

/** One program may ask a person: once a run, whatever number of repositories there are. */
function askOnce(
  env: Environment,
): (file: RegistryAuthFile, registry: string) => Promise<RegistryCredential | undefined> {
  const answers = oncePer(() => new Map<string, Promise<RegistryCredential | undefined>>());
  return (file, registry) => {
    const known = answers(file);
    const answer = known.get(registry) ?? askHelper(file, registry, env);
    known.set(registry, answer);
    return answer;
  };
}

async function askHelper(
  file: RegistryAuthFile,
  registry: string,
  env: Environment,
): Promise<RegistryCredential | undefined> {
  const helper = file.helperFor(registry);
  if (helper === undefined) return undefined;
  const answer = await askCredentialHelper({ ...helper, env });
  const from = `docker-credential-${helper.name}`;
  return answer && { secret: parseHelperAnswer(answer, from), from };
}

/** Throws UsageError `CREDENTIALS_INVALID`, and `FILE_UNREADABLE`, also where the file that a user names is not there. */
async function readAuthFiles(env: Environment): Promise<readonly RegistryAuthFile[]> {
  const store = createFileStore();
  const named = env['REGISTRY_AUTH_FILE'] ?? '';
  if (named === '/dev/null') return [];
  if (named !== '') return [parseRegistryAuth(await readRequired(named, store), named)];
  const files: RegistryAuthFile[] = [];
  for (const path of usualPaths(env)) {
    const bytes = await store.read(path);
    if (bytes !== undefined) files.push(parseRegistryAuth(bytes, path));
  }
  return files;
}

function usualPaths(env: Environment): readonly string[] {
  const docker = env['DOCKER_CONFIG'] ?? '';
  if (docker !== '') return [`${docker}/config.json`];
  const home = env['HOME'] ?? '';
  const runtime = absolute(env['XDG_RUNTIME_DIR']);
  const config = absolute(env['XDG_CONFIG_HOME']) ?? (home === '' ? undefined : `${home}/.config`);
  return [
    runtime === undefined
      ? `/run/containers/${String(ownUid())}/auth.json`
      : `${runtime}/containers/auth.json`,
    ...(config === undefined ? [] : [`${config}/containers/auth.json`]),
    ...(home === '' ? [] : [`${home}/.docker/config.json`]),
  ];
}

/** XDG Base Directory Specification: relative paths in it are to be ignored. */
function absolute(path: string | undefined): string | undefined {
  return path?.startsWith('/') === true ? path : undefined;
}

/**
 * The right to read or write a repository of a registry. A registry that wants a password or a token says so (401). The
 * user's credentials are used then, or a token is asked for as anybody may; it is kept for this run, and asked for anew
 * at most once a request.
 *
 * Who sees what. The registry names the realm that gives out its tokens, which may be another host (docker.io's is
 * auth.docker.io, registry.gitlab.com's is gitlab.com): the credentials for the registry are shown to it where it is the
 * registry itself or of the domain that the registry is in (`isRealmOf`), over https. A stranger is shown what the user's
 * files have for him, if anything, as the rendered script does it. Credentials are never sent to where a redirect leads,
 * to a mirror that stands in for either, or because of what a mirror says.
 */
import {
  isRealmOf,
  maxTokenAnswerBytes,
  parseRegistryChallenge,
  parseTokenAnswer,
  type RegistryChallenge,
} from '../formats/upstream/registry-challenge.ts';
import type { Repository } from '../formats/upstream/image-reference.ts';
import { TransportError } from '../model/errors.ts';
import type { Authorization } from '../model/http-exchange.ts';
import type { Fetcher, Reporter } from '../model/ports.ts';
import type { RegistryCredential, RegistrySecret } from '../model/registry-credentials.ts';

export interface RegistryPorts {
  readonly fetcher: Fetcher;
  readonly reporter: Reporter;
}

/** `pull` to read, `pull,push` to write. */
export type RegistryAccess = 'pull' | 'pull,push';

type Realm = Extract<RegistryChallenge, { readonly scheme: 'bearer' }>;

export class RegistryAuthority {
  readonly #repository: Repository;
  readonly #ports: RegistryPorts;
  /** By scope. */
  readonly #known = new Map<string, Promise<Authorization>>();
  #checked: Promise<void> | undefined;

  constructor(repository: Repository, ports: RegistryPorts) {
    this.#repository = repository;
    this.#ports = ports;
  }

  /**
   * Calls `ask` with what the registry was content with last, and once more with what it demands. `from`: another
   * repository, of the same registry, that is read with the same request. Throws what `ask` does, TransportError, and
   * UsageError `CREDENTIALS_INVALID` where the user's files cannot be read, also by a registry that demands nothing.
   */
  async with<T>(
    url: string,
    access: RegistryAccess,
    ask: (authorization: Authorization | undefined) => Promise<T>,
    from?: string,
  ): Promise<T> {
    await (this.#checked ??= this.#ports.fetcher.registryCredentials?.check());
    const scope = this.#scope(access, from);
    const used = this.#known.get(scope.join(' '));
    try {
      return await ask(await used);
    } catch (error) {
      if (!(error instanceof TransportError) || error.challenge === undefined) throw error;
      // Another request may have got one meanwhile, for the same repository.
      if (this.#known.get(scope.join(' ')) === used) {
        this.#known.set(scope.join(' '), this.#answer(error.challenge, url, scope));
      }
    }
    return ask(await this.#known.get(scope.join(' ')));
  }

  /** Ours to say, and no more than this, whatever the challenge names. */
  #scope(access: RegistryAccess, from: string | undefined): readonly string[] {
    const own = `repository:${this.#repository.repository}:${access}`;
    return from === undefined ? [own] : [own, `repository:${from}:pull`];
  }

  async #answer(challenge: string, url: string, scope: readonly string[]): Promise<Authorization> {
    const { fetcher } = this.#ports;
    const isPlain = new URL(url).protocol === 'http:';
    const demand = parseRegistryChallenge(challenge, url, { mayBePlain: isPlain });
    // Whoever stands in for a registry does not get the user's credentials for it, nor says where they are sent.
    const mayUse =
      fetcher.isPrivate(url) && (demand.scheme === 'basic' || fetcher.isPrivate(demand.realm.href));
    const place =
      demand.scheme === 'basic' || isRealmOf(demand.realm, new URL(url))
        ? this.#repository
        : { ...this.#repository, registry: demand.realm.host };
    const found = mayUse ? await fetcher.registryCredentials?.find(place) : undefined;
    if (demand.scheme === 'basic') return this.#password(found, url);
    if (found?.secret.kind === 'registry-token') return secret('Bearer', found.secret.token, found.from);
    const bytes = await this.#askRealm(demand, found, scope).catch((error: unknown) => {
      throw place !== this.#repository && found === undefined && isDenied(error)
        ? stranger(error, place.registry)
        : error;
    });
    const token = parseTokenAnswer(bytes, printable(demand.realm));
    return { scheme: 'Bearer', credentials: token, isSecret: found !== undefined };
  }

  #password(found: RegistryCredential | undefined, url: string): Authorization {
    if (found?.secret.kind === 'password') return basic(found.secret);
    if (found?.secret.kind === 'registry-token') return secret('Bearer', found.secret.token, found.from);
    const { registry } = this.#repository;
    const has = found === undefined ? 'there is none' : `${found.from} has a token in place of one`;
    throw new TransportError('HTTP_STATUS', `${url} wants a user name and a password, and ${has}`, {
      hint: `Log in: docker login ${registry}, or podman login ${registry}.`,
      context: { url, status: 401 },
    });
  }

  async #askRealm(
    { realm, service }: Realm,
    found: RegistryCredential | undefined,
    scope: readonly string[],
  ): Promise<Uint8Array> {
    const { fetcher, reporter } = this.#ports;
    const by = found === undefined ? '' : `, with the credentials of ${found.from}`;
    reporter.step(`asking ${printable(realm)} for a token for ${this.#repository.repository}${by}`);
    const asked = { ...(service === undefined ? {} : { service }), scope };
    try {
      if (found?.secret.kind === 'identity-token') {
        return (await fetcher.post(refreshing(realm, found.secret.token, asked))).bytes;
      }
      const authorization = found?.secret.kind === 'password' ? basic(found.secret) : undefined;
      const request = { url: withQuery(realm, asked), maxBytes: maxTokenAnswerBytes };
      return (await fetcher.get({ ...request, coding: 'decoded', authorization })).bytes;
    } catch (error) {
      throw found !== undefined && isDenied(error) ? notAccepted(error, found) : error;
    }
  }
}

/** The scopes are given one by one, as the distribution project's clients do. */
function withQuery(realm: URL, { service, scope }: { service?: string; scope: readonly string[] }): string {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.delete('scope');
  for (const one of scope) url.searchParams.append('scope', one);
  return url.href;
}

/** RFC 6749, section 6, as the distribution project's token servers take it. */
function refreshing(
  realm: URL,
  token: string,
  { service, scope }: { service?: string; scope: readonly string[] },
) {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    ...(service === undefined ? {} : { service }),
    client_id: 'assay',
    scope: scope.join(' '),
    refresh_token: token,
  });
  return {
    url: realm.href,
    contentType: 'application/x-www-form-urlencoded',
    body: Buffer.from(form.toString()),
    maxBytes: maxTokenAnswerBytes,
  };
}

function basic({ username, password }: Extract<RegistrySecret, { kind: 'password' }>): Authorization {
  const credentials = Buffer.from(`${username}:${password}`).toString('base64');
  return { scheme: 'Basic', credentials, isSecret: true };
}

function secret(scheme: Authorization['scheme'], credentials: string, from: string): Authorization {
  if (/^[A-Za-z0-9._~+/-]+=*$/.test(credentials)) return { scheme, credentials, isSecret: true };
  throw new TransportError('HTTP_STATUS', `${from} has a token that cannot be sent`);
}

function isDenied(error: unknown): error is TransportError {
  return error instanceof TransportError && [400, 401, 403].includes(Number(error.context['status']));
}

function notAccepted(error: TransportError, { from }: RegistryCredential): TransportError {
  return new TransportError(error.code, error.message, {
    hint: `The credentials of ${from} were not accepted: log in again.`,
    context: error.context,
  });
}

function stranger(error: TransportError, realm: string): TransportError {
  return new TransportError(error.code, error.message, {
    hint: `The credentials for the registry are for no other domain. If you trust it: docker login ${realm}.`,
    context: error.context,
  });
}

function printable({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

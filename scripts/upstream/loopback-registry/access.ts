/** Who may do what in the loopback registry: passwords, and tokens for scopes of one repository. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf, end, Refusal } from './answers.ts';

export interface RegistryAuth {
  readonly scheme: 'basic' | 'token';
  readonly username: string;
  readonly password: string;
  /** Exchanged for tokens by POST. */
  readonly identityToken?: string;
  /** Where tokens are given out: `/token` of this registry unless said otherwise. */
  readonly realm?: string;
  /** Whoever has no credentials may read. */
  readonly readsAnonymously?: boolean;
}

export class RegistryAccess {
  /** Scopes by token. */
  readonly #tokens = new Map<string, ReadonlySet<string>>();
  readonly #auth: RegistryAuth | undefined;
  readonly #host: () => string;

  /** `host`: of the registry, once it listens. */
  constructor(auth: RegistryAuth | undefined, host: () => string) {
    this.#auth = auth;
    this.#host = host;
  }

  /** Throws Refusal. `name`: of the repository. */
  authorize(request: IncomingMessage, name: string, url: URL): void {
    const auth = this.#auth;
    if (auth === undefined) return;
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (reads && auth.readsAnonymously === true && !url.pathname.includes('/uploads/')) return;
    const { authorization = '' } = request.headers;
    const [scheme = '', credentials = ''] = authorization.split(' ');
    const from = url.searchParams.get('from');
    if (auth.scheme === 'basic') {
      if (scheme === 'Basic' && this.#isRight(credentials)) return;
      throw new Refusal(401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="loopback"' });
    }
    const scope = `repository:${name}:${reads && !url.pathname.includes('/uploads/') ? 'pull' : 'pull,push'}`;
    const scopes = scheme === 'Bearer' ? this.#tokens.get(credentials) : undefined;
    const isEnough = scopes?.has(scope) === true || (reads && scopes?.has(`repository:${name}:pull,push`));
    if (isEnough && (from === null || scopes?.has(`repository:${from}:pull`) === true)) return;
    if (isEnough && from !== null) throw new Refusal(403, 'DENIED');
    const realm = auth.realm ?? `http://${this.#host()}/token`;
    const challenge = `Bearer realm="${realm}",service="${this.#host()}",scope="${scope}"`;
    throw new Refusal(401, 'UNAUTHORIZED', { 'www-authenticate': challenge });
  }

  /** Throws Refusal. */
  async giveToken(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const auth = this.#auth;
    const form =
      request.method === 'POST' ? new URLSearchParams((await bodyOf(request)).toString()) : undefined;
    const [scheme = '', credentials = ''] = (request.headers.authorization ?? '').split(' ');
    const isRight =
      form === undefined
        ? scheme === 'Basic' && this.#isRight(credentials)
        : auth?.identityToken !== undefined && form.get('refresh_token') === auth.identityToken;
    const isAnonymous = form === undefined && scheme === '' && auth?.readsAnonymously === true;
    if (!isRight && !isAnonymous) throw new Refusal(401, 'UNAUTHORIZED');
    const asked =
      form === undefined ? url.searchParams.getAll('scope') : (form.get('scope') ?? '').split(' ');
    const granted = isRight ? asked : asked.map((scope) => scope.replace(/:[^:]*$/, ':pull'));
    const token = randomBytes(24).toString('base64url');
    this.#tokens.set(token, new Set(granted));
    const answer = form === undefined ? { token, expires_in: 300 } : { access_token: token, expires_in: 300 };
    end(response, 200, { 'content-type': 'application/json' }, JSON.stringify(answer));
  }

  #isRight(credentials: string): boolean {
    const auth = this.#auth;
    return (
      Buffer.from(credentials, 'base64').toString() === `${auth?.username ?? ''}:${auth?.password ?? ''}`
    );
  }
}

/**
 * A registry's demand for a password or a token (RFC 9110, section 11.6.1; RFC 6750; the distribution project's token
 * authentication): `Bearer realm="https://auth.example/token",service="registry.example",scope="…"`, `Basic realm="x"`.
 */
import { z } from 'zod';
import { TransportError, VerificationError } from '../../model/errors.ts';
import { isLoopbackHost } from '../../model/loopback.ts';
import { printableUrlText } from '../../model/url-text.ts';
import { parseEvidenceJson } from './evidence-json.ts';

export type RegistryChallenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer';
      /** Where tokens are given out: https, without credentials. */
      readonly realm: URL;
      readonly service: string | undefined;
    };

const token = String.raw`[!#$%&'*+.^${'`'}|~\w-]+`;
/** The name of a scheme, or a parameter of the one before. */
const step = new RegExp(String.raw`[\s,]*(${token})(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|(${token})))?`, 'y');

/**
 * Untrusted: whoever answers for the registry wrote it. The scope that it names is not read, since what is asked for
 * is ours to say. Of several, a token is preferred to a password, which need not be shown to the registry then.
 * `mayBePlain`: the registry is on this machine and reached by plain HTTP, and so may its realm be. Throws TransportError
 * `HTTP_STATUS` for another way of authentication, and `URL_REFUSED` for a realm that is no https URL.
 */
export function parseRegistryChallenge(
  challenge: string,
  what: string,
  { mayBePlain = false }: { readonly mayBePlain?: boolean } = {},
): RegistryChallenge {
  const schemes = readSchemes(challenge);
  const parameters = schemes.get('bearer');
  if (parameters === undefined && schemes.has('basic')) return { scheme: 'basic' };
  if (parameters === undefined) {
    const [found = ''] = schemes.keys();
    const shown = JSON.stringify(found.slice(0, 40));
    throw new TransportError('HTTP_STATUS', `${what} wants ${shown} authentication`, {
      hint: 'Registries that want a token or a password are supported, and those that anybody may read.',
    });
  }
  const realm = checkRealm(parameters.get('realm') ?? '', what, mayBePlain);
  return { scheme: 'bearer', realm, service: parameters.get('service') };
}

/**
 * May the credentials for the registry be shown to its realm? To the registry itself, and to hosts of the domain that it is in:
 * auth.docker.io for registry-1.docker.io, gitlab.com for registry.gitlab.com. To nobody else, whatever the registry's
 * answer says. Tenants of one domain (azurecr.io) are not told apart; a registry that means ill can ask for the password
 * itself.
 */
export function isRealmOf(realm: URL, registry: URL): boolean {
  if (realm.host === registry.host) return true;
  const { hostname } = registry;
  if (realm.port !== '' || isAddress.test(hostname)) return false;
  const parent = hostname.slice(hostname.indexOf('.') + 1);
  const domain = isOfOneOwner(parent) ? parent : hostname;
  return isOfOneOwner(domain) && (realm.hostname === domain || realm.hostname.endsWith(`.${domain}`));
}

const isAddress = /^[\d.]+$|^\[/;
/** Under which anybody may have a name. */
const suffixes = /^(?:[^.]+|(?:ac|co|com|edu|gov|net|or|org)\.[a-z]{2})$/;

function isOfOneOwner(domain: string): boolean {
  return !suffixes.test(domain);
}

function checkRealm(text: string, what: string, mayBePlain: boolean): URL {
  const url = URL.parse(text);
  const isPlainHere = mayBePlain && url?.protocol === 'http:' && isLoopbackHost(url.hostname);
  const isSecure = url?.protocol === 'https:' || isPlainHere;
  if (url !== null && isSecure && url.username === '' && url.password === '' && url.hash === '') return url;
  const shown = printableUrlText(text);
  throw new TransportError('URL_REFUSED', `${what} sends us for a token to ${shown}: not https`, {
    hint: 'Tokens are fetched over https only, or from the mirror that is given for such a URL.',
    context: { realm: shown },
  });
}

/** By the name of the scheme; of two of one name, and of two parameters, the first counts. */
function readSchemes(challenge: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const schemes = new Map<string, Map<string, string>>();
  let parameters = new Map<string, string>();
  for (step.lastIndex = 0; step.lastIndex < challenge.length;) {
    const [, name = '', quoted, plain] = step.exec(challenge) ?? [];
    if (name === '') break;
    const key = name.toLowerCase();
    if (quoted === undefined && plain === undefined) {
      parameters = new Map();
      if (!schemes.has(key)) schemes.set(key, parameters);
    } else if (!parameters.has(key)) {
      parameters.set(key, quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '');
    }
  }
  return schemes;
}

/** As RFC 6750 has it: nothing that could end a header. */
const tokenPattern = /^[A-Za-z0-9._~+/-]{1,16384}=*$/;

/** Unchecked here: what a schema refuses, its message shows. */
const answerSchema = z.object({ token: z.unknown().optional(), access_token: z.unknown().optional() });

export const maxTokenAnswerBytes = 64 << 10;

/** The token in a realm's answer. Throws VerificationError `EVIDENCE_MALFORMED`, which never shows the token. */
export function parseTokenAnswer(bytes: Uint8Array, what: string): string {
  const answer = parseEvidenceJson(answerSchema, bytes, what, { maxBytes: maxTokenAnswerBytes });
  const found = answer.token ?? answer.access_token;
  if (typeof found === 'string' && tokenPattern.test(found)) return found;
  throw new VerificationError('EVIDENCE_MALFORMED', `${what} holds no token that could be sent`);
}

/**
 * Files of registry credentials: docker's `config.json` (`auths`, `credsStore`, `credHelpers`), and podman's and
 * skopeo's `auth.json` (containers-auth.json(5)), which is the same with paths in its keys.
 *
 * They hold secrets: what is wrong with one is told by file, line and key, and no value of it is ever shown.
 */
import { z } from 'zod';
import { UsageError } from '../../model/errors.ts';
import type { RegistryCredential, RegistrySecret } from '../../model/registry-credentials.ts';
import { printableUrlText } from '../../model/url-text.ts';
import { decodeBase64 } from '../text/base64.ts';
import { check, formatPath, type Problem } from '../text/problems.ts';
import { parseStrictJson } from '../text/strict-json.ts';
import { readUtf8 } from '../text/utf8.ts';
import type { Repository } from './image-reference.ts';

export interface RegistryAuthFile {
  readonly file: string;
  /** By the names of their keys as `placesOf` writes them. */
  readonly auths: ReadonlyMap<string, RegistryCredential>;
  /** The program to be asked for a registry, and the name that it knows it by; undefined where there is none. */
  readonly helperFor: (registry: string) => CredentialHelper | undefined;
}

export interface CredentialHelper {
  /** `docker-credential-<name>` is the program. */
  readonly name: string;
  /** What it is asked for. */
  readonly server: string;
}

/** Docker's registry is called by several names, in references and in these files. */
const dockerHub = 'docker.io';
const dockerHubKey = 'https://index.docker.io/v1/';
const dockerHubHosts: readonly string[] = ['index.docker.io', 'registry-1.docker.io'];

/** It becomes the name of a program: no path to one. */
const helperName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/, {
  error: 'must be what follows "docker-credential-" in the name of a program',
});
const text = z.string().max(65_536);
const entrySchema = z.object({
  auth: text.exactOptional(),
  username: text.exactOptional(),
  password: text.exactOptional(),
  identitytoken: text.exactOptional(),
  registrytoken: text.exactOptional(),
});
const fileSchema = z.object({
  auths: z.record(z.string(), entrySchema).nullish(),
  credsStore: z.union([z.literal(''), helperName]).exactOptional(),
  credHelpers: z.record(z.string(), helperName).nullish(),
});

/** Throws UsageError `CREDENTIALS_INVALID`. */
export function parseRegistryAuth(bytes: Uint8Array, file: string): RegistryAuthFile {
  // As docker has it: an empty file says nothing.
  const value = bytes.length === 0 ? {} : readJson(bytes, file);
  const problems: Problem[] = [];
  const parsed = check(fileSchema, value, [], problems, { showsValues: false });
  if (parsed === undefined) {
    const [{ path, message } = { path: [], message: 'is not what docker writes' }] = problems;
    throw invalid(`${file}: ${formatPath(path.map(shownStep))}: ${message}`);
  }
  const auths = new Map<string, RegistryCredential>();
  for (const [key, entry] of Object.entries(parsed.auths ?? {})) {
    const from = `${printableKey(key)} in ${file}`;
    const secret = secretOf(entry, `${file}: auths[${printableKey(key)}]`);
    const name = nameOfKey(key);
    // Of several spellings of one, the one without a scheme is the current one.
    if (secret !== undefined && (!auths.has(name) || name === key)) auths.set(name, { secret, from });
  }
  const helpers = new Map(
    Object.entries(parsed.credHelpers ?? {}).map(([key, name]) => [nameOfKey(key), name]),
  );
  return {
    ...{ file, auths },
    helperFor(registry) {
      const name = helpers.get(registry) ?? parsed.credsStore ?? '';
      return name === '' ? undefined : { name, server: registry === dockerHub ? dockerHubKey : registry };
    },
  };
}

function readJson(bytes: Uint8Array, file: string): unknown {
  return parseStrictJson(
    bytes,
    (message, line, column) => {
      // A key may be a secret in the wrong place.
      const shown = message.replace(/^the key .* is repeated$/s, 'a key is repeated');
      return invalid(`${file}:${line}:${column}: ${shown}`);
    },
    { numbers: 'rounded' },
  );
}

/** Where a file may have something for a repository: the most specific key first, the registry's own last. */
export function placesOf({ registry, repository }: Repository): readonly string[] {
  const parts = repository.split('/');
  return [
    ...parts.map((_, index) => [registry, ...parts.slice(0, parts.length - index)].join('/')),
    registry,
  ];
}

/** The same as files may spell them: for who compares text. */
export function authFileKeys(place: Repository): readonly string[] {
  const { registry } = place;
  const spelled = ['', '/', '/v1/', '/v2/'].map((path) => `https://${registry}${path}`);
  return [...placesOf(place), ...spelled, ...(registry === dockerHub ? [dockerHubKey] : [])];
}

/** What a helper says of one server: JSON with `Username` and `Secret`. Throws UsageError `CREDENTIALS_INVALID`. */
export function parseHelperAnswer(bytes: Uint8Array, what: string): RegistrySecret {
  const refuse = () => invalid(`${what} did not answer with a user name and a secret as JSON`);
  const answer = z.object({ Username: text, Secret: text.min(1) });
  const parsed = answer.safeParse(parseStrictJson(bytes, refuse, { numbers: 'rounded' }));
  if (!parsed.success) throw refuse();
  const { Username: username, Secret: secret } = parsed.data;
  return username === '<token>' || username === ''
    ? { kind: 'identity-token', token: secret }
    : password(username, secret, what);
}

/** Undefined of what says nothing: docker leaves such entries where a helper has the rest. */
function secretOf(entry: z.output<typeof entrySchema>, what: string): RegistrySecret | undefined {
  const { auth = '', identitytoken = '', registrytoken = '', username = '' } = entry;
  if (identitytoken !== '') return { kind: 'identity-token', token: identitytoken };
  if (registrytoken !== '') return { kind: 'registry-token', token: registrytoken };
  if (auth !== '') return secretOfAuth(auth, what);
  if (username !== '') return password(username, entry.password ?? '', what);
  if ((entry.password ?? '') === '') return undefined;
  throw invalid(`${what} has a password and no username`);
}

function secretOfAuth(auth: string, what: string): RegistrySecret {
  // Line feeds are what `base64` breaks long lines with.
  const bytes = decodeBase64(auth.replace(/[\r\n]/g, ''));
  const decoded = bytes === undefined ? undefined : readUtf8(bytes);
  const colon = decoded?.indexOf(':') ?? -1;
  if (decoded === undefined || colon < 1) {
    throw invalid(`${what}.auth is not USER:PASSWORD in base64`);
  }
  // Docker once filled passwords up with zero bytes.
  return password(decoded.slice(0, colon), decoded.slice(colon + 1).replace(/\0+$/, ''), what);
}

/** RFC 7617, section 2: no colon in a user name; control characters in neither, but for the line feeds of JSON keys. */
function password(username: string, secret: string, what: string): RegistrySecret {
  if (username.includes(':') || /\p{Cc}/u.test(username)) {
    throw invalid(`${what} has a user name that cannot be sent`);
  }
  return { kind: 'password', username, password: secret };
}

/** `https://index.docker.io/v1/` is `docker.io`, `https://r.example/v2/` is `r.example`, `r.example/team` is that. */
function nameOfKey(key: string): string {
  const bare = key.replace(/^https?:\/\//, '');
  const name = bare === key ? bare.replace(/\/(?:v[12]\/?)?$/, '') : bare.replace(/\/.*$/s, '');
  const [host = '', ...path] = name.split('/');
  return [dockerHubHosts.includes(host) ? dockerHub : host, ...path].join('/');
}

function printableKey(key: string): string {
  return key.includes('://') || key.includes('@') ? printableUrlText(key) : JSON.stringify(key.slice(0, 200));
}

function shownStep(step: PropertyKey): PropertyKey {
  return typeof step === 'string' && step.includes('@') ? '…' : step;
}

function invalid(message: string): UsageError {
  return new UsageError('CREDENTIALS_INVALID', message, {
    hint: 'Correct the file, or log in again: docker login, podman login.',
  });
}

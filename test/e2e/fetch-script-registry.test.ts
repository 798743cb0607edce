/** The rendered fetch script, where the files are blobs of a registry that wants to know who asks. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  defaultFetchOptions,
  renderFetchScript,
  type FetchOptions,
} from '../../src/render/fetch-script/fetch-script.ts';
import { registryShell } from '../../src/render/fetch-script/registry-shell.ts';
import {
  body,
  endless,
  file,
  loopbackCertificate,
  redirect,
  startFaultServer,
  status,
  truncated,
  type Behaviour,
  type FaultServer,
} from '../support/fault-server.ts';
import { hasProgram, posixShells, shellsForFew, type PosixShell } from '../support/posix-shells.ts';
import { runProgram, type Outcome } from '../support/run-assay.ts';

const content = Buffer.from(
  Array.from({ length: 4000 }, (_, line) => createHash('sha256').update(`${line}`).digest('hex')).join('\n'),
);
const sha256 = createHash('sha256').update(content).digest('hex');
const blobPath = `/v2/team/assay/blobs/sha256:${sha256}`;
const token = 'a-token.of_the+realm/==';
const basic = Buffer.from('robot$puller:pass "word"\\\n').toString('base64');

let registry: FaultServer;
let elsewhere: FaultServer;
let directory: string;

beforeAll(async () => {
  [registry, elsewhere] = [await startFaultServer(), await startFaultServer()];
});
afterAll(async () => {
  await registry.close();
  await elsewhere.close();
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-fetch-registry-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** The path of this test's realm, so that its requests are told apart from others'. */
const realm = (path: string) => `${path}?scope=repository:team/assay:pull&service=loopback`;

const bearer = (url: string) => `Bearer realm="${url}",service="loopback",scope="repository:other:push"`;

/** 401 with these headers unless the request has the authorization. */
const demanding =
  (authorization: string, challenge: string, behaviour: Behaviour): Behaviour =>
  (request, response) =>
    (request.headers.authorization === authorization
      ? behaviour
      : status(401, challenge === '' ? {} : { 'www-authenticate': challenge }))(request, response);

const good = file(content, { etag: `"sha256:${sha256}"` });
const answer = (text: string) => body(text, { 'content-type': 'application/json' });
const giving = answer(JSON.stringify({ expires_in: 300, token }, null, 2));

const [sh] = posixShells as [PosixShell];

async function fetch(
  shell: PosixShell = sh,
  env: Record<string, string> = {},
  { origin = registry.origin, ...more }: Partial<FetchOptions> & { readonly origin?: string } = {},
): Promise<Outcome> {
  const script = join(directory, 'fetch.sh');
  const host = new URL(origin).host;
  const item = {
    name: 'kubelet',
    url: `${origin}${blobPath}`,
    digest: `sha512:${createHash('sha512').update(content).digest('hex')}`,
    sizeBytes: content.length,
  } as const;
  const options = {
    ...{ ...defaultFetchOptions, attempts: 2, stallTimeoutMs: 60_000, retryPauseMs: 0, allowsHttp: true },
    ...{ directory: join(directory, 'artifacts'), installedFile: join(directory, 'installed') },
    registry: { url: `${origin}/v2/team/assay`, authKeys: [`${host}/team/assay`, host] },
    ...more,
  };
  await writeFile(script, renderFetchScript([item], options, 'Of a registry.'));
  const [program, ...args] = shell.argv;
  return runProgram(program, [...args, script], {
    cwd: directory,
    env: { HOME: directory, XDG_RUNTIME_DIR: '', XDG_CONFIG_HOME: '', DOCKER_CONFIG: '', ...env },
  });
}

async function logIn(hosts: Record<string, unknown>, name = '.docker/config.json'): Promise<string> {
  const path = join(directory, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, JSON.stringify({ auths: hosts, credsStore: 'none' }, null, '\t'));
  return path;
}

async function expectStaged(outcome: Outcome): Promise<void> {
  expect(outcome.stderr).toContain('assay-fetch: all 1 files are in');
  expect(outcome.exitCode).toBe(0);
  expect(await readdir(join(directory, 'artifacts'))).toEqual(['kubelet']);
  expect((await readFile(join(directory, 'artifacts/kubelet'))).equals(content)).toBe(true);
}

async function expectFailed(outcome: Outcome, code: number, message: string): Promise<void> {
  expect(outcome.stderr).toContain(message);
  expect(outcome.exitCode).toBe(code);
  const shown = (await readdir(join(directory, 'artifacts'))).filter((name) => !name.startsWith('.'));
  expect(shown).toEqual([]);
}

describe.for(shellsForFew)('under $name', (shell) => {
  test('asks the realm for a token, as nobody, and for no more than reading', async () => {
    const path = `/${shell.name.replace(' ', '-')}/anybody`;
    registry.on(blobPath, demanding(`Bearer ${token}`, bearer(`${registry.origin}${path}`), good));
    registry.on(realm(path), giving);
    await expectStaged(await fetch(shell));
    expect(registry.requestsTo(realm(path)).map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test('gives the password of its own host to the realm, and the registry the token alone', async () => {
    const path = `/${shell.name.replace(' ', '-')}/somebody`;
    registry.on(blobPath, demanding(`Bearer ${token}`, bearer(`${registry.origin}${path}`), good));
    registry.on(realm(path), demanding(`Basic ${basic}`, '', giving));
    const host = registry.origin.replace('http://', '');
    await logIn({ 'other.example': { auth: 'b3RoZXI6b3RoZXI=' }, [host]: { auth: basic } });
    const outcome = await fetch(shell);
    await expectStaged(outcome);
    expect(outcome.stderr).not.toContain(basic);
  });
});

test('gives the password to a registry that asks for it itself', async () => {
  registry.on(blobPath, demanding(`Basic ${basic}`, 'Basic realm="zot"', good));
  const file = await logIn({ [registry.origin.replace('http://', '')]: { auth: basic } }, 'auth.json');
  await expectStaged(await fetch(sh, { REGISTRY_AUTH_FILE: file }));
});

test('resumes with a token where the connection was cut, and asks for a new one where it has expired', async () => {
  const stale = demanding('Bearer other', bearer(`${registry.origin}/expired`), good);
  const validator = { etag: `"sha256:${sha256}"` };
  registry.on(blobPath, stale, truncated(content, 100_000, validator, 300), stale, good);
  registry.on(realm('/expired'), giving);
  await expectStaged(await fetch());
  const ranges = registry.requestsTo(blobPath).slice(-4);
  expect(ranges.map(({ headers: { range } }) => range)).toEqual([
    undefined,
    undefined,
    expect.stringMatching(/^bytes=[1-9][0-9]*-$/),
    expect.stringMatching(/^bytes=[1-9][0-9]*-$/),
  ]);
});

test.for(['Bearer', 'Basic'] as const)('sends no %s authorization where a redirect leads', async (scheme) => {
  const authorization = scheme === 'Bearer' ? `Bearer ${token}` : `Basic ${basic}`;
  const challenge = scheme === 'Bearer' ? bearer(`${registry.origin}/redirected`) : 'Basic realm="r"';
  registry.on(blobPath, demanding(authorization, challenge, redirect(`${elsewhere.origin}/${scheme}`, 307)));
  registry.on(realm('/redirected'), giving);
  elsewhere.on(`/${scheme}`, good);
  await logIn({ [registry.origin.replace('http://', '')]: { auth: basic } });
  await expectStaged(await fetch());
  expect(elsewhere.requestsTo(`/${scheme}`).map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

test('gives no password to a realm of another host, unless it has one of its own', async () => {
  registry.on(blobPath, demanding(`Bearer ${token}`, bearer(`${elsewhere.origin}/realm`), good));
  elsewhere.on(realm('/realm'), giving);
  const [host, other] = [registry, elsewhere].map(({ origin }) => origin.replace('http://', ''));
  await logIn({ [host!]: { auth: basic } });
  await expectStaged(await fetch());
  await rm(join(directory, 'artifacts'), { recursive: true });
  await logIn({ [host!]: { auth: basic }, [other!]: { auth: 'b3RoZXI6b3RoZXI=' } });
  await expectStaged(await fetch());
  const sent = elsewhere.requestsTo(realm('/realm')).map(({ headers }) => headers.authorization);
  expect(sent).toEqual([undefined, 'Basic b3RoZXI6b3RoZXI=']);
});

test('asks a realm of another host for no more than its own scope, whatever its query says', async () => {
  const asked = `${elsewhere.origin}/wide?scope=repository:other/private:pull,push`;
  registry.on(blobPath, demanding(`Bearer ${token}`, bearer(asked), good));
  elsewhere.on(realm('/wide'), giving);
  await logIn({ [elsewhere.origin.replace('http://', '')]: { auth: basic } });
  await expectStaged(await fetch());
  expect(elsewhere.requestsTo(realm('/wide')).map(({ headers }) => headers.authorization)).toEqual([
    `Basic ${basic}`,
  ]);
});

test('an authority for the registry vouches for its own realm, and for none of another host', async () => {
  const [secure, stranger] = [await startFaultServer({ tls: true }), await startFaultServer({ tls: true })];
  onTestFinished(() => Promise.all([secure.close(), stranger.close()]).then(() => undefined));
  await logIn({ [new URL(stranger.origin).host]: { auth: basic } });
  const options = { origin: secure.origin, mirrorCa: loopbackCertificate, mirrors: [secure.origin] };
  for (const { origin } of [stranger, secure]) {
    secure.on(blobPath, demanding(`Bearer ${token}`, bearer(`${origin}/realm`), good));
    for (const one of [stranger, secure]) one.on(realm('/realm'), giving);
    const outcome = await fetch(sh, {}, options);
    if (origin === secure.origin) await expectStaged(outcome);
    else await expectFailed(outcome, 4, `no token from ${new URL(origin).host}: curl: (60)`);
  }
  expect(stranger.requests).toEqual([]);
});

test.for(['auths', 'credHelpers', 'proxies'])('takes no key of the file for the host %s', async (host) => {
  const file = await logIn({ 'other.example': { auth: basic } });
  const script = `${registryShell}\ncredentials=''\nfind_credentials "$1" "$2"\nprintf '[%s]' "$credentials"\n`;
  const [program, ...args] = sh.argv;
  const found = async (name: string) =>
    (await runProgram(program, [...args, '-c', script, 'sh', file, name])).stdout;
  expect(await found(host)).toBe('[]');
  expect(await found('other.example')).toBe(`[${basic}]`);
});

describe('gives up', () => {
  test('where no token is ever good enough', async () => {
    const before = registry.requestsTo(blobPath).length;
    registry.on(blobPath, demanding('Bearer x', bearer(`${registry.origin}/loop`), good));
    registry.on(realm('/loop'), giving);
    await expectFailed(await fetch(), 4, 'the registry refuses the token that it was asked for');
    expect(registry.requestsTo(blobPath).length - before).toBe(3);
  });

  test('where the password is wrong, or there is none', async () => {
    registry.on(blobPath, demanding('Basic other', 'Basic realm="r"', good));
    await expectFailed(await fetch(), 4, 'the registry wants a password, and there is none for it');
    await logIn({ [registry.origin.replace('http://', '')]: { auth: basic } });
    const outcome = await fetch();
    await expectFailed(outcome, 4, 'the registry refuses the password');
    expect(outcome.stderr).not.toContain(basic);
  });

  test('where the file of passwords that is named is not there', async () => {
    registry.on(blobPath, demanding('Basic other', 'Basic realm="r"', good));
    await expectFailed(
      await fetch(sh, { REGISTRY_AUTH_FILE: '/nonexistent' }),
      2,
      'cannot read /nonexistent',
    );
  });

  test.for([
    'file:///etc/passwd',
    'gopher://loopback/',
    '',
    '$(touch injected)',
    '`touch injected`',
    'https://user:password@loopback/',
    'https://loopback/ --output injected',
    'https://loopback/#',
    '--output=injected',
    'https://loop{back,}/',
  ])('where it is sent for a token to %s', async (text) => {
    registry.on(blobPath, demanding('Bearer x', bearer(text), good));
    await expectFailed(await fetch(), 4, 'sends us for a token to no place that we would ask');
    expect(await readdir(directory)).toEqual(expect.not.arrayContaining(['injected']));
  });

  test.for([
    '',
    '{}',
    '{"token":""}',
    '{"token":"a b"}',
    '{"token":"a\\nheader = x"}',
    '{"token":7}',
    '<html>',
  ])('where the realm answers %s', async (text) => {
    registry.on(blobPath, demanding('Bearer x', bearer(`${registry.origin}/broken`), good));
    registry.on(realm('/broken'), answer(text));
    await expectFailed(await fetch(), 4, 'no token that could be sent');
  });

  test('where the realm never ends', async () => {
    registry.on(blobPath, demanding('Bearer x', bearer(`${registry.origin}/endless`), good));
    registry.on(realm('/endless'), endless());
    await expectFailed(await fetch(), 4, 'no token from');
  });

  test('where the realm sends it elsewhere', async () => {
    registry.on(blobPath, demanding('Bearer x', bearer(`${registry.origin}/sends-on`), good));
    registry.on(realm('/sends-on'), redirect(`${elsewhere.origin}/token`));
    await expectFailed(await fetch(), 4, 'no token that could be sent');
    expect(elsewhere.requestsTo('/token')).toEqual([]);
  });

  test('where whoever it redirects to wants to know who asks', async () => {
    registry.on(blobPath, redirect(`${elsewhere.origin}/blob`));
    elsewhere.on('/blob', demanding('Bearer x', bearer(`${elsewhere.origin}/evil-realm`), good));
    elsewhere.on(realm('/evil-realm'), giving);
    await expectFailed(await fetch(), 4, 'where the registry redirects to wants authentication');
    expect(elsewhere.requestsTo(realm('/evil-realm'))).toEqual([]);
  });

  test.for(['Negotiate', 'Digest realm="r"', ''])('where it wants %s', async (challenge) => {
    registry.on(blobPath, demanding('Bearer x', challenge, good));
    await expectFailed(await fetch(), 4, 'authentication of another kind than Bearer and Basic');
  });
});

test('refuses other bytes of the right size by the SHA-512 of the manifest', async () => {
  registry.on(blobPath, file(Buffer.alloc(content.length, 'x'), { etag: `"sha256:${sha256}"` }));
  await expectFailed(await fetch(), 5, 'digest is sha512:');
});

test('has no secret among the arguments of a program', async () => {
  const bin = join(directory, 'bin');
  await mkdir(bin);
  const path = process.env['PATH'] ?? '';
  const log = join(directory, 'arguments');
  for (const program of ['curl', 'tr', 'cat', 'rm', 'mv', 'stat']) {
    const text = `#!/bin/sh\nprintf '%s\\n' "$@" >>'${log}'\nenv >>'${log}'\nPATH='${path}' exec ${program} "$@"\n`;
    await writeFile(join(bin, program), text, { mode: 0o755 });
  }
  registry.on(blobPath, demanding(`Bearer ${token}`, bearer(`${registry.origin}/argv`), good));
  registry.on(realm('/argv'), demanding(`Basic ${basic}`, '', giving));
  await logIn({ [registry.origin.replace('http://', '')]: { auth: basic } });
  await expectStaged(await fetch(sh, { PATH: `${bin}:${path}` }));
  const seen = await readFile(log, 'utf8');
  expect(seen).toContain('--dump-header');
  expect(seen).not.toContain(basic);
  expect(seen).not.toContain(token);
});

test('is clean by shellcheck', async ({ skip }) => {
  skip(!hasProgram('shellcheck', '--version'), 'shellcheck is not installed');
  registry.on(blobPath, good);
  await fetch();
  const { stdout, exitCode } = await runProgram('shellcheck', [join(directory, 'fetch.sh')]);
  expect(exitCode, stdout).toBe(0);
});

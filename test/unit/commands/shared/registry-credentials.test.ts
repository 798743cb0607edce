import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createRegistryCredentials } from '../../../../src/commands/shared/registry-credentials.ts';
import { askCredentialHelper } from '../../../../src/io/credential-helper.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-auth-'));
  onTestFinished(() => rm(folder, { recursive: true }));
});

async function put(path: string, content: unknown): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

function auths(...keys: readonly string[]): (user: string) => object {
  return (user) => {
    const auth = Buffer.from(`${user}:p`).toString('base64');
    return { auths: Object.fromEntries(keys.map((key) => [key, { auth }])) };
  };
}
const forOne = auths('r.example');

/** Whose credentials are found. */
async function userOf(
  env: Readonly<Record<string, string>>,
  repository = 'team/project',
  registry = 'r.example',
): Promise<string | undefined> {
  const home = { HOME: join(folder, 'home'), XDG_RUNTIME_DIR: join(folder, 'run') };
  const found = await createRegistryCredentials({ ...home, ...env }).find({ registry, repository });
  return found?.secret.kind === 'password' ? found.secret.username : found?.secret.kind;
}

describe('the files', () => {
  it('are those of podman, then of docker; the first that has something counts', async () => {
    expect(await userOf({})).toBeUndefined();
    await put('home/.docker/config.json', forOne('docker'));
    expect(await userOf({})).toBe('docker');
    await put('home/.config/containers/auth.json', forOne('podman'));
    expect(await userOf({})).toBe('podman');
    await put('run/containers/auth.json', auths('other.example')('login'));
    expect(await userOf({})).toBe('podman');
    await put('run/containers/auth.json', forOne('login'));
    expect(await userOf({})).toBe('login');
  });

  it('are no others where one is named', async () => {
    await put('home/.docker/config.json', forOne('docker'));
    const named = await put('named.json', auths('other.example')('named'));
    const directory = dirname(await put('elsewhere/config.json', forOne('elsewhere')));
    expect(await userOf({ REGISTRY_AUTH_FILE: named })).toBeUndefined();
    expect(await userOf({ REGISTRY_AUTH_FILE: '/dev/null' })).toBeUndefined();
    expect(await userOf({ DOCKER_CONFIG: directory })).toBe('elsewhere');
    expect(await userOf({ DOCKER_CONFIG: join(folder, 'nothing') })).toBeUndefined();
    expect(await userOf({ DOCKER_CONFIG: directory, REGISTRY_AUTH_FILE: named })).toBeUndefined();
    expect(await userOf({ XDG_CONFIG_HOME: 'relative', DOCKER_CONFIG: '' })).toBe('docker');
  });

  it('have the most specific key first, and no key of another', async () => {
    await put('home/.config/containers/auth.json', {
      auths: {
        ...(auths('r.example')('host') as { auths: object }).auths,
        ...(auths('r.example/team')('team') as { auths: object }).auths,
        ...(auths('r.example/team/project')('project') as { auths: object }).auths,
      },
    });
    expect(await userOf({}, 'team/project')).toBe('project');
    expect(await userOf({}, 'team/project/part')).toBe('project');
    expect(await userOf({}, 'team/projects')).toBe('team');
    expect(await userOf({}, 'teams/project')).toBe('host');
    expect(await userOf({}, 'team', 'r.example:443')).toBeUndefined();
    expect(await userOf({}, 'team', 'sub.r.example')).toBeUndefined();
  });

  it.each<[string, string | undefined, string]>([
    ['REGISTRY_AUTH_FILE', undefined, 'FILE_UNREADABLE'],
    ['REGISTRY_AUTH_FILE', '{', 'CREDENTIALS_INVALID'],
    ['DOCKER_CONFIG', '{', 'CREDENTIALS_INVALID'],
  ])('that %s names is refused: %s', async (name, content, code) => {
    const file = join(folder, 'bad/config.json');
    if (content !== undefined) await put('bad/config.json', content);
    const credentials = createRegistryCredentials({
      [name]: name === 'DOCKER_CONFIG' ? dirname(file) : file,
    });
    const error = await refusal(credentials.check(), UsageError, code as 'CREDENTIALS_INVALID');
    expect(error.message).toContain(file);
  });
});

describe('a helper', () => {
  const helper = async (name: string, script: string) => {
    const file = await put(`bin/docker-credential-${name}`, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, DOCKER_CONFIG: join(folder, 'docker') };
  };
  const answering = (user: string) => `echo '{"ServerURL":"x","Username":"${user}","Secret":"p"}'`;
  const found = 'echo "credentials not found in native keychain"; exit 1';

  it('is asked on its standard input, once for all repositories of a registry', async () => {
    const log = join(folder, 'log');
    const env = await helper('test', `echo "$1 $(cat)" >> ${log}; ${answering('asked')}`);
    await put('docker/config.json', { credsStore: 'test', ...forOne('written') });
    const credentials = createRegistryCredentials(env);
    for (const repository of ['a', 'b/c']) await credentials.find({ registry: 'r.example', repository });
    await credentials.find({ registry: 'docker.io', repository: 'library/x' });
    expect(await readFile(log, 'utf8')).toBe('get r.example\nget https://index.docker.io/v1/\n');
    expect(await userOf(env)).toBe('asked');
  });

  it('may have nothing: the entry of the file counts then', async () => {
    const env = await helper('test', found);
    await put('docker/config.json', { credHelpers: { 'r.example': 'test' }, ...forOne('written') });
    expect(await userOf(env)).toBe('written');
    expect(await userOf(env, 'x', 'other.example')).toBeUndefined();
  });

  it.each<[string, string, RegExp]>([
    ['fails', 'echo hunter2 >&2; echo hunter2; exit 3', /exit code 3/],
    ['is killed', 'kill -9 $$', /SIGKILL/],
    ['says nothing of use', 'echo hunter2', /did not answer with a user name/],
    ['says too much', 'head -c 100000 /dev/zero', /more than 65536 bytes/],
  ])('that %s is no reason to ask without it, and not quoted', async (_, script, message) => {
    const env = await helper('test', script);
    await put('docker/config.json', { credsStore: 'test' });
    const credentials = createRegistryCredentials(env);
    await credentials.check();
    const asking = credentials.find({ registry: 'r.example', repository: 'x' });
    const error = await refusal(asking, UsageError, 'CREDENTIALS_INVALID');
    expect(error.message).toMatch(message);
    expect(`${error.message} ${JSON.stringify(error)} ${String(error.stack)}`).not.toContain('hunter2');
  });

  it('that is not there is named', async () => {
    await put('docker/config.json', { credsStore: 'missing' });
    const credentials = createRegistryCredentials({ DOCKER_CONFIG: join(folder, 'docker'), PATH: folder });
    const asking = credentials.find({ registry: 'r.example', repository: 'x' });
    const error = await refusal(asking, UsageError, 'CREDENTIALS_INVALID');
    expect(error.message).toContain('docker-credential-missing');
  });

  it('is not waited for longer than it is given, nor is what it has started', async () => {
    const env = await helper('slow', 'sleep 60');
    const asking = askCredentialHelper({ name: 'slow', server: 'r.example', env, timeoutMs: 200 });
    const error = await refusal(asking, UsageError, 'CREDENTIALS_INVALID');
    expect(error.message).toContain('did not answer within 0.2 s');
  });
});

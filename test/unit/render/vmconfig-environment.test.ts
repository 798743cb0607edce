import { describe, expect, it } from 'vitest';
import { parseUserDataValues, userDataValuesOf } from '../../../src/render/user-data-values.ts';
import { vmconfigEnvironment, vmconfigWarnings } from '../../../src/render/vmconfig-environment.ts';

const key = (name: string) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${'A'.repeat(43)} ${name}`;
const nonce = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';
const parse = (value: object) => parseUserDataValues(JSON.stringify(value), 'v.yaml');
const registration = { url: 'https://register.example:8443/path' };
const agent = { NSTANCE_SERVER_AGENT_ADDR: 'agent.example:8444' };
const aws = { PROVIDER_KIND: 'aws', AWS_ACCOUNT_ID: '123456789012', CLUSTER_ID: 'c-1', ...agent };

function messageOf(value: object): string {
  try {
    parse({ hostname: 'a', ...value });
  } catch (error) {
    expect(error).toMatchObject({ code: 'VALUES_INVALID' });
    return (error as Error).message;
  }
  return 'no error';
}

describe('vmconfigEnvironment', () => {
  it('says who the VM is, where it registers, and which keys stay, one a line', () => {
    const values = parse({ hostname: 'a', sshAuthorizedKeys: [key('x'), key('y')], registration, env: aws });
    expect(vmconfigEnvironment(values)).toEqual({
      INSTANCE_ID: 'a',
      NSTANCE_SERVER_REGISTRATION_ADDR: 'register.example:8443',
      IMMUTABLE_SSH_AUTHORIZED_KEYS: `${key('x')}\n${key('y')}`,
      ...aws,
    });
  });

  it('has the port that https has, and nothing that does not follow', () => {
    const values = parse({ hostname: 'a', registration: { url: 'https://register.example' } });
    expect(vmconfigEnvironment(values)).toEqual({
      INSTANCE_ID: 'a',
      NSTANCE_SERVER_REGISTRATION_ADDR: 'register.example:443',
    });
    expect(vmconfigEnvironment(userDataValuesOf({ hostname: 'a' }))).toEqual({ INSTANCE_ID: 'a' });
  });

  it('lets a variable that is given count more', () => {
    const env = { INSTANCE_ID: 'i-1', NSTANCE_SERVER_REGISTRATION_ADDR: '[fd00::1]:8443' };
    const values = parse({ hostname: 'a', registration, env });
    expect(vmconfigEnvironment(values)).toEqual(env);
  });
});

describe('what a provider lacks is said where the values are read', () => {
  it.each([
    ['local', {}],
    ['proxmox', {}],
    ['google', { GOOGLE_PROJECT_ID: 'p' }],
    ['aws', { AWS_ACCOUNT_ID: '1', CLUSTER_ID: 'c' }],
  ])('nothing, for %s', (kind, more) => {
    expect(messageOf({ registration, env: { PROVIDER_KIND: kind, ...agent, ...more } })).toBe('no error');
  });

  it.each<[string, object, string]>([
    ['of a provider that there is not', { ...aws, PROVIDER_KIND: 'azure' }, 'PROVIDER_KIND must be one of'],
    [
      'of one by a name of JavaScript',
      { ...aws, PROVIDER_KIND: 'constructor' },
      'PROVIDER_KIND must be one of',
    ],
    ['of none', { ...aws, PROVIDER_KIND: '' }, 'PROVIDER_KIND must be one of'],
    ['aws without an account', { ...aws, AWS_ACCOUNT_ID: undefined }, 'AWS_ACCOUNT_ID is missing'],
    ['aws without a cluster', { ...aws, CLUSTER_ID: '' }, 'CLUSTER_ID is missing'],
    ['google without a project', { ...agent, PROVIDER_KIND: 'google' }, 'GOOGLE_PROJECT_ID is missing'],
    ['an agent server', { PROVIDER_KIND: 'local' }, 'NSTANCE_SERVER_AGENT_ADDR is missing'],
    ['one without a port', { ...aws, NSTANCE_SERVER_AGENT_ADDR: 'agent.example' }, 'must be HOST:PORT'],
    ['one by URL', { ...aws, NSTANCE_SERVER_AGENT_ADDR: 'https://agent.example:1' }, 'must be HOST:PORT'],
  ])('%s', (_, env, message) => {
    expect(messageOf({ registration, env })).toMatch(new RegExp(`v\\.yaml:1:\\d+: env: .*${message}`));
  });

  it('a registration server, and where it could come from', () => {
    expect(messageOf({ env: aws })).toContain(
      'NSTANCE_SERVER_REGISTRATION_ADDR is missing, which PROVIDER_KIND aws needs: registration.url gives it',
    );
  });

  it('a key that configure.sh would remove', () => {
    const keys = { sshUser: 'admin', sshAuthorizedKeys: [key('x'), key('y')] };
    for (const kept of ['', key('x'), `${key('x')},${key('y')}`]) {
      expect(messageOf({ ...keys, env: { IMMUTABLE_SSH_AUTHORIZED_KEYS: kept } })).toContain('lacks keys');
    }
    const all = { IMMUTABLE_SSH_AUTHORIZED_KEYS: `${key('z')}\n${key('y')}\n${key('x')}\n` };
    expect(messageOf({ ...keys, env: all })).toBe('no error');
    expect(messageOf({ ...keys, sshUser: 'debian', env: { IMMUTABLE_SSH_AUTHORIZED_KEYS: '' } })).toBe(
      'no error',
    );
  });
});

describe('of what is filled in later', () => {
  const template = (value: object) =>
    parseUserDataValues(
      JSON.stringify({ hostname: '{{ .Instance.ID }}', ...value }),
      'v.yaml',
      {},
      { isTemplate: true },
    );

  it('the server is HOST:PORT, and a port is added to a host alone', () => {
    const addressFor = (url: string) =>
      vmconfigEnvironment(template({ registration: { url } }))['NSTANCE_SERVER_REGISTRATION_ADDR'];
    expect(addressFor('tcp://a.example:1')).toBe('a.example:1');
    expect(addressFor('https://{{ .Server.RegistrationAddr }}')).toBe('{{ .Server.RegistrationAddr }}');
    expect(addressFor('tcp://{{ .Host }}:8992')).toBe('{{ .Host }}:8992');
    expect(addressFor('https://{{ .Host }}.example/x')).toBe('{{ .Host }}.example:443');
  });

  it('nothing is demanded that cannot be known yet', () => {
    const filled = { NSTANCE_SERVER_AGENT_ADDR: '{{ .Server.AgentAddr }}', CLUSTER_ID: '{{ .Cluster.ID }}' };
    const env = { ...aws, ...filled };
    expect(template({ registration, env }).env).toEqual(env);
    expect(template({ env: { PROVIDER_KIND: '{{ .Provider.Kind }}' } }).env).toHaveProperty('PROVIDER_KIND');
    expect(() => template({ registration, env: { ...filled, PROVIDER_KIND: 'aws' } })).toThrow(
      /AWS_ACCOUNT_ID is missing/,
    );
  });
});

describe('vmconfigWarnings', () => {
  it('tells of what configure.sh stops at, unless it comes from elsewhere', () => {
    const bare = userDataValuesOf({ hostname: 'a' });
    expect(vmconfigWarnings(bare, 'knc').join()).toContain('PROVIDER_KIND');
    expect(vmconfigWarnings(bare, 'mine')).toEqual([]);
    const values = parse({ hostname: 'a', registration, env: aws });
    expect(vmconfigWarnings(values, 'knd').join()).toMatch(/nonce.*caCertificate/);
    expect(vmconfigWarnings({ ...values, nonce, caCertificate: 'x' }, 'knd')).toEqual([]);
  });
});

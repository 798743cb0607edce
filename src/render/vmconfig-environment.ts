/**
 * What the scripts of vmconfig read from `user-data.env`: some of it follows from other values, and what they demand of a
 * provider is known before a VM is started. Variables that are given count as they are.
 */
import { hasAction } from './go-template.ts';

/** Of the values of a user-data, what matters here. */
interface Told {
  readonly hostname: string;
  readonly sshUser: string;
  readonly sshAuthorizedKeys?: readonly string[];
  readonly registration?: { readonly url: string };
  readonly nonce?: string;
  readonly caCertificate?: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Those that podplane publishes. */
const podplaneKinds: readonly string[] = ['knd', 'knc'];

/** The user whose keys and sudo the scripts of vmconfig manage: they remove what the variable does not name. */
const managedUser = 'admin';
const keysVariable = 'IMMUTABLE_SSH_AUTHORIZED_KEYS';

/** What configure.sh does not go on without. */
const required: Readonly<Record<string, readonly string[]>> = {
  local: [],
  aws: ['AWS_ACCOUNT_ID', 'CLUSTER_ID'],
  google: ['GOOGLE_PROJECT_ID'],
  proxmox: [],
};
const addresses = ['NSTANCE_SERVER_REGISTRATION_ADDR', 'NSTANCE_SERVER_AGENT_ADDR'];

/** All variables, those that follow from other values first. */
export function vmconfigEnvironment({
  hostname,
  sshAuthorizedKeys,
  registration,
  env,
}: Told): Readonly<Record<string, string>> {
  return {
    INSTANCE_ID: hostname,
    ...(registration === undefined ? {} : { NSTANCE_SERVER_REGISTRATION_ADDR: addressOf(registration.url) }),
    ...(sshAuthorizedKeys === undefined ? {} : { [keysVariable]: sshAuthorizedKeys.join('\n') }),
    ...env,
  };
}

/** What is wrong with the variables, for a person; no value is in it. */
export function vmconfigProblems(values: Told): readonly string[] {
  const all = vmconfigEnvironment(values);
  return [...providerProblems(all), ...keyProblems(values, all)];
}

/** What those scripts will stop at, unless it comes from elsewhere: from the machine image, or a vmconfig of one's own. */
export function vmconfigWarnings(values: Told, vmKind: string): readonly string[] {
  const all = vmconfigEnvironment(values);
  if (all['PROVIDER_KIND'] === undefined) {
    const kinds = Object.keys(required).join(', ');
    return podplaneKinds.includes(vmKind)
      ? [`env has no PROVIDER_KIND (${kinds}): configure.sh needs one`]
      : [];
  }
  return [
    ...(values.nonce === undefined
      ? ['there is no nonce: configure.sh needs one until the VM is registered']
      : []),
    ...(values.caCertificate === undefined && all['NSTANCE_CA_CERT'] === undefined
      ? ['there is no caCertificate: configure.sh needs it']
      : []),
  ];
}

function providerProblems(all: Readonly<Record<string, string>>): readonly string[] {
  const kind = all['PROVIDER_KIND'];
  // Not podplane's vmconfig, then, or one that is told in another way.
  if (kind === undefined || hasAction(kind)) return [];
  const names = Object.hasOwn(required, kind) ? required[kind] : undefined;
  if (names === undefined) return [`PROVIDER_KIND must be one of ${Object.keys(required).join(', ')}`];
  const missing = [...addresses, ...names].filter((name) => (all[name] ?? '') === '');
  const isGood = (text: string) => hasAction(text) || isAddress(text);
  const bad = addresses.filter((name) => !missing.includes(name) && !isGood(all[name] ?? ''));
  return [
    ...missing.map((name) => `${name} is missing, which PROVIDER_KIND ${kind} needs${hintFor(name)}`),
    ...bad.map((name) => `${name} must be HOST:PORT`),
  ];
}

function hintFor(name: string): string {
  return name === addresses[0] ? ': registration.url gives it' : '';
}

function keyProblems(
  { sshUser, sshAuthorizedKeys = [] }: Told,
  all: Readonly<Record<string, string>>,
): readonly string[] {
  const kept = (all[keysVariable] ?? '').split('\n');
  if (sshUser !== managedUser || sshAuthorizedKeys.every((key) => kept.includes(key))) return [];
  return [`${keysVariable} lacks keys of sshAuthorizedKeys: configure.sh would remove them. Leave it out`];
}

function isAddress(text: string): boolean {
  return /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[1-9][0-9]{0,4}$/.test(text);
}

/** Of an https URL, or of tcp://HOST:PORT. What is filled in for the server has its port. */
function addressOf(url: string): string {
  const [, authority = url] = /^(?:https|tcp):\/\/([^/]+)/.exec(url) ?? [];
  return authority.includes(':') || authority.endsWith('}}') ? authority : `${authority}:443`;
}

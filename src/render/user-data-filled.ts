/**
 * User-data that is rendered once and filled in for each VM, by Go's text/template. What a field becomes is not known
 * here, and no way of quoting it in shell would hold for all that it may become: so no shell ever reads it. The values
 * stand below the last command of the script, each with a line of its own that ends it, and the script reads them there as
 * lines of text (user-data-filled-shell.ts). One more such line, whoever wrote it, and nothing is done.
 */
import { hasAction } from './go-template.ts';
import type { UserDataValues } from './user-data-schema.ts';

/** A value of which something is filled in later. */
export interface FilledValue {
  /** For messages, and for the line that ends it. */
  readonly name: string;
  /** The function that says whether it may be used. */
  readonly check: string;
  /** Takes the shell's `$value`. */
  readonly assign: string;
  readonly text: string;
}

const mark = 'ASSAY_VALUES';
/** Besides for `sh -n` and the like: nothing of it is run. */
const opening = `: <<'${mark}'`;

/** Of addresses: HOST:PORT. */
const addressVariable = /^NSTANCE_SERVER_(?:REGISTRATION|AGENT)_ADDR$/;

/** In the order in which they are written. `env`: all that goes into user-data.env. */
export function filledValues(
  { hostname, sshAuthorizedKeys = [], registration, nonce, caCertificate }: UserDataValues,
  env: Readonly<Record<string, string>>,
): readonly FilledValue[] {
  const keys = sshAuthorizedKeys.join('\n');
  const all: readonly FilledValue[] = [
    { name: 'hostname', check: 'is_host_name', assign: 'host_name=$value', text: hostname },
    {
      name: 'sshAuthorizedKeys',
      check: 'is_ssh_keys',
      assign: 'ssh_keys=$(print_ssh_keys)$newline',
      text: keys,
    },
    {
      name: 'registration.url',
      check: 'is_url',
      assign: 'registration_url=$value',
      text: registration?.url ?? '',
    },
    { name: 'nonce', check: 'is_token', assign: 'nonce=$value', text: nonce ?? '' },
    {
      name: 'caCertificate',
      check: 'is_certificates',
      assign: 'ca=$(printf %s "$value")',
      text: caCertificate ?? '',
    },
    ...Object.entries(env).map(([name, text]) => ({
      ...{ name: `env.${name}`, check: addressVariable.test(name) ? 'is_address' : textCheck(text) },
      ...{ assign: `env_${name}=$value`, text },
    })),
  ];
  return all.filter(({ text }) => hasAction(text));
}

/** Where braces are written down that stay, no others can be told from them. */
function textCheck(text: string): string {
  return /\{\{[ \t]*"/.test(text) ? 'is_braced_text' : 'is_text';
}

/** The function that reads and judges them all, before anything is done. */
export function readerOf(values: readonly FilledValue[]): string {
  return [
    `mark=${mark}`,
    'read_values() {',
    '\topen_values',
    ...values.flatMap(({ name, check, assign }) => [`\tread_value ${name} ${check}`, `\t${assign}`]),
    '\tclose_values',
    '}',
  ].join('\n');
}

/** Below a script that has ended: a template. */
export function dataOf(values: readonly FilledValue[]): string {
  return [
    '# Filled in for each VM. No shell reads on here.',
    opening,
    ...values.flatMap(({ name, text }) => [text, `=${mark} ${name}`]),
    mark,
    '',
  ].join('\n');
}

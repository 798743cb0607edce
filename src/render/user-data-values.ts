/**
 * What a VM's user-data needs besides the manifest: a YAML file of the user's, or flags. Most of it is a secret or
 * leads to one, so that no message quotes a value.
 */
import { z } from 'zod';
import { durationSchema } from '../formats/own/duration.ts';
import { httpsUrlSchema } from '../formats/text/https-url.ts';
import { listOf } from '../formats/own/names.ts';
import { parsePem } from '../formats/text/pem.ts';
import { check, type Problem } from '../formats/text/problems.ts';
import { parseYamlDocument } from '../formats/own/yaml-document.ts';
import { UsageError } from '../model/errors.ts';
import { vmconfigProblems } from './vmconfig-environment.ts';

/** RFC 1123, section 2.1, in lower case, as Linux has it: 64 characters at the most. */
const hostnameSchema = z
  .string()
  .max(64)
  .regex(
    /^(?!.*\.[0-9]+$)(?![0-9]+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/,
    {
      error:
        'must be a host name: lower-case letters, digits and "-", with single "." between labels (RFC 1123)',
    },
  );

/** sshd(8), AUTHORIZED_KEYS FILE FORMAT, without options: those can run commands. */
const sshKeySchema = z
  .string()
  .max(16 * 1024)
  .regex(
    /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com) AAAA[A-Za-z0-9+/]+={0,3}(?: [^\x00-\x1f\x7f]+)?$/,
    { error: 'must be one line of authorized_keys: a type, a key, and perhaps a comment; no options' },
  );

const userSchema = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, { error: 'must be the name of a user' });

/** RFC 7519: three parts of base64url, with a signature. */
const nonceSchema = z
  .string()
  .max(16 * 1024)
  .regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/, { error: 'must be a signed JSON Web Token' });

const certificateBlocks = /-----BEGIN CERTIFICATE-----\n[^-]*-----END CERTIFICATE-----\n/g;

const certificatesSchema = z
  .string()
  .max(64 * 1024)
  .refine((text) => text !== '' && text.replaceAll(certificateBlocks, '') === '' && arePem(text), {
    error: 'must be certificates in PEM, and nothing else',
  });

function arePem(text: string): boolean {
  const blocks = text.match(certificateBlocks) ?? [];
  return blocks.every((block) => parsePem(block, 'CERTIFICATE') !== undefined);
}

const environmentSchema = z.record(
  z.string().regex(/^[A-Z_][A-Z0-9_]*$/, { error: 'must be of capitals, digits and "_", no digit first' }),
  z
    .string({ error: 'must be text: put it in quotes' })
    .max(16 * 1024)
    .regex(/^[^\x00-\x08\x0b-\x1f\x7f]*$/, { error: 'must be lines without control characters' })
    .refine((text) => text.isWellFormed(), { error: 'must not hold half of a surrogate pair' }),
);

const fieldsSchema = z.strictObject({
  hostname: hostnameSchema,
  /** Whose authorized_keys the keys go into. */
  sshUser: userSchema.default('root'),
  sshAuthorizedKeys: listOf(sshKeySchema).exactOptional(),
  registration: z
    .strictObject({ url: httpsUrlSchema, timeout: durationSchema.default(600_000) })
    .exactOptional(),
  nonce: nonceSchema.exactOptional(),
  caCertificate: certificatesSchema.exactOptional(),
  env: environmentSchema.default({}),
});

const valuesSchema = fieldsSchema.superRefine((values, context) => {
  for (const message of vmconfigProblems(values))
    context.addIssue({ code: 'custom', message, path: ['env'] });
});

const secret = { showsValues: false };

export type UserDataValues = z.output<typeof fieldsSchema>;

/** Values that flags give in place of the file's; of the same form as in the file. */
export interface ValueOverrides {
  readonly hostname?: string | undefined;
  readonly sshUser?: string | undefined;
  readonly sshAuthorizedKeys?: readonly string[] | undefined;
  readonly registrationUrl?: string | undefined;
  readonly nonce?: string | undefined;
  readonly caCertificate?: string | undefined;
}

/** Text of the user's; `file` is for messages. Throws UsageError `VALUES_INVALID`, with the line of each mistake. */
export function parseUserDataValues(
  text: string,
  file: string,
  overrides: ValueOverrides = {},
): UserDataValues {
  const document = parseYamlDocument(text, file, 'VALUES_INVALID', secret);
  const problems: Problem[] = [];
  const values = check(valuesSchema, withOverrides(document.value ?? {}, overrides), [], problems, secret);
  if (values !== undefined) return values;
  const shown = problems.map((problem) => ({ ...problem, shownPath: shownPath(problem) }));
  throw document.failure(shown, 'docs/vm.md lists what goes in.');
}

/** Words of ours alone: a key that nobody knows, or the name of a variable, can be a secret whose quotes were forgotten. */
function shownPath({ path, at }: Problem): readonly PropertyKey[] {
  if (path[0] === 'env') return ['env'];
  return at === 'key' ? path.slice(0, -1) : path;
}

/** Of flags alone. Throws UsageError `VALUES_INVALID`. */
export function userDataValuesOf(overrides: ValueOverrides): UserDataValues {
  const problems: Problem[] = [];
  const values = check(valuesSchema, withOverrides({}, overrides), [], problems, secret);
  if (values !== undefined) return values;
  const listed = problems.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new UsageError('VALUES_INVALID', ['the values of the user-data:', ...listed].join('\n'), {
    hint: 'Give them by flags, or in a file with --values.',
  });
}

function withOverrides(value: unknown, { registrationUrl, ...others }: ValueOverrides): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const given = Object.fromEntries(Object.entries(others).filter(([, one]) => one !== undefined));
  const merged: Record<string, unknown> = { ...value, ...given };
  if (registrationUrl === undefined) return merged;
  const before = merged['registration'];
  return { ...merged, registration: { ...(typeof before === 'object' ? before : {}), url: registrationUrl } };
}

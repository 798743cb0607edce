/**
 * What the values of a user-data may be (docs/vm.md). Where it is a template, some of them may have fields in them that
 * are filled in for each VM: what those become is held against the same rules by the script (user-data-filled.ts).
 */
import { z } from 'zod';
import { durationSchema } from '../formats/own/duration-schema.ts';
import { listOf } from '../formats/own/names.ts';
import { httpsUrlSchema } from '../formats/text/https-url.ts';
import { parsePem } from '../formats/text/pem.ts';
import { hasAction, templateProblem } from './go-template.ts';

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
  return certificatesIn(text).every((block) => parsePem(block, 'CERTIFICATE') !== undefined);
}

/** The blocks of a PEM file. */
export function certificatesIn(text: string): readonly string[] {
  return text.match(certificateBlocks) ?? [];
}

/** Of several lines; what a shell and systemd read as it is. */
const textBase = z.string({ error: 'must be text: put it in quotes' });
const textSchema = textBase
  .max(16 * 1024)
  .regex(/^[^\x00-\x08\x0b-\x1f\x7f]*$/, { error: 'must be lines without control characters' })
  .refine((text) => text.isWellFormed(), { error: 'must not hold half of a surrogate pair' });

const variableSchema = z
  .string()
  .regex(/^[A-Z_][A-Z0-9_]*$/, { error: 'must be of capitals, digits and "_", no digit first' });

const port = String.raw`:[1-9][0-9]{0,4}`;
const tcpPattern = new RegExp(
  String.raw`^tcp:\/\/(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])${port}$`,
);
const tcpSchema = z.string().refine((text) => tcpPattern.test(text) && URL.canParse(text), {
  error: 'must be an https URL, or tcp://HOST:PORT',
});

const registrationUrlSchema = oneOf((text) => (text.startsWith('tcp:') ? tcpSchema : httpsUrlSchema));

const isPlainText = (text: string) => !/[\x00-\x20\x7f]/.test(text) && text.isWellFormed();

/** As curl and Go read it from the environment; a name and a password may be in it. */
const proxySchema = z
  .string()
  .max(2048)
  .refine((text) => isPlainText(text) && isProxy(URL.parse(text)), {
    error: 'must be the URL of a proxy: http, https or socks5, a host, and perhaps a port',
  });

function isProxy(url: URL | null): boolean {
  if (url === null || !['http:', 'https:', 'socks5:'].includes(url.protocol)) return false;
  return url.hostname !== '' && /^\/?$/.test(url.pathname) && url.search === '' && url.hash === '';
}

const noProxySchema = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9.*:[\]/_-]+$/, { error: 'must be a host, a domain, an address or a network' });

/** Of assay's layout, as for --mirror-base. */
const mirrorSchema = z
  .string()
  .max(2048)
  .refine((text) => isPlainText(text) && isMirror(text), {
    error: 'must be an https or http URL without a user name, a password, a query or a fragment',
  })
  .overwrite((text) => text.replace(/\/+$/, ''));

function isMirror(text: string): boolean {
  const url = /^https?:\/\/[^@?#\\]+$/.test(text) ? URL.parse(text) : null;
  return url !== null && (url.href === text || url.href === `${text}/`);
}

/** In a template: text that looks like a field, where none is filled in, is no password that somebody means. */
function neverFilled(schema: z.ZodType<string>, isTemplate: boolean): z.ZodType<string> {
  if (!isTemplate) return schema;
  return schema.refine((text) => !hasAction(text) || templateProblem(text) !== undefined, {
    error: 'is the same for all VMs: no field is filled in here',
  });
}

/** RFC 7617: the name ends at the first colon. */
const userNameSchema = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^:\x00-\x1f\x7f]+$/, {
    error: 'must be a name without a colon',
  });

const vmPathSchema = z
  .string()
  .regex(/^\/[^\x00-\x1f\x7f]+$/, { error: 'must be an absolute path on the VM' });

/** A password, or a file that is on the VM already (containers-auth.json(5)). */
const registrySchema = (isTemplate: boolean) =>
  z.union([
    z.strictObject({
      username: neverFilled(userNameSchema, isTemplate),
      password: neverFilled(textSchema.min(1), isTemplate),
    }),
    z.strictObject({ authFile: neverFilled(vmPathSchema, isTemplate) }),
  ]);

/** Text by the schema that is chosen for it. */
function oneOf(choose: (text: string) => z.ZodType<string>, base = z.string()): z.ZodType<string> {
  return base.transform((text, context) => {
    const { data = '', error } = choose(text).safeParse(text);
    for (const { message } of error?.issues ?? []) context.addIssue({ code: 'custom', message, input: text });
    return data;
  });
}

/** In a template, text may have fields in it that are filled in later: what stands around them is written down as it is. */
function orFilled(schema: z.ZodType<string>, isTemplate: boolean, base = z.string()): z.ZodType<string> {
  if (!isTemplate) return schema;
  return oneOf((text) => {
    const problem = templateProblem(text);
    if (problem !== undefined) return z.string().refine(() => false, { error: problem });
    return hasAction(text) ? textSchema : schema;
  }, base);
}

const shapeOf = (isTemplate: boolean) =>
  z.strictObject({
    hostname: orFilled(hostnameSchema, isTemplate),
    /** Whose authorized_keys the keys go into. */
    sshUser: userSchema.default('root'),
    sshAuthorizedKeys: listOf(orFilled(sshKeySchema, isTemplate)).exactOptional(),
    registration: z
      .strictObject({
        url: orFilled(registrationUrlSchema, isTemplate),
        timeout: z.union([durationSchema, z.literal('never')]).exactOptional(),
      })
      .exactOptional(),
    nonce: orFilled(nonceSchema, isTemplate).exactOptional(),
    caCertificate: orFilled(certificatesSchema, isTemplate).exactOptional(),
    proxy: z
      .strictObject({
        http: neverFilled(proxySchema, isTemplate).exactOptional(),
        https: neverFilled(proxySchema, isTemplate).exactOptional(),
        noProxy: listOf(noProxySchema).exactOptional(),
      })
      .exactOptional(),
    /** Those that --mirror-base, or --from, names the first of. */
    mirror: z
      .strictObject({
        fallback: mirrorSchema.exactOptional(),
        caCertificate: certificatesSchema.exactOptional(),
      })
      .exactOptional(),
    /** That --mirror-base or --from names: what it is shown where it wants to know who asks. */
    registry: registrySchema(isTemplate).exactOptional(),
    env: z.record(variableSchema, orFilled(textSchema, isTemplate, textBase)).default({}),
  });

export type UserDataValues = z.output<ReturnType<typeof shapeOf>>;

/** `isTemplate`: those that differ from VM to VM may have fields in them. */
export function fieldsSchema(isTemplate: boolean): z.ZodType<UserDataValues> {
  return shapeOf(isTemplate);
}

/**
 * Names with placeholders, as the catalogue writes them: `containerd-{version}-linux-{arch}.tar.gz`.
 *
 * What is put in is an upstream's word (a version, a tag), so it is checked as strictly as what stands around it:
 * no value can lead to another path than the template says.
 */
import { z } from 'zod';
import type { Architecture } from '../../model/artifact.ts';
import { VerificationError } from '../../model/errors.ts';
import { httpsUrlSchema } from '../text/https-url.ts';

/** What a template may name. `asset` is the file's own name, for what stands beside it; `kind` is the VM's. */
export const placeholders = ['version', 'tag', 'arch', 'os', 'kind', 'asset'] as const;
export type Placeholder = (typeof placeholders)[number];
export type TemplateValues = Partial<Readonly<Record<Placeholder, string>>>;

const plainValue = /^[A-Za-z0-9][A-Za-z0-9._+~-]*$/;
/** What stands around a version in a tag is the catalogue's own word: `kustomize/v1.0.0`, `@scope/name@1.0.0`. */
const plainTag = /^@?[A-Za-z0-9][A-Za-z0-9._+~-]*(?:[/@][A-Za-z0-9][A-Za-z0-9._+~-]*)*$/;

const placeholder = /\{([^{}]*)\}/g;

/** A file's name. */
export const fileTemplateSchema = templateSchema(/^[A-Za-z0-9._+~-]+$/, 'a file name');
/** The same, or one for each architecture, where upstream has words of its own for them. */
export const fileNamesSchema = z.union([
  fileTemplateSchema,
  z.strictObject({
    amd64: fileTemplateSchema.describe('template: the name for amd64'),
    arm64: fileTemplateSchema.describe('template: the name for arm64'),
  } satisfies Record<Architecture, z.ZodType>),
]);
export type FileNames = z.output<typeof fileNamesSchema>;

export function nameFor(names: FileNames, arch: Architecture): string {
  return typeof names === 'string' ? names : names[arch];
}

/** A relative path of file names. */
export const pathTemplateSchema = templateSchema(
  /^[A-Za-z0-9._+~-]+(?:\/[A-Za-z0-9._+~-]+)*$/,
  'a relative path',
);
/** A tag: parts of names with `/` and `@` between them, and an `@` at its start. */
export const tagTemplateSchema = templateSchema(/^@?[A-Za-z0-9._+~-]+(?:[/@][A-Za-z0-9._+~-]+)*$/, 'a tag');
/** Anything on one line: an identity, a reference. */
export const textTemplateSchema = templateSchema(/^[!-~]+$/, 'text without spaces');

/** What another file calls a file, a path of the builder's machine before it: nothing is opened by it. */
export const writtenNameTemplateSchema = templateSchema(
  /^[^\x00-\x1f\x7f]+$/,
  'text on one line',
  'any path',
);

/** An https URL with `{version}` and `{tag}` in its path. */
export const urlTemplateSchema = z
  .string()
  .max(500)
  .superRefine((text, context) => {
    const filled = text.replace(/\{(?:version|tag)\}/g, 'x');
    const isUrl = httpsUrlSchema.safeParse(filled).success && !/^https:\/\/[^/]*\{/.test(text);
    if (isUrl) return;
    const message = 'must be an https URL, in whose path {version} and {tag} may stand';
    context.addIssue({ code: 'custom', message, input: text });
  });

function templateSchema(around: RegExp, what: string, paths: 'any path' | 'no way up' = 'no way up') {
  return z
    .string()
    .max(500)
    .superRefine((text, context) => {
      for (const [whole, name] of text.matchAll(placeholder)) {
        if (placeholders.includes(name as Placeholder)) continue;
        const message = `has no placeholder ${whole}: there are {${placeholders.join('}, {')}}`;
        context.addIssue({ code: 'custom', message, input: text });
      }
      const filled = text.replace(placeholder, 'x');
      const leadsUp =
        paths === 'no way up' && filled.split('/').some((part) => part === '.' || part === '..');
      if (!around.test(filled) || leadsUp) {
        context.addIssue({
          code: 'custom',
          message: `must be ${what}, with placeholders in braces`,
          input: text,
        });
      }
    });
}

/** Is something of the release put in? */
export function hasRelease(template: string): boolean {
  return /\{(?:version|tag)\}/.test(template);
}

/** For `refine`: refuses a placeholder that has no value, or no business, where the template is filled. */
export function lacks(
  ...names: readonly Placeholder[]
): readonly [check: (text: string) => boolean, params: { error: string }] {
  return [
    (text: string) => names.every((name) => !text.includes(`{${name}}`)),
    { error: `must not have {${names.join('} or {')}} here` },
  ] as const;
}

/**
 * Fills a template that its schema has accepted. Throws VerificationError `EVIDENCE_MALFORMED` for a value that is
 * no part of a file name: an upstream that names its release `../../x`.
 */
export function fillTemplate(template: string, values: TemplateValues): string {
  return template.replace(placeholder, (whole, name: string) => {
    const value = values[name as Placeholder];
    if (value === undefined) throw new TypeError(`no value for ${whole} in ${template}`);
    if ((name === 'tag' ? plainTag : plainValue).test(value) && !value.includes('..')) return value;
    throw new VerificationError(
      'EVIDENCE_MALFORMED',
      `${JSON.stringify(value)} is no ${name} that a URL can be made of`,
    );
  });
}

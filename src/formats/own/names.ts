/**
 * The words that files name things by. They become file names, path segments and shell words, so each is a plain
 * one from its first character on.
 */
import { z } from 'zod';

/** A dependency's key: also its staged file's name. Only digits would lose its place in a JavaScript object. */
export const dependencyKeySchema = z
  .string()
  .max(100)
  .regex(/^(?![0-9]+$)[a-z0-9][a-z0-9.+-]*$/, {
    error: 'must be lower-case letters, digits and ".+-", with a letter or digit first, not digits only',
  });

/** A VM kind, a source in the catalogue, a trust anchor, a provider. */
export const nameSchema = z
  .string()
  .max(100)
  .regex(/^[a-z][a-z0-9-]*$/, {
    error: 'must be lower-case letters, digits and "-", with a letter first',
  });

/** An operating system, for example `debian-13` or `ubuntu-24.04`. */
export const osSchema = z
  .string()
  .max(100)
  .regex(/^[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*$/, {
    error: 'must be lower-case letters and digits with single "." and "-" between them, a letter first',
  });

/** What people write for people: a sentence or a few. */
export const freeTextSchema = z
  .string()
  .max(2000)
  .regex(/^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*$/, { error: 'must be text without control characters' })
  .regex(/\S/, { error: 'must not be empty' });

/** A list with something in it, and nothing in it twice. */
export function listOf<S extends z.ZodType<string>>(item: S): z.ZodArray<S> {
  return z
    .array(item)
    .min(1, { error: 'must not be empty' })
    .superRefine((values, context) => {
      const seen = new Set<string>();
      for (const [index, value] of values.entries()) {
        if (seen.has(value)) {
          context.addIssue({ code: 'custom', message: 'is listed twice', path: [index], input: value });
        }
        seen.add(value);
      }
    })
    .meta({ uniqueItems: true });
}

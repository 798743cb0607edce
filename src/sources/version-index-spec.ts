/** What the catalogue says of a list of versions that an upstream has elsewhere than its files. */
import { z } from 'zod';
import { jsonPointerSchema } from '../formats/text/json-pointer.ts';
import { httpsUrlSchema } from '../formats/text/https-url.ts';

export const repositorySchema = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]*[A-Za-z0-9_-]$/, {
    error: 'must be OWNER/REPOSITORY',
  });

/** Go's list is at `https://go.dev/dl/?mode=json`. */
const listUrlSchema = z.string().refine(
  (text) => {
    const [, base = '', query] = /^([^?]*)(?:\?(.*))?$/.exec(text) ?? [];
    return (
      httpsUrlSchema.safeParse(base).success && (query === undefined || /^[\w.~=&+-]{1,200}$/.test(query))
    );
  },
  { error: 'must be an https URL in its normal form, with a plain query or none' },
);

const scalarSchema = z.union([z.string().max(200), z.number(), z.boolean(), z.null()]).exactOptional();

const conditionSchema = z
  .strictObject({
    pointer: jsonPointerSchema.describe('the JSON pointer that leads from an item to a value'),
    is: scalarSchema.describe('what the value must be: text, a number, `true`, `false`, or `null` for none'),
    isNot: scalarSchema.describe('what the value must not be'),
  })
  .refine(({ is, isNot }) => (is === undefined) !== (isNot === undefined), {
    error: 'must have one of "is" and "isNot"',
  });

const githubIndexSchema = z.strictObject({
  github: repositorySchema.describe('`OWNER/REPOSITORY` on github.com, whose API is asked'),
  list: z
    .enum(['releases', 'tags'])
    .exactOptional()
    .describe('`releases` (unless given), or `tags`, where there are no releases: those have no dates'),
});

const jsonIndexSchema = z.strictObject({
  url: listUrlSchema.describe('the https URL of a JSON file, with a query if need be'),
  items: jsonPointerSchema
    .exactOptional()
    .describe(
      'the JSON pointer (RFC 6901) to the list, or the map, of versions: the document itself, unless given',
    ),
  tag: jsonPointerSchema
    .exactOptional()
    .describe(
      'the JSON pointer from an item to its tag: the item itself, if it is text, or its key, unless given',
    ),
  where: z
    .array(conditionSchema)
    .min(1)
    .max(10)
    .exactOptional()
    .describe('conditions that must all hold for an item, such as `{ pointer: /lts, isNot: false }`'),
});

export const versionIndexSchema = z.union([githubIndexSchema, jsonIndexSchema]);
export type VersionIndex = z.output<typeof versionIndexSchema>;

/**
 * What `--advisories` adds to JSON documents: of each change which known vulnerabilities it fixes or brings
 * (docs/changes.md). A stable format: fields are added, and none is renamed.
 */
import { z } from 'zod';
import { severities } from '../../model/advisory.ts';
import { errorSchema } from './documents/error.ts';

const advisorySchema = z.strictObject({
  id: z.string().describe('the CVE, where there is one'),
  aliases: z.array(z.string()).describe('what other databases call it'),
  summary: z.string(),
  severity: z.enum(severities).optional().describe('absent where no database has a word for it'),
  url: z.string(),
});

const findingSchema = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('looked-up'),
    fixes: z.array(advisorySchema).describe('affect what was, and not what is; the worst first'),
    brings: z.array(advisorySchema).describe('affect what is, and not what was'),
    undecided: z.array(advisorySchema).describe('are about the package, and do not say of which versions'),
  }),
  z.strictObject({ status: z.literal('not-looked-up'), reason: z.string().describe('for people') }),
  z.strictObject({
    status: z.literal('failed'),
    error: errorSchema,
  }),
]);

export const advisoryFindingsSchema = z
  .array(
    z.strictObject({
      name: z.string().describe("the entry's key in the catalogue"),
      before: z.string().optional().describe('absent for what is new'),
      after: z.string(),
      finding: findingSchema,
    }),
  )
  .describe('with --advisories: what is publicly known of each change');

/**
 * What `verify --upstream --json` prints: of every entry whether upstream still has what was vouched for, and still vouches
 * for it. A contract with nightly jobs; schemas/verify-upstream.schema.json is made of this.
 */
import { z } from 'zod';
import { digestSchema } from '../../model/digest-schema.ts';
import { advisoryFindingsSchema } from './advisory-findings.ts';
import { timeSchema } from './evidence.ts';

/** From the least to the worst. */
const verdictSchema = z
  .enum(['stub', 'same', 'superseded', 'signed-anew', 'unasked', 'refused', 'gone', 'mutated'])
  .describe(
    '`same`: there, of that size and, by evidence fetched anew, of that digest. `superseded`: upstream has a newer version that the question allows. `signed-anew`: the same bytes, and another signature or place. `unasked`: nobody could be asked, or nobody whose word counts. `refused`: what upstream says does not hold. `gone`: the file or its evidence is not there any more. `mutated`: other bytes, or another size, under the same version. `stub`: there is nothing to ask about',
  );

const findingSchema = z.strictObject({
  verdict: verdictSchema,
  message: z.string().describe('for people: never match it'),
  code: z.string().exactOptional().describe('the code of the error behind it (docs/errors.md)'),
  hint: z.string().exactOptional().describe('what to do next'),
});

const entrySchema = z.strictObject({
  name: z
    .string()
    .describe("the entry's key in the catalogue; of what has no proof, its key or reference in the manifest"),
  version: z.string().describe('as the manifest has it'),
  url: z.string(),
  digest: z.union([digestSchema, z.literal('')]),
  verdict: verdictSchema,
  newer: z
    .strictObject({
      version: z.string().describe('as upstream orders it: a Debian version has its epoch'),
      url: z.string(),
      security: z.boolean().describe('it comes from a suite of security updates'),
    })
    .exactOptional()
    .describe('the newest version that the question allows, where there is a newer one'),
  findings: z.array(findingSchema).describe('the worst first; none for `same` and `stub`'),
});

export const upstreamVerdictsSchema = z.strictObject({
  version: z.literal(1).describe('the version of this format'),
  judgedAt: timeSchema.describe('the time that was judged by'),
  exitCode: z
    .union([z.literal(0), z.literal(3), z.literal(4), z.literal(5)])
    .describe(
      '0 `same`; 3 `superseded`, `signed-anew`; 4 `unasked`; 5 `refused`, `gone`, `mutated`; the worst of all',
    ),
  manifests: z.array(
    z.strictObject({ file: z.string().describe('as it was named'), entries: z.array(entrySchema) }),
  ),
  advisories: advisoryFindingsSchema.optional(),
});

export type UpstreamVerdicts = Omit<z.output<typeof upstreamVerdictsSchema>, 'advisories'>;
export type UpstreamVerdict = z.output<typeof verdictSchema>;
export type UpstreamFinding = z.output<typeof findingSchema>;
export type UpstreamEntry = z.output<typeof entrySchema>;

/** Of several the worst, as `exitCode` is described. */
export const upstreamExitCodes: Readonly<Record<UpstreamVerdict, 0 | 3 | 4 | 5>> = {
  ...{ stub: 0, same: 0, superseded: 3, 'signed-anew': 3, unasked: 4, refused: 5, gone: 5, mutated: 5 },
};

/** The worst first; findings of one weight stay as they are. */
export function worstFirst(findings: readonly UpstreamFinding[]): readonly UpstreamFinding[] {
  const order = verdictSchema.options;
  return findings.toSorted((one, other) => order.indexOf(other.verdict) - order.indexOf(one.verdict));
}

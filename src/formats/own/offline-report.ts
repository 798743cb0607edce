/**
 * What `verify --offline --json` prints: of each entry of each manifest its verdict, and where a proof does not hold, the
 * link. The form is stable: a field more is no break, a new `version` is.
 */
import { z } from 'zod';
import { digestSchema } from '../../model/digest-schema.ts';
import { assurances } from '../../model/verification.ts';
import { signerSchema, timeSchema } from './evidence.ts';

/** From what a reader should see first on. */
export const verdicts = ['refused', 'recorded', 'up to the index', 'verified', 'no file'] as const;

/** The links of a chain, by which a refusal is named. */
const links = ['question', 'time', 'proof', 'document', 'anchor', 'signature', 'entry'] as const;

const valueSchema = z.union([z.string(), z.number()]);

const refusalSchema = z.strictObject({
  link: z
    .enum(links)
    .describe(
      'what does not hold: the `question` that was kept, the `time` of judging, the `proof` as it was written down, a ' +
        "kept `document`, a trust `anchor`, a `signature`, or the manifest's `entry`, which is not what was proven",
    ),
  which: z.string().exactOptional().describe('the role of the document, or the name of the anchor'),
  code: z.string().describe('as docs/errors.md lists them'),
  message: z.string(),
  expected: valueSchema.exactOptional(),
  found: valueSchema.exactOptional(),
  hint: z.string().exactOptional().describe('what to do next'),
});

const entrySchema = z.strictObject({
  name: z.string().describe("as the catalogue called it; without a proof, as the manifest's place is called"),
  slot: z
    .enum(['dependency', 'image', 'os-image', 'stub'])
    .exactOptional()
    .describe('its place in the manifest; absent where it has none'),
  verdict: z
    .enum(verdicts)
    .describe(
      '`verified`: each link was seen again. `recorded`: nobody signed it, and it is what was recorded. `up to the ' +
        'index`: signature and index digest hold, and the index is not at hand. `refused`: see `refusal`. `no file`: a ' +
        'stub, of which there is nothing to verify',
    ),
  version: z.string().exactOptional(),
  url: z.string().exactOptional(),
  digest: z.union([digestSchema, z.literal('')]).exactOptional(),
  size: z.int().min(0).exactOptional().describe('in bytes'),
  assurance: z.enum(assurances).exactOptional().describe('unless refused'),
  signers: z.array(signerSchema).exactOptional().describe('who vouched, unless refused'),
  judgedAt: timeSchema.exactOptional().describe('when the proof was made; nobody signs this time'),
  refusal: refusalSchema.exactOptional(),
  since: z
    .strictObject({ code: z.string(), message: z.string() })
    .exactOptional()
    .describe(
      'why the same proof would be refused now. Then `judgedAt` alone says that it was judged while it held',
    ),
});

export const offlineReportSchema = z.strictObject({
  version: z.literal(1).describe('of this form'),
  now: timeSchema.describe('the time that was asked about'),
  manifests: z.array(
    z.strictObject({
      file: z.string(),
      refusals: z.array(refusalSchema).describe('what does not hold for the file as a whole'),
      entries: z.array(entrySchema),
    }),
  ),
});

export type OfflineReport = z.output<typeof offlineReportSchema>;
export type OfflineReportEntry = OfflineReport['manifests'][number]['entries'][number];
export type ReportedRefusal = z.output<typeof refusalSchema>;
export type Verdict = OfflineReportEntry['verdict'];
export type Link = ReportedRefusal['link'];

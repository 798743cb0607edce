/** What commands print that make manifests and what belongs to them: update-manifests, add, init, fetch-evidence, image-refs. */
import { z } from 'zod';
import { architectureSchema, artifactTypeSchema } from '../../../model/artifact.ts';
import { digestSchema } from '../../../model/digest-schema.ts';
import { assurances } from '../../../model/verification.ts';
import { advisoryFindingsSchema } from '../advisory-findings.ts';
import { timeSchema } from '../evidence.ts';
import { errorSchema } from './error.ts';
import { printedSignerSchema } from './signer.ts';

const entrySchema = z.strictObject({
  version: z.string().describe('of a container image its tag'),
  url: z.string().describe('of a container image its reference'),
  type: artifactTypeSchema,
  digest: z.union([digestSchema, z.literal('')]).describe('empty for the stub'),
  size: z.int().describe('in bytes'),
  providers: z.array(z.string()).optional(),
  platform: z.string().optional().describe('of container images'),
  index: digestSchema.optional().describe('of container images'),
});

export const updateManifestsSchema = z.strictObject({
  manifests: z.array(
    z.strictObject({
      fileName: z.string(),
      status: z
        .enum(['changed', 'unchanged', 'refused'])
        .describe('`refused`: it needs an entry that failed, and is as it was'),
      missing: z.array(z.string()).describe('entries of the catalogue that it lacks'),
    }),
  ),
  changes: z.array(
    z.strictObject({
      fileName: z.string(),
      kind: z.string(),
      platform: z.strictObject({ os: z.string(), arch: architectureSchema }),
      name: z.string(),
      before: entrySchema.optional().describe('absent for an entry that is new'),
      after: entrySchema,
      assurance: z.enum(assurances).optional().describe('absent for the stub'),
      signers: z.array(printedSignerSchema),
      isDigestOnly: z.literal(true).optional().describe('no signature covers name and version'),
    }),
  ),
  faults: z
    .array(
      z.strictObject({
        fileName: z.string(),
        name: z.string().optional().describe('the entry; absent for the file as a whole'),
        message: z.string(),
        isRepaired: z.boolean(),
      }),
    )
    .describe('what did not follow from the catalogue, or had lost its proof, before the run'),
  failures: z.array(
    z.strictObject({
      name: z.string(),
      platforms: z.array(z.string()).describe('`debian-13 amd64`'),
      error: errorSchema,
    }),
  ),
  stale: z
    .array(
      z.strictObject({
        source: z.string().describe("the catalogue's source"),
        url: z.string(),
        version: z.string(),
        since: timeSchema,
        maxAgeMs: z.number().describe('in milliseconds'),
      }),
    )
    .describe('whose newest version is older than the catalogue expects'),
  advisories: advisoryFindingsSchema.optional(),
});

export const addSchema = z.strictObject({
  name: z.string(),
  outcome: z.enum(['shown', 'there already', 'declined', 'added']),
  version: z.string(),
  tag: z.string(),
  files: z.record(z.string(), z.string()).describe('by architecture'),
  proofs: z
    .array(
      z.strictObject({
        what: z.string(),
        method: z.string().describe("as the catalogue's `method` names it"),
        files: z.array(z.string()),
        outcome: z.enum(['verified', 'none', 'unusable', 'open', 'refused']),
        error: errorSchema.optional(),
      }),
    )
    .describe('what was looked at, the strongest first'),
  notThere: z.array(z.string()).describe('what was looked for, and is not published'),
  accept: z.array(z.string()).describe('what a person has to accept'),
  source: z.unknown().describe('as the catalogue has it'),
  entry: z.unknown().describe('as the catalogue has it'),
});

export const initSchema = z.strictObject({
  written: z.array(z.string()).describe('or would be, with --dry-run'),
  known: z
    .record(z.string(), z.array(z.string()))
    .describe('with --from: by what assay add takes, the entries'),
  others: z
    .array(z.strictObject({ name: z.string(), url: z.string() }))
    .describe('with --from: entries of no upstream that is known by its URL'),
});

export const fetchEvidenceSchema = z.strictObject({
  store: z.string().describe('the directory'),
  documents: z.array(
    z.strictObject({
      role: z.string(),
      url: z.string(),
      digest: digestSchema,
      size: z.int().min(0).describe('in bytes'),
      status: z.enum(['kept', 'fetched', 'failed']),
      from: z.string().optional().describe('where it was fetched'),
      error: errorSchema.optional(),
    }),
  ),
});

export const imageRefsSchema = z.strictObject({
  version: z.literal(1).describe('the version of this format'),
  registry: z.string(),
  images: z.array(
    z.strictObject({
      image: z.string().describe('as the manifest has it'),
      canonical: z.string().describe('with host and digest'),
      mirrored: z.string().describe('in the registry'),
    }),
  ),
});

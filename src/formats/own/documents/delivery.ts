/** What commands print that put files somewhere, or look at what is there: stage, mirror, push, package, verify. */
import { z } from 'zod';
import { architectureSchema, fileTypeSchema } from '../../../model/artifact.ts';
import { digestSchema } from '../../../model/digest-schema.ts';
import { errorSchema, failureOfSchema } from './error.ts';

const bytes = z.int().min(0).describe('in bytes');

export const stageSchema = z.strictObject({
  directory: z.string().describe('as it was named'),
  files: z.array(
    z.strictObject({
      name: z.string().describe('in the directory'),
      url: z.string().describe('at the origin'),
      digest: digestSchema,
      sizeBytes: bytes,
      status: z.enum(['kept', 'staged']).describe('`kept`: it was there, and was hashed again'),
    }),
  ),
  pruned: z.array(z.string()).describe('what --prune removed'),
  failures: z.array(failureOfSchema),
});

export const mirrorSchema = z.strictObject({
  directory: z.string(),
  files: z.array(
    z.strictObject({
      path: z.string().describe('below the directory'),
      url: z.string().describe('at the origin'),
      digest: digestSchema,
      sizeBytes: bytes,
      type: fileTypeSchema.optional().describe('what it must begin as'),
      sources: z
        .array(
          z.strictObject({
            url: z.string(),
            isMirror: z.boolean(),
            repository: z
              .strictObject({ registry: z.string(), repository: z.string() })
              .optional()
              .describe('of a registry'),
          }),
        )
        .optional()
        .describe('where it was to be had, with --mirror-base'),
      status: z
        .enum(['kept', 'staged', 'linked'])
        .describe('`linked`: the same bytes are there under another path'),
    }),
  ),
  images: z.array(
    z.strictObject({
      image: z.string().describe('its reference'),
      digest: digestSchema,
      architecture: architectureSchema,
      status: z.enum(['complete', 'held']).describe('`held`: something of it is not there'),
      isSigned: z.boolean().describe('with its signatures'),
      error: errorSchema.optional(),
    }),
  ),
  manifests: z.array(
    z.strictObject({
      path: z.string(),
      digest: digestSchema,
      status: z
        .enum(['kept', 'written', 'held'])
        .describe('`held`: not written, since what it names is not all there'),
    }),
  ),
  pruned: z.array(z.string()),
  failures: z.array(z.strictObject({ path: z.string(), error: errorSchema })),
});

export const mirrorVerdictsSchema = z.strictObject({
  verified: z.boolean().describe('everything was asked about, and nothing is missing or wrong'),
  base: z.string().describe('the URL of the mirror'),
  sample: z.string().describe('how much of it was downloaded and hashed'),
  seed: z.string().describe('what the sample was drawn by: --seed draws the same again'),
  files: z.array(
    z.strictObject({
      path: z.string(),
      digest: digestSchema.optional().describe('absent of what no manifest pins: the index of the images'),
      sizeBytes: bytes.optional(),
      status: z
        .enum(['right', 'there', 'missing', 'wrong', 'unasked'])
        .describe('`right`: hashed; `there`: of that size, and not downloaded'),
      error: errorSchema.optional(),
    }),
  ),
});

export const pushSchema = z.strictObject({
  repository: z.string().describe('REGISTRY/REPOSITORY'),
  artifacts: z.array(
    z.strictObject({
      manifest: z.string(),
      tag: z.string(),
      digest: digestSchema.describe('of the artifact: what to stage from'),
      evidence: digestSchema.optional().describe('of the artifact that refers to it with its evidence'),
      status: z.string().describe('`pushed`, or `kept` where the registry had it'),
    }),
  ),
  held: z
    .array(z.strictObject({ manifest: z.string(), tag: z.string() }))
    .describe('tags that were not moved, since what they would name is not all there'),
  images: z.array(
    z.strictObject({
      image: z.string().describe('its reference at the origin'),
      reference: z.string().describe('in the registry'),
      digest: digestSchema,
      signed: z.boolean().describe('with its signatures'),
      status: z.string(),
    }),
  ),
  blobs: z.strictObject({ sent: z.int(), sentBytes: bytes, mounted: z.int(), kept: z.int() }),
  failures: z.array(failureOfSchema),
});

export const packageSchema = z.strictObject({
  directory: z.string(),
  tarball: z.strictObject({ name: z.string(), url: z.string(), digest: digestSchema, sizeBytes: bytes }),
  manifest: z.string().describe('the released manifest, in the directory'),
  checksums: z.string().describe('the checksum file, in the directory'),
  entries: z.array(
    z.strictObject({
      path: z.string(),
      type: z.string(),
      mode: z.string().describe('permission bits, in octal'),
    }),
  ),
});

export const stagedSchema = z.strictObject({
  verified: z.boolean(),
  directory: z.string(),
  files: z.array(
    z.strictObject({
      name: z.string(),
      status: z.enum(['right', 'missing', 'wrong', 'extra']),
      error: errorSchema.optional(),
    }),
  ),
});

export const extractedSchema = z.strictObject({
  verified: z.boolean(),
  extracted: z.string().describe('the tree'),
  tarball: z.strictObject({ file: z.string(), digest: digestSchema }),
  compared: z.int().min(0).describe('how many members'),
  differences: z.array(
    z.strictObject({
      path: z.string(),
      about: z.enum(['presence', 'type', 'mode', 'owner', 'size', 'content', 'link', 'access']),
      expected: z.string(),
      found: z.string(),
    }),
  ),
  error: errorSchema.optional(),
});

export const chartSchema = z.strictObject({
  verified: z.boolean().describe('each image that the chart names is pinned'),
  chart: z.strictObject({ name: z.string(), version: z.string() }),
  images: z.array(
    z.strictObject({
      image: z.string().describe('the reference'),
      path: z.string().describe('where the values name it'),
      digest: digestSchema.optional().describe('that the manifest pins'),
      error: errorSchema.optional(),
    }),
  ),
  others: z.array(z.string()).describe('images of the manifest that the chart does not name'),
});

/**
 * `manifests/evidence/os-boot.json`: by the digest of an OS image, what its boot loader starts, and the files that say so.
 * Nobody signs it: it is what was read out of the image of that digest, which `update-manifests --boot` reads again.
 */
import { z } from 'zod';
import { architectureSchema } from '../../model/artifact.ts';
import { digestSchema } from '../../model/digest-schema.ts';
import { parseState, renderState, timeSchema } from './evidence.ts';
import { sorted } from '../text/record.ts';

const placeSchema = z.strictObject({ partition: z.int().min(1), path: z.string() });

const bootFileSchema = placeSchema.extend({
  /** As the boot loader names it, before symbolic links were followed in the image. */
  named: z.string(),
  digest: digestSchema,
  size: z.int().min(1),
});

const bootProofSchema = z.strictObject({
  arch: architectureSchema,
  /** File systems of the disk, as boot loaders look for them. */
  partitions: z.array(
    z.strictObject({
      number: z.int().min(1),
      uuid: z.string().exactOptional(),
      label: z.string().exactOptional(),
      partitionUuid: z.string().exactOptional(),
    }),
  ),
  /** What the boot loader's configuration is made of, kept in `documents`: what is not here was not there. */
  documents: z.array(placeSchema.extend({ digest: digestSchema, size: z.int().min(0) })),
  cmdline: z.string(),
  kernel: bootFileSchema,
  initrd: bootFileSchema,
  /** The programs that read the image. */
  tools: z.string(),
  readAt: timeSchema,
});

const fileSchema = z.strictObject({ version: z.literal(1), images: z.record(z.string(), bootProofSchema) });

export type BootProof = z.output<typeof bootProofSchema>;
/** By the digest of the image. */
export type BootProofs = Readonly<Record<string, BootProof>>;

/** Throws UsageError `STATE_INVALID`. */
export function parseBootProofs(bytes: Uint8Array, file: string): BootProofs {
  const hint = 'Restore it from version control, or read the images again: update-manifests --boot.';
  return parseState(fileSchema, bytes, file, hint).images;
}

export function renderBootProofs(images: BootProofs): Uint8Array {
  // The schema gives the keys their order.
  return renderState(fileSchema.parse({ version: 1, images: sorted(images) }));
}

/** A checksum file, and what it calls a file: publishers leave a folder of their build in front. */
import type { z } from 'zod';
import type { WantedChecksum } from '../../formats/upstream/checksums.ts';
import { fillTemplate, writtenNameTemplateSchema } from '../../formats/own/template.ts';
import type { DocumentKind } from '../../model/need.ts';
import type { Asset } from '../method.ts';

export const checksumFile: DocumentKind = { role: 'checksums', maxBytes: 1 << 20 };

export const checksumNameShape = {
  name: writtenNameTemplateSchema
    .exactOptional()
    .describe(
      'template: what the checksum file calls the file, such as `dist/{asset}`, where that is not its own name',
    ),
};

/** `nameless`: may a digest alone answer? */
export function wantedChecksum(
  { name }: z.output<z.ZodObject<typeof checksumNameShape>>,
  { fileName, values }: Asset,
  nameless: boolean,
): WantedChecksum {
  return { name: name === undefined ? fileName : fillTemplate(name, values), nameless };
}

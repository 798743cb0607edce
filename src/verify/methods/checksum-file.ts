/** A checksum file, and what it calls a file: publishers leave a folder of their build in front. */
import type { z } from 'zod';
import { checksumOf, parseChecksums, type WantedChecksum } from '../../formats/upstream/checksums.ts';
import { fillTemplate, writtenNameTemplateSchema } from '../../formats/own/template.ts';
import type { DocumentKind } from '../../model/need.ts';
import type { Digest } from '../../model/digest.ts';
import { listedDigest } from '../by-hand.ts';
import type { Asset } from '../method.ts';
import { theArtifact, type NamedDocument, type Told, type Trail } from '../trail.ts';

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

/** The file's digest, of its line in `text`, which a checksum file holds. Throws as `parseChecksums` and `checksumOf` do. */
export async function linkChecksum(
  trail: Trail,
  document: NamedDocument,
  text: Uint8Array,
  wanted: WantedChecksum,
): Promise<Digest> {
  return trail.link(
    { from: document, to: theArtifact },
    () => checksumOf(parseChecksums(text, document.url), wanted, document.url),
    (digest) => checksumTold(document, wanted, digest),
  );
}

export function checksumTold(
  document: NamedDocument,
  { name, nameless }: WantedChecksum,
  digest: Digest,
): Told {
  const against = nameless ? `the digest that stands alone, or beside ${name}` : `the line for ${name}`;
  return {
    checks: [{ check: 'digest', value: digest, against }],
    byHand: listedDigest(document, theArtifact, digest),
  };
}

/** The catalogue's schema, put together from the registries. */
import type { PinnedAnchors } from '../../formats/own/catalogue-anchors.ts';
import { parseCatalogue, type Catalogue, type CatalogueSchemas } from '../../formats/own/catalogue.ts';
import { decodeUtf8 } from '../../formats/text/utf8.ts';
import { sourceKinds } from '../../sources/registry.ts';
import { methods } from '../../verify/registry.ts';

export const catalogueSchemas: CatalogueSchemas = {
  sources: Object.fromEntries(
    Object.values(sourceKinds).map((kind) => [
      kind.type,
      {
        source: kind.sourceSchema,
        entry: kind.entrySchema,
        artifactTypes: kind.artifactTypes,
        methods: kind.methods,
        image: (source: never, entry: never) => kind.image?.(source, entry),
      },
    ]),
  ),
  verifications: Object.fromEntries(methods.map(({ method, schema }) => [method, schema])),
};

/** With `pinned`, the trust anchors that it names must be there. Throws UsageError `CATALOGUE_INVALID`. */
export function loadCatalogue(bytes: Uint8Array, file: string, pinned?: PinnedAnchors): Catalogue {
  return parseCatalogue(decodeUtf8(bytes, file, 'CATALOGUE_INVALID'), file, catalogueSchemas, pinned);
}

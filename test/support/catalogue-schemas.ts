/** Schemas for tests of the catalogue's own rules, apart from what real sources and methods are. */
import { z } from 'zod';
import type { CatalogueSchemas } from '../../src/formats/own/catalogue-schema.ts';

/** Two types of source and two methods, as registries would give them. */
export const shelfAndServer: CatalogueSchemas = {
  sources: {
    shelf: {
      source: z.strictObject({ type: z.literal('shelf'), rooms: z.array(z.string()).min(1) }),
      entry: z.strictObject({ from: z.string(), book: z.string() }),
    },
    server: {
      source: z.strictObject({ type: z.literal('server'), url: z.string() }),
      entry: z.strictObject({ from: z.string(), path: z.string(), tag: z.string().optional() }),
    },
  },
  verifications: {
    seal: z.strictObject({ method: z.literal('seal') }),
    checksum: z.strictObject({ method: z.literal('checksum'), reason: z.string() }),
  },
};

/**
 * Writes the JSON Schemas that editors and other programs use, from the same definitions that the code checks by.
 *
 *   node scripts/write-schemas.ts           writes schemas/
 *   node scripts/write-schemas.ts --check   exit 1 if a file there is not what would be written
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogueJsonSchema } from '../src/formats/catalogue-schema.ts';
import { manifestJsonSchema } from '../src/formats/manifest-schema.ts';
import { catalogueSchemas } from '../src/pipeline/catalogue.ts';

const folder = join(import.meta.dirname, '..', 'schemas');
const schemas: Readonly<Record<string, unknown>> = {
  'catalogue.schema.json': catalogueJsonSchema(catalogueSchemas),
  'manifest.schema.json': manifestJsonSchema(),
};

function isStale(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8') !== text;
  } catch {
    return true;
  }
}

const checkOnly = process.argv.slice(2).includes('--check');
if (!checkOnly) mkdirSync(folder, { recursive: true });
for (const [name, schema] of Object.entries(schemas)) {
  const text = `${JSON.stringify(schema, null, 2)}\n`;
  if (!isStale(join(folder, name), text)) continue;
  if (checkOnly) {
    console.error(`schemas/${name} is stale: run node scripts/write-schemas.ts`);
    process.exitCode = 1;
  } else {
    writeFileSync(join(folder, name), text);
    console.log(`wrote schemas/${name}`);
  }
}

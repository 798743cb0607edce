/**
 * Writes what follows from the definitions that the code checks by: the JSON Schemas that editors and other programs
 * use, and the tables of docs/catalogue.md and docs/pins.md.
 *
 *   node scripts/write-schemas.ts           writes schemas/, and the tables
 *   node scripts/write-schemas.ts --check   exit 1 if a file is not what would be written
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { catalogueJsonSchema } from '../src/formats/own/catalogue-schema.ts';
import { manifestJsonSchema } from '../src/formats/own/manifest-schema.ts';
import {
  documentJsonSchema,
  documents,
  libraryErrorJsonSchema,
  type DocumentName,
} from '../src/formats/own/documents/documents.ts';
import { catalogueSchemas } from '../src/pipeline/manifests/catalogue.ts';
import { anchorKinds } from '../src/verify/anchors/registry.ts';
import { pinsJsonSchema } from '../src/verify/anchors/pins.ts';
import { catalogueTables, pinsTables, withTables } from './catalogue-reference.ts';

const root = dirname(import.meta.dirname);

function schemaText(schema: unknown): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function pageText(name: string, tables: Readonly<Record<string, string>>): string {
  return withTables(readFileSync(join(root, name), 'utf8'), tables);
}

/** The pages come last: what keeps one from being written keeps no schema. */
const files: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(
    (Object.keys(documents) as DocumentName[]).map((name) => [
      `schemas/${name}.schema.json`,
      () => schemaText(documentJsonSchema(name)),
    ]),
  ),
  'schemas/library-error.schema.json': () => schemaText(libraryErrorJsonSchema()),
  'schemas/catalogue.schema.json': () => schemaText(catalogueJsonSchema(catalogueSchemas)),
  'schemas/manifest.schema.json': () => schemaText(manifestJsonSchema()),
  'schemas/pins.schema.json': () => schemaText(pinsJsonSchema()),
  'docs/catalogue.md': () => pageText('docs/catalogue.md', catalogueTables(catalogueSchemas)),
  'docs/pins.md': () => pageText('docs/pins.md', pinsTables(anchorKinds)),
};

function isStale(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8') !== text;
  } catch {
    return true;
  }
}

const checkOnly = process.argv.slice(2).includes('--check');
for (const [name, make] of Object.entries(files)) {
  const text = make();
  const path = join(root, name);
  if (!isStale(path, text)) continue;
  if (checkOnly) {
    console.error(`${name} is stale: run node scripts/write-schemas.ts`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    console.log(`wrote ${name}`);
  }
}

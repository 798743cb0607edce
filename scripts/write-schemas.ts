/**
 * Writes what follows from the definitions that the code checks by: the JSON Schemas that editors and other programs
 * use, and the tables of docs/catalogue.md.
 *
 *   node scripts/write-schemas.ts           writes schemas/, and the tables
 *   node scripts/write-schemas.ts --check   exit 1 if a file is not what would be written
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { catalogueJsonSchema } from '../src/formats/own/catalogue-schema.ts';
import { changesJsonSchema } from '../src/formats/own/changes.ts';
import { explanationJsonSchema } from '../src/formats/own/proof-chain.ts';
import { manifestJsonSchema } from '../src/formats/own/manifest-schema.ts';
import { upstreamVerdictsJsonSchema } from '../src/formats/own/upstream-verdicts.ts';
import { offlineReportJsonSchema } from '../src/formats/own/offline-report.ts';
import { catalogueSchemas } from '../src/pipeline/manifests/catalogue.ts';
import { catalogueTables, withTables } from './catalogue-reference.ts';

const root = dirname(import.meta.dirname);

function schemaText(schema: unknown): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function pageText(): string {
  const page = readFileSync(join(root, 'docs/catalogue.md'), 'utf8');
  return withTables(page, catalogueTables(catalogueSchemas));
}

/** The page comes last: what keeps it from being written keeps nothing else. */
const files: Readonly<Record<string, () => string>> = {
  'schemas/catalogue.schema.json': () => schemaText(catalogueJsonSchema(catalogueSchemas)),
  'schemas/changes.schema.json': () => schemaText(changesJsonSchema()),
  'schemas/explain.schema.json': () => schemaText(explanationJsonSchema()),
  'schemas/manifest.schema.json': () => schemaText(manifestJsonSchema()),
  'schemas/verify-upstream.schema.json': () => schemaText(upstreamVerdictsJsonSchema()),
  'schemas/verify-offline.schema.json': () => schemaText(offlineReportJsonSchema()),
  'docs/catalogue.md': pageText,
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

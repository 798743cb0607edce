/** CycloneDX's published schema of version 1.6, as its library ships it: the judge of what assay writes. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';

const require = createRequire(import.meta.url);
const library = require.resolve('@cyclonedx/cyclonedx-library/package.json');
const read = (name: string) =>
  JSON.parse(
    readFileSync(library.replace(/package\.json$/, `res/schema/${name}.SNAPSHOT.schema.json`), 'utf8'),
  ) as object;

const ajv = new Ajv({ allErrors: true, strict: false });
formats.default(ajv);
ajv.addFormat('iri-reference', (text: string) => !/[\s<>"{}|\\^`]/.test(text));
ajv.addFormat('idn-email', /^[^@\s]+@[^@\s]+$/);
for (const name of ['spdx', 'jsf-0.82', 'cryptography-defs']) {
  ajv.addSchema(read(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
}
const validate = ajv.compile(read('bom-1.6'));

/** What the schema finds wrong, one text each. */
export function cyclonedxProblems(document: unknown): readonly string[] {
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message ?? ''}`);
}

/** Every document that a command of a test prints under `--json` is held to the schema that it names. */
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import type { z } from 'zod';
import type { DocumentName, documents } from '../../src/formats/own/documents/documents.ts';
import { schemaId } from '../../src/formats/own/documents/name.ts';

const ajv = new Ajv({ allErrors: true, strict: false });
formats.default(ajv);
const compiled = new Map<string, ValidateFunction>();

/** Throws for output of `--json` that is no document, names no schema, or does not follow it. */
export function holdToSchema(args: readonly string[], stdout: string): void {
  // `--version` before a command prints that, whatever follows.
  if (!args.includes('--json') || args.includes('--help') || /^(?:\d+\.\d+\.\d+\S*\n)?$/.test(stdout)) return;
  const { schema, problems } = judge(stdout);
  if (problems.length > 0) throw new Error(`assay ${args.join(' ')}: ${schema}: ${problems.join('; ')}`);
}

/** Lines that are wider than they had to be: a digest, path or URL stays whole, on a line of its own. */
export function tooWide(lines: readonly string[], width: number): readonly string[] {
  return lines.filter((line) => line.length > width && line.trim().includes(' '));
}

/** A document of that schema, and of no other. Throws where it is none. */
export function readDocument<Name extends DocumentName>(
  name: Name,
  text: string,
): z.output<(typeof documents)[Name]> {
  const { schema, problems, document } = judge(text);
  if (schema === schemaId(name) && problems.length === 0) return document as never;
  throw new Error(`${schema}: expected ${schemaId(name)}: ${problems.join('; ')}`);
}

/** By `schemas/NAME.schema.json`, as it is shipped: what is wrong, one text each. */
export function problemsBy(name: string, document: unknown): readonly string[] {
  const validate = compiled.get(name) ?? ajv.compile(read(name));
  compiled.set(name, validate);
  validate(document);
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath}: ${message ?? ''} ${JSON.stringify(params)}`,
  );
}

interface Judged {
  readonly schema: string;
  readonly document: unknown;
  readonly problems: readonly string[];
}

function judge(text: string): Judged {
  const document = JSON.parse(text) as { readonly schema?: unknown };
  const [schema, name] = /^assay\/([a-z-]+)\/v1$/.exec(String(document.schema)) ?? [];
  if (schema === undefined || name === undefined) {
    return { schema: 'no schema', document, problems: ['it names none'] };
  }
  return { schema, document, problems: problemsBy(name, document) };
}

function read(name: string): object {
  const file = new URL(`../../schemas/${name}.schema.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as object;
}

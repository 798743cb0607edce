/**
 * The fields of a zod schema as a reference tells of them: name, whether they must be there, what they mean. It is
 * read from the JSON Schema (draft 7) that zod makes of it, which is also what editors get.
 */
import { z } from 'zod';

/** What is looked at of it. */
export interface JsonSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  /** Of a field that is known in order to be refused. */
  readonly not?: unknown;
}

export interface Field {
  readonly schema: JsonSchema;
  /** `required`, `optional`, and where it depends, on what. */
  readonly need: string;
}

export type Fields = ReadonlyMap<string, Field>;

export function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { target: 'draft-07', io: 'input' }) as JsonSchema;
}

/**
 * The fields of a map, of the maps among several forms, or of the maps in a list. `tag` tells what the map is, and is
 * left out, as is what is always refused.
 */
export function fieldsOf(schema: JsonSchema, tag?: string): Fields {
  const forms = formsOf(schema.items ?? schema);
  const names = new Set(forms.flatMap(({ properties }) => Object.keys(properties ?? {})));
  const whole = isMapOnly(schema) ? '' : ' in a map';
  const fields = new Map<string, Field>();
  for (const name of names) {
    const having = forms.filter(({ properties }) => properties?.[name] !== undefined);
    const all = having.flatMap(({ properties }) => properties?.[name] ?? []);
    const [first] = all;
    if (first === undefined || first.not !== undefined || name === tag) continue;
    const values = [...new Set(all.flatMap(valuesOf))];
    const isToldBy = having.length < forms.length && having.every((form) => distinction(form) === code(name));
    const isRequired = having.every(({ required }) => required?.includes(name));
    const condition = having.length === forms.length ? whole : ` with ${having.map(distinction).join(', ')}`;
    fields.set(name, {
      schema: values.length === 0 ? first : { ...first, enum: values },
      need: isToldBy ? `one of ${formsToldApart(forms).join(', ')}` : needOf(first, isRequired) + condition,
    });
  }
  return fields;
}

/** The words of the schema, after the values to choose from where those words leave them out. */
export function meaningOf(schema: JsonSchema, what: string): string {
  const text = descriptionOf(schema, what);
  const values = valuesOf(schema).map((value) => code(String(value)));
  return values.every((value) => text.includes(value)) ? text : `${values.join(', ')}: ${text}`;
}

/** Throws where there is none: nothing is left out of a reference. */
export function descriptionOf({ description }: JsonSchema, what: string): string {
  if (description !== undefined && description.trim() !== '') return description;
  throw new Error(`${what} has no description in its schema`);
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** Is there no other form of it, such as plain text? */
function isMapOnly({ anyOf = [] }: JsonSchema): boolean {
  return anyOf.every(({ properties }) => properties !== undefined);
}

function formsOf(schema: JsonSchema): JsonSchema[] {
  const { anyOf = [], oneOf = [] } = schema;
  return [schema, ...anyOf, ...oneOf].filter(({ properties }) => properties !== undefined);
}

function needOf({ default: value }: JsonSchema, isRequired: boolean): string {
  if (isRequired) return 'required';
  return value === undefined ? 'optional' : `${code(JSON.stringify(value))} unless given`;
}

function formsToldApart(forms: readonly JsonSchema[]): readonly string[] {
  return [...new Set(forms.map(distinction))];
}

/** What tells a form from the others: `form: detached`, or the first field that it must have. */
function distinction({ properties = {}, required = [] }: JsonSchema): string {
  const tags = Object.entries(properties).filter(([name]) => name !== 'method' && name !== 'type');
  const [name, schema] = tags.find(([, field]) => field.const !== undefined) ?? [];
  if (name !== undefined) return code(`${name}: ${String(schema?.const)}`);
  if (required[0] !== undefined) return code(required[0]);
  throw new Error(`nothing tells the map of ${Object.keys(properties).join(', ')} from other forms`);
}

function valuesOf(schema: JsonSchema): readonly unknown[] {
  if (schema.const !== undefined) return [schema.const];
  return schema.enum ?? (schema.items === undefined ? [] : valuesOf(schema.items));
}

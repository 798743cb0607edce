/** `advisories` in the catalogue: at a source of whatever type, whose schema does not know of it, and at entries. */
import type { OsvPackage } from '../../model/advisory.ts';
import { check, type Problem } from '../text/problems.ts';
import { advisoriesSchema, type Advisories } from './advisories-schema.ts';

export function checkAdvisories(source: unknown, path: readonly PropertyKey[], problems: Problem[]): void {
  const { advisories } = fieldsOf(source);
  if (advisories !== undefined) check(advisoriesSchema, advisories, [...path, 'advisories'], problems);
}

/**
 * The source as its own schema knows it, and as a proof's question has it: what OSV calls a package is no part of that,
 * so that another word for it asks nobody anew.
 */
export function withoutAdvisories(source: unknown): unknown {
  if (!Object.hasOwn(fieldsOf(source), 'advisories')) return source;
  return Object.fromEntries(Object.entries(fieldsOf(source)).filter(([key]) => key !== 'advisories'));
}

/**
 * Of an entry, with what its source says as it was read. Who says one field of the two wants it to be looked up: half a
 * question is refused where it stands.
 */
export function readAdvisories(
  own: Advisories | undefined,
  source: unknown,
  path: readonly PropertyKey[],
  problems: Problem[],
): OsvPackage | undefined {
  const { ecosystem, name } = { ...advisoriesSchema.safeParse(fieldsOf(source)['advisories']).data, ...own };
  if (ecosystem !== undefined && name !== undefined) return { ecosystem, name };
  if (own !== undefined) {
    const missing = ecosystem === undefined ? 'ecosystem' : 'name';
    const message = `has no "${missing}", and its source says none`;
    problems.push({ path: [...path, 'advisories'], message });
  }
  return undefined;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

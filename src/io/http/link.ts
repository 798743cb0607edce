/**
 * The link to the next part of a list, out of an answer's Link header (RFC 8288). Whoever follows it has to check
 * first where it leads.
 */
import type { Response } from './response.ts';

/** `<target>; name=token; name="quoted"`: the target in angle brackets keeps its commas and semicolons to itself. */
const link = /<([^<>]*)>((?:\s*;\s*[A-Za-z*-]+\s*=\s*(?:"[^"]*"|[^\s",;]+))*)/g;
const relation = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))/i;

/** As the server wrote it; undefined where there is none. Of two, the first. */
export function nextLink({ headers }: Pick<Response, 'headers'>): string | undefined {
  const value = headers['link'];
  const text = Array.isArray(value) ? value.join(', ') : (value ?? '');
  for (const [, target, parameters = ''] of text.matchAll(link)) {
    const [, quoted, token] = relation.exec(parameters) ?? [];
    const relations = (quoted ?? token ?? '').toLowerCase().split(/\s+/);
    if (relations.includes('next')) return target;
  }
  return undefined;
}

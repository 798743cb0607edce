/** A source answers each request by itself; tests look at the answers in the order that they asked in. */
import type { Resolution, ResolveRequest, SourceResult } from '../../src/sources/source.ts';

export function inOrder<Entry>(
  requests: readonly ResolveRequest<Entry>[],
  { resolutions }: SourceResult<Entry>,
): readonly Resolution[] {
  return requests.map((request) => {
    const resolution = resolutions.get(request);
    if (resolution === undefined) throw new TypeError(`no answer to ${request.name}`);
    return resolution;
  });
}

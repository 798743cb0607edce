/** A repository's tags as GitHub's REST API lists them (`GET /repos/OWNER/REPO/tags`): names alone, in no order that counts. */
import { z } from 'zod';
import { apiHeaders, checkNext, malformedList } from './github-list.ts';
import type { SourceContext } from './source.ts';

/** Kubernetes has some 1,500 tags. */
const maxPages = 50;
const maxPageBytes = 4 << 20;

const pageSchema = z.array(z.object({ name: z.string().max(1000) })).max(100);

/**
 * All of them: which is the highest, no order says. Throws TransportError (`RATE_LIMITED`, `NOT_FOUND`; `URL_REFUSED` for
 * a next page that is somewhere else), and VerificationError `EVIDENCE_MALFORMED`.
 */
export async function listTags(
  repository: string,
  { fetcher, reporter }: Pick<SourceContext, 'fetcher' | 'reporter'>,
): Promise<readonly string[]> {
  const tags = new Set<string>();
  let url: string | undefined = `https://api.github.com/repos/${repository}/tags?per_page=100`;
  for (let page = 1; url !== undefined && page <= maxPages; page++) {
    reporter.step(`asking ${url}`);
    const request = { url, maxBytes: maxPageBytes, coding: 'decoded', headers: apiHeaders } as const;
    const { bytes, next } = await fetcher.get({ ...request, revalidate: true, withUserToken: true });
    for (const { name } of parsePage(bytes, url)) tags.add(name);
    url = next === undefined ? undefined : checkNext(next, { repository, list: 'tags' }, page + 1);
  }
  return [...tags];
}

function parsePage(bytes: Uint8Array, url: string): z.output<typeof pageSchema> {
  try {
    return pageSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw malformedList(url, 'tags', cause);
  }
}

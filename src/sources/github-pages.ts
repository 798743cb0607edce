/** The pages of a list of GitHub's REST API: of a repository's releases, or of its tags. */
import { z } from 'zod';
import { TransportError, VerificationError } from '../model/errors.ts';
import { printableUrlText } from '../model/url-text.ts';
import type { SourceContext } from './source.ts';

const headers = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };

interface List {
  readonly repository: string;
  readonly list: 'releases' | 'tags';
}

export interface ItemsList<S extends z.ZodType> extends List {
  /** What matters of an item. */
  readonly schema: S;
  readonly maxPageBytes: number;
}

export interface Page<S extends z.ZodType> {
  readonly url: string;
  readonly items: readonly z.output<S>[];
}

export type PagePorts = Pick<SourceContext, 'fetcher' | 'reporter'>;

export function listUrl({ repository, list }: List): string {
  return `https://api.github.com/repos/${repository}/${list}`;
}

/**
 * One after another, at least one, of a hundred items each: whoever takes them says how many are enough.
 *
 * Throws TransportError (`RATE_LIMITED`, `NOT_FOUND`; `URL_REFUSED` for a next page that is somewhere else), and
 * VerificationError `EVIDENCE_MALFORMED`.
 */
export async function* readPages<S extends z.ZodType>(
  list: ItemsList<S>,
  { fetcher, reporter }: PagePorts,
): AsyncGenerator<Page<S>, undefined, undefined> {
  let url: string | undefined = `${listUrl(list)}?per_page=100`;
  for (let page = 1; url !== undefined; page++) {
    reporter.step(`asking ${url}`);
    const request = { url, maxBytes: list.maxPageBytes, coding: 'decoded', headers } as const;
    const { bytes, next } = await fetcher.get({ ...request, revalidate: true, withUserToken: true });
    yield { url, items: parsePage(bytes, url, list) };
    url = next === undefined ? undefined : checkNext(next, list, page + 1);
  }
}

function parsePage<S extends z.ZodType>(
  bytes: Uint8Array,
  url: string,
  { schema, list }: ItemsList<S>,
): readonly z.output<S>[] {
  try {
    // No signature covers it, so that there is no reading of it that others might see otherwise.
    return z.array(schema).parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new VerificationError('EVIDENCE_MALFORMED', `${url} is not a list of ${list} as GitHub writes it`, {
      hint: 'Is a mirror or a proxy answering in place of GitHub?',
      cause,
    });
  }
}

/** The list goes on at the same place, or at the same repository by its number, and nowhere else. */
function checkNext(next: string, list: List, page: number): string {
  const url = URL.parse(next);
  const api = new URL(listUrl(list));
  const [, numbered] = /^\/repositories\/\d{1,15}\/([a-z]+)$/.exec(url?.pathname ?? '') ?? [];
  const isSameList = url?.origin === api.origin && (url.pathname === api.pathname || numbered === list.list);
  const isNextPage =
    url?.searchParams.get('page') === String(page) && url.searchParams.get('per_page') === '100';
  if (isSameList && isNextPage && url.searchParams.size === 2) return url.href;
  const shown = printableUrlText(next);
  throw new TransportError(
    'URL_REFUSED',
    `${api.href}: expected page ${String(page)} of the same list, found a link to ${shown}`,
    { hint: 'Is a mirror or a proxy answering in place of GitHub?', context: { url: api.href, next: shown } },
  );
}

/** All tags of a repository, over loopback: of a part of them nobody could say which is the highest. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseMirror } from '../../../src/io/http/mirrors.ts';
import { VerificationError } from '../../../src/model/errors.ts';
import { listTags } from '../../../src/sources/github-tags.ts';
import { quickFetcher } from '../../support/quick-fetcher.ts';
import { refusal } from '../../support/refusals.ts';
import { silentReporter } from '../../support/silent-reporter.ts';

const api = 'https://api.github.com/repos/o/tool/tags';

/** Of a repository with so many pages of one tag each, on a server that counts what it is asked. */
async function listed(pages: number) {
  const asked: number[] = [];
  const server = createServer((request, response) => {
    const page = Number(new URL(request.url ?? '', 'http://x').searchParams.get('page') ?? 1);
    asked.push(page);
    if (page < pages)
      response.setHeader('link', `<${api}?per_page=100&page=${String(page + 1)}>; rel="next"`);
    response.end(JSON.stringify([{ name: `v${String(page)}.0.0` }]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const mirrors = [parseMirror(`https://api.github.com=http://127.0.0.1:${String(port)}`)];
  const fetcher = quickFetcher({ mirrors });
  onTestFinished(async () => {
    await fetcher.close();
    server.close();
  });
  return { asked, tags: () => listTags('o/tool', { fetcher, reporter: silentReporter }) };
}

describe('tags', () => {
  it('are read to the last page', async () => {
    const { tags } = await listed(50);
    expect((await tags()).at(-1)).toBe('v50.0.0');
  });

  it('without an end are refused, and not cut', async () => {
    const { asked, tags } = await listed(1000);
    await refusal(tags, VerificationError, 'LIMIT_EXCEEDED');
    expect(asked).toHaveLength(51);
  });
});

/** A list in pages as one document, over loopback: each page leads to the next, at the same server alone. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { splitJsonTexts } from '../../../src/formats/text/json-sequence.ts';
import { parseMirror } from '../../../src/io/http/mirrors.ts';
import { TransportError, VerificationError } from '../../../src/model/errors.ts';
import type { FileNeed } from '../../../src/model/need.ts';
import { UpstreamStore } from '../../../src/sources/upstream-store.ts';
import { quickFetcher } from '../../support/quick-fetcher.ts';
import { refusal } from '../../support/refusals.ts';
import { silentReporter } from '../../support/silent-reporter.ts';

const url = 'https://api.example.org/list';
const need: FileNeed = { kind: 'file', role: 'list', url, maxBytes: 100, maxPages: 3 };

/** Page by page; `next` of one that has another behind it. */
async function read(pages: number, next = (page: number) => `/list?after=${String(page)}`, wanted = need) {
  const server = createServer((request, response) => {
    const page = Number(new URL(request.url ?? '', 'http://x').searchParams.get('after') ?? 0) + 1;
    if (page < pages) response.setHeader('link', `<${next(page)}>; rel="next"`);
    response.end(`{"page":${String(page)}}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const mirrors = [parseMirror(`https://api.example.org=http://127.0.0.1:${String(port)}`)];
  const fetcher = quickFetcher({ mirrors });
  onTestFinished(async () => {
    await fetcher.close();
    server.close();
  });
  const cache = { read: () => Promise.resolve(undefined), write: () => Promise.resolve() };
  const found = await new UpstreamStore({ fetcher, cache, reporter: silentReporter }).read(wanted);
  return splitJsonTexts(found?.bytes ?? Buffer.of()).map((text) => Buffer.from(text).toString().trim());
}

describe('a list in pages', () => {
  it.each([1, 2, 3])('is read whole: %i', async (count) => {
    const texts = ['{"page":1}', '{"page":2}', '{"page":3}'];
    expect(await read(count)).toEqual(texts.slice(0, count));
  });

  it('refuses more pages and more bytes than are allowed, and a page that is elsewhere', async () => {
    await refusal(() => read(4), VerificationError, 'LIMIT_EXCEEDED');
    await refusal(() => read(3, undefined, { ...need, maxBytes: 25 }), TransportError, 'TOO_LARGE');
    await refusal(
      () => read(2, () => 'https://other.example.org/list?after=1'),
      TransportError,
      'URL_REFUSED',
    );
  });
});

/** OSV's API over a loopback server, as `--mirror` leads to it. */
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { refuse, substitute, type Behaviour } from '../../../scripts/upstream/behaviours.ts';
import { startUpstreamServer, type UpstreamServer } from '../../../scripts/upstream/server.ts';
import { parseMirror } from '../../../src/io/http/mirrors.ts';
import { osvApi } from '../../../src/sources/osv-api.ts';
import { quickFetcher, type QuickFetcher } from '../../support/quick-fetcher.ts';

const path = 'api.osv.dev/v1/query';
const asked = { ecosystem: 'Debian:13', name: 'postgresql-17' };

let server: UpstreamServer;
let fetcher: QuickFetcher;
let questions: unknown[];

beforeAll(async () => {
  server = await startUpstreamServer({});
  const mirror = parseMirror(`https://api.osv.dev=${server.url}/api.osv.dev`, '--mirror');
  fetcher = quickFetcher({ mirrors: [mirror] });
});
afterAll(async () => {
  await fetcher.close();
  await server.close();
});
beforeEach(() => {
  questions = [];
});

/** Answers by the page that is asked for. */
function pages(answers: Readonly<Record<string, object>>): Behaviour {
  return (request, response) => {
    void text(request).then((body) => {
      const question = JSON.parse(body) as { page_token?: string };
      questions.push(question);
      response.writeHead(200).end(JSON.stringify(answers[question.page_token ?? '']));
    });
  };
}

function answer(behaviour: Behaviour) {
  server.override(path, behaviour);
  return osvApi(fetcher).recordsOf(asked);
}

it('asks for a package whatever its version, page by page', async () => {
  const records = await answer(
    pages({
      '': { vulns: [{ id: 'A-1' }], next_page_token: 'p2' },
      p2: { next_page_token: 'p3' },
      p3: { vulns: [{ id: 'A-2' }], next_page_token: '' },
    }),
  );
  expect(records.map(({ id }) => id)).toEqual(['A-1', 'A-2']);
  const question = { package: { name: 'postgresql-17', ecosystem: 'Debian:13' } };
  expect(questions).toEqual([question, { ...question, page_token: 'p2' }, { ...question, page_token: 'p3' }]);
});

it('takes an empty answer for what it is', async () => {
  expect(await answer(pages({ '': {} }))).toEqual([]);
});

it.each([
  [
    'pages without an end',
    pages({ '': { next_page_token: 'x' }, x: { next_page_token: 'x' } }),
    'LIMIT_EXCEEDED',
  ],
  ['what is not JSON', substitute(Buffer.from('<html>')), 'EVIDENCE_MALFORMED'],
  ["another service's answer", pages({ '': { message: 'welcome' } }), 'EVIDENCE_MALFORMED'],
  ['a record without an id', pages({ '': { vulns: [{}] } }), 'EVIDENCE_MALFORMED'],
  ['more than OSV sends', substitute(Buffer.alloc((32 << 20) + 1, ' ')), 'TOO_LARGE'],
  ['a question that it refuses', refuse(400), 'HTTP_STATUS'],
  ['a service that is down', refuse(503), 'HTTP_STATUS'],
])('refuses %s', async (_, behaviour, code) => {
  await expect(answer(behaviour)).rejects.toMatchObject({ code });
});

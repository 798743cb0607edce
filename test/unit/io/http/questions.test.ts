import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TransportError } from '../../../../src/model/errors.ts';
import { startFaultServer, status, type Behaviour, type FaultServer } from '../../../support/fault-server.ts';
import { quickFetcher, type QuickFetcher } from '../../../support/quick-fetcher.ts';

let server: FaultServer;
let fetcher: QuickFetcher;

beforeEach(async () => {
  server = await startFaultServer();
  fetcher = quickFetcher();
});

afterEach(async () => {
  await fetcher.close();
  await server.close();
});

const body = Buffer.from('{"entries":[]}');

function ask(path: string, maxBytes = 1000) {
  return fetcher.post({ url: `${server.origin}${path}`, contentType: 'application/json', body, maxBytes });
}

/** Answers with the method and the body it was sent. */
const echo: Behaviour = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.end(
      `${request.method ?? ''} ${request.headers['content-type'] ?? ''} ${Buffer.concat(chunks).toString()}`,
    );
  });
};

const redirect: Behaviour = (_, response) => {
  response.writeHead(307, { location: '/elsewhere' }).end();
};

const refusal = (code: string) => expect.objectContaining({ code, exitCode: 4 }) as TransportError;

describe('post', () => {
  it('sends the question and returns the answer', async () => {
    server.on('/q', echo);
    const { bytes } = await ask('/q');
    expect(Buffer.from(bytes).toString()).toBe('POST application/json {"entries":[]}');
  });

  it('asks again where the answer was lost, and not where it was a refusal', async () => {
    server.on('/q', status(503), echo);
    expect(Buffer.from((await ask('/q')).bytes).toString()).toContain('entries');
    server.on('/no', status(400), echo);
    await expect(ask('/no')).rejects.toThrow(refusal('HTTP_STATUS'));
    expect(server.requestsTo('/no')).toHaveLength(1);
  });

  it('does not send a question on to somebody else', async () => {
    server.on('/q', redirect);
    server.on('/elsewhere', echo);
    await expect(ask('/q')).rejects.toThrow(refusal('REDIRECT_REFUSED'));
    expect(server.requestsTo('/elsewhere')).toEqual([]);
  });

  it('cuts an answer that is too long', async () => {
    server.on('/q', (_, response) => void response.end('x'.repeat(1001)));
    await expect(ask('/q')).rejects.toThrow(refusal('TOO_LARGE'));
  });

  it('names its method in errors', async () => {
    await expect(ask('/missing')).rejects.toThrow(/^POST /);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TransportError } from '../../../../src/model/errors.ts';
import * as fault from '../../../support/fault-server.ts';
import type { Behaviour, FaultServer } from '../../../support/fault-server.ts';
import { impatient, quickFetcher } from '../../../support/quick-fetcher.ts';
import { refusal } from '../../../support/refusals.ts';

const text = Buffer.from('Origin: Debian\n'.repeat(100));
const get = { maxBytes: 10_000 };

let server: FaultServer;
beforeAll(async () => void (server = await fault.startFaultServer()));
afterAll(() => server.close());

/** Puts behaviours under a fresh path and returns its URL. */
let paths = 0;
function serve(...behaviours: Behaviour[]): string {
  const path = `/${paths++}`;
  server.on(path, ...behaviours);
  return `${server.origin}${path}`;
}
const seen = (url: string) => server.requestsTo(new URL(url).pathname);

describe.concurrent('broken connections', () => {
  const fetcher = quickFetcher({ timeouts: impatient });
  afterAll(() => fetcher.close());

  it.each([
    ['hung up', fault.hungUp()],
    ['silent', fault.silent()],
    ['stalled', fault.stalled(text, 10)],
    ['cut short', fault.truncated(text, 10)],
    ['trickling', fault.trickling(text)],
    ['not HTTP', fault.verbatim('hello\r\n\r\n')],
    ['not HTTP in its chunks', fault.verbatim('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n')],
    ['of two lengths', fault.verbatim('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab')],
  ])('tries again when %s', async (_how, behaviour) => {
    const url = serve(behaviour, fault.body(text));
    expect((await fetcher.get({ url, ...get })).bytes).toHaveLength(text.length);
    expect(seen(url)).toHaveLength(2);
  });

  it.each([
    ['UNREACHABLE', fault.hungUp()],
    ['TIMED_OUT', fault.silent()],
    ['TIMED_OUT', fault.stalled(text, 10)],
    ['TIMED_OUT', fault.trickling(text)],
    ['TRUNCATED', fault.truncated(text, 10)],
    ['UNREACHABLE', fault.verbatim('hello\r\n\r\n')],
    ['TRUNCATED', fault.verbatim('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\nzz\r\n')],
  ] as const)('ends in %s where it goes on', async (code, behaviour) => {
    const brief = quickFetcher({ timeouts: impatient, retry: { attempts: 2 } });
    const url = serve(behaviour);
    const error = await refusal(brief.get({ url, ...get }), TransportError, code);
    await brief.close();
    expect(error.retryable).toBe(true);
    expect(seen(url)).toHaveLength(2);
  });

  it.each([
    ['UNREACHABLE', fault.hinting()],
    ['TOO_LARGE', fault.status(200, { 'x-large': 'x'.repeat(40_000) })],
  ] as const)('ends in %s at once where there is no use in going on', async (code, behaviour) => {
    const url = serve(behaviour);
    expect((await refusal(fetcher.get({ url, ...get }), TransportError, code)).retryable).toBe(false);
    expect(seen(url)).toHaveLength(1);
  });

  it('says UNREACHABLE where nobody listens', async () => {
    const gone = await fault.startFaultServer();
    await gone.close();
    const error = await refusal(fetcher.get({ url: gone.origin, ...get }), TransportError, 'UNREACHABLE');
    expect(error.context).toMatchObject({ cause: 'ECONNREFUSED', attempts: 5 });
  });
});

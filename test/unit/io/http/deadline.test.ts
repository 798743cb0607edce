import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDeadline } from '../../../../src/io/http/deadline.ts';
import { defaultTimeouts, type RetryPolicy } from '../../../../src/io/http/options.ts';
import { TransportError } from '../../../../src/model/errors.ts';
import * as fault from '../../../support/fault-server.ts';
import type { Behaviour, FaultServer } from '../../../support/fault-server.ts';
import { memorySink } from '../../../support/memory-sink.ts';
import { quickFetcher } from '../../../support/quick-fetcher.ts';
import { refusal } from '../../../support/refusals.ts';

const content = Buffer.alloc(64_000, 'assay');

let server: FaultServer;
beforeAll(async () => void (server = await fault.startFaultServer()));
afterAll(() => server.close());

/** Sends it in pieces of this size, one after another has been taken. */
function inPieces(pieceBytes: number, headers: Record<string, string> = {}): Behaviour {
  return (_request, response) => {
    response.writeHead(200, headers);
    const send = (at: number): void => {
      if (at >= content.length) return void response.end();
      response.write(content.subarray(at, at + pieceBytes), () => setTimeout(send, 5, at + pieceBytes));
    };
    send(0);
  };
}

/** A fetcher to whom each look at the clock takes so long. */
function slowFetcher(msALook: number, retry: Partial<RetryPolicy> = {}) {
  let ms = 0;
  const timing = {
    now: () => 0,
    elapsedMs: () => (ms += msALook),
    sleep: () => Promise.resolve(),
    random: () => 0.5,
  };
  return quickFetcher({ retry, timing });
}

let paths = 0;
function serve(...behaviours: Behaviour[]): string {
  const path = `/deadline/${paths++}`;
  server.on(path, ...behaviours);
  return `${server.origin}${path}`;
}

describe('startDeadline', () => {
  const target = { asked: new URL('https://h/x'), reached: new URL('https://h/x') };

  it.each([
    [0, 600_000],
    [16_000, 601_000],
    [1_600_000_000, 100_600_000],
  ])('allows ten minutes, and a second for every 16 kB: %i bytes, %i ms', (sizeBytes, limitMs) => {
    let ms = 5;
    const deadline = startDeadline(defaultTimeouts, { elapsedMs: () => ms });
    ms += limitMs;
    expect(deadline.overdue(target, sizeBytes)).toBeUndefined();
    expect(deadline.overdue(target, sizeBytes, 1)).toMatchObject({ code: 'TIMED_OUT', retryable: false });
    ms += 1;
    const error = deadline.overdue(target, sizeBytes);
    expect(error).toBeInstanceOf(TransportError);
    expect(error?.message).toContain(`within ${limitMs / 1000} s, the time allowed for ${sizeBytes} bytes`);
    expect(error?.context).toMatchObject({ url: 'https://h/x', sizeBytes, limitMs });
  });
});

describe('a body that never stalls, and never ends', () => {
  it('ends a download in TIMED_OUT, without another attempt', async () => {
    const fetcher = slowFetcher(100_000);
    const url = serve(inPieces(2000, { 'content-length': '64000' }));
    const sink = memorySink();
    const error = await refusal(
      fetcher.download({ url, sizeBytes: content.length }, sink),
      TransportError,
      'TIMED_OUT',
    );
    await fetcher.close();
    expect(error).toMatchObject({ retryable: false, context: { sizeBytes: 64_000, limitMs: 604_000 } });
    // What came is there to be gone on from.
    expect(sink.bytes.length).toBeGreaterThan(0);
    expect(content.subarray(0, sink.bytes.length).equals(sink.bytes)).toBe(true);
    expect(server.requestsTo(new URL(url).pathname)).toHaveLength(1);
  });

  it.each([
    ['by its length', { 'content-length': '64000' }, 604_000],
    ['by the cap where it has none', {}, 610_000],
  ])('ends in TIMED_OUT in memory, too: %s', async (_how, headers, limitMs) => {
    const fetcher = slowFetcher(100_000);
    const error = await refusal(
      fetcher.get({ url: serve(inPieces(2000, headers)), maxBytes: 160_000 }),
      TransportError,
      'TIMED_OUT',
    );
    await fetcher.close();
    expect(error).toMatchObject({ retryable: false, context: { limitMs } });
  });

  it('counts further attempts and their pauses', async () => {
    const fetcher = slowFetcher(10_000, { attempts: 10_000, totalMs: Infinity });
    const url = serve(fault.status(503));
    for (const action of [
      () => fetcher.download({ url, sizeBytes: 1 }, memorySink()),
      () => fetcher.get({ url, maxBytes: 1 }),
    ]) {
      const error = await refusal(action(), TransportError, 'TIMED_OUT');
      expect(error).toMatchObject({ retryable: false, context: { limitMs: 600_000.0625 } });
    }
    await fetcher.close();
    expect(server.requestsTo(new URL(url).pathname).length).toBeGreaterThan(10);
  });

  it('is taken as long as it keeps the pace', async () => {
    const fetcher = slowFetcher(1000);
    const sink = memorySink();
    await fetcher.download({ url: serve(inPieces(2000)), sizeBytes: content.length }, sink);
    await fetcher.close();
    expect(sink.bytes.equals(content)).toBe(true);
  });
});

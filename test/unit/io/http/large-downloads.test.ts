/**
 * Bodies of many reads, through sockets that are read in large pieces: what arrives is what was sent, however it was
 * cut on the way, and however slow the one who takes it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ByteSink } from '../../../../src/model/ports.ts';
import * as fault from '../../../support/fault-server.ts';
import type { Behaviour, FaultServer } from '../../../support/fault-server.ts';
import { quickFetcher } from '../../../support/quick-fetcher.ts';

const content = randomBytes(6_000_001);
const sizeBytes = content.length;
const hexOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let plain: FaultServer;
let secure: FaultServer;
const fetcher = quickFetcher({ ca: fault.loopbackCertificate });
beforeAll(async () => {
  plain = await fault.startFaultServer();
  secure = await fault.startFaultServer({ tls: true });
});
afterAll(() => Promise.all([plain.close(), secure.close(), fetcher.close()]));

/** Hashes what it is lent, when it has waited. */
function hashingSink(delayMs = 0): ByteSink & { hex(): string; readonly calls: number } {
  let hash = createHash('sha256');
  let calls = 0;
  return {
    async write(pieces) {
      calls++;
      if (delayMs > 0) await sleep(delayMs);
      for (const piece of pieces) hash.update(piece);
    },
    restart: () => Promise.resolve(void (hash = createHash('sha256'))),
    hex: () => hash.copy().digest('hex'),
    get calls() {
      return calls;
    },
  };
}

/** Writes of these sizes in turn, each on its own way. */
function inPieces(...sizes: readonly number[]): Behaviour {
  return (_request, response) => {
    response.writeHead(200, { 'content-length': sizeBytes });
    const send = (at: number, turn: number): void => {
      if (at >= sizeBytes) return void response.end();
      const end = Math.min(sizeBytes, at + (sizes[turn % sizes.length] ?? 1));
      response.write(content.subarray(at, end), () => setImmediate(send, end, turn + 1));
    };
    send(0, 0);
  };
}

describe.each([
  ['plain HTTP', () => plain],
  ['HTTPS', () => secure],
])('over %s', (_scheme, server) => {
  it.each([
    ['whole', fault.file(content)],
    ['chunked', fault.chunked(content)],
    ['in pieces of all sizes', inPieces(100, 262_144, 1, 70_000, 262_143, 524_289)],
  ])('a body that is sent %s arrives as it is', async (how, behaviour) => {
    server().on(`/${encodeURI(how)}`, behaviour);
    const sink = hashingSink();
    await fetcher.download({ url: `${server().origin}/${encodeURI(how)}`, sizeBytes }, sink);
    expect(sink.hex()).toBe(hexOf(content));
  });

  it('several at once do not mix, though who takes them is slow', async () => {
    const bodies = Array.from({ length: 6 }, () => randomBytes(3_000_000));
    const sinks = await Promise.all(
      bodies.map(async (body, at) => {
        server().on(`/several/${at}`, fault.file(body));
        const sink = hashingSink(10);
        await fetcher.download({ url: `${server().origin}/several/${at}`, sizeBytes: body.length }, sink);
        return sink;
      }),
    );
    expect(sinks.map((sink) => sink.hex())).toEqual(bodies.map(hexOf));
  });

  it('a connection serves one after the other', async () => {
    server().on('/again', fault.file(content));
    const one = quickFetcher({
      ca: fault.loopbackCertificate,
      maxConnectionsPerOrigin: 1,
    });
    for (let round = 0; round < 3; round++) {
      const sink = hashingSink();
      await one.download({ url: `${server().origin}/again`, sizeBytes }, sink);
      expect(sink.hex()).toBe(hexOf(content));
    }
    await one.close();
  });
});

it('the sink is asked once for about a mebibyte', async () => {
  plain.on('/calls', fault.file(content));
  const sink = hashingSink();
  await fetcher.download({ url: `${plain.origin}/calls`, sizeBytes }, sink);
  expect(sink.calls).toBeLessThanOrEqual(Math.ceil(sizeBytes / 1024 ** 2) + 1);
});

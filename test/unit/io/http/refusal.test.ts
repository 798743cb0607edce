import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TransportError } from '../../../../src/model/errors.ts';
import * as fault from '../../../support/fault-server.ts';
import type { Behaviour, FaultServer } from '../../../support/fault-server.ts';
import { memorySink } from '../../../support/memory-sink.ts';
import { quickFetcher, startMs, type QuickFetcher } from '../../../support/quick-fetcher.ts';
import { refusal } from '../../../support/refusals.ts';

let server: FaultServer;
let fetcher: QuickFetcher;

beforeEach(async () => {
  server = await fault.startFaultServer();
  fetcher = quickFetcher({ mirrors: [{ origin: 'https://api.github.com', url: `${server.origin}/api` }] });
});

afterEach(async () => {
  await fetcher.close();
  await server.close();
});

const url = 'https://api.github.com/list';
const get = (coding: 'raw' | 'decoded' = 'decoded') => fetcher.get({ url, maxBytes: 1000, coding });
const left = { 'x-ratelimit-remaining': '4000', 'x-ratelimit-reset': String(startMs / 1000 + 1800) };

function says(
  code: number,
  message: unknown,
  headers: Record<string, string> = {},
  more: Record<string, unknown> = {},
): Behaviour {
  const bytes = Buffer.from(JSON.stringify({ message, ...more }));
  return (_request, response) => response.writeHead(code, { ...left, ...headers }).end(bytes);
}

const secondary = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
const abuse =
  'You have triggered an abuse detection mechanism. Please wait a few minutes before you try again.';
const saml = 'Resource protected by organization SAML enforcement. You must grant your token access.';

describe('a refusal that is a rate limit', () => {
  it.each([
    ['secondary', says(403, secondary)],
    ['of old', says(403, abuse)],
    ['primary, by its text', says(403, 'API rate limit exceeded for 192.0.2.1. (But here is the good news)')],
    [
      'by the page that it names',
      says(403, 'Forbidden', {}, { documentation_url: 'https://docs.github.com/rest#secondary-rate-limits' }),
    ],
    ['by its headers', says(403, 'Forbidden', { 'x-ratelimit-remaining': '0' })],
    ['by its headers, as others write them', fault.status(403, { 'ratelimit-remaining': '0;w=60' })],
    ['by Retry-After', says(403, 'Forbidden', { 'retry-after': '60' })],
  ])('is RATE_LIMITED, and is not tried again: %s', async (_how, behaviour) => {
    server.on('/api/list', behaviour);
    const error = await refusal(get(), TransportError, 'RATE_LIMITED');
    expect(error.context['status']).toBe(403);
    expect(server.requests).toHaveLength(1);
  });

  it('says what the server says and how long to wait, and names no time that was not given', async () => {
    server.on('/api/list', says(403, secondary));
    const error = await refusal(get(), TransportError, 'RATE_LIMITED');
    expect(error.message).toContain(`"${secondary}": rate limit reached`);
    expect(error.message).not.toContain('until');
    expect(error.hint).toContain('after a minute at least');
    expect(error.hint).not.toContain('GITHUB_TOKEN');
    expect(error.context['resetAt']).toBeUndefined();
  });

  it('names the time where it is given', async () => {
    server.on('/api/list', says(403, secondary, { 'retry-after': '90' }));
    const error = await refusal(get(), TransportError, 'RATE_LIMITED');
    expect(error.context['resetAt']).toBe(new Date(startMs + 90_000).toISOString());
    expect(error.hint).toContain('2026-01-02T03:05:35');
  });

  it('is read out of a compressed body, too, and in a download', async () => {
    const zipped = gzipSync(JSON.stringify({ message: secondary }));
    server.on('/api/list', (_request, response) =>
      response.writeHead(403, { 'content-encoding': 'gzip' }).end(zipped),
    );
    await refusal(get(), TransportError, 'RATE_LIMITED');
    await refusal(fetcher.download({ url, sizeBytes: 9 }, memorySink()), TransportError, 'RATE_LIMITED');
    await refusal(fetcher.describe({ url }), TransportError, 'RATE_LIMITED');
  });

  it('by 429 is tried again after the minute that GitHub asks for', async () => {
    server.on('/api/list', says(429, secondary), fault.body('[]'));
    expect((await get()).bytes).toHaveLength(2);
    expect(fetcher.retries.map(({ delayMs }) => delayMs)).toEqual([60_000]);
  });
});

describe('a refusal that is none', () => {
  it.each([
    ['SAML', says(403, saml)],
    ['SAML, with nothing left', says(403, saml, { 'x-ratelimit-remaining': '0' })],
    ['SSO', says(403, 'Although you appear to have the correct credentials, SSO is required')],
    ['rights', says(403, 'Resource not accessible by integration')],
    [
      'rights, with nothing left',
      says(403, 'Resource not accessible by personal access token', { 'x-ratelimit-remaining': '0' }),
    ],
    ['a ban', says(403, 'Repository access blocked for abuse of the terms of service')],
    ['no text', says(403, 42)],
    [
      'no JSON',
      (_request, response) => response.writeHead(403, left).end('<Error>secondary rate limit</Error>'),
    ],
    ['a text that is too long', says(403, secondary + ' '.repeat(20_000))],
    [
      'a body without end',
      (_request, response) => {
        response.writeHead(403);
        response.write('{');
      },
    ],
    [
      'a body that breaks',
      (_request, response) => {
        response.writeHead(403, { 'content-length': '500' });
        response.write('{', () => response.socket?.destroy());
      },
    ],
    ['a text that is found', says(404, secondary)],
  ] satisfies readonly (readonly [string, Behaviour])[])('stays what it is: %s', async (_how, behaviour) => {
    server.on('/api/list', behaviour);
    const error = (await get().catch((thrown: unknown) => thrown)) as TransportError;
    expect(error).toBeInstanceOf(TransportError);
    expect(error.code).not.toBe('RATE_LIMITED');
    expect(error.retryable).toBe(false);
    expect(server.requests).toHaveLength(1);
  });

  it('is told in the server’s words, and not in all of them', async () => {
    server.on('/api/list', says(403, `${saml}${'!'.repeat(5000)}\u001b[31m`));
    const error = await refusal(get(), TransportError, 'HTTP_STATUS');
    expect(error.message).toContain('403 Forbidden, "Resource protected by organization SAML');
    expect(error.message.length).toBeLessThan(600);
  });
});

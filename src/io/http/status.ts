/**
 * What a status code other than the wanted one means (RFC 9110, section 15; RFC 6585; GitHub's
 * rate-limit headers), and how long the server asks to wait.
 */
import type * as Http from 'node:http';
import { createRequire } from 'node:module';
import { TransportError } from '../../model/errors.ts';
import type { TransportDetails } from '../../model/errors.ts';
import { describeRequest, targetContext } from './response.ts';
import type { Response } from './response.ts';
import { parseHttpDate } from './validators.ts';

/** By `import` it would cost 50 ms at every start: Node's `http` then loads all that it exports, its WebSocket too. */
const { STATUS_CODES } = createRequire(import.meta.url)('node:http') as typeof Http;

/** A server that asks for more is as good as down; it also keeps hostile numbers inside what Date holds. */
const longestWaitMs = 365 * 24 * 3600 * 1000;

/** The error for an unwanted status. `nowMs`: the machine's time, for times of day in headers. */
export function statusFailure(response: Response, nowMs: number): TransportError {
  const { status } = response;
  const retryAfterMs = serverWaitMs(response, nowMs);
  const context = { ...targetContext(response), status };
  const found = `expected status 200, found ${status} ${STATUS_CODES[status] ?? '(unknown)'}`;
  const message = `${describeRequest(response)}: ${found}`;
  if (status === 404 || status === 410) {
    return new TransportError('NOT_FOUND', message, {
      hint: 'Check the version and the URL: upstream may have removed or renamed the file.',
      context,
    });
  }
  if (isRateLimited(response)) {
    const until = retryAfterMs === undefined ? undefined : new Date(nowMs + retryAfterMs).toISOString();
    return new TransportError(
      'RATE_LIMITED',
      `${message}: rate limit reached${until ? `, until ${until}` : ''}`,
      {
        hint: rateLimitHint(response, until),
        context: { ...context, resetAt: until },
        retryable: status === 429,
        retryAfterMs,
      },
    );
  }
  const retryable = status === 408 || status === 425 || (status >= 500 && status <= 599);
  const challenge = status === 401 ? challengeOf(response) : undefined;
  const details: TransportDetails = { hint: statusHint(status), context, retryable, challenge };
  return new TransportError('HTTP_STATUS', message, retryable ? { ...details, retryAfterMs } : details);
}

/** How long from `nowMs` the server asks to wait: Retry-After (seconds or a date), else GitHub's reset time. */
export function serverWaitMs({ headers }: Pick<Response, 'headers'>, nowMs: number): number | undefined {
  const asked = retryAfterMs(headers['retry-after'], nowMs) ?? resetMs(headers, nowMs);
  return asked === undefined ? undefined : Math.min(Math.max(asked, 0), longestWaitMs);
}

function retryAfterMs(value: unknown, nowMs: number): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const atMs = parseHttpDate(value);
  return atMs === undefined ? undefined : atMs - nowMs;
}

function resetMs(headers: Response['headers'], nowMs: number): number | undefined {
  const reset = headers['x-ratelimit-reset'];
  if (headers['x-ratelimit-remaining'] !== '0' || typeof reset !== 'string') return undefined;
  return /^\d+$/.test(reset) ? Number(reset) * 1000 - nowMs : undefined;
}

/** Another origin's is none: what it asks for is not to be answered with what is meant for the one that was asked. */
function challengeOf({ headers, isElsewhere = false }: Response): string | undefined {
  const value = headers['www-authenticate'];
  return isElsewhere || value === undefined ? undefined : [value].flat().join(', ');
}

function isRateLimited({ status, headers }: Response): boolean {
  if (status === 429) return true;
  return status === 403 && (headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined);
}

function rateLimitHint({ asked }: Response, until: string | undefined): string {
  const wait = until === undefined ? 'Try again later' : `Try again after ${until}`;
  if (asked.origin !== 'https://api.github.com') return `${wait}.`;
  return `${wait}, or set GITHUB_TOKEN: GitHub allows 60 requests an hour without a token.`;
}

function statusHint(status: number): string | undefined {
  if (status === 401 || status === 403)
    return 'The server refuses access: check the token, the mirror or the URL.';
  if (status === 407) return 'The proxy asks for a user name and password: put them into its URL.';
  return undefined;
}

/**
 * What a status code other than the wanted one means (RFC 9110, section 15; RFC 6585; rate
 * limits as GitHub and others write them), and how long the server asks to wait.
 */
import type * as Http from 'node:http';
import { createRequire } from 'node:module';
import { TransportError } from '../../model/errors.ts';
import type { TransportDetails } from '../../model/errors.ts';
import { readRefusal, type Refusal } from './refusal.ts';
import { describeRequest, discard, targetContext } from './response.ts';
import type { Response } from './response.ts';
import { parseHttpDate } from './validators.ts';

/** By `import` it would cost 50 ms at every start: Node's `http` then loads all that it exports, its WebSocket too. */
const requireHttp = createRequire(import.meta.url);

function reasonOf(status: number): string {
  return (requireHttp('node:http') as typeof Http).STATUS_CODES[status] ?? '(unknown)';
}

/** What GitHub's documentation asks for where the answer names no time. */
const secondaryWaitMs = 60_000;

/** Of what a server says, in characters. */
const maxShownLength = 300;

/** Of what these mean, the body has something to say. */
const telling: ReadonlySet<number> = new Set([400, 403, 405, 409, 413, 422, 429]);

/** A server that asks for more is as good as down; it also keeps hostile numbers inside what Date holds. */
const longestWaitMs = 365 * 24 * 3600 * 1000;

/**
 * The error for an unwanted status. Takes the body: what 403 and 429 mean can be in it. `nowMs`: the machine's time, for
 * times of day in headers. `expected`: the statuses, for the message.
 */
export async function statusFailure(
  response: Response,
  nowMs: number,
  expected = '200',
): Promise<TransportError> {
  const { status } = response;
  const mayTell = telling.has(status);
  const refusal = mayTell ? await readRefusal(response) : undefined;
  if (!mayTell) discard(response);
  const context = { ...targetContext(response), status };
  const said = refusal === undefined ? '' : `, "${refusal.message.slice(0, maxShownLength)}"`;
  const found = `expected status ${expected}, found ${status} ${reasonOf(status)}${said}`;
  const message = `${describeRequest(response)}: ${found}`;
  if (status === 404 || status === 410) {
    return new TransportError('NOT_FOUND', message, {
      hint: 'Check the version and the URL: upstream may have removed or renamed the file.',
      context,
    });
  }
  if (isRateLimited(response, refusal)) return rateLimited(response, refusal, { message, context, nowMs });
  const retryable = status === 408 || status === 425 || (status >= 500 && status <= 599);
  const challenge = status === 401 ? challengeOf(response) : undefined;
  const details: TransportDetails = { hint: statusHint(status), context, retryable, challenge };
  const retryAfterMs = retryable ? serverWaitMs(response, nowMs) : undefined;
  return new TransportError('HTTP_STATUS', message, retryable ? { ...details, retryAfterMs } : details);
}

function rateLimited(
  response: Response,
  refusal: Refusal | undefined,
  known: { readonly message: string; readonly context: Record<string, unknown>; readonly nowMs: number },
): TransportError {
  const askedMs = serverWaitMs(response, known.nowMs);
  const until = askedMs === undefined ? undefined : new Date(known.nowMs + askedMs).toISOString();
  const isSecondary = refusal?.isRateLimit === true && !isUsedUp(response.headers);
  return new TransportError(
    'RATE_LIMITED',
    `${known.message}: rate limit reached${until ? `, until ${until}` : ''}`,
    {
      hint: rateLimitHint(response, until, isSecondary),
      context: { ...known.context, resetAt: until },
      retryable: response.status === 429,
      retryAfterMs: askedMs ?? (isSecondary ? secondaryWaitMs : undefined),
    },
  );
}

/** How long from `nowMs` the server asks to wait: Retry-After (seconds or a date), else when its allowance is renewed. */
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

/** GitHub's names, others', and those of draft-ietf-httpapi-ratelimit-headers. */
const allowances = ['x-ratelimit', 'x-rate-limit', 'ratelimit'];

/** Is nothing left of any allowance? A registry writes `0;w=21600`: within a window. */
function isUsedUp(headers: Response['headers']): boolean {
  return allowances.some((name) => /^0(?:;|$)/.test(String(headers[`${name}-remaining`] ?? '')));
}

/** A time of day where the number is one (GitHub, GitLab), else seconds from now (the draft). */
function resetMs(headers: Response['headers'], nowMs: number): number | undefined {
  if (!isUsedUp(headers)) return undefined;
  const reset = allowances.map((name) => headers[`${name}-reset`]).find((value) => value !== undefined);
  if (typeof reset !== 'string' || !/^\d+$/.test(reset)) return undefined;
  const seconds = Number(reset);
  return seconds * 1000 - (seconds > 1e9 ? nowMs : 0);
}

/** Another origin's is none: what it asks for is not to be answered with what is meant for the one that was asked. */
function challengeOf({ headers, isElsewhere }: Response): string | undefined {
  const value = headers['www-authenticate'];
  return isElsewhere || value === undefined ? undefined : [value].flat().join(', ');
}

function isRateLimited({ status, headers }: Response, refusal: Refusal | undefined): boolean {
  if (status === 429) return true;
  // Of an answer about rights, the headers tell what else is the case.
  if (status !== 403 || refusal?.isAboutRights === true) return false;
  return refusal?.isRateLimit === true || isUsedUp(headers) || headers['retry-after'] !== undefined;
}

function rateLimitHint({ asked }: Response, until: string | undefined, isSecondary: boolean): string {
  const wait = until === undefined ? 'Try again later' : `Try again after ${until}`;
  if (asked.origin !== 'https://api.github.com') return `${wait}.`;
  if (isSecondary) {
    return `${wait}, after a minute at least: too much was asked at once, by whoever shares the address or the token.`;
  }
  return `${wait}, or set GITHUB_TOKEN: GitHub allows 60 requests an hour without a token.`;
}

function statusHint(status: number): string | undefined {
  if (status === 401 || status === 403)
    return 'The server refuses access: check the token, the mirror or the URL.';
  if (status === 407) return 'The proxy asks for a user name and password: put them into its URL.';
  return undefined;
}

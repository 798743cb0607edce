/**
 * What a server says in the body of a refusal, where its status and headers leave open what it refuses. GitHub's
 * secondary rate limits are 403 or 429 with nothing but a text (REST API documentation, "Rate limits for the REST API").
 */
import { readBody } from './body.ts';
import { cut, type Response } from './response.ts';

/** The server's own account, of JSON with a `message`; nothing of it is vouched for. */
export interface Refusal {
  readonly message: string;
  readonly isRateLimit: boolean;
  /** It is about rights: waiting will not help. */
  readonly isAboutRights: boolean;
}

const maxBytes = 16 * 1024;
const longestWaitMs = 2000;

const rateLimit = /secondary[ -]rate[ -]limit|abuse[ -](?:detection|rate[ -]limit)|rate limit exceeded/i;
const rights = /\b(?:SAML|SSO)\b|resource not accessible/i;

/** Reads the body, or lets go of it: undefined where it is not such JSON, too long, or too slow. Never throws. */
export async function readRefusal(response: Response): Promise<Refusal | undefined> {
  const tooSlow = setTimeout(() => {
    cut(response);
  }, longestWaitMs);
  try {
    const bytes = await readBody(response, maxBytes, { overdue: () => undefined });
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    const message = textOf(value, 'message') ?? textOf(firstError(value), 'message');
    if (message === undefined) return undefined;
    const page = textOf(value, 'documentation_url') ?? '';
    const isAboutRights = rights.test(message);
    return { message, isAboutRights, isRateLimit: !isAboutRights && rateLimit.test(`${message} ${page}`) };
  } catch {
    return undefined;
  } finally {
    clearTimeout(tooSlow);
  }
}

/** Of a registry (OCI distribution specification 1.1, "Error Codes"). */
function firstError(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('errors' in value)) return undefined;
  return Array.isArray(value.errors) ? (value.errors as readonly unknown[])[0] : undefined;
}

function textOf(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found = (value as Readonly<Record<string, unknown>>)[key];
  return typeof found === 'string' ? found : undefined;
}

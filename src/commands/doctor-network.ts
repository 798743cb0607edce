/** What `doctor` asks of others, once each and within seconds: the time, and what is left of GitHub's quota. */
import { z } from 'zod';
import type { Check } from '../formats/own/documents/machine.ts';
import { AssayError, TransportError } from '../model/errors.ts';
import type { Fetcher } from '../model/ports.ts';

const api = 'https://api.github.com';

const quotaSchema = z.object({
  resources: z.object({
    core: z.object({
      limit: z.int().min(0),
      remaining: z.int().min(0),
      reset: z
        .int()
        .min(0)
        .max(2 ** 40),
    }),
  }),
});

/** Seconds are no matter: what is signed is dated by the hour and the day. */
const tolerableMs = 5 * 60_000;

/** `signedAt`: the newest time that the anchors were made at: no clock before it is right. */
export function checkClock(now: Date, signedAt: Date | undefined, served: Date | undefined): Check {
  const name = 'clock';
  const found = now.toISOString();
  if (signedAt !== undefined && now < signedAt) {
    return {
      ...{
        name,
        verdict: 'wrong',
        found: `${found}, before ${signedAt.toISOString()}, when an anchor was made`,
      },
      meaning: 'Set it: what is judged by it would be called not yet valid.',
    };
  }
  if (served === undefined) {
    const meaning = "No server's is known. It is not before the newest key of the anchors was made.";
    return { name, verdict: 'ok', found, meaning };
  }
  const offMs = now.getTime() - served.getTime();
  const facts = { now: found, server: served.toISOString(), offSeconds: Math.round(offMs / 1000) };
  if (Math.abs(offMs) <= tolerableMs)
    return { name, verdict: 'ok', found: `${found}, as ${api} has it`, facts };
  const minutes = Math.round(Math.abs(offMs) / 60_000);
  return {
    ...{ name, verdict: 'wrong', facts },
    found: `${found}, ${String(minutes)} minutes ${offMs > 0 ? 'ahead of' : 'behind'} ${api}`,
    meaning:
      'Set it: by a clock that is behind, what has expired is believed; by one ahead, what is good is refused.',
  };
}

export interface Served {
  readonly check: Check;
  /** The server's clock, which nobody vouches for. */
  readonly date: Date | undefined;
}

export async function askForDate(fetcher: Fetcher): Promise<Served> {
  const name = 'network';
  try {
    // Whatever it says, it has said it now.
    const accepted = [200, 301, 302, 304, 401, 403, 404, 405, 429];
    const { headers } = await fetcher.exchange({ method: 'HEAD', url: `${api}/rate_limit`, accepted });
    const date = new Date(headers['date'] ?? '');
    return {
      check: { name, verdict: 'ok', found: `${api} answers` },
      date: Number.isNaN(date.getTime()) ? undefined : date,
    };
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    const meaning = 'Without a network: stage from a mirror or registry, verify --offline.';
    return { check: { name, verdict: 'note', found: error.message, meaning }, date: undefined };
  }
}

/** `variable`: where the token is; undefined for none. It goes into no text. */
export async function checkToken(fetcher: Fetcher | undefined, variable: string | undefined): Promise<Check> {
  const name = 'token';
  const whose = variable === undefined ? 'no token for GitHub' : `a token in ${variable}`;
  if (fetcher === undefined) return { name, verdict: 'ok', found: `${whose}, GitHub was not asked` };
  try {
    const asked = {
      url: `${api}/rate_limit`,
      maxBytes: 1 << 20,
      coding: 'decoded',
      withUserToken: true,
    } as const;
    const isSent = variable !== undefined && fetcher.hasTokenFor(asked.url);
    const { bytes } = await fetcher.get(asked);
    const quota = quotaSchema.safeParse(parsed(bytes));
    if (!quota.success)
      return { name, verdict: 'note', found: `${whose}, what GitHub says of it is no quota` };
    const { limit, remaining, reset } = quota.data.resources.core;
    const resets = new Date(reset * 1000).toISOString();
    const facts = { limit, remaining, resets, isSent };
    const found = `${whose}, ${String(remaining)} of ${String(limit)} requests are left until ${resets}`;
    if (remaining > 0 && isSent) return { name, verdict: 'ok', found, facts };
    const meaning =
      remaining > 0
        ? 'GITHUB_TOKEN with a token that may read nothing but what is public grants many more.'
        : 'Lists of releases are refused until then. A token, or another one, grants more.';
    return { name, verdict: 'note', found, meaning, facts };
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    const isRefused = error instanceof TransportError && error.context['status'] === 401;
    if (!isRefused)
      return {
        name,
        verdict: 'note',
        found: `${whose}, its quota could not be asked`,
        meaning: error.message,
      };
    const meaning = 'Every list of releases is refused with it: renew it, or unset the variable.';
    return { name, verdict: 'wrong', found: `${whose}, which GitHub does not take`, meaning };
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}

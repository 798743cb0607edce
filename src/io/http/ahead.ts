/**
 * Requests that are made before anybody asks: those of the last run that were answered "not modified", since what is new
 * leads on to others. The answers come while a run still reads its files. Who then asks the very same takes the answer,
 * and judges it as one that came later; an answer that nobody takes is of no use to anybody.
 *
 * What was asked is kept in one file of the cache, under a name that says what the run was given, and counts for the same
 * name alone. Anything amiss is as if nothing were kept.
 */
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { Digest } from '../../model/digest.ts';
import type { GetRequest } from '../../model/ports.ts';
import { writeCacheFile } from '../cache.ts';
import { readRegularFile } from '../files.ts';
import { unlessRefused } from '../lenient.ts';
import type { Exchange } from './response.ts';
import type { Remembered } from './revalidation.ts';

/** All of it that makes the request what it is. */
export type AheadRequest = Required<
  Pick<GetRequest, 'url' | 'maxBytes' | 'coding' | 'headers' | 'withUserToken'>
>;

/** What was remembered when it was asked, and what came; undefined where it has to be asked anew. */
export interface Begun {
  readonly remembered: Remembered;
  readonly answer: Promise<Exchange | undefined>;
}

export interface Ahead {
  /** Makes the requests that were kept under this name. Waits for no answer. */
  begin(name: Digest): Promise<void>;
  /**
   * A turn for what was asked: connections are made, answers are read, and followed where they lead. What a run does
   * meanwhile would leave none.
   */
  attend(): Promise<void>;
  /** Once, for each. */
  take(request: AheadRequest): Begun | undefined;
  /** It was answered: what was remembered is current. */
  note(request: AheadRequest): void;
  /** For the next run. */
  keep(name: Digest): Promise<void>;
}

const maxFileBytes = 256 * 1024;
const maxRequests = 256;

/** `ask`: makes one of the requests; undefined where nothing is remembered to ask about. May throw. */
export function openAhead(
  cacheDir: string,
  ask: (request: AheadRequest) => Promise<Begun | undefined>,
): Ahead {
  const file = join(cacheDir, 'ahead.json');
  const begun = new Map<string, Begun>();
  const noted = new Set<string>();
  let found: string | undefined;
  return {
    async begin(name) {
      const bytes = await unlessRefused(readRegularFile(file, maxFileBytes, 'refused'));
      found = bytes && Buffer.from(bytes).toString('utf8');
      const begin = async (request: AheadRequest) => {
        const one = await ask(request).catch(() => undefined);
        if (one !== undefined) begun.set(keyOf(request), one);
      };
      await Promise.all(parseKept(found, name).map(begin));
      // One to connect, one to ask.
      await turn();
      await turn();
    },
    attend: () => turn(),
    take(request) {
      const key = keyOf(request);
      const one = begun.get(key);
      begun.delete(key);
      return one;
    },
    note: (request) => void noted.add(keyOf(request)),
    async keep(name) {
      if (noted.size === 0 && found === undefined) return;
      const requests = [...noted].sort().slice(0, maxRequests);
      const text = `{"name":"${name}","requests":[${requests.join()}]}\n`;
      if (text !== found) await unlessRefused(writeCacheFile(file, Buffer.from(text)));
    },
  };
}

function keyOf({ url, maxBytes, coding, headers, withUserToken }: AheadRequest): string {
  return JSON.stringify({ url, maxBytes, coding, headers, withUserToken });
}

function parseKept(text: string | undefined, name: Digest): readonly AheadRequest[] {
  if (text === undefined) return [];
  try {
    const kept = JSON.parse(text) as { readonly name?: unknown; readonly requests?: unknown } | null;
    if (kept?.name !== name || !Array.isArray(kept.requests)) return [];
    return kept.requests.filter(isRequest).slice(0, maxRequests);
  } catch {
    return [];
  }
}

function isRequest(value: unknown): value is AheadRequest {
  if (typeof value !== 'object' || value === null) return false;
  const { url, maxBytes, coding, headers, withUserToken } = value as Record<string, unknown>;
  return (
    typeof url === 'string' &&
    Number.isSafeInteger(maxBytes) &&
    (coding === 'raw' || coding === 'decoded') &&
    typeof withUserToken === 'boolean' &&
    typeof headers === 'object' &&
    headers !== null &&
    Object.values(headers).every((text) => typeof text === 'string')
  );
}

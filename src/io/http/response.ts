/**
 * An answer on its way in, and what it was an answer to.
 */
import type { Dispatcher } from 'undici';
import type { Answered } from '../../model/ports.ts';
import { printableUrl } from '../../model/url-text.ts';
import { wireUrl } from '../../model/wire-url.ts';
import { atOrigin, type Mirror } from './mirrors.ts';

/** What a request was for, for messages. */
export interface Target {
  /** GET unless it says another. */
  readonly method?: 'HEAD' | 'POST' | 'PUT' | 'PATCH';
  /** At the origin, as the caller asked for it. */
  readonly asked: URL;
  /** What is shown of it, where that is not all: a server's own query may be signed. */
  readonly shown?: string;
  /** Where it got to: a mirror, or the end of a chain of redirects. */
  readonly reached: URL;
}

/** An answer whose body has not been read. Read it to the end, `discard` it or `cut` it. */
export interface Response extends Target {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: Dispatcher.ResponseData['body'];
  /** The time-out between two pieces of the body, in milliseconds. */
  readonly stallMs: number;
  /** By another origin than was asked: a redirect led there. */
  readonly isElsewhere: boolean;
  /** What stands in for the origin that answered. */
  readonly mirror: Mirror | undefined;
  readonly movedTo: Answered['movedTo'];
}

/** An answer, and its body; undefined where the server says that what was remembered is current. */
export interface Exchange {
  readonly response: Response;
  readonly bytes: Uint8Array | undefined;
}

/** A URL as the origin calls it, where its mirror answered, which may name itself in the links that it gives. */
export function originName({ mirror }: Pick<Response, 'mirror'>, url: URL): URL {
  return mirror === undefined ? url : atOrigin(url, mirror);
}

export function answeredBy(response: Response): Answered {
  const { reached, movedTo } = response;
  return { finalUrl: reached.href, originUrl: originName(response, reached).href, movedTo };
}

/** `GET https://origin/x`, or `GET https://origin/x (at http://mirror/x)` where that is somewhere else. */
export function describeRequest({ method, asked, shown = asked.href, reached }: Target): string {
  const elsewhere = wireUrl(asked).href === reached.href ? '' : ` (at ${printableUrl(reached)})`;
  return `${method ?? 'GET'} ${shown}${elsewhere}`;
}

/** The facts of a target as data. */
export function targetContext({ asked, shown = asked.href, reached }: Target): Record<string, unknown> {
  return { url: shown, reachedUrl: printableUrl(reached) };
}

/** Lets go of a body that nobody reads: a short one is drained to keep its connection, others are cut. */
export function discard({ body }: Pick<Response, 'body'>): void {
  body.dump({ limit: 16 * 1024, signal: AbortSignal.timeout(1000) }).catch(() => undefined);
}

/** Drops the connection at once, with whatever is still to come over it. */
export function cut({ body }: Response): void {
  body.on('error', () => undefined).destroy();
}

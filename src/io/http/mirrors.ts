/**
 * Mirrors: other places to fetch an origin's bytes from (`--mirror ORIGIN=URL`). A mirror is not trusted:
 * everything from it is judged by signature or digest, as it would be from the origin. There is no
 * falling back: when the mirror fails, the request fails.
 *
 * What nobody signs has no judge but the origin's TLS: it is refused through a mirror, unless the user answers for
 * the mirror (`--trusted-mirror`). That is all that such a mirror is trusted with.
 */
import { UsageError } from '../../model/errors.ts';
import { isLoopbackHost } from '../../model/loopback.ts';
import { wireUrl } from '../../model/wire-url.ts';
import { urlFault } from './url-rules.ts';

export interface Mirror {
  /** A prefix of origin URLs, normalised, without a trailing slash. */
  readonly origin: string;
  /** What stands in for it; plain HTTP is accepted. Normalised, without a trailing slash. */
  readonly url: string;
  /** What it says counts as the origin's own word. */
  readonly isTrusted?: true;
}

/** Reads `ORIGIN=URL`. `where`: what the text is called in messages, which do not show it. Throws UsageError `USAGE`. */
export function parseMirror(text: string, where = '--mirror'): Mirror {
  const at = text.indexOf('=');
  if (at < 0) throw mirrorFault(where, 'there is no "=" between the origin and the URL of the mirror');
  return checkMirror({ origin: text.slice(0, at), url: text.slice(at + 1) }, where);
}

/** Reads the URL of a mirror that stands in for all origins. Throws UsageError `USAGE`, which names the flag. */
export function parseMirrorBase(text: string, flag = '--mirror-base'): string {
  return checkPrefix(flag, 'base', text);
}

/** As `parseMirror`, for a mirror that the user answers for. Throws UsageError `USAGE`. */
export function parseTrustedMirror(text: string, where = '--trusted-mirror'): Mirror {
  return { ...parseMirror(text, where), isTrusted: true };
}

/** Checks and normalises both URLs. Throws UsageError `USAGE`. */
export function checkMirror({ origin, url, ...trust }: Mirror, where = 'a mirror'): Mirror {
  return { origin: checkPrefix(where, 'origin', origin), url: checkPrefix(where, 'mirror', url), ...trust };
}

/** The mirror for a URL: that with the longest matching origin, the first of equals. */
export function mirrorFor(url: URL, mirrors: readonly Mirror[]): Mirror | undefined {
  let best: Mirror | undefined;
  for (const mirror of mirrors) {
    const longer = best === undefined || mirror.origin.length > best.origin.length;
    if (longer && isUnder(url, mirror.origin)) best = mirror;
  }
  return best;
}

/** Where to ask for an origin's URL: at its mirror if there is one, else at the origin; as it is sent. */
export function throughMirror(url: URL, mirrors: readonly Mirror[]): URL {
  const mirror = mirrorFor(url, mirrors);
  return mirror === undefined ? wireUrl(url) : moved(url, mirror.origin, mirror.url);
}

/** Where a redirect is followed to: at its mirror if there is one, else just there, as the server that sent it wrote it. */
export function redirectedTo(target: URL, mirrors: readonly Mirror[]): URL {
  return mirrorFor(target, mirrors) === undefined ? target : throughMirror(target, mirrors);
}

/**
 * Does an answer for `url` count as the origin's own word? Only over TLS with the origin, or through a trusted mirror.
 * A redirect changes nothing about it: who may answer may send elsewhere, and never from HTTPS to plain HTTP.
 */
export function isTrustedOrigin(url: URL, mirrors: readonly Mirror[]): boolean {
  const mirror = mirrorFor(url, mirrors);
  return mirror === undefined ? url.protocol === 'https:' : mirror.isTrusted === true;
}

/** The other way round: the origin's URL of what a mirror calls by a URL of its own. */
export function atOrigin(url: URL, mirror: Mirror): URL {
  return isUnder(url, mirror.url) ? moved(url, mirror.url, mirror.origin) : url;
}

function moved(url: URL, from: string, to: string): URL {
  const rest = wireUrl(url).pathname.slice(basePath(new URL(from)).length);
  return wireUrl(new URL(`${to}${rest}${url.search}`));
}

/** True if `url` is `prefix` or lies below it: same scheme, host and port, whole path segments, `+` or `%2B` alike. */
export function isUnder(url: URL, prefix: string): boolean {
  const base = new URL(prefix);
  if (url.origin !== base.origin) return false;
  const { pathname } = wireUrl(url);
  const path = basePath(base);
  return pathname === path || pathname.startsWith(`${path}/`);
}

/** As it is sent. */
function basePath(url: URL): string {
  return wireUrl(url).pathname.replace(/\/+$/, '');
}

type Part = 'origin' | 'mirror' | 'base';

function checkPrefix(where: string, part: Part, text: string): string {
  const refuse = (fault: string) => mirrorFault(where, `the ${part} ${fault}`, part);
  const url = URL.parse(text);
  if (url === null) throw refuse('is not an absolute URL');
  // Before its scheme is named: of `user:password@host`, that is the user's name.
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw refuse('is not an https:// or http:// URL');
  // Also where a parser takes what stands before it for a host or path: `https://token/x@host`.
  if (part !== 'origin' && text.includes('@')) throw refuse('is refused: it carries credentials');
  const fault = urlFault(url, part !== 'origin' || isLoopbackHost(url.hostname));
  if (fault !== undefined) throw refuse(`is refused: ${fault}`);
  if (url.search !== '' || url.hash !== '') throw refuse('has a query or fragment');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Nothing of the text is shown: it may hold a password, wherever a user has put it. */
function mirrorFault(where: string, fault: string, part?: Part): UsageError {
  return new UsageError('USAGE', `${where}: ${fault}`, {
    hint:
      part === 'base'
        ? 'Write a URL without a user name or password, for example https://mirror.example/assay.'
        : 'Write ORIGIN=URL without a user name or password, for example ' +
          'https://ftp.debian.org/debian=https://mirror.example/debian. An @ of a path is %40.',
  });
}

/**
 * Mirrors: other places to fetch an origin's bytes from (`--mirror ORIGIN=URL`). A mirror is not trusted:
 * everything from it is judged by signature or digest, as it would be from the origin. There is no
 * falling back: when the mirror fails, the request fails.
 *
 * What nobody signs has no judge but the origin's TLS: it is refused through a mirror, unless the user answers for
 * the mirror (`--trusted-mirror`). That is all that such a mirror is trusted with.
 */
import { UsageError } from '../../model/errors.ts';
import { isLoopbackHost, urlFault } from './url-rules.ts';

export interface Mirror {
  /** A prefix of origin URLs, normalised, without a trailing slash. */
  readonly origin: string;
  /** What stands in for it; plain HTTP is accepted. Normalised, without a trailing slash. */
  readonly url: string;
  /** What it says counts as the origin's own word. */
  readonly isTrusted?: true;
}

/** Reads `ORIGIN=URL`. Throws UsageError `USAGE`. */
export function parseMirror(text: string): Mirror {
  const at = text.indexOf('=');
  if (at < 0) throw mirrorFault(text, 'there is no "=" between the origin and the URL of the mirror');
  return checkMirror({ origin: text.slice(0, at), url: text.slice(at + 1) });
}

/** Reads the URL of a mirror that stands in for all origins. Throws UsageError `USAGE`. */
export function parseMirrorBase(text: string): string {
  return checkPrefix(text, 'base', text);
}

/** As `parseMirror`, for a mirror that the user answers for. Throws UsageError `USAGE`. */
export function parseTrustedMirror(text: string): Mirror {
  return { ...parseMirror(text), isTrusted: true };
}

/** Checks and normalises both URLs. Throws UsageError `USAGE`. */
export function checkMirror({ origin, url, ...trust }: Mirror): Mirror {
  const whole = `${origin}=${url}`;
  return { origin: checkPrefix(whole, 'origin', origin), url: checkPrefix(whole, 'mirror', url), ...trust };
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

/** Where to ask for an origin's URL: at its mirror if there is one, else at the origin. */
export function throughMirror(url: URL, mirrors: readonly Mirror[]): URL {
  const mirror = mirrorFor(url, mirrors);
  if (mirror === undefined) return url;
  const rest = url.pathname.slice(basePath(new URL(mirror.origin)).length);
  return new URL(`${mirror.url}${rest}${url.search}`);
}

/**
 * Does an answer for `url` count as the origin's own word? Only over TLS with the origin, or through a trusted mirror.
 * A redirect changes nothing about it: who may answer may send elsewhere, and never from HTTPS to plain HTTP.
 */
export function isTrustedOrigin(url: URL, mirrors: readonly Mirror[]): boolean {
  const mirror = mirrorFor(url, mirrors);
  return mirror === undefined ? url.protocol === 'https:' : mirror.isTrusted === true;
}

/** True if `url` is `prefix` or lies below it: same scheme, host and port, whole path segments. */
function isUnder(url: URL, prefix: string): boolean {
  const base = new URL(prefix);
  if (url.origin !== base.origin) return false;
  const path = basePath(base);
  return url.pathname === path || url.pathname.startsWith(`${path}/`);
}

function basePath(url: URL): string {
  return url.pathname.replace(/\/+$/, '');
}

function checkPrefix(whole: string, what: 'origin' | 'mirror' | 'base', text: string): string {
  const url = URL.parse(text);
  if (url === null) throw mirrorFault(whole, `the ${what} is not an absolute URL`, what);
  const fault = urlFault(url, what !== 'origin' || isLoopbackHost(url.hostname));
  if (fault !== undefined) throw mirrorFault(whole, `the ${what} is refused: ${fault}`, what);
  if (url.search !== '' || url.hash !== '')
    throw mirrorFault(whole, `the ${what} has a query or fragment`, what);
  return `${url.origin}${basePath(url)}`;
}

/** Takes user names and passwords out of a text that is about to be shown. */
function redact(text: string): string {
  return text.replace(/\/\/[^/]*@/g, '//…@');
}

function mirrorFault(text: string, fault: string, what?: string): UsageError {
  return new UsageError('USAGE', `not a mirror: ${JSON.stringify(redact(text))}: ${fault}`, {
    hint:
      what === 'base'
        ? 'Write a URL, for example https://mirror.example/assay.'
        : 'Write ORIGIN=URL, for example https://ftp.debian.org/debian=https://mirror.example/debian.',
  });
}

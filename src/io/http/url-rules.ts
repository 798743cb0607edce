/**
 * Which URLs assay talks to: HTTPS, or plain HTTP to this very machine; never with credentials.
 *
 * URLs are compared after the WHATWG parser has normalised them: case of the host, default ports, dot
 * segments and backslashes are gone by then, so that what is checked is what is connected to.
 */
import { TransportError } from '../../model/errors.ts';
import { isLoopbackHost } from '../../model/loopback.ts';
import { printableUrlText } from '../../model/url-text.ts';

/**
 * The URL of an origin, as a catalogue or a manifest names it; untrusted text.
 * `mayBePlain`: for mirrors. Throws TransportError `URL_REFUSED`: not a URL, not HTTPS (or HTTP to loopback), or with
 * credentials.
 */
export function checkOriginUrl(text: string, mayBePlain = false): URL {
  const url = URL.parse(text);
  if (url === null) throw refused(printableUrlText(text), 'it is not an absolute URL');
  const fault = urlFault(url, mayBePlain || isLoopbackHost(url.hostname));
  if (fault !== undefined) throw refused(printableUrlText(text), fault);
  url.hash = '';
  return url;
}

/** What is wrong with a URL, or undefined. `mayBePlain`: whether plain HTTP is good enough for it. */
export function urlFault(url: URL, mayBePlain: boolean): string | undefined {
  if (url.username !== '' || url.password !== '') return 'it carries credentials';
  if (url.protocol === 'https:') return undefined;
  // Not which: of `user:password@host`, it is the user's name.
  if (url.protocol !== 'http:') return 'its scheme is not https';
  return mayBePlain ? undefined : 'it is plain HTTP, and only HTTPS (or HTTP to loopback) is accepted';
}

function refused(shown: string, fault: string): TransportError {
  return new TransportError('URL_REFUSED', `${shown} is refused: ${fault}`, {
    hint: 'Use an https:// URL without user name or password.',
    context: { url: shown },
  });
}

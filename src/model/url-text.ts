/** URLs as they may be shown: logs are public, and a URL may hold a password, or a signature that lets its bearer in. */

/** No credentials, no fragment, and no query, which is where redirects carry signatures. */
export function printableUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}${url.search === '' ? '' : '?…'}`;
}

/** Of a text that should be a URL. Where something in it may be a user name or password, it is not shown at all. */
export function printableUrlText(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return printableUrl(url).slice(0, 200);
  if (/@|%40/i.test(text)) return 'a text with a user name in it, which is not shown';
  return JSON.stringify(text.replace(/[?#].*/s, '?…').slice(0, 200));
}

/** Takes out every word that may hold a user name and password: for a command line's arguments. */
export function hideCredentials(text: string): string {
  return text.replace(/[^\s'"]*(?:@|%40)[^\s'"]*/gi, '…');
}

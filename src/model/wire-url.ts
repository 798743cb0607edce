/**
 * How a URL is asked for. A manifest names a file as its upstream does, `libpq5_17.12-0+deb13u1_amd64.deb`; what is sent
 * is `…17.12-0%2Bdeb13u1…`. Of a reserved character a server may make something else than of its encoding (RFC 3986,
 * section 2.2), and some do: to S3 a bare `+` is a blank, to a Java servlet `;` begins a parameter. The encoded one has
 * one meaning everywhere. apt sends `%2B` for the same reason.
 */

/**
 * Whatever is not unreserved or encoded already, in a path as a URL parser leaves it: ASCII alone. The colon of a digest
 * at the end stays: a registry is asked as its own clients ask it (OCI distribution specification, `<digest>`).
 */
const reserved = /[^A-Za-z0-9._~\/%:-]|%(?![0-9A-Fa-f]{2})|:(?![0-9a-f]{64}(?:[0-9a-f]{64})?$)/g;

/** Scheme, host and query stay as they are. Idempotent. */
export function wireUrl(url: URL): URL {
  const onWire = new URL(url);
  onWire.pathname = url.pathname.replace(
    reserved,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return onWire;
}

/** Of a URL as text; what is no URL stays as it is, for who asks for it to refuse. */
export function wireUrlText(text: string): string {
  const url = URL.parse(text);
  return url === null ? text : wireUrl(url).href;
}

/** Requests that may change something at a server, for protocols that say themselves what a lost answer means. */

/** What a request shows of its right (RFC 9110, section 11.6.2). Dropped for good when a redirect leads elsewhere; never kept. */
export interface Authorization {
  readonly scheme: 'Basic' | 'Bearer';
  /** What follows the scheme: letters, digits and `-._~+/`, with `=` at its end. */
  readonly credentials: string;
  /** The user's, or what was given out for it: sent where `isPrivate`, and nowhere else. */
  readonly isSecret?: boolean;
}

/** A body that can be begun again. */
export interface BodySource {
  readonly sizeBytes: number;
  stream(): AsyncIterable<Uint8Array>;
}

export interface ExchangeRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH';
  /** At the origin; mirrors are applied underneath. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: BodySource;
  readonly authorization?: Authorization | undefined;
  /** Other statuses are TransportErrors. */
  readonly accepted: readonly number[];
}

export interface Exchanged {
  readonly status: number;
  /** By their names in lower case; of what came twice, the first. Not vouched for by anybody. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Where the answer's `Location` leads, at the origin; undefined where it has none. */
  readonly location: string | undefined;
}

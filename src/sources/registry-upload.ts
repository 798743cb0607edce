/**
 * One blob into a registry (OCI distribution specification 1.1, "Pushing a blob monolithically", "Pushing a blob in
 * chunks"): a session is begun by POST; a small blob follows in one PUT, a large one in PATCHes that the PUT ends. After
 * a cut the session is asked how much it has (GET, `Range`), and gone on with; what is gone is begun again.
 */
import type { Digest } from '../model/digest.ts';
import { TransportError } from '../model/errors.ts';
import type { Exchanged, ExchangeRequest } from '../model/http-exchange.ts';
import type { Fetcher } from '../model/ports.ts';

export interface PushedBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** `count` bytes from `offset` on, of a file that was verified; each piece is valid until the next. */
  read(offset: number, count: number): AsyncIterable<Uint8Array>;
}

export interface UploadPorts {
  readonly fetcher: Pick<Fetcher, 'persist'>;
  /** The repository's URL. */
  readonly base: string;
  readonly send: (request: ExchangeRequest) => Promise<Exchanged>;
  readonly isThere: () => Promise<boolean>;
  /** What is larger is sent in pieces of that size, unless the registry wants larger ones. */
  readonly chunkBytes?: number;
  /** Called with the number of bytes that the registry has taken, for progress. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/** Large enough that storages behind registries take it as a part, and most layers go in one piece. */
const defaultChunkBytes = 32 << 20;

/** No registry needs pieces that large: it would have all of a blob at once. */
const maxChunkBytes = 1 << 30;

/** How often an upload is begun again where the registry has lost it, or counts otherwise than we do. */
const maxBeginnings = 3;

interface Session {
  readonly url: string;
  /** What the registry has. */
  readonly offset: number;
  readonly chunkBytes: number;
}

interface Sent {
  sentBytes: number;
  furthest: number;
  beginnings: number;
}

/** Returns how many bytes were sent; 0 where they were there after all. Throws TransportError. */
export async function sendBlob(blob: PushedBlob, ports: UploadPorts): Promise<number> {
  const job: Sent = { sentBytes: 0, furthest: 0, beginnings: 0 };
  let session: Session | undefined;
  let before = 0;
  const attempt = async () => {
    before = job.furthest;
    if (session !== undefined) {
      session = await resumed(session, ports);
      // The answer to the last request may have been lost, and not the request.
      if (session === undefined && (await ports.isThere())) return;
    }
    for (;;) {
      const current: Session = session ?? (await begun(job, ports));
      session = current;
      try {
        session = await next(current, blob, job, ports);
        if (session === undefined) return;
      } catch (error) {
        if (!isOutOfStep(error)) throw error;
        session = await resumed(current, ports);
        job.beginnings += 1;
        if (job.beginnings > maxBeginnings) throw error;
      }
    }
  };
  await ports.fetcher.persist(`${ports.base}/blobs/${blob.digest}`, attempt, () => job.furthest > before);
  return job.sentBytes;
}

/** The next piece, or the end: undefined then. */
async function next(
  { url, offset, chunkBytes }: Session,
  blob: PushedBlob,
  job: Sent,
  ports: UploadPorts,
): Promise<Session | undefined> {
  const rest = blob.sizeBytes - offset;
  const isWhole = offset === 0 && rest <= chunkBytes;
  if (rest === 0 || isWhole) {
    const body = isWhole && rest > 0 ? { body: pieceOf(blob, 0, rest) } : {};
    await ports.send({
      ...{ method: 'PUT', url: ended(url, blob.digest), headers: octets, ...body, accepted: [201] },
    });
    took(isWhole ? rest : 0, blob.sizeBytes, job, ports);
    return undefined;
  }
  const count = Math.min(rest, chunkBytes);
  const answer = await ports.send({
    ...{ method: 'PATCH', url, body: pieceOf(blob, offset, count), accepted: [202] },
    headers: { ...octets, 'content-range': `${offset}-${offset + count - 1}` },
  });
  const session = { url: locationOf(answer, url), offset: takenOf(answer) ?? offset + count, chunkBytes };
  if (session.offset <= offset || session.offset > blob.sizeBytes) {
    throw outOfStep(url, `expected ${offset + count} bytes, found ${session.offset}`);
  }
  took(session.offset - offset, session.offset, job, ports);
  return session;
}

const octets = { 'content-type': 'application/octet-stream' };

function took(count: number, offset: number, job: Sent, { onBytes }: UploadPorts): void {
  job.sentBytes += count;
  const gained = Math.max(0, offset - job.furthest);
  job.furthest += gained;
  if (gained > 0) onBytes?.(gained);
}

async function begun(
  job: Sent,
  { base, send, chunkBytes = defaultChunkBytes }: UploadPorts,
): Promise<Session> {
  const url = `${base}/blobs/uploads/`;
  const answer = await send({ method: 'POST', url, accepted: [202] });
  const least = Number(/^\d{1,12}$/.exec(answer.headers['oci-chunk-min-length'] ?? '')?.[0] ?? 0);
  job.furthest = 0;
  return {
    ...{ url: locationOf(answer, undefined), offset: 0 },
    chunkBytes: Math.min(Math.max(chunkBytes, least), maxChunkBytes),
  };
}

/** Undefined where the registry knows nothing of it any more. */
async function resumed(session: Session, { send }: UploadPorts): Promise<Session | undefined> {
  try {
    const answer = await send({ method: 'GET', url: session.url, accepted: [204] });
    return { ...session, url: locationOf(answer, session.url), offset: takenOf(answer) ?? 0 };
  } catch (error) {
    // Some have lost it (404), others have it and cannot go on (400, 416).
    if (error instanceof TransportError && !error.retryable && error.challenge === undefined)
      return undefined;
    throw error;
  }
}

/** `0-499`, of 500 bytes. Of no bytes registries write `0-0`, as they do of one: it counts as none. */
function takenOf({ headers }: Exchanged): number | undefined {
  const [, last] = /^(?:bytes=)?0-(\d{1,15})$/.exec(headers['range'] ?? '') ?? [];
  return last === undefined ? undefined : last === '0' ? 0 : Number(last) + 1;
}

function locationOf({ location }: Exchanged, before: string | undefined): string {
  const url = location ?? before;
  if (url !== undefined) return url;
  throw new TransportError('HTTP_STATUS', 'the registry began an upload, and did not say where (Location)');
}

/** The query that the registry gave stays as it is: it may be signed. */
function ended(url: string, digest: Digest): string {
  return `${url}${url.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
}

function pieceOf(blob: PushedBlob, offset: number, count: number): NonNullable<ExchangeRequest['body']> {
  return { sizeBytes: count, stream: () => blob.read(offset, count) };
}

function outOfStep(url: string, found: string): TransportError {
  const context = { url, status: 416 };
  return new TransportError('RANGE_MISMATCH', `the upload at ${url}: ${found}`, { context });
}

function isOutOfStep(error: unknown): boolean {
  return error instanceof TransportError && [404, 416].includes(Number(error.context['status']));
}

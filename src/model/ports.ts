/**
 * What the core asks of the world. `src/io` implements these; tests use the same implementations
 * against loopback servers.
 */
import type { Digest } from './digest.ts';
import type { Authorization, Exchanged, ExchangeRequest } from './http-exchange.ts';
import type { RegistryCredentials } from './registry-credentials.ts';

export interface GetRequest {
  /** At the origin; mirrors are applied underneath. */
  readonly url: string;
  /** The most bytes accepted; more is TransportError `TOO_LARGE`. */
  readonly maxBytes: number;
  /** Within a `Revalidation`: ask whether what an earlier run kept is current, in place of fetching it again. */
  readonly revalidate?: boolean;
  /**
   * What is asked for. `raw`: the body's bytes as they are on the server's disk (files that a digest or signature
   * covers). `decoded`: compressed (JSON APIs). However it is answered, gzip and the like are undone, with the cap before
   * and after.
   */
  readonly coding?: 'raw' | 'decoded';
  readonly headers?: Readonly<Record<string, string>>;
  readonly authorization?: Authorization | undefined;
  /** Plain HTTP will do: for mirrors, where the caller knows the digest. */
  readonly mayBePlain?: boolean;
  /** Sent with the user's token where `hasTokenFor` the URL: for what is the caller's own question, not a server's. */
  readonly withUserToken?: boolean;
  /**
   * Called while the body comes, with how much of it is there after how long. What it throws ends the transfer, is not
   * retried, and is thrown.
   */
  readonly onProgress?: ((receivedBytes: number, elapsedMs: number) => void) | undefined;
}

/** A question that changes nothing at the server, such as a log's look-up. */
export interface PostRequest {
  readonly url: string;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly maxBytes: number;
}

/** Who answered a request. */
export interface Answered {
  /** The URL that answered, after mirrors and redirects. */
  readonly finalUrl: string;
  /** The same by its origin's name, mirrors undone: what to ask for what belongs to this answer. */
  readonly originUrl: string;
  /** Where the redirects led that are for good (301, 308), as far as no others come before them: at the origin. */
  readonly movedTo: readonly string[];
}

/** What a server says of a file without sending it. Not vouched for by anybody. */
export interface Described extends Answered {
  /** Undefined where the server does not say. */
  readonly sizeBytes: number | undefined;
  readonly contentType: string | undefined;
  readonly lastModified: Date | undefined;
}

export interface Fetched extends Answered {
  readonly bytes: Uint8Array;
  /** `network`: fetched now; `revalidated`: the cached bytes, which the server says are current (304). */
  readonly from: 'network' | 'revalidated';
  /** Where the rest of a list is, as the server says (RFC 8288, `rel="next"`): unchecked. At the origin, not the mirror. */
  readonly next?: string | undefined;
  /** Of a registry: the digest that it claims for the body (`Docker-Content-Digest`), unchecked. */
  readonly claimedDigest?: string | undefined;
}

/** Which version of a file bytes are of: only with it may somebody go on where they end. Not vouched for by anybody. */
export interface FileVersion {
  /** Where it was asked for, at the mirror or the origin, as that went over the wire. */
  readonly url: string;
  /** A strong ETag, or a date of the server's. */
  readonly validator: string;
}

/** Where a download goes: from offset 0 on, or from `resumeFrom`. */
export interface ByteSink {
  /** The next bytes, in pieces. They are lent: when it resolves, their memory is taken back. */
  write(pieces: readonly Uint8Array[]): Promise<void>;
  /** Forget all, start again at 0. */
  restart(): Promise<void>;
  /** An answer begins at 0: of which version, undefined where the server does not say. */
  begin?(version: FileVersion | undefined): Promise<void>;
}

export interface DownloadRequest {
  readonly url: string;
  /** The size that the body must have: one byte more, or a Content-Length that differs, ends the download. */
  readonly sizeBytes: number;
  /** What the sink holds already. The server decides whether it has more of that version. */
  readonly resumeFrom?: { readonly offsetBytes: number; readonly version: FileVersion } | undefined;
  /** Plain HTTP will do: for mirrors, where the caller knows the digest. */
  readonly mayBePlain?: boolean;
  readonly authorization?: Authorization | undefined;
  /** Called with the number of bytes that the sink has taken, for progress. */
  readonly onBytes?: (count: number) => void;
}

export interface Fetcher {
  /** What the user has for registries; undefined where nobody looked. */
  readonly registryCredentials?: RegistryCredentials | undefined;
  /**
   * Is what is sent to `url` seen by its origin alone: over TLS with it, or within this machine? Not so through a mirror:
   * what is the user's secret is not for it.
   */
  isPrivate(url: string): boolean;
  /** Would a request for this URL carry the user's token, if it is to? Services grant more requests to those that do. */
  hasTokenFor(url: string): boolean;
  /**
   * Does what came from `url` count as the origin's own word: over TLS with it, or through a mirror that the user answers
   * for? Whoever believes what nobody signs must ask, once it is there: a redirect may have led to a mirror.
   */
  isTrustedOrigin(url: string): boolean;
  /** A whole body in memory. Throws TransportError; never VerificationError. */
  get(request: GetRequest): Promise<Fetched>;
  /**
   * Asks about a file: HEAD, or GET of its first byte where that is refused. `needsSize`: also where HEAD does not tell
   * the size, as of a body that it would compress. `mayBePlain`: of a mirror, over plain HTTP. Throws TransportError.
   */
  describe(request: {
    readonly url: string;
    readonly needsSize?: boolean;
    readonly mayBePlain?: boolean;
  }): Promise<Described>;
  /**
   * Sends a question, and again if the answer is lost: use it only for what changes nothing. Redirects are
   * refused. Throws TransportError.
   */
  post(request: PostRequest): Promise<Fetched>;
  /**
   * Streams a body into `sink`, resuming after a broken connection. Throws TransportError, and
   * VerificationError `SIZE_MISMATCH`; what `sink.write` throws ends the download and is passed on unchanged.
   */
  download(request: DownloadRequest, sink: ByteSink): Promise<void>;
  /** Sends one request, once. Redirects of what changes something are refused. Throws TransportError. */
  exchange(request: ExchangeRequest): Promise<Exchanged>;
  /**
   * Calls `attempt` until it returns, as often and as long as everything else is tried again. `url` is for messages;
   * `madeProgress`: did the attempt that just failed get further than all before it? Throws what `attempt` threw last.
   */
  persist<T>(url: string, attempt: () => Promise<T>, madeProgress?: () => boolean): Promise<T>;
  /** For requests that belong together. `isConditional`: false to ask for everything whole. */
  revalidation(options: {
    readonly isConditional: boolean;
    /** Told of every body that comes over the network. */
    readonly transfers?: Transfers | undefined;
  }): Revalidation;
}

/**
 * What is fetched with `revalidate` for one purpose, such as all that a run asks of one source. A validator (ETag,
 * Last-Modified) is worth what its body is: it is kept with `keep`, once all was verified and used, or not at all.
 */
export interface Revalidation {
  readonly fetcher: Fetcher;
  /** A body of an earlier run was used, since the server says that it is current. */
  hasReused(): boolean;
  keep(): Promise<void>;
  /** For who has refused what was reused: it is fetched whole from now on. */
  forget(): Promise<void>;
}

/** Bytes by digest. Safe to delete at any time; what it returns has been hashed on this read. */
export interface Cache {
  read(digest: Digest): Promise<Uint8Array | undefined>;
  /** Keeps bytes under their digest. A cache that cannot be written is not an error. */
  write(digest: Digest, bytes: Uint8Array): Promise<void>;
}

/** One line, whatever is in it, or one with further lines that belong to it. */
export type Message = string | readonly string[];

/** What a run tells its user. Everything here is for people: data goes to stdout, elsewhere. */
export interface Reporter {
  /** A step has begun or ended; shown on a terminal, or under --verbose. */
  step(message: string): void;
  /** Something that the user should know and that did not stop the run. */
  warn(message: Message): void;
  /** A line of the result for people: shown unless --quiet. */
  info(message: Message): void;
  /** What went wrong, and what to do: always shown. */
  error(message: Message): void;
  /** For what changes while it is looked at; only where somebody looks. */
  readonly screen?: Screen | undefined;
}

/** A few lines of a terminal, below all that was printed. */
export interface Screen {
  /** In characters. */
  width(): number;
  /** In lines. */
  height(): number;
  /** Shows lines in place of those shown before, each cut to the width. */
  show(lines: readonly string[]): void;
}

/** A file to be written. */
export interface FileContent {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Small files of the user's: the catalogue, manifests, trust anchors, evidence. */
export interface FileStore {
  /** Undefined where there is none. Throws UsageError `FILE_UNREADABLE`. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** All of them, each atomically, or none where one cannot be prepared. Throws UsageError `FILE_UNWRITABLE`. */
  replaceAll(files: readonly FileContent[]): Promise<void>;
}

/** How far a run is, for people. Sizes in bytes. */
export interface Progress {
  start(name: string, sizeBytes: number, doneBytes: number): void;
  advance(name: string, count: number): void;
  /** What was fetched for it is of no use: from the start. */
  restart(name: string): void;
  end(name: string): void;
}

/** Bodies as they come in, for people. Sizes in bytes. */
export interface Transfers {
  /** `sizeBytes`: undefined where the server does not say. */
  begin(url: string, sizeBytes: number | undefined): Transfer;
}

export interface Transfer {
  readonly advance: (count: number) => void;
  /** Whatever became of it. */
  readonly end: () => void;
}

/** How far a run is that asks several sources at once, for people. */
export interface SourceProgress {
  /** So many more sources will be asked. */
  expect(count: number): void;
  begin(source: string): Transfers;
  end(source: string): void;
}

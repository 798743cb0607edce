/** The benchmark's hold on its upstream, which runs in another process (upstream-process.ts). */
import { fork, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface Served {
  readonly path: string;
  readonly status: number;
  /** What went over the wire for it, headers included. */
  readonly sentBytes: number;
}

export interface UpstreamRequest {
  /**
   * A folder with `debian/` and `debian-security/` of Debian's own files; `embedded` for a small Debian;
   * `keyless` for what the catalogue names outside of Debian, as large as the real artifacts are; `catalogue` for all
   * that it names.
   */
  readonly content: { readonly directory: string } | 'embedded' | 'keyless' | 'catalogue';
  /** For `catalogue`: a folder of Debian's own files, in place of a small Debian. */
  readonly debian?: string;
  /** Before each answer. */
  readonly latencyMs?: number;
  /** Of what is served from memory, over all connections together. */
  readonly bytesPerSecond?: number;
  /** Where an upstream that is made here writes its trust anchors. */
  readonly trustDir: string;
  /** ISO 8601: the time at which an upstream that is made here is fresh. */
  readonly now: string;
}

export type ToUpstream =
  ({ readonly type: 'start' } & UpstreamRequest) | { readonly type: 'log'; readonly from: number };

export type ToParent =
  | { readonly type: 'started'; readonly url: string; readonly mirrors: readonly string[] }
  | { readonly type: 'log'; readonly requests: readonly Served[] };

export interface Upstream {
  /** `http://127.0.0.1:PORT`; a host's name and path follow. */
  readonly url: string;
  /** Values for `--mirror`: every host, at this server. */
  readonly mirrors: readonly string[];
  /** What was asked for since the last call. */
  newRequests(): Promise<readonly Served[]>;
  close(): void;
}

export async function startUpstream(request: UpstreamRequest): Promise<Upstream> {
  const child = fork(fileURLToPath(new URL('upstream-process.ts', import.meta.url)));
  const started = await ask(child, { type: 'start', ...request });
  if (started.type !== 'started') throw new TypeError(`the upstream answered ${started.type}`);
  let seen = 0;
  return {
    url: started.url,
    mirrors: started.mirrors,
    async newRequests() {
      // An answer is logged when its connection says so, which may be after its reader has ended.
      await sleep(50);
      const answer = await ask(child, { type: 'log', from: seen });
      if (answer.type !== 'log') throw new TypeError(`the upstream answered ${answer.type}`);
      seen += answer.requests.length;
      return answer.requests;
    },
    close: () => child.disconnect(),
  };
}

function ask(child: ChildProcess, question: ToUpstream): Promise<ToParent> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new Error('the upstream of the benchmark ended'));
    child.once('exit', gone);
    child.once('message', (message) => {
      child.off('exit', gone);
      resolve(message as ToParent);
    });
    child.send(question);
  });
}

/**
 * A real Chromium, driven by its own protocol (https://chromedevtools.github.io/devtools-protocol/): for pages that are
 * looked at. Undefined where none is installed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Page {
  /** A command of the protocol, for example `Emulation.setEmulatedMedia`. */
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  /** What an expression is in the page, as JSON. */
  evaluate(expression: string): Promise<unknown>;
  /** What the page's policy refused, and what went wrong otherwise. */
  readonly complaints: readonly string[];
  /** URLs that were asked for. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);

export async function openPage(program: string, url: string): Promise<Page> {
  const profile = await mkdtemp(join(tmpdir(), 'assay-chromium-'));
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
  const browser = spawn(
    program,
    [...flags, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => browser.once('exit', resolve));
  const port = await portOf(profile);
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as readonly {
    readonly type: string;
    readonly webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket(targets.find(({ type }) => type === 'page')?.webSocketDebuggerUrl ?? '');
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));

  const waiting = new Map<number, (answer: Record<string, unknown>) => void>();
  const [complaints, requests]: [string[], string[]] = [[], []];
  let loaded: () => void = () => undefined;
  socket.addEventListener('message', ({ data }) => {
    const { id, method, params, result, error } = JSON.parse(String(data)) as Message;
    if (id !== undefined) waiting.get(id)?.(error === undefined ? (result ?? {}) : { error });
    if (method === 'Network.requestWillBeSent') requests.push(String(params?.request?.url));
    if (method === 'Log.entryAdded') complaints.push(String(params?.entry?.text));
    if (method === 'Page.loadEventFired') loaded();
  });
  let last = 0;
  const send = async (method: string, params: object = {}) => {
    const id = ++last;
    const answer = new Promise<Record<string, unknown>>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params }));
    const { error, ...result } = await answer;
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  };
  for (const domain of ['Page', 'Log', 'Network', 'Accessibility']) await send(`${domain}.enable`);
  const whole = new Promise<void>((resolve) => (loaded = resolve));
  await send('Page.navigate', { url });
  await whole;
  return {
    ...{ send, complaints, requests },
    async evaluate(expression) {
      const { result } = await send('Runtime.evaluate', { expression, returnByValue: true });
      return (result as { readonly value: unknown }).value;
    },
    async close() {
      socket.close();
      browser.kill('SIGKILL');
      await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly request?: { readonly url: unknown };
    readonly entry?: { readonly text: unknown };
  };
  readonly result?: Record<string, unknown>;
  readonly error?: unknown;
}

/** Chromium writes it into its profile once it listens. */
async function portOf(profile: string): Promise<string> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const [port] = (await readFile(join(profile, 'DevToolsActivePort'), 'utf8').catch(() => '')).split('\n');
    if (port !== undefined && port !== '') return port;
    await sleep(100);
  }
  throw new Error('Chromium does not listen');
}

/** Programs of the host that read what a stranger made: without a shell, an environment or a terminal; bounded in time and output. */
import { spawn } from 'node:child_process';
import { VerificationError } from '../../model/errors.ts';

export interface Bounds {
  readonly timeoutMs: number;
  /** Of its standard output. */
  readonly maxBytes: number;
  /** The folder that it runs in. */
  readonly directory?: string;
}

const maxErrorBytes = 4096;

/**
 * Its standard output, in pieces. Throws VerificationError `EVIDENCE_MALFORMED` where it fails, and `LIMIT_EXCEEDED`. Who
 * stops listening ends it.
 */
export async function* outputOf(
  program: string,
  args: readonly string[],
  { timeoutMs, maxBytes, directory = '/' }: Bounds,
): AsyncGenerator<Uint8Array, void, void> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { LC_ALL: 'C.UTF-8' },
    cwd: directory,
  });
  const exit = new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'nothing'));
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (said.length < maxErrorBytes) said += chunk.toString('utf8');
  });
  const timeout = AbortSignal.timeout(timeoutMs);
  timeout.addEventListener('abort', () => child.kill('SIGKILL'));
  let sizeBytes = 0;
  try {
    for await (const chunk of child.stdout as AsyncIterable<Uint8Array>) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > maxBytes) throw beyond(`${program} told more than ${String(maxBytes)} bytes`);
      yield chunk;
    }
    const code = await exit;
    if (timeout.aborted) throw beyond(`${program} took more than ${String(timeoutMs / 1000)} s`);
    if (code === 0) return;
    const why = said.trim().split('\n').at(-1) ?? '';
    throw new VerificationError(
      'EVIDENCE_MALFORMED',
      `${program} cannot read the image: it ended with ${String(code)}${why === '' ? '' : ` (${why})`}`,
      { context: { program, args } },
    );
  } finally {
    child.kill('SIGKILL');
    child.stdout.destroy();
    await exit;
  }
}

/** All of it, as text. */
export async function textOf(program: string, args: readonly string[], bounds: Bounds): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of outputOf(program, args, bounds)) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

function beyond(message: string): VerificationError {
  return new VerificationError('LIMIT_EXCEEDED', message);
}

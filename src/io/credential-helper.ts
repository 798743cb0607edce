/**
 * Programs that keep a user's credentials (docker-credential-helpers' protocol): `docker-credential-<name> get` reads the
 * server's name on standard input and writes JSON. No shell is between, and nothing that it writes is ever shown.
 */
import { spawn } from 'node:child_process';
import { UsageError } from '../model/errors.ts';

export interface HelperQuestion {
  /** What follows `docker-credential-`: a plain name, no path. */
  readonly name: string;
  readonly server: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
}

/** Some ask a person, or a cloud's service. */
const defaultTimeoutMs = 30_000;

const maxAnswerBytes = 64 << 10;

/** As all of them say it, on standard output and with exit code 1. */
const notFound = /^credentials not found in native keychain\s*$/;

/** Undefined where it has nothing for that server. Throws UsageError `CREDENTIALS_INVALID`. */
export async function askCredentialHelper(question: HelperQuestion): Promise<Uint8Array | undefined> {
  const { stdout, exitCode } = await run(question);
  if (exitCode === 0) return stdout;
  if (notFound.test(stdout.toString())) return undefined;
  throw failed(question, `ended with exit code ${String(exitCode)}`);
}

interface Ended {
  readonly stdout: Buffer;
  readonly exitCode: number | NodeJS.Signals | null;
}

function run(question: HelperQuestion): Promise<Ended> {
  const { name, server, env, timeoutMs = defaultTimeoutMs } = question;
  return new Promise((resolve, reject) => {
    const child = spawn(`docker-credential-${name}`, ['get'], {
      env,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const fail = (found: string, cause?: unknown) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      // What it started may hold its standard output for longer than it lives.
      child.stdout.destroy();
      reject(failed(question, found, cause));
    };
    const timer = setTimeout(() => {
      fail(`did not answer within ${String(timeoutMs / 1000)} s`);
    }, timeoutMs);
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > maxAnswerBytes) fail(`answered with more than ${String(maxAnswerBytes)} bytes`);
      else chunks.push(chunk);
    });
    child.on('error', (error) => {
      fail('cannot be run', error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ stdout: Buffer.concat(chunks), exitCode: code ?? signal });
    });
    // One that ends without reading is heard of by its exit code.
    child.stdin.on('error', () => undefined).end(server);
  });
}

function failed({ name, server }: HelperQuestion, found: string, cause?: unknown): UsageError {
  const program = `docker-credential-${name}`;
  return new UsageError('CREDENTIALS_INVALID', `${program} get, for ${server}: ${found}`, {
    hint: `Try it by hand: echo ${server} | ${program} get. Or log in again, with another store.`,
    context: { program, server },
    cause,
  });
}

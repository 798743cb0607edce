/**
 * The process before any command: what its version is, and where its compiled code is kept. All else is loaded after
 * that.
 */
import { writeSync } from 'node:fs';
import { version } from './model/version.ts';

/** Never rejects; the process ends with the exit code that is set. */
export async function main(process: NodeJS.Process): Promise<void> {
  // Asked by scripts, over and over: with no other word it needs nothing of what the command line is made of.
  const [first, ...others] = process.argv.slice(2);
  if (first === '--version' && others.length === 0 && saidVersion()) return;
  const { keepCompiledCode } = await import('./io/compiled-code.ts');
  const [command = 'help'] = /^[a-z][a-z-]{0,30}$/.exec(first ?? '') ?? [];
  const keep = keepCompiledCode(process.env, `${command}-${process.version}`);
  // After a mistype nearly nothing was called of what the command will need.
  process.once('exit', (code) => {
    if (code !== 2) keep?.();
  });
  if (first?.startsWith('verify-') === true) readSchemasAsTheyAre();
  const { runProcess } = await import('./command-line.ts');
  await runProcess(process);
  // After all who wait for the end, when nothing is left to be done: taking the heap apart is the system's, at once.
  process.once('exit', () => process.exit());
}

/** False where it was not written, which the command line reports. */
function saidVersion(): boolean {
  try {
    const line = Buffer.from(`${version}\n`);
    return writeSync(1, line) === line.length;
  } catch {
    return false;
  }
}

/**
 * Compiling a schema into code, as zod does by default, takes longer than to judge one document by it: half a Node's
 * start. It has to be told before it is loaded, and so by its name for that, which a test holds it to.
 */
function readSchemasAsTheyAre(): void {
  Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
}

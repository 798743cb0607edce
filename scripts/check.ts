/**
 * `make check`: everything that is judged without running the product. One line a step with its time; the
 * first failure ends the run with its output (`--keep-going`: the others run all the same).
 *
 * The lines `ok NAME` and `FAIL NAME` are counted by .ci/run.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);

/** Throws CheckFailure with what is wrong; returns a remark for the step's line. */
type Step = () => Promise<string | undefined>;

class CheckFailure extends Error {}

/** Runs a program in the project's root; its output, where it fails, is the failure's message. */
function run(
  command: string,
  args: readonly string[],
  extraEnv: Record<string, string> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...extraEnv },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stdout: Buffer[] = [];
    const both: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout.push(chunk);
      both.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => both.push(chunk));
    child.on('error', (cause) => {
      reject(new CheckFailure(`${command} could not be started`, { cause }));
    });
    child.on('close', (code, signal) => {
      if (code === 0) resolve(Buffer.concat(stdout).toString());
      else
        reject(
          new CheckFailure(
            `${Buffer.concat(both).toString()}\n${[command, ...args].join(' ')}: exit ${String(code ?? signal)}`,
          ),
        );
    });
  });
}

const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** A step that is a tool's verdict: package.json's script `check:NAME`, without npm in between. */
function tool(name: string): Step {
  return async () => {
    const command = packageJson.scripts[`check:${name}`];
    if (command === undefined) throw new CheckFailure(`package.json has no script check:${name}`);
    const path = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
    await run('sh', ['-c', command], { PATH: path });
    return undefined;
  };
}

/** What `npm pack` would publish: the build, the schemas and the papers, nothing else. */
async function checkPackageFiles(): Promise<string> {
  const packed = JSON.parse(await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'])) as unknown;
  const paths = packedPaths(packed);
  const allowed =
    /^(?:dist\/[a-z0-9/-]+\.(?:c?js|d\.ts)|dist\/trust\/[a-z-]+\.(?:yaml|asc|json)|dist\/man\/man1\/[a-z-]+\.1|dist\/completion\/(?:assay\.(?:ba|fi)sh|_assay)|schemas\/[a-z.-]+\.json|LICENSE|README\.md|package\.json)$/;
  const stray = paths.filter((path) => !allowed.test(path));
  const missing = [
    'LICENSE',
    'README.md',
    'dist/cli.js',
    'dist/index.d.ts',
    'dist/index.js',
    'dist/trust/pins.yaml',
    'dist/man/man1/assay.1',
    'dist/completion/_assay',
  ].filter((path) => !paths.includes(path));
  if (stray.length > 0 || missing.length > 0) {
    throw new CheckFailure(
      [
        ...stray.map((path) => `not to be published: ${path}`),
        ...missing.map((path) => `missing: ${path}`),
      ].join('\n'),
    );
  }
  return `${String(paths.length)} files`;
}

/** npm writes an array of packages, and since version 12 an object by name: both hold `files[].path`. */
function packedPaths(packed: unknown): string[] {
  const [first] = Object.values(packed as Record<string, { files?: { path: string }[] }>);
  if (first?.files === undefined) throw new CheckFailure('npm pack --json lists no files');
  return first.files.map((file) => file.path);
}

/** Shell scripts by their first line, so that a new one cannot be forgotten. */
function shellScripts(): { path: string; shell: 'sh' | 'bash' }[] {
  return ['scripts', '.ci'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .flatMap((path) => {
        const shebang = /^#!\/(?:usr\/)?bin\/(?:env )?(sh|bash)\n/.exec(readFileSync(path, 'latin1'));
        return shebang === null
          ? []
          : [{ path, shell: shebang[1] === 'bash' ? ('bash' as const) : ('sh' as const) }];
      }),
  );
}

async function checkShell(): Promise<string> {
  const scripts = shellScripts();
  for (const { path, shell } of scripts) await run(shell, ['-n', path]);
  const hasShellcheck = await run('sh', ['-c', 'command -v shellcheck']).then(
    () => true,
    () => false,
  );
  if (!hasShellcheck) return `${String(scripts.length)} scripts parse; shellcheck is not installed`;
  await run(
    'shellcheck',
    scripts.map(({ path }) => path),
  );
  return `${String(scripts.length)} scripts`;
}

/** The slowest first: two run at a time. Linting, half of all, is two of them. */
const steps: Record<string, Step> = {
  lint: tool('lint'),
  'lint-test': tool('lint-test'),
  format: tool('format'),
  types: tool('types'),
  'dead-code': tool('dead-code'),
  layers: tool('layers'),
  api: tool('api'),
  package: checkPackageFiles,
  publint: tool('publint'),
  schemas: tool('schemas'),
  shell: checkShell,
};

/** Prints the step's line, and what it said where it failed; true when all is well. */
async function judge(name: string, step: Step): Promise<boolean> {
  const start = performance.now();
  const line = (verdict: string) =>
    `${verdict.padEnd(4)}  ${name.padEnd(10)} ${((performance.now() - start) / 1000).toFixed(1).padStart(5)} s`;
  try {
    const remark = await step();
    console.log(line('ok') + (remark === undefined ? '' : `  (${remark})`));
    return true;
  } catch (error) {
    if (!(error instanceof CheckFailure)) throw error;
    console.log(line('FAIL'));
    console.error(`${error.message.trim()}\n`);
    return false;
  }
}

const keepGoing = process.argv.includes('--keep-going');
const queue = Object.entries(steps);
const failed: string[] = [];

async function work(): Promise<void> {
  while (keepGoing || failed.length === 0) {
    const next = queue.shift();
    if (next === undefined) return;
    if (!(await judge(...next))) failed.push(next[0]);
  }
}

await Promise.all([work(), work()]);
if (failed.length > 0) {
  console.error(`make check: failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

/**
 * The library as those have it who install it: packed, installed in a project of its own, its examples compiled at the
 * strictest by several TypeScripts, run by several Nodes, and bundled by esbuild. What a registry does not give is skipped,
 * and said.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openExamples, type ExampleRun } from './library/examples.ts';

const root = dirname(import.meta.dirname);
/** The oldest that the dependencies' types allow, the last of its major version, the next one, the newest. */
const compilers = ['5.7', '5.9', '6', 'latest'];
const nodes = ['22', '24', '26'];
const settings = {
  compilerOptions: {
    ...{ target: 'ES2023', module: 'NodeNext', moduleResolution: 'NodeNext', types: ['node'], noEmit: true },
    ...{
      strict: true,
      skipLibCheck: false,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
    },
    ...{ noImplicitOverride: true, noPropertyAccessFromIndexSignature: true, verbatimModuleSyntax: true },
  },
  include: ['*.mts'],
};

interface Done {
  readonly exitCode: number;
  readonly printed: string;
}

function run(program: string, args: readonly string[], cwd: string): Promise<Done> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ exitCode, printed: stdout + stderr });
    });
  });
}

const work = mkdtempSync(join(tmpdir(), 'assay-library-'));
const project = join(work, 'project');
let failures = 0;
function tell(verdict: 'ok' | 'FAIL' | 'skipped', what: string, why = ''): void {
  if (verdict === 'FAIL') failures++;
  console.log(`${verdict.padEnd(7)} ${what}${why === '' ? '' : `: ${why.trim()}`}`);
}

/** In a folder of its own; undefined where it cannot be had. */
async function install(name: string, packages: readonly string[]): Promise<string | undefined> {
  const place = join(work, name);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), '{ "private": true, "type": "module" }');
  const { exitCode } = await run(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages],
    place,
  );
  return exitCode === 0 ? place : undefined;
}

async function play(
  node: string,
  file: (example: string) => string,
  runs: readonly ExampleRun[],
  what: string,
) {
  const wrong: string[] = [];
  for (const { example, args, prints, exitCode } of runs) {
    const done = await run(node, [file(example), ...args], directory);
    if (done.exitCode !== exitCode || !prints.test(done.printed)) wrong.push(`${example}: ${done.printed}`);
  }
  tell(wrong.length === 0 ? 'ok' : 'FAIL', what, wrong.join('\n'));
}

let directory = '';
try {
  const { exitCode, printed } = await run(
    'npm',
    ['pack', '--ignore-scripts', '--pack-destination', work],
    root,
  );
  const [archive = ''] = readdirSync(work).filter((name) => name.endsWith('.tgz'));
  if (exitCode !== 0) throw new Error(printed);
  if ((await install('project', [join(work, archive), '@types/node@22'])) === undefined) {
    console.log('library-check skipped: its dependencies cannot be installed');
  } else {
    cpSync(join(root, 'examples/library'), project, { recursive: true });
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(settings));
    for (const version of compilers) {
      const place = await install(`typescript-${version}`, [`typescript@${version}`]);
      if (place === undefined) tell('skipped', `TypeScript ${version}`, 'it cannot be had');
      else {
        const done = await run(join(place, 'node_modules/.bin/tsc'), ['-p', '.'], project);
        const own = await run(join(place, 'node_modules/.bin/tsc'), ['--version'], project);
        tell(
          done.exitCode === 0 ? 'ok' : 'FAIL',
          `TypeScript ${version} (${own.printed.trim()})`,
          done.printed,
        );
      }
    }
    for (const version of nodes) {
      const name = `node-${process.platform}-${process.arch}`;
      const place = await install(`node-${version}`, [`${name}@${version}`]);
      if (place === undefined) {
        tell('skipped', `Node ${version}`, `${name} cannot be had`);
        continue;
      }
      directory = mkdtempSync(join(work, 'run-'));
      const examples = await openExamples(directory);
      const node = join(place, 'node_modules', name, 'bin/node');
      const own = await run(node, ['--version'], work);
      await play(
        node,
        (example) => join(project, `${example}.mts`),
        examples.steps.flat(),
        `Node ${own.printed.trim()}`,
      );
      await examples.close();
    }
    const place = await install('esbuild', ['esbuild']);
    if (place === undefined) tell('skipped', 'esbuild', 'it cannot be had');
    else {
      directory = mkdtempSync(join(work, 'run-'));
      const examples = await openExamples(directory);
      // esbuild's program is a package of its own by platform; without install scripts its file is there all the same.
      const program = join(
        place,
        'node_modules',
        '@esbuild',
        `${process.platform}-${process.arch}`,
        'bin/esbuild',
      );
      const banner =
        "--banner:js=import{createRequire}from'node:module';const require=createRequire(import.meta.url);";
      const args = ['stage.mts', '--bundle', '--platform=node', '--format=esm', '--minify', banner];
      const made = await run(program, [...args, `--outfile=${join(directory, 'stage.mjs')}`], project);
      if (made.exitCode === 0)
        await play(process.execPath, (name) => `${name}.mjs`, examples.bigRuns, 'esbuild, a large file');
      else tell('FAIL', 'esbuild', made.printed);
      await examples.close();
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;

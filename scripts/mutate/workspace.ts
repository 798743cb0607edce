/** A copy of the project whose sources are instrumented, and vitest in it. */
import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { instrument, type Mutant } from './mutants.ts';

const root = join(import.meta.dirname, '../..');

/** The tests that have to notice: those of the verifier and of what it reads. */
const judging = 'test/unit/{verify,formats}/**/*.test.ts';

/** They put modules in each other's place, or ask another program. */
const leftOut = ['test/unit/verify/one-more-method.test.ts', 'test/unit/verify/openpgp/gpg-reads.test.ts'];

/** They measure time, or take much of it, of which the choices between mutants take too much. */
const timed = '^(?!.*(takes a time that grows|in its stride))';

const config = `
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
class InOrder extends BaseSequencer {
  async sort(files) {
    return files.toSorted((a, b) => a.moduleId.localeCompare(b.moduleId, 'en', { numeric: true }));
  }
}
export default defineConfig({
  test: {
    include: [${JSON.stringify(judging)}, 'batches-*/*.test.ts'],
    exclude: ${JSON.stringify(leftOut)},
    testNamePattern: ${JSON.stringify(timed)},
    setupFiles: ['scripts/mutate/harness.ts'],
    maxWorkers: 1, fileParallelism: false, testTimeout: 30_000, hookTimeout: 30_000,
    env: { NO_PROXY: '*', NO_COLOR: '1' },
    reporters: [{}],
    sequence: { sequencer: InOrder },
  },
});
`;

export interface Run {
  /** What the JSON reporter says of each test; undefined where vitest did not come to an end in time. */
  readonly tests: readonly { readonly name: string; readonly status: string }[] | undefined;
  /** By file, as it is called in the copy: how long it took, in milliseconds. */
  readonly durations: ReadonlyMap<string, number>;
}

interface TestResult {
  readonly status: string;
  readonly name: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
}

export class Workspace {
  readonly directory: string;
  #runs = 0;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Copies the project's files to the directory and instruments those of `files`. */
  prepare(files: readonly string[]): readonly Mutant[] {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
    });
    for (const path of listed.toString().split('\0')) {
      // What is listed may have been removed.
      if (path === '' || !existsSync(join(root, path))) continue;
      mkdirSync(dirname(join(this.directory, path)), { recursive: true });
      cpSync(join(root, path), join(this.directory, path));
    }
    for (const path of ['node_modules', 'dist']) symlinkSync(join(root, path), join(this.directory, path));
    writeFileSync(join(this.directory, 'vitest.config.ts'), config);
    return this.#instrument(files);
  }

  #instrument(files: readonly string[]): Mutant[] {
    const all: Mutant[] = [];
    for (const file of files) {
      const { text, mutants } = instrument(file, readFileSync(join(root, file), 'utf8'), all.length + 1);
      writeFileSync(join(this.directory, file), text);
      all.push(...mutants);
    }
    return all;
  }

  /** The test files of the copy that are asked, relative to it: without `some`, patterns, all that there are. */
  testFiles(some?: readonly string[]): readonly string[] {
    const all = globSync(judging, { cwd: this.directory, exclude: leftOut }).sort();
    if (some === undefined) return all;
    const wanted = new Set(globSync([...some], { cwd: this.directory }));
    return all.filter((file) => wanted.has(file));
  }

  /** Runs the test files of a folder, in one process and with one evaluation of what they import. */
  async runBatches(folder: string, stop: AbortSignal): Promise<void> {
    await this.#vitest(['--no-isolate', folder], {}, stop);
  }

  /** Runs test files in a process of their own, which is killed after `timeoutMs`. */
  async run(
    testFiles: readonly string[],
    env: Readonly<Record<string, string>>,
    timeoutMs: number,
    extra: readonly string[] = [],
  ): Promise<Run> {
    const report = join(this.directory, `report-${++this.#runs}.json`);
    const args = ['--reporter=json', `--outputFile.json=${report}`, ...extra, ...testFiles];
    await this.#vitest(args, env, AbortSignal.timeout(timeoutMs));
    try {
      const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
        testResults: TestResult[];
      };
      return {
        tests: testResults.flatMap(({ name, status, assertionResults }) =>
          assertionResults.length === 0
            ? [{ name, status }]
            : assertionResults.map((test) => ({ name: test.fullName, status: test.status })),
        ),
        durations: new Map(
          testResults.map(({ name, startTime, endTime }) => [
            relative(this.directory, name),
            endTime - startTime,
          ]),
        ),
      };
    } catch {
      return { tests: undefined, durations: new Map() };
    } finally {
      rmSync(report, { force: true });
    }
  }
  async #vitest(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    stop: AbortSignal,
  ): Promise<void> {
    // In threads, so that no process is left where this one is killed.
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--pool=threads'];
    const child = spawn(process.execPath, [...vitest, ...args], {
      cwd: this.directory,
      env: { ...process.env, ...env },
      stdio: 'ignore',
    });
    const kill = (): void => void child.kill('SIGKILL');
    stop.addEventListener('abort', kill);
    await new Promise((resolve) => child.on('close', resolve));
    stop.removeEventListener('abort', kill);
  }
}

/** action.yml as a runner plays it: expressions are put into `env` and outputs alone, and each script runs in a shell. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root, runProgram, type Outcome } from './run-assay.ts';

export interface Action {
  readonly inputs: Readonly<Record<string, { description: string; required?: boolean; default?: string }>>;
  readonly outputs: Readonly<Record<string, { description: string; value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly ActionStep[] };
}

interface ActionStep {
  readonly id?: string;
  readonly uses?: string;
  readonly run: string;
  readonly shell: string;
  readonly env?: Readonly<Record<string, string>>;
}

export async function readAction(): Promise<Action> {
  return parse(await readFile(join(root, 'action.yml'), 'utf8')) as Action;
}

export interface Played extends Outcome {
  readonly outputs: Readonly<Record<string, string>>;
  /** What the job's page shows. */
  readonly stepSummary: string;
}

/** `temp`: a new folder for what the runner keeps outside of the workspace. */
export async function playAction(
  inputs: Readonly<Record<string, string>>,
  { workspace, temp }: { readonly workspace: string; readonly temp: string },
): Promise<Played> {
  const action = await readAction();
  await mkdir(temp, { recursive: true });
  const given = Object.entries(action.inputs).map(
    ([name, one]) => [`inputs.${name}`, inputs[name] ?? one.default ?? ''] as const,
  );
  const context = new Map<string, string>([...given, ['github.token', '']]);
  let last: Outcome = { exitCode: 0, stdout: '', stderr: '' };
  for (const [at, step] of action.runs.steps.entries()) {
    const [output, summary] = [join(temp, `output-${at}`), join(temp, 'step-summary')];
    const env = Object.entries(step.env ?? {}).map(
      ([name, value]) => [name, evaluate(value, context)] as const,
    );
    last = await runProgram(step.shell, ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', step.run], {
      cwd: workspace,
      env: {
        ...Object.fromEntries(env),
        ...{ GITHUB_ACTION_PATH: root, RUNNER_TEMP: temp, GITHUB_ACTIONS: 'true' },
        ...{ GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary },
      },
    });
    for (const [name, value] of parseOutputs(await readFile(output, 'utf8').catch(() => ''))) {
      context.set(`steps.${step.id ?? ''}.outputs.${name}`, value);
    }
    if (last.exitCode !== 0) break;
  }
  const outputs = Object.entries(action.outputs).map(([name, { value }]) => [name, evaluate(value, context)]);
  return {
    ...last,
    outputs: Object.fromEntries(outputs) as Record<string, string>,
    stepSummary: await readFile(join(temp, 'step-summary'), 'utf8').catch(() => ''),
  };
}

/** What is not there is empty, as a runner has it: also an expression with an expression in its value. */
function evaluate(text: string, context: ReadonlyMap<string, string>): string {
  return text.replace(/\$\{\{ ([\w.-]+) \}\}/g, (_, name: string) =>
    (context.get(name) ?? '').replace(
      /^\$\{\{ ([\w.-]+) \}\}$/,
      (__, inner: string) => context.get(inner) ?? '',
    ),
  );
}

function parseOutputs(text: string): readonly (readonly [string, string])[] {
  return Array.from(
    text.matchAll(/^([^\n=<]+)(?:<<([^\n]+)\n(?:([^]*?)\n)??\2$|=(.*)$)/gm),
    ([, name = '', , block, value]) => [name, block ?? value ?? ''] as const,
  );
}

/**
 * What a workflow may do: actions by commit, each one that a person looked up; a job's least rights; an end to every
 * job and no two runs at once; nothing of others' words put into a script.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { manifestsWorkflow } from '../../../src/pipeline/init/workflow.ts';
import { root } from '../../support/run-assay.ts';

/** The commits that large projects name for these tags. Never add one that was not looked up. */
const pinnedActions = new Map([
  ['actions/checkout', ['3d3c42e5aac5ba805825da76410c181273ba90b1', 'v7.0.1']],
  ['actions/setup-node', ['820762786026740c76f36085b0efc47a31fe5020', 'v7.0.0']],
  ['actions/upload-artifact', ['043fb46d1a93c77aae656e7c1c64a875d1fc6a0a', 'v7.0.1']],
  ['actions/cache', ['55cc8345863c7cc4c66a329aec7e433d2d1c52a9', 'v6.1.0']],
  ['sigstore/cosign-installer', ['6f9f17788090df1f26f669e9d70d6ae9567deba6', 'v4.1.2']],
  ['actions/attest-build-provenance', ['a2bbfa25375fe432b6a289bc6b6cd05ecd0c4c32', 'v4.1.0']],
]);

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  readonly 'timeout-minutes'?: number;
}

interface Workflow {
  readonly permissions?: unknown;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const files = globSync('.github/workflows/*.{yml,yaml}', { cwd: root }).sort();
const ownAction = 'podplane/assay@v0';
/** And what `assay init` writes. */
const texts = new Map([
  ...files.map((file) => [file, readFileSync(join(root, file), 'utf8')] as const),
  ['of assay init', manifestsWorkflow(ownAction)],
]);

describe.each([...texts])('%s', (_file, text) => {
  const workflow = parse(text) as Workflow;
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);

  it('names every action by a commit that was looked up, and says its tag', () => {
    for (const [all, action = '', commit = '', tag = ''] of text.matchAll(
      /uses: ([^@\s]+)@?(\S*)(?: # (\S+))?/g,
    )) {
      if (all === 'uses: ./' || all === `uses: ${ownAction}`) continue;
      expect([action, commit, tag]).toEqual([action, ...(pinnedActions.get(action) ?? ['unknown', ''])]);
    }
    expect(text.match(/uses:/g) ?? []).toHaveLength(steps.filter(({ uses }) => uses !== undefined).length);
  });

  it('gives each job the rights that it names, and the workflow none', () => {
    expect(workflow.permissions).toEqual({});
    for (const job of jobs) expect(Object.keys(job.permissions ?? {})).not.toEqual([]);
  });

  it('keeps no credentials where nothing is pushed', () => {
    for (const job of jobs) {
      const writes = job.permissions?.['contents'] === 'write';
      const checkouts = job.steps.filter(({ uses }) => uses?.startsWith('actions/checkout@') === true);
      for (const checkout of checkouts) {
        if (!writes) expect(checkout.with?.['persist-credentials']).toBe(false);
      }
    }
  });

  it('builds and runs the project only where it cannot write', () => {
    for (const job of jobs) {
      const rights = Object.values(job.permissions ?? {});
      const runs = job.steps.map(({ run, uses }) => `${run ?? ''}\nuses: ${uses ?? ''}`).join('\n');
      // Of a file that is packed already, npm runs nothing.
      const packed = /npm publish [^\n]*--ignore-scripts [^\n]*\.tgz$/m;
      if (rights.includes('write'))
        expect(runs.replace(packed, '')).not.toMatch(
          /\bmake\b|\bnpm\b|\bnpx\b|scripts\/|uses: (\.|podplane)/,
        );
    }
  });

  it('runs the Node that the project is developed with', () => {
    const toolchain = JSON.parse(readFileSync(join(root, 'scripts/toolchain/package.json'), 'utf8')) as {
      optionalDependencies: Record<string, string>;
    };
    const [pinned] = new Set(Object.values(toolchain.optionalDependencies));
    for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/setup-node@') === true)) {
      expect(step.with?.['node-version']).toBe(pinned);
    }
  });

  it('gives GitHub a text that it takes', () => {
    const proposing = steps.filter(({ run = '' }) => run.includes('--body-file'));
    for (const { run } of proposing) expect(run).toMatch(/wc -c.*-gt 60000/);
  });

  it('ends every job, and runs once at a time', () => {
    expect(workflow.concurrency).toBeDefined();
    for (const job of jobs) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });

  it('puts no expression into a script: values come by the environment', () => {
    for (const { run = '' } of steps) expect(run).not.toContain('${{');
  });
});

it('assay init writes what this repository goes by', () => {
  const own = parse(texts.get('.github/workflows/update-manifests.yml') ?? '') as Workflow;
  const written = parse(texts.get('of assay init') ?? '') as Workflow;
  const scripts = ({ steps }: Job) => steps.flatMap(({ run }) => run ?? []);
  // It has no ci.yml to start.
  const started = /^ *(#.*starts no workflow.*|gh workflow run .*)\n/gm;
  expect(scripts(written.jobs['resolve']!)).toEqual(scripts(own.jobs['resolve']!));
  expect(scripts(written.jobs['propose']!)).toEqual(
    scripts(own.jobs['propose']!).map((script) => script.replaceAll(started, '')),
  );
});

it('a release publishes what make release makes, of a tag that is the version, signed last', () => {
  const { jobs } = parse(texts.get('.github/workflows/release.yml') ?? '') as Workflow;
  const scripts = (job: string) => jobs[job]!.steps.flatMap(({ run, uses }) => run ?? uses ?? []);
  const order = (job: string, ...wanted: RegExp[]) =>
    wanted.map((one) => scripts(job).findIndex((script) => one.test(script)));
  const built = order('build', /package\.json/, /\.ci\/run/, /make release/, /upload-artifact/);
  const published = order(
    'publish',
    /sha256sum --check/,
    /cosign sign-blob/,
    /gh release create/,
    /npm publish/,
  );
  for (const found of [built, published]) {
    expect(found).not.toContain(-1);
    expect(found).toEqual(found.toSorted((one, other) => one - other));
  }
});

it('there are workflows', () => {
  expect(files).toEqual(
    ['ci', 'nightly', 'release', 'update-manifests', 'update-trust'].map(
      (name) => `.github/workflows/${name}.yml`,
    ),
  );
});

/** action.yml, played: its own scripts in a shell, in a repository that resolves against the embedded upstream. */
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import { playAction, readAction } from '../support/composite-action.ts';
import { now, removeSeed, test, type Rehearsal } from '../support/rehearsal.ts';
import { root } from '../support/run-assay.ts';

afterAll(() => removeSeed());

const place = ({ directory }: Rehearsal, name = 'temp') => ({
  workspace: directory,
  temp: join(directory, name),
});
const networkOf = ({ mirrorArgs, directory }: Rehearsal) =>
  ['--now', now, '--cache-dir', join(directory, 'cache'), ...mirrorArgs].join('\n');
const ours = { catalogue: 'catalogue.yaml', 'manifests-dir': 'manifests' };

describe('the action', () => {
  test('updates, says what changed, and then has nothing to say', async ({ fresh }) => {
    const inputs = { ...ours, command: 'update', arguments: networkOf(fresh) };
    const first = await playAction(inputs, place(fresh));
    expect(first.stderr).toContain('entries in 4 manifests written');
    expect(first.outputs).toMatchObject({ 'exit-code': '0', changed: 'true' });
    expect(first.outputs['changed-manifests']?.split('\n')).toEqual(
      ['knc.debian-13.amd64', 'knc.debian-13.arm64', 'knd.debian-13.amd64', 'knd.debian-13.arm64'].map(
        (name) => `manifests/${name}.json`,
      ),
    );
    const summary = await readFile(first.outputs['summary'] ?? '', 'utf8');
    expect(summary).toContain('libpq5');
    expect(first.stepSummary).toBe(summary);
    const again = await playAction(inputs, place(fresh, 'again'));
    expect(again.outputs).toMatchObject({ 'exit-code': '0', changed: 'false', 'changed-manifests': '' });
  });

  test('verifies and checks what is there, and fails by the exit code of what is not so', async ({
    seeded,
  }) => {
    const verified = await playAction(
      { command: 'verify', arguments: `--now\n${now}\n--allow-partial` },
      place(seeded),
    );
    expect(verified.outputs).toMatchObject({ 'exit-code': '0', changed: 'false' });
    const file = join(seeded.manifestsDir, 'knd.debian-13.amd64.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('/debian-security/', '/elsewhere/'));
    const checked = await playAction(
      { ...ours, command: 'check', arguments: networkOf(seeded) },
      place(seeded, 'checked'),
    );
    expect(checked.exitCode).toBe(3);
    expect(checked.outputs).toMatchObject({ 'exit-code': '3', changed: 'false' });
  });

  test('hands no input to a shell, and no word to another flag', async ({ seeded }) => {
    const hacked = join(seeded.directory, 'hacked');
    const shell = `x"; touch '${hacked}'; $(touch ${hacked}) \`touch ${hacked}\` #`;
    for (const inputs of [
      { command: 'stage', manifests: shell, directory: shell, arguments: shell },
      { command: 'check', catalogue: 'a\nchanged=true\n::error::b' },
    ]) {
      const { exitCode, outputs, stderr } = await playAction(inputs, place(seeded));
      expect(exitCode).toBe(2);
      expect(outputs['changed']).not.toBe('true');
      expect(stderr).not.toContain('::error::b');
    }
    await expect(access(hacked)).rejects.toThrow();
  });

  test('asks for nothing else: no expression in a script, no other action, no token while it builds', async ({}) => {
    const { runs, inputs, outputs } = await readAction();
    expect(runs.using).toBe('composite');
    for (const { run, shell, uses } of runs.steps) {
      expect(run).not.toContain('${{');
      expect([shell, uses]).toEqual(['bash', undefined]);
    }
    expect(runs.steps[0]?.env).toBeUndefined();
    const page = await readFile(join(root, 'docs/action.md'), 'utf8');
    const rows = (all: Readonly<Record<string, { description: string }>>) =>
      Object.entries(all).map(([name, { description }]) => `| \`${name}\` | ${description} |`);
    const table = page.replace(/ +\|/g, ' |');
    for (const row of [...rows(inputs), ...rows(outputs)]) expect(table).toContain(row);
    expect(page.split('## Inputs')[1]?.match(/^\| `[a-z-]+` /gm)).toHaveLength(
      Object.keys(inputs).length + Object.keys(outputs).length,
    );
  });
});

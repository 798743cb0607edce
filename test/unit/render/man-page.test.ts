/** Manual pages of every command, as roff reads them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createWholeProgram } from '../../../src/commands/program.ts';
import { commandSpecOf } from '../../../src/commands/shared/command-spec.ts';
import type { CommandSpec } from '../../../src/model/command-spec.ts';
import { manPages } from '../../../src/render/man-page.ts';
import { runInProcess } from '../../support/command-in-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'assay-man-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const of = { version: '1.2.3', date: '2026-11-29' };
const macros = ['TH', 'SH', 'TP', 'PP', 'B', 'BR', 'nf', 'fi', 'RS', 'RE', 'nh'];

/** Hostile where a page could be: roff's own characters at each place that has text. */
const hostile = `.de x\\n'so /etc/passwd \\X'ps: "quoted" -- \\\\ \`tick\` ^ ~ … 日本`;
const sample: CommandSpec = {
  path: ['assay', 'x'],
  summary: hostile,
  description: `.SH INJECTED\n'so /etc/passwd\n${hostile}\n\n.`,
  usage: '[options]',
  arguments: [
    { name: '.arg', description: hostile, isOptional: false, isVariadic: false, choices: [], sorts: [] },
  ],
  options: [
    {
      ...{ long: '--within', short: '-w', description: `'${hostile}` },
      value: { name: 'time', isOptional: true, isVariadic: false, choices: [], sorts: [] },
    },
    { long: '--yes', short: undefined, description: '.', value: undefined },
  ],
  commands: [],
  examples: ['.so /etc/passwd', `assay x \\`, `  --only 'a b' "c"`],
};

const program = manPages(commandSpecOf(await createWholeProgram(undefined as never)), of);
const pages = new Map([...program, ...manPages(sample, of)]);

function judgedBy(tool: string, args: readonly string[], page: string): string {
  const file = join(directory, 'page.1');
  writeFileSync(file, page);
  const { stdout, stderr } = spawnSync(tool, [...args, file], { encoding: 'utf8' });
  return (args.includes('lint') ? stdout : '') + stderr;
}

describe('manual pages', () => {
  it('are there for the program and every command, sub-commands too', async () => {
    const help = await runInProcess(['--help']);
    const names = [...help.stdout.matchAll(/^ {2}([a-z][a-z-]+) {2}/gm)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(20);
    expect([...program.keys()]).toEqual(
      expect.arrayContaining(['assay', 'assay-render-user-data', ...names.map((name) => `assay-${name}`)]),
    );
  });

  it.each([...pages])('%s has sections, and no request but the macros that it is made of', (name, page) => {
    const requests = Array.from(page.matchAll(/^[.'](\S*)/gm), ([, request]) => request);
    expect(requests.filter((request) => !macros.includes(request ?? ''))).toEqual([]);
    expect(page).not.toMatch(/[^\x20-\x7e\n]|\n\n/);
    const sections = Array.from(page.matchAll(/^\.SH (.*)/gm), ([, section]) => section);
    expect(sections.slice(0, 3)).toEqual(['NAME', 'SYNOPSIS', 'DESCRIPTION']);
    if (name !== 'assay' && name !== 'assay-x') expect(sections).toContain('EXAMPLES');
    // Every backslash begins an escape that is ours.
    expect(page.replaceAll(/\\(?:[-e&]|\(aq|\(dq|\(ga|\(ha|\(ti|f[BIR]|\[u[0-9A-F]+\])/g, '')).not.toContain(
      '\\',
    );
  });

  it('say of a flag what help says', async () => {
    const { stdout } = await runInProcess(['man', 'stage']);
    expect(stdout).toContain(
      '\\fB\\-\\-dir\\fR \\fIdir\\fR\nwhere to (default: "/opt/podplane/artifacts")\n',
    );
  });

  it('are written to a folder together', async () => {
    await runInProcess(['man', '--dir', join(directory, 'man1')]);
    expect(readdirSync(join(directory, 'man1')).sort()).toEqual(
      [...program.keys()].map((name) => `${name}.1`).sort(),
    );
    const page = readFileSync(join(directory, 'man1/assay-render-user-data.1'), 'utf8');
    expect(page).toBe((await runInProcess(['man', 'render', 'user-data'])).stdout);
  });

  it.each([
    ['groff', ['-man', '-ww', '-Tutf8', '-z']],
    ['mandoc', ['-T', 'lint', '-W', 'warning']],
  ])('%s has nothing to say about them, where it is here', (tool, args) => {
    if (spawnSync(tool, ['--version']).error !== undefined) return;
    const complaints = [...pages].map(([name, page]) => [name, judgedBy(tool, args, page)]);
    expect(complaints.filter(([, complaint]) => complaint !== '')).toEqual([]);
  });

  it.each([
    [['man', 'stge'], 'unknown command "stge"; did you mean "stage"?'],
    [['man', 'render', 'userdata'], 'did you mean "user-data"?'],
    [['man', 'stage', '--dir', 'x'], '--dir is for the pages of all commands'],
    [['man', '__names'], 'unknown command "__names"'],
  ])('%j is wrong usage', async (args, message) => {
    const { exitCode, stderr } = await runInProcess(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});

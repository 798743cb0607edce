/** A hint leads somewhere: it names no flag that the command lacks. */
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { hintFor } from '../../../src/commands/shared/report-error.ts';
import { UsageError } from '../../../src/model/errors.ts';
import { runInProcess } from '../../support/command-in-process.ts';
import { failingRuns } from '../../support/failing-runs.ts';
import { root, runAssay } from '../../support/run-assay.ts';

const elsewhere = mkdtempSync(join(tmpdir(), 'assay-hints-'));
afterAll(() => {
  rmSync(elsewhere, { recursive: true });
});
const withoutSigstore = join(elsewhere, 'without-sigstore');
mkdirSync(join(withoutSigstore, 'trust'), { recursive: true });
writeFileSync(join(withoutSigstore, 'trust/pins.yaml'), 'version: 1\nanchors: {}\n');
writeFileSync(join(withoutSigstore, 'bundle.json'), '{}');
writeFileSync(join(withoutSigstore, 'SUMS'), 'x');

const flagsIn = (text: string) => text.match(/--[a-z][a-z-]+/g) ?? [];

/** Every flag of a command, and of those below it, as its help has them. */
async function flagsOf(...names: readonly string[]): Promise<ReadonlySet<string>> {
  const { stdout } = await runInProcess(['help', ...names]);
  const below =
    names[0] === 'render' && names.length === 1
      ? ['install-plan', 'fetch-script', 'user-data', 'image-refs']
      : [];
  const more = await Promise.all(below.map((name) => flagsOf(...names, name)));
  return new Set([...flagsIn(stdout), ...more.flatMap((flags) => [...flags])]);
}

const commands = new Map<string, ReadonlySet<string>>();
for (const name of Object.keys(failingRuns)) commands.set(name, await flagsOf(name));

/** The text of every `hint` in src/, whatever it is put together of. */
function hintsOf(file: string): readonly string[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(root, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const hints: string[] = [];
  const texts = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      hints.push(node.text);
    ts.forEachChild(node, texts);
  };
  const visit = (node: ts.Node): void => {
    const isHint =
      (ts.isPropertyAssignment(node) || ts.isVariableDeclaration(node)) && /hint$/i.test(node.name.getText());
    if (isHint && node.initializer !== undefined) texts(node.initializer);
    else ts.forEachChild(node, visit);
  };
  visit(source);
  return hints;
}

const files = globSync('src/**/*.ts', { cwd: root });
const hints = files.flatMap((file) => hintsOf(file).map((hint) => [file, hint] as const));

describe('hints', () => {
  it('name flags that there are', () => {
    const known = new Set([...commands.values()].flatMap((flags) => [...flags]));
    expect(hints.length).toBeGreaterThan(100);
    const unknown = hints.filter(
      ([, hint]) => !hint.includes('gpg ') && flagsIn(hint).some((flag) => !known.has(flag)),
    );
    expect(unknown).toEqual([]);
  });

  it.each([...commands])('name no flag that %s lacks', (name, flags) => {
    const leading = hints.filter(([, hint]) => {
      const shown = hintFor(new UsageError('USAGE', 'x', { hint }), (flag) => flags.has(flag)) ?? '';
      return flagsIn(shown).some((flag) => !flags.has(flag));
    });
    expect(leading, name).toEqual([]);
  });

  it('of a command itself are shown whole', () => {
    for (const [file, hint] of hints) {
      const flags = commands.get(/^src\/commands\/([a-z-]+)\.ts$/.exec(file)?.[1] ?? '');
      if (flags === undefined) continue;
      expect(
        flagsIn(hint).filter((flag) => !flags.has(flag)),
        file,
      ).toEqual([]);
    }
  });

  it('keep what is said for all', () => {
    const error = new UsageError('USAGE', 'x', {
      hint: 'Do this. Or do that with --that. Or else, and so on.',
    });
    expect(hintFor(error, () => true)).toBe(error.hint);
    expect(hintFor(error, () => false)).toBe('Do this. Or else, and so on.');
    expect(hintFor(new UsageError('USAGE', 'x', { hint: 'Give --that.' }), () => false)).toBeUndefined();
    expect(hintFor(new UsageError('USAGE', 'x'), () => true)).toBeUndefined();
  });
});

describe.concurrent('what a command says where it fails', () => {
  it.each(Object.entries(failingRuns))('%s names none of others', async (name, { args, exitCode }) => {
    const outcome = await runInProcess([name, ...args], { env: { XDG_CACHE_HOME: '/dev/null/cache' } });
    expect(outcome).toMatchObject({ exitCode });
    const given = new Set(args);
    const flags = commands.get(name);
    expect(flagsIn(outcome.stderr).filter((flag) => flags?.has(flag) !== true && !given.has(flag))).toEqual(
      [],
    );
  });

  const digest = `sha256:${'0'.repeat(64)}`;
  const signer = ['--certificate-identity', 'a@b.example', '--certificate-oidc-issuer', 'https://i.example'];
  it.each([
    ['verify-bundle', [digest, '--bundle', 'bundle.json', ...signer], '--trusted-root'],
    [
      'verify-blob',
      [
        ...[digest, '--signature', 'bundle.json', '--certificate', 'bundle.json'],
        ...['--rekor-entry', 'bundle.json', ...signer],
      ],
      '--trusted-root',
    ],
    [
      'verify-checksums',
      ['--checksums', 'SUMS', '--bundle', 'bundle.json', ...signer, 'SUMS'],
      '--trusted-root',
    ],
  ])('%s where the pins know no Sigstore leads to a flag of its own', async (name, args, flag) => {
    const { exitCode, stderr } = await runAssay([name, ...args], { cwd: withoutSigstore });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(flag);
    const flags = commands.get(name);
    expect(flagsIn(stderr).filter((one) => flags?.has(one) !== true)).toEqual([]);
  });

  it.each([
    ['update-trust', ['--offline'], '--trust-dir'],
    ['update-manifests', [], '--catalogue'],
  ])('%s in a folder that is no checkout leads to a flag of its own', async (name, args, flag) => {
    const { exitCode, stderr } = await runAssay([name, ...args], { cwd: elsewhere });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(flag);
    const flags = commands.get(name);
    expect(flagsIn(stderr).filter((one) => flags?.has(one) !== true)).toEqual([]);
  });
});

/** Streams that fail: whoever reads the exit code alone must not take a refusal, or half a result, for a success. */
import { describe, expect, it } from 'vitest';
import { failingRuns, file, inRelease, manifest, now } from '../support/failing-runs.ts';
import { cli, runAssay, runProgram } from '../support/run-assay.ts';

/** By `sh`, its streams as `redirection` says. What is left of stderr ends in the exit code, which goes past the streams. */
async function runUnder(redirection: string, args: readonly string[]) {
  const script = `{ { "$@"; echo "exit code $?" >&3; } ${redirection}; } 3>&1`;
  const { stdout, stderr } = await runProgram('sh', ['-c', script, 'sh', process.execPath, cli, ...args]);
  return { exitCode: Number(/exit code (\d+)\n$/.exec(stdout)?.[1]), stderr };
}

/** In the order of the commands, one each: what becomes of a stream is the same code for all of them. */
const redirections = ['>/dev/null', '| :', '2>&1 | :', '2>/dev/full', '>/dev/full 2>/dev/full'];

const stackTrace = /^\s+at .*[:(]\d+|bug in assay|Unhandled/m;

describe('a command that fails', () => {
  it('is every one that there is', async () => {
    const { stdout } = await runAssay(['--help']);
    const commands = Array.from(stdout.matchAll(/^ {2}([a-z][a-z-]+) {2}/gm), ([, name]) => name);
    expect(Object.keys(failingRuns)).toEqual(commands);
  });

  const runs = Object.entries(failingRuns).map(([name, run], at) => ({ ...run, name, at }));

  describe.each(runs)('$name', ({ name, at, exitCode, args }) => {
    // The others have a document of another kind to write.
    const json = ['sbom', 'attest', 'report', 'render', 'help'].includes(name) ? [] : ['--json'];
    const all = [name, ...args, ...json];

    const redirection = redirections[at % redirections.length]!;
    it(`ends with its exit code, with ${redirection}`, async () => {
      const outcome = await runUnder(redirection, all);
      expect(outcome, outcome.stderr).toMatchObject({ exitCode });
      expect(outcome.stderr).not.toMatch(stackTrace);
    });

    it('says that its document could not be written', async () => {
      const outcome = await runUnder('>/dev/full', all);
      expect(outcome).toMatchObject({ exitCode });
      expect(outcome.stderr).not.toMatch(stackTrace);
      if (json.length > 0)
        expect(outcome.stderr).toContain('cannot write standard output: ENOSPC [NO_SPACE]\n');
    });
  });
});

describe('a command that succeeds', () => {
  const verify = ['verify-release', inRelease, '--keyring', 'trust/debian-archive.asc', ...now];

  it.each([
    [['--help']],
    [['--version']],
    [['help', 'stage']],
    [['stage', '--help']],
    [verify],
    [[...verify, '--json']],
    [['render', 'install-plan', manifest]],
    [['verify-checksums', '--checksums', file('GOOD', 'a'.repeat(64)), file('x', ''), '--name', 'y']],
  ])('fails where its result cannot be written: %j', async (args) => {
    const outcome = await runUnder('>/dev/full', args);
    expect(outcome.exitCode).toBeGreaterThan(1);
    expect(outcome.stderr).toContain('cannot write standard output: ENOSPC [NO_SPACE]\n');
    expect(outcome.stderr).not.toMatch(stackTrace);
  });

  it.each(['| :', '| head -n 1', '2>/dev/full', '2>&1 | :'])('succeeds with %s', async (redirection) => {
    expect(await runUnder(redirection, verify)).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

/**
 * The rendered fetch script, and the programs of the machine: an openssl that is there, is not, or is good for nothing
 * gives no other verdict; nor does an older mv or curl. That a program which is there lies is nobody's to find out.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ManifestDependency } from '../../src/formats/own/manifest.ts';
import { file } from '../support/fault-server.ts';
import { hasProgram, inTurn, posixShells } from '../support/posix-shells.ts';
import { runFetch } from '../support/rendered-fetch.ts';
import type { Outcome } from '../support/run-assay.ts';
import { pathWithout, standIn } from '../support/stand-ins.ts';
import {
  faultyName,
  openStagingFaults,
  stagingContent,
  type FaultyStaging,
  type StagingFaults,
} from '../support/staging-faults.ts';

let matrix: StagingFaults;
beforeAll(async () => void (matrix = await openStagingFaults()));
afterAll(() => matrix.close());

/** Large enough for openssl. */
const large = Buffer.alloc(4_000_000, 'a kubelet ');
const flipped = Buffer.from(large);
flipped[5] = 0;
const hexOf = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex');
const [sha256, sha512] = [hexOf('sha256', large), hexOf('sha512', large)];
const bySha512 = (entry: ManifestDependency) =>
  ({ ...entry, digest: `sha512:${sha512}` }) as ManifestDependency;

const good = { answers: [file(large, { etag: '"1"' })], content: large };
const wrong = { answers: [file(flipped, { etag: '"1"' })], content: large };

const expectExit = (outcome: Outcome, exitCode: number): Outcome => {
  expect(outcome.exitCode, outcome.stderr).toBe(exitCode);
  // Shells tell of what was killed.
  for (const line of outcome.stderr.trimEnd().split('\n')) expect(line).toMatch(/^(?:assay-fetch: |Killed$)/);
  return outcome;
};

/** Programs that hash write down what they are asked, and run; openssl `text` before that. */
async function watched({ directory }: FaultyStaging, text = '') {
  const [bin, log] = [join(directory, 'bin'), join(directory, 'asked')];
  const noting = (program: string) => `echo "${program} $*" >>'${log}'`;
  for (const program of ['sha256sum', 'sha512sum']) await standIn(bin, program, noting(program));
  const PATH = await standIn(bin, 'openssl', `${noting('openssl')}\n${text}`);
  const asked = async () => {
    const lines = (await readFile(log, 'utf8')).trimEnd().split('\n');
    await rm(log);
    return lines.map((line) => line.trim()).sort();
  };
  return { env: { PATH }, asked };
}

/** Of the small file beside it. */
const small = 'sha512sum';

for (const shell of posixShells) {
  describe.concurrent(`under ${shell.name}, the fetch script`, () => {
    const own = inTurn(test, shell);
    own.for([
      ['sha256', sha256, undefined],
      ['sha512', sha512, bySha512],
    ] as const)('has openssl hash what is large, by %s', async ([algorithm, hex, edit], { skip }) => {
      skip(!hasProgram('openssl', 'version'), 'openssl is not installed');
      const staging = await matrix.stage({ ...good, ...(edit === undefined ? {} : { edit }) });
      const { env, asked } = await watched(staging);
      const { stderr } = expectExit(await runFetch(shell, staging, {}, { env }), 0);
      await staging.requireOutcome('staged');
      expect(stderr).toContain(`kubelet: ${large.length} bytes, ${algorithm}:${hex}\n`);
      const openssl = `openssl dgst -${algorithm} -r`;
      expect(await asked()).toEqual([openssl, small]);
      expectExit(await runFetch(shell, staging, {}, { env }), 0);
      expect(await asked()).toEqual([openssl, small]);
      expect(staging.requests()).toHaveLength(1);
      // What is not right, coreutils have to say.
      await writeFile(join(staging.artifacts, faultyName), flipped);
      expectExit(await runFetch(shell, staging, {}, { env }), 0);
      await staging.requireOutcome('staged');
      expect(await asked()).toEqual([openssl, openssl, `${algorithm}sum`, small]);
    });

    own('asks coreutils alone where there is no openssl', async () => {
      for (const [answers, exitCode, verdict] of [
        [good, 0, 'staged'],
        [wrong, 5, 'refused'],
      ] as const) {
        const staging = await matrix.stage(answers);
        const env = { PATH: await pathWithout(join(staging.directory, 'bin'), 'openssl') };
        expectExit(await runFetch(shell, staging, {}, { env }), exitCode);
        await staging.requireOutcome(verdict);
      }
    });

    own.for<[string, string]>([
      ['fails', 'echo "an error" >&2; exit 1'],
      ['is killed', 'kill -9 $$'],
      ['says many lines', `printf '%s\\n' a b '${sha256}'; exit 0`],
      ['says half of the digest', `echo '${sha256.slice(0, 32)} *stdin'; exit 0`],
      ['says more than the digest', `echo '${sha256}0 *stdin'; exit 0`],
      ['says a pattern', "echo '* *stdin'; exit 0"],
      ['says another digest', `echo '${hexOf('sha256', flipped).replace(/^./, 'g')} *stdin'; exit 0`],
      ['fails half-way', `head -c 1000 >/dev/null; exit 1`],
      ['has a configuration that is none', 'OPENSSL_CONF=/dev/null/none; export OPENSSL_CONF'],
    ])('gives the verdict of coreutils where openssl %s', async ([, text]) => {
      const staging = await matrix.stage(good);
      const { env, asked } = await watched(staging, text);
      const right = expectExit(await runFetch(shell, staging, {}, { env }), 0);
      await staging.requireOutcome('staged');
      expect(right.stderr).toContain(`sha256:${sha256}\n`);
      expect(await asked()).toContain('openssl dgst -sha256 -r');

      const refused = await matrix.stage(wrong);
      const again = await watched(refused, text);
      const { stderr } = expectExit(await runFetch(shell, refused, {}, { env: again.env }), 5);
      await refused.requireOutcome('refused');
      expect(stderr).toContain(
        `digest is sha256:${hexOf('sha256', flipped)}, expected sha256:${sha256} (${refused.faultyUrl})\n`,
      );
      expect(await again.asked()).toEqual(['openssl dgst -sha256 -r', 'sha256sum', small]);
    });

    own('asks no openssl about what is small', async () => {
      const content = stagingContent[faultyName]!;
      const staging = await matrix.stage({ answers: [file(content)] });
      const { env, asked } = await watched(staging);
      expectExit(await runFetch(shell, staging, {}, { env }), 0);
      expect(await asked()).toEqual(['sha256sum', small]);
    });

    own.for<[string, string, string]>([
      ['mv has no -T', 'mv', `case $1 in *T*) echo "mv: invalid option -- 'T'" >&2; exit 1 ;; esac`],
      ['curl does not say how much came', 'curl', 'set -- "$@" --write-out ""'],
      ['curl says it in another form', 'curl', 'set -- "$@" --write-out "%{size_download}.000\\n"'],
    ])('does without where %s', async ([, program, text]) => {
      const elsewhere = 'elsewhere';
      const staging = await matrix.stage({ answers: [file(stagingContent[faultyName]!)] });
      const env = { PATH: await standIn(join(staging.directory, 'bin'), program, text) };
      await mkdir(join(staging.directory, elsewhere));
      await mkdir(staging.artifacts);
      // A link is replaced, and not what it leads to.
      await symlink(`../${elsewhere}`, join(staging.artifacts, faultyName));
      expectExit(await runFetch(shell, staging, {}, { env }), 0);
      await staging.requireOutcome('staged');
      expect(await readdir(join(staging.directory, elsewhere))).toEqual([]);
      await rm(join(staging.artifacts, faultyName));
      await mkdir(join(staging.artifacts, faultyName));
      const { stderr } = expectExit(await runFetch(shell, staging, {}, { env }), 2);
      expect(stderr).toContain('kubelet is a directory');
    });

    own('removes version files that are of no partial file, and no others', async () => {
      const staging = await matrix.stage({ answers: [file(stagingContent[faultyName]!)] });
      const own = join(staging.artifacts, '.assay');
      await mkdir(own, { recursive: true });
      const of = (name: string) => `.${name}.0123456789abcdef`;
      for (const name of [`${of('done')}.version`, `${of('cut')}.version`, `${of('cut')}.partial`])
        await writeFile(join(own, name), '');
      expectExit(await runFetch(shell, staging), 0);
      expect((await readdir(own)).sort()).toEqual([`${of('cut')}.partial`, `${of('cut')}.version`]);
    });
  });
}

/** The fault matrix of staging through the rendered script, under the shells at hand by turns: the verdicts of `assay stage`. */
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTurn, missingShells, posixShells } from '../support/posix-shells.ts';
import { runFetch } from '../support/rendered-fetch.ts';
import {
  exitCodes,
  faultyName,
  openStagingFaults,
  stagingFaults,
  type StagingFaults,
} from '../support/staging-faults.ts';

let matrix: StagingFaults;
beforeAll(async () => void (matrix = await openStagingFaults()));
afterAll(() => matrix.close());

for (const name of missingShells) test.skip(`${name} is not installed: nothing was run under it`);

for (const shell of posixShells) {
  describe.concurrent(`the fetch script under ${shell.name}, where the server`, () => {
    inTurn(test, shell).for(stagingFaults)('$name: $verdict', async (fault) => {
      const staging = await matrix.stage(fault);
      const { exitCode, stderr } = await runFetch(
        shell,
        staging,
        fault.stalls === true ? { stallTimeoutMs: 2_000 } : {},
      );
      expect(exitCode, stderr).toBe(exitCodes[fault.verdict]);
      await staging.requireOutcome(fault.verdict);
      // The error names the file; the shell itself has nothing to say.
      if (fault.verdict !== 'staged')
        expect(stderr).toMatch(new RegExp(`^assay-fetch: ${faultyName}: `, 'm'));
      for (const line of stderr.trimEnd().split('\n')) expect(line).toMatch(/^assay-fetch: /);
      // Three attempts and one that got further, or five redirects.
      if (fault.verdict === 'failed') expect(staging.requests().length).toBeLessThanOrEqual(6);
      if (fault.verdict !== 'refused') return;
      expect(await readdir(staging.artifacts)).toEqual(['runc.tar.gz']);
    });
  });
}

/**
 * Fetched key blocks and pins with the verdict that `update-trust` must give, and `verify-keys` by hand. Runs where ASSAY_CORPUS names
 * the directory that holds `trust-keys/`. An unexpected pass fails.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AssayError } from '../../src/model/errors.ts';
import type { KeyReport } from '../../src/model/openpgp-key.ts';
import { verifyKeyBlock } from '../../src/verify/openpgp/key-block.ts';
import { runAssay } from '../support/run-assay.ts';

const now = new Date('2026-11-21T00:00:00Z');

interface CorpusCase {
  readonly id: string;
  readonly block: string;
  readonly pins: readonly string[];
  readonly expect: 'accept' | 'reject' | 'either';
  readonly why: string;
  readonly fingerprints?: readonly string[];
  readonly subkeys?: readonly string[];
  readonly expires?: string;
}

async function judge(
  block: Uint8Array,
  fingerprints: readonly string[],
): Promise<readonly KeyReport[] | undefined> {
  try {
    return (await verifyKeyBlock(block, { fingerprints }, now)).keys;
  } catch (error) {
    if (error instanceof AssayError) return undefined;
    throw error;
  }
}

const corpus = process.env['ASSAY_CORPUS'];

describe.runIf(corpus !== undefined)('trust-keys corpus', () => {
  if (corpus === undefined) {
    console.info('trust-keys corpus skipped: ASSAY_CORPUS not set');
    it('skipped: ASSAY_CORPUS not set', () => undefined);
    return;
  }
  const root = join(resolve(corpus), 'trust-keys');
  const manifest = JSON.parse(readFileSync(join(root, 'manifest.json'), 'utf8')) as { cases: CorpusCase[] };
  for (const one of manifest.cases) {
    it(`${one.id}: ${one.expect}, ${one.why}, by the built command`, async () => {
      const pins = one.pins.flatMap((pin) => ['--pin', pin]);
      const args = ['verify-keys', '--json', '--now', now.toISOString(), ...pins, join(root, one.block)];
      const { exitCode, stdout } = await runAssay(args);
      expect([0, 2, 5]).toContain(exitCode);
      if (one.expect !== 'either') expect(exitCode === 0 ? 'accept' : 'reject').toBe(one.expect);
      expect(JSON.parse(stdout)).toHaveProperty('verified', exitCode === 0);
    });

    it(`${one.id}: ${one.expect}, ${one.why}`, async () => {
      const reports = await judge(readFileSync(join(root, one.block)), one.pins);
      if (one.expect !== 'either') expect(reports === undefined ? 'reject' : 'accept').toBe(one.expect);
      if (reports === undefined) return;
      if (one.fingerprints) expect(reports.map((key) => key.fingerprint)).toEqual(one.fingerprints);
      const subkeys = reports.flatMap((key) => key.signingSubkeys);
      if (one.subkeys) expect(subkeys.map((subkey) => subkey.fingerprint)).toEqual(one.subkeys);
      if (one.expires) expect(reports[0]?.expires?.toISOString()).toMatch(new RegExp(`^${one.expires}`));
    });
  }
});

/**
 * What of aqua's registry the catalogue can say, by `import aqua` itself. Runs where ASSAY_CORPUS is set and `reach/` is
 * beside it: half of aqua's rules, which are data of another project and in no commit.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reachOf, type PackageOutcome, type Tally } from '../../src/pipeline/import/aqua.ts';
import { loadCatalogue } from '../../src/pipeline/manifests/catalogue.ts';
import { runInProcess } from '../support/command-in-process.ts';

const corpus = process.env['ASSAY_CORPUS'] ?? '';
const registry = join(resolve(corpus), '../reach/aqua/pkgs');
const isThere = corpus !== '' && existsSync(registry);

describe.runIf(!isThere)("aqua's registry", () => {
  it('was not tested: ASSAY_CORPUS is unset, or has no reach/ beside it', () => {
    expect(isThere).toBe(false);
  });
});

async function importAll() {
  const folder = await mkdtemp(join(tmpdir(), 'assay-reach-'));
  try {
    const [report, none] = [join(folder, 'report.json'), join(folder, 'none.yaml')];
    const flags = ['--catalogue', none, '--dry-run', '--report', report];
    const { exitCode, stdout } = await runInProcess(['import', 'aqua', registry, ...flags]);
    expect(exitCode).toBe(0);
    const outcomes = JSON.parse(await readFile(report, 'utf8')) as readonly PackageOutcome[];
    return { outcomes, catalogue: loadCatalogue(Buffer.from(stdout), 'catalogue.yaml') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const share = ({ equal, all }: Tally) => equal / all;

describe.runIf(isThere)("aqua's registry", async () => {
  // The whole of it is a valid catalogue: `importAll` reads it as one.
  const { outcomes, catalogue } = isThere ? await importAll() : { outcomes: [], catalogue: undefined };

  it('is reached: 97 % of what it verifies, 98 % of what is signed', () => {
    const { verifiable, signed } = reachOf(outcomes);
    expect(verifiable.all).toBeGreaterThan(600);
    expect(share(verifiable)).toBeGreaterThanOrEqual(0.97);
    expect(share(signed)).toBeGreaterThanOrEqual(0.98);
  });

  it('has an entry for each package but those without one, and why there is none', () => {
    const written = outcomes.filter(({ outcome }) => outcome !== 'none');
    const names = new Set(catalogue?.dependencies.map(({ name }) => name));
    expect(names.size).toBe(catalogue?.dependencies.length);
    // Names that two packages share are written once.
    expect(names.size).toBeLessThanOrEqual(written.length);
    expect(names.size).toBeGreaterThan(written.length * 0.98);
    for (const { package: name, outcome, reasons } of outcomes) {
      if (outcome !== 'equal') expect(reasons, name).not.toEqual([]);
    }
  });
});

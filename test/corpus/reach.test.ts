/**
 * What of aqua's registry the catalogue can say, by `import aqua` itself. Runs where ASSAY_CORPUS is set and `reach/` is
 * beside it: half of aqua's rules, which are data of another project and in no commit.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Dependency } from '../../src/formats/own/catalogue.ts';
import { reachOf, type PackageOutcome, type Tally } from '../../src/pipeline/import/aqua.ts';
import { loadCatalogue } from '../../src/pipeline/manifests/catalogue.ts';
import type { ReleaseEntry } from '../../src/sources/release-spec.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { narrowed, resolveImported } from '../support/imported-rehearsal.ts';
import type { ImportedSpec } from '../support/imported-release.ts';

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
    return { outcomes, text: stdout, catalogue: loadCatalogue(Buffer.from(stdout), 'catalogue.yaml') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const share = ({ equal, all }: Tally) => equal / all;

describe.runIf(isThere)("aqua's registry", async () => {
  // The whole of it is a valid catalogue: `importAll` reads it as one.
  const { outcomes, catalogue, text } = isThere ? await importAll() : { outcomes: [], catalogue: undefined, text: '' };

  it('is reached: 97 % of what it verifies, 98 % of what is signed', () => {
    const { verifiable, signed } = reachOf(outcomes);
    expect(verifiable.all).toBeGreaterThan(600);
    expect(share(verifiable)).toBeGreaterThanOrEqual(0.97);
    expect(share(signed)).toBeGreaterThanOrEqual(0.98);
  });

  it('has an entry for each package but those without one, and why there is none', () => {
    const written = outcomes.filter(({ outcome }) => outcome !== 'none');
    const named = names(catalogue?.dependencies ?? []);
    expect(named.size).toBe(catalogue?.dependencies.length);
    // Names that two packages share are written once.
    expect(named.size).toBeLessThanOrEqual(written.length);
    expect(named.size).toBeGreaterThan(written.length * 0.98);
    for (const { package: name, outcome, reasons } of outcomes) {
      if (outcome !== 'equal') expect(reasons, name).not.toEqual([]);
    }
  });

  const samples = sampled(catalogue?.dependencies ?? []);

  it.runIf(samples.length > 0)(
    'is resolved from an upstream over HTTP: all packages of a shape, or fifty',
    async () => {
      const { exitCode, digests, refusals } = await resolveImported(narrowed(text, names(samples)), 'truth');
      expect([exitCode, refusals]).toEqual([0, {}]);
      expect(new Set(Object.keys(digests))).toEqual(names(samples));
    },
    600_000,
  );

  it.runIf(samples.length > 0)(
    'is refused from an upstream that shows what vouches for another release, each of them',
    async () => {
      const { exitCode, digests, refusals } = await resolveImported(
        narrowed(text, names(samples)),
        'other release',
      );
      expect([exitCode, digests]).toEqual([5, {}]);
      expect(new Set(Object.keys(refusals))).toEqual(names(samples));
      expect([...new Set(Object.values(refusals))].toSorted()).toEqual(expectedRefusals);
    },
    600_000,
  );
});

/** Of each shape this many are resolved. */
const perShape = 50;

/** No line for the file, no digest of the host's; another key's signature; another workflow, ref or tag. */
const expectedRefusals = ['EVIDENCE_MISSING', 'SIGNATURE_INVALID', 'SIGNER_UNTRUSTED'];

const names = (some: readonly Dependency[]) => new Set(some.map(({ name }) => name));

/** Two of one repository would be in each other's way: they are published as one release. */
function sampled(dependencies: readonly Dependency[]): readonly Dependency[] {
  const placeOf = ({ asked }: Dependency) => JSON.stringify(asked.source);
  const alone = [...Map.groupBy(dependencies, placeOf).values()].flatMap(([first]) => first ?? []);
  return [...Map.groupBy(alone, shapeOf).values()].flatMap((all) => all.slice(0, perShape));
}

/** The methods, what is signed, and how the files are named. */
function shapeOf({ verification, source, asked, type }: Dependency): string {
  const { witnesses = [], ...own } = verification as ImportedSpec;
  const specs = [own, ...witnesses].map((spec) => {
    const signs = spec.checksums === undefined ? 'the file' : 'a checksum file';
    return `${spec.method} of ${signs}`;
  });
  const named = typeof (source as unknown as ReleaseEntry).asset === 'string' ? '' : ', names by architecture';
  const { type: from, index } = asked.source as unknown as { readonly type: string; readonly index?: object };
  return `${specs.join(' and ')} (${type}${named}, ${from}${index === undefined ? '' : ', versions from GitHub'})`;
}

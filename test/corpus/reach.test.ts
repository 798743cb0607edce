/**
 * What of aqua's registry the catalogue can say, by `import aqua` itself. Runs where ASSAY_CORPUS is set and `reach/` is
 * beside it: half of aqua's rules, which are data of another project and in no commit.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fillTemplate } from '../../src/formats/own/template.ts';
import type { Dependency } from '../../src/formats/own/catalogue.ts';
import { VerificationError } from '../../src/model/errors.ts';
import { reachOf, type PackageOutcome, type Tally } from '../../src/pipeline/import/aqua.ts';
import { loadCatalogue } from '../../src/pipeline/manifests/catalogue.ts';
import { Gathering } from '../../src/sources/gather.ts';
import { assetOf } from '../../src/sources/release-reader.ts';
import type { ReleaseEntry } from '../../src/sources/release-spec.ts';
import { methodOf } from '../../src/verify/registry.ts';
import { runInProcess } from '../support/command-in-process.ts';
import {
  bytesOf,
  importedTrust,
  ImportedRelease,
  type ImportedSpec,
  type Telling,
} from '../support/imported-release.ts';
import { judgedAt } from '../support/judge-checksums.ts';

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

  const dependencies = catalogue?.dependencies ?? [];
  const shapes = [...Map.groupBy(dependencies, shapeOf)].map(
    ([shape, all]) => [shape, all.length, all.slice(0, perShape)] as const,
  );

  it.each(shapes)('%s, of %i packages', async (_, _count, some) => {
    for (const dependency of some) {
      for (const { artifact, digest } of await judge(dependency, 'truth')) {
        expect(artifact, dependency.name).toMatchObject({ digest });
      }
      const wrong = await refusalOf(judge(dependency, 'other release'));
      expect(refusals, `${dependency.name}: ${wrong}`).toContain(wrong);
    }
  });
});

/** Of each shape this many are judged. */
const perShape = 50;

/** Another workflow, ref or tag; another key's signature; no line for the file; another release of the host's. */
const refusals = ['SIGNER_UNTRUSTED', 'SIGNATURE_INVALID', 'EVIDENCE_MISSING', 'RELEASE_MISMATCH'];

async function refusalOf(judged: Promise<unknown>): Promise<string> {
  try {
    await judged;
    return 'accepted';
  } catch (error) {
    if (error instanceof VerificationError) return error.code;
    throw error;
  }
}

/** The methods, what is signed, and how the files are named. */
function shapeOf({ verification, source, type }: Dependency): string {
  const { witnesses = [], ...own } = verification as ImportedSpec;
  const specs = [own, ...witnesses].map((spec) => {
    const signs = spec.checksums === undefined ? 'the file' : 'a checksum file';
    return `${spec.method} of ${signs}`;
  });
  const names = typeof (source as unknown as ReleaseEntry).asset === 'string' ? '' : ', names by architecture';
  return `${specs.join(' and ')} (${type}${names})`;
}

async function judge(dependency: Dependency, telling: Telling) {
  const { name, type, platforms, asked } = dependency;
  const { type: sourceType, tag: tagTemplate, version = '1.2.3', path } = asked.source as unknown as SourceFields;
  const tag = fillTemplate(tagTemplate, { version });
  const entry = dependency.source as unknown as ReleaseEntry;
  const architectures = platforms?.flatMap((one) => one.architectures) ?? ['amd64', 'arm64'];
  const folder = (arch: string) =>
    sourceType === 'github-release'
      ? `https://github.com/o/r/releases/download/${encodeURIComponent(tag)}`
      : ['https://example.org/r', path && fillTemplate(path, { version, tag, arch })].filter(Boolean).join('/');
  const assets = architectures.map((arch) => {
    const wanted = { name, platform: { os: 'debian-13', arch: arch }, kind: undefined, type, entry };
    const { fileName } = assetOf(wanted, { version, tag, folder }, 0);
    return assetOf(wanted, { version, tag, folder }, bytesOf(fileName).length);
  });
  const spec = dependency.verification as ImportedSpec;
  const gathering = new Gathering(new ImportedRelease(assets, spec, telling), {
    trust: importedTrust,
    now: judgedAt,
  });
  return Promise.all(
    assets.map(async (subject) => {
      const judged = await gathering.judge(methodOf(spec.method), { spec, subject, subjects: assets });
      const digest = `sha256:${createHash('sha256').update(bytesOf(subject.fileName)).digest('hex')}`;
      return { artifact: judged.verified.subject, digest };
    }),
  );
}

interface SourceFields {
  readonly type: string;
  readonly tag: string;
  readonly version?: string;
  readonly path?: string;
}

/** What is refused of a run whose packages lack something, and what is said about it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore } from '../../../../src/io/file-store.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import type { Assembled } from '../../../../src/pipeline/manifests/assemble.ts';
import { loadCatalogue } from '../../../../src/pipeline/manifests/catalogue.ts';
import { refuseUnmetNeeds } from '../../../../src/pipeline/manifests/depends.ts';
import { readImagePackages } from '../../../../src/pipeline/manifests/image-packages.ts';
import { KeptDocuments } from '../../../../src/pipeline/shared/kept-documents.ts';
import { digestOf } from '../../../../src/verify/digest.ts';
import { proven } from '../../../support/question-sample.ts';
import { silentReporter } from '../../../support/silent-reporter.ts';

const platform = { os: 'debian-13', arch: 'amd64' } as const;
const uidmap = `Package: uidmap\nVersion: 1:4.17.4-2\nArchitecture: amd64\nDepends: libsubid5 (= 1:4.17.4-2), libc6 (>= 2.38)\n`;
const libsubid5 = `Package: libsubid5\nVersion: 1:4.17.4-2\nArchitecture: amd64\n`;
const index = gzipSync(
  'Package: libc6\nVersion: 2.41-12\nArchitecture: amd64\n\nPackage: other\nVersion: 1\n',
);
const indexDigest = digestOf('sha256', index);

/** A run with these packages; those that `changed` names are new in it. */
function run(
  stanzas: Readonly<Record<string, string>>,
  changed: readonly string[],
  { keeps = true } = {},
): Assembled {
  const kept = Object.entries(stanzas).map(([name, text]) => {
    const bytes = Buffer.from(text);
    return { name, bytes, digest: digestOf('sha256', bytes) };
  });
  const evidence = Object.fromEntries(
    kept.map(({ name, bytes, digest }) => [
      name,
      {
        ...proven,
        documents: [
          {
            role: 'packages',
            url: 'https://deb.example/dists/a/b/main/binary-amd64/Packages.gz',
            digest: indexDigest,
            size: 1,
          },
          { role: 'packages-stanza', url: 'https://deb.example/x', digest, size: bytes.length },
        ],
      },
    ]),
  );
  const dependencies = kept.map(({ name }) => ({ name, type: 'deb' }));
  const target = { platform, fileName: 'knd.json', dependencies };
  const state = { target, evidence, kept: keeps ? kept : [] };
  return { state, changes: changed.map((name) => ({ name })) } as unknown as Assembled;
}

async function refusals(assembled: Assembled, image: string | undefined, cached = true) {
  const said: string[] = [];
  const packages = image === undefined ? '' : `, packages: ${image}`;
  const catalogue = loadCatalogue(
    Buffer.from(
      `version: 1\nkinds: [knd]\nplatforms: [{ os: debian-13, architectures: [amd64]${packages} }]\nsources: {}\ndependencies: {}\n`,
    ),
    'catalogue.yaml',
  );
  const found = await refuseUnmetNeeds(assembled, {
    packagesOfImage: await readImagePackages(catalogue, directory, createFileStore()),
    documents: new KeptDocuments(directory, createFileStore()),
    cache: {
      read: (digest) => Promise.resolve(cached && digest === indexDigest ? index : undefined),
      write: () => Promise.resolve(),
    },
    reporter: { ...silentReporter, info: (message) => void said.push(String(message)) },
  });
  return {
    said,
    refused: found.map(({ name, error }) => `${name}: ${error.code} ${error.message}`),
    hints: found.map(({ error }) => error.hint),
  };
}

let directory: string;
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), 'assay-depends-'))));
afterEach(() => rm(directory, { recursive: true }));

describe('packages of a run', () => {
  it('are taken with an image that has what they need', async () => {
    const found = await refusals(
      run({ uidmap, libsubid5 }, ['uidmap', 'libsubid5']),
      '{ versions: { libc6: 2.41-12 } }',
    );
    expect(found).toMatchObject({ refused: [], said: [] });
  });

  it('are refused with one that has it too old; the suite that has more is named', async () => {
    const { refused, hints } = await refusals(
      run({ uidmap, libsubid5 }, ['uidmap', 'libsubid5']),
      '{ versions: { libc6: 2.36-9 } }',
    );
    expect(refused).toEqual([
      'uidmap: CROSS_CHECK_FAILED knd.json: uidmap 1:4.17.4-2 depends on libc6 (>= 2.38), found libc6 2.36-9',
    ]);
    expect(hints[0]).toContain('There is libc6 2.41-12 in a/b of https://deb.example.');
  });

  it('are refused without a suite to name where the index is not at hand', async () => {
    const { refused, hints } = await refusals(
      run({ uidmap, libsubid5 }, ['uidmap']),
      '{ versions: { bash: "5" } }',
      false,
    );
    expect(refused[0]).toContain('found none in the manifest or the OS image');
    expect(hints[0]).not.toContain('There is');
  });

  it('are refused where one moved and what needs it did not', async () => {
    const newer = libsubid5.replace('4.17.4-2', '4.17.4-3');
    const { refused } = await refusals(run({ uidmap, libsubid5: newer }, ['libsubid5']), undefined);
    expect(refused).toEqual([
      'libsubid5: CROSS_CHECK_FAILED knd.json: uidmap 1:4.17.4-2 depends on libsubid5 (= 1:4.17.4-2), found libsubid5 1:4.17.4-3',
    ]);
  });

  it('are taken, and it is said what nobody checks, where nothing is declared', async () => {
    const { refused, said } = await refusals(run({ uidmap, libsubid5 }, ['uidmap']), undefined);
    expect(refused).toEqual([]);
    expect(said).toEqual([
      'debian-13 amd64: whether the OS image has what uidmap depend on is not checked: the catalogue does not say which packages it has ("packages" of the platform)',
    ]);
  });

  it('are not judged where none of them changes', async () => {
    expect(await refusals(run({ uidmap }, []), '{ versions: { bash: "5" } }')).toMatchObject({ refused: [] });
  });

  it('are refused where the stanza of one of them is lost, or none', async () => {
    const lost = await refusals(run({ uidmap }, ['uidmap'], { keeps: false }), undefined);
    expect(lost.refused[0]).toMatch(/^uidmap: EVIDENCE_MISSING/);
    const odd = await refusals(run({ uidmap: `${uidmap}Pre-Depends: a b\n` }, ['uidmap']), undefined);
    expect(odd.refused[0]).toMatch(/^uidmap: EVIDENCE_MALFORMED/);
  });
});

describe("dpkg's record of an image", () => {
  const status = '{ status: "{arch}.status" }';

  it('says what it has', async () => {
    const libc6 = 'Package: libc6\nStatus: install ok installed\nVersion: 2.41-12\nArchitecture: amd64\n';
    await writeFile(join(directory, 'amd64.status'), libc6);
    expect((await refusals(run({ uidmap, libsubid5 }, ['uidmap']), status)).refused).toEqual([]);
    await writeFile(
      join(directory, 'amd64.status'),
      `${libc6.replace('installed', 'half-configured')}\nPackage: bash\n${libc6.slice(15)}`,
    );
    expect((await refusals(run({ uidmap, libsubid5 }, ['uidmap']), status)).refused).toHaveLength(1);
  });

  it.each([
    ['that is not there', undefined, 'does not exist'],
    ['of nothing', '\n', 'names no package'],
    ['that is none', 'PK\u0003\u0004', 'no field'],
  ])('%s is a mistake of the catalogue', async (_, text, message) => {
    if (text !== undefined) await writeFile(join(directory, 'amd64.status'), text);
    const reading = refusals(run({}, []), status);
    await expect(reading).rejects.toThrow(UsageError);
    await expect(reading).rejects.toThrow(message);
  });

  it.each([
    ['{}', /either "status" or "versions"/],
    ['{ status: a, versions: {} }', /either "status" or "versions"/],
    ['{ versions: { libc6: 2.41 } }', /in quotes/],
    ['{ versions: { libc6: v2 } }', /a version of Debian/],
    ['{ versions: { "Lib C": "2" } }', /a package name/],
    ['{ status: /var/lib/dpkg/status }', /seen from the catalogue/],
  ])('is not declared by %s', async (packages, message) => {
    await expect(refusals(run({}, []), packages)).rejects.toThrow(message);
  });
});

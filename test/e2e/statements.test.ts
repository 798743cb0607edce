/**
 * `sbom` and `attest` over the production catalogue: what they say follows from the files of a good run, and nothing is
 * stated of what is not verified any more.
 */
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { publicationMirrorArgs } from '../../scripts/upstream/publication.ts';
import { unsignedHosts } from '../../scripts/upstream/sigstore/catalogue-upstream.ts';
import { parseEvidence, renderEvidence, type EvidenceEntry } from '../../src/formats/own/evidence.ts';
import { parseManifest, renderManifest } from '../../src/formats/own/manifest.ts';
import { parseStatement } from '../../src/formats/upstream/in-toto.ts';
import type { ErrorCode } from '../../src/model/errors.ts';
import { sealed } from '../../src/pipeline/shared/seal.ts';
import { digestOf } from '../../src/verify/digest.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { cyclonedxProblems } from '../support/cyclonedx-schema.ts';
import { expectDone } from '../support/outcomes.ts';
import { now, openProductionUpstream } from '../support/production-upstream.ts';
import { root, runAssay, type Outcome } from '../support/run-assay.ts';
import { makeTarball } from '../support/tarball-maker.ts';

const fileName = 'knc.debian-13.amd64.json';
const catalogue = join(root, 'manifests/catalogue.yaml');

let seed: string;
let directory: string;

beforeAll(async () => {
  seed = await mkdtemp(join(tmpdir(), 'assay-statements-'));
  const { publication, server } = await openProductionUpstream(seed);
  const manifests = ['--manifests-dir', join(seed, 'manifests'), '--trust-dir', join(seed, 'trust')];
  const only = ['--arch', 'amd64', '--cache-dir', join(seed, 'cache'), '--now', now];
  const mirrors = publicationMirrorArgs(publication, server.url, unsignedHosts);
  expectDone(await runAssay(['update-manifests', ...manifests, ...only, ...mirrors]));
  await server.close();
});
afterAll(() => rm(seed, { recursive: true, force: true }));

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-statements-'));
  await cp(join(seed, 'manifests'), directory, { recursive: true });
  return () => rm(directory, { recursive: true });
});

const path = () => join(directory, fileName);
const sbom = (args: readonly string[] = [], env = {}) => runInProcess(['sbom', path(), ...args], { env });

function attest(args: readonly string[] = []): Promise<Outcome> {
  const trust = ['--catalogue', catalogue, '--trust-dir', join(seed, 'trust'), '--now', now];
  return runInProcess(['attest', path(), ...trust, ...args]);
}

function expectNothing(outcome: Outcome, exitCode: number, code: ErrorCode): void {
  expect(outcome, outcome.stderr).toMatchObject({ exitCode, stdout: '' });
  expect(outcome.stderr).toContain(`[${code}]`);
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(join(directory, file), 'utf8');
  expect(change(text)).not.toBe(text);
  await writeFile(join(directory, file), change(text));
}

type Digests = Readonly<Record<string, string>>;

interface Statement {
  readonly subject: readonly { readonly name: string; readonly digest: Digests }[];
  readonly predicateType: string;
  readonly predicate: {
    readonly verifier: { readonly id: string };
    readonly timeVerified: string;
    readonly resourceUri: string;
    readonly policy: { readonly uri: string; readonly digest: Digests; readonly annotations: object };
    readonly inputAttestations: readonly { readonly uri: string; readonly digest: Digests }[];
    readonly verificationResult: string;
    readonly verifiedLevels: readonly string[];
    readonly dependencyLevels: Readonly<Record<string, number>>;
  };
}

const hexOf = async (file: string) => digestOf('sha256', await readFile(file)).slice('sha256:'.length);

async function evidence(): Promise<readonly EvidenceEntry[]> {
  const text = await readFile(join(directory, 'evidence', fileName), 'utf8');
  return Object.values((JSON.parse(text) as { entries: Record<string, EvidenceEntry> }).entries);
}

describe('attest', () => {
  it('states by digest what was judged, by which policy, from which proofs', async () => {
    const { stdout } = expectDone(await attest());
    const { subject, predicateType, predicate } = JSON.parse(stdout) as Statement;
    const entries = await evidence();
    expect(predicateType).toBe('https://slsa.dev/verification_summary/v1');
    expect(subject[0]).toEqual({ name: fileName, digest: { sha256: await hexOf(path()) } });
    expect(new Set(subject.slice(1).map(({ digest }) => Object.entries(digest)[0]?.join(':')))).toEqual(
      new Set(entries.map(({ digest }) => digest)),
    );
    expect(parseStatement(Buffer.from(stdout), 'the statement')).toMatchObject({ predicateType });
    expect(predicate).toMatchObject({
      timeVerified: '2026-11-20T12:00:00.000Z',
      policy: {
        digest: { sha256: await hexOf(catalogue) },
        annotations: { 'pins.yaml': { sha256: await hexOf(join(seed, 'trust/pins.yaml')) } },
      },
      verificationResult: 'PASSED',
      verifiedLevels: ['ASSAY_CHECKSUM'],
    });
    // Each file once, by who vouched for it.
    const by = (assurance: string) => entries.filter((one) => one.assurance === assurance).length;
    expect(predicate.dependencyLevels).toEqual({
      ASSAY_CHECKSUM: by('checksum'),
      ASSAY_SIGNED: by('signed'),
      ASSAY_ATTESTED: by('attested'),
    });
    // All that was read, documents and anchors.
    const inputs = new Set(predicate.inputAttestations.map(({ digest }) => Object.values(digest)[0]));
    const read = entries.flatMap(({ documents, anchors }) => [...documents, ...anchors]);
    const hexes = read.map(({ digest }) => digest.slice(digest.indexOf(':') + 1));
    expect(inputs).toEqual(new Set([...hexes, await hexOf(join(directory, 'evidence', fileName))]));
    expect(predicate.inputAttestations.every(({ uri }) => URL.canParse(uri))).toBe(true);
  });

  it('has a name for who states it, and of what', async () => {
    const uris = ['--verifier-id', 'https://v.example/ci', '--resource-uri', 'https://v.example/knc'];
    const { stdout } = expectDone(await attest([...uris, '--policy-uri', 'git+https://v.example/catalogue']));
    const { predicate } = JSON.parse(stdout) as Statement;
    expect(predicate).toMatchObject({
      verifier: { id: 'https://v.example/ci' },
      resourceUri: 'https://v.example/knc',
      policy: { uri: 'git+https://v.example/catalogue' },
    });
    expectNothing(await attest(['--verifier-id', 'me']), 2, 'USAGE');
  });

  it('writes a statement a line of several', async () => {
    const { stdout } = expectDone(await attest([join(directory, 'knd.debian-13.amd64.json')]));
    const names = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as Statement).subject[0]!.name);
    expect(names).toEqual([fileName, 'knd.debian-13.amd64.json']);
  });

  it('states nothing of a manifest that was edited', async () => {
    await edit(fileName, (text) => text.replace('"size": 84000', '"size": 84001'));
    const outcome = await attest(['-o', join(directory, 'statement.json')]);
    expectNothing(outcome, 5, 'SUBJECT_MISMATCH');
    expect(outcome.stderr).toMatch(/kube-apiserver: its evidence's size/);
    expect(await readdir(directory)).not.toContain('statement.json');
  });

  it.each([
    [
      'an entry that nothing vouches for',
      'manifest',
      'EVIDENCE_MISSING',
      (text: string) => text.replace('"runc": {', '"rootkit": {'),
    ],
    [
      'evidence of an assurance that its proof lacks',
      'evidence',
      'SUBJECT_MISMATCH',
      (text: string) => text.replace('"assurance": "signed"', '"assurance": "attested"'),
    ],
    [
      'evidence without one of its documents',
      'evidence',
      'EVIDENCE_MISSING',
      (text: string) => text.replace('"role": "inrelease"', '"role": "other"'),
    ],
  ] as const)('states nothing of %s', async (_, which, code, change) => {
    await edit(which === 'evidence' ? `evidence/${fileName}` : fileName, change);
    expectNothing(await attest(), 5, code);
  });

  it('states nothing where a kept document is changed in one bit, or gone', async () => {
    const documents = join(directory, 'evidence/documents');
    const [name = ''] = await readdir(documents);
    const bytes = await readFile(join(documents, name));
    bytes[0]! ^= 1;
    await writeFile(join(documents, name), bytes);
    expectNothing(await attest(), 5, 'DIGEST_MISMATCH');
    await rm(join(documents, name));
    expectNothing(await attest(), 5, 'EVIDENCE_MISSING');
  });

  it('states nothing by a catalogue that asks otherwise, nor of a manifest that it does not make', async () => {
    const other = join(directory, 'catalogue.yaml');
    await writeFile(other, (await readFile(catalogue, 'utf8')).replaceAll('krel-staging@', 'krel-other@'));
    expectNothing(await attest(['--catalogue', other]), 5, 'SUBJECT_MISMATCH');
    await cp(path(), join(directory, 'mine.debian-13.amd64.json'));
    expectNothing(await attest([join(directory, 'mine.debian-13.amd64.json')]), 2, 'USAGE');
  });

  it('states nothing of a file, however well vouched for, in place of a stub of the catalogue', async () => {
    const file = join(directory, 'evidence', fileName);
    const entries = parseEvidence(await readFile(file), file);
    const manifest = parseManifest(await readFile(path()), fileName);
    const { uidmap } = manifest.vmconfig.dependencies;
    const { question, ...proof } = entries['uidmap']!;
    const asked = { ...question, name: 'vmconfig', entry: { package: 'uidmap', ...question.entry } };
    const vmconfig = sealed({ ...proof, question: asked });
    Object.assign(manifest.vmconfig.dependencies, { vmconfig: uidmap });
    await writeFile(path(), renderManifest(manifest));
    // In the order of fields that a run writes.
    const written = renderEvidence(parseEvidence(renderEvidence({ ...entries, vmconfig }), file));
    await writeFile(file, written);
    const trust = ['--trust-dir', join(seed, 'trust'), '--now', now, '--allow-partial'];
    expectDone(await runInProcess(['verify', '--offline', path(), ...trust]));
    const outcome = await attest(['--allow-partial']);
    expectNothing(outcome, 5, 'SUBJECT_MISMATCH');
    expect(outcome.stderr).toContain('vmconfig: it is a stub in the catalogue, and names a file here');
  });

  it('states nothing where the evidence is not there', async () => {
    await rm(join(directory, 'evidence', fileName));
    expectNothing(await attest(), 5, 'EVIDENCE_MISSING');
  });
});

describe('sbom', () => {
  it("is CycloneDX's, with what vouched for each file, and the same for the same files", async () => {
    const { stdout } = expectDone(await sbom());
    const document = JSON.parse(stdout) as { readonly metadata: { readonly timestamp: string } };
    expect(cyclonedxProblems(document)).toEqual([]);
    expect(stdout).toContain(
      '"value": "krel-staging@k8s-releng-prod.iam.gserviceaccount.com (https://accounts.google.com)"',
    );
    expect(stdout).toContain('pkg:deb/debian/uidmap@1:4.17.4-2?arch=amd64&distro=debian-13');
    expect((await sbom()).stdout).toBe(stdout);
    // The time of the latest judgement, unless one is given.
    expect(document.metadata.timestamp).toBe('2026-11-20T12:00:00.000Z');
    expect((await sbom([], { SOURCE_DATE_EPOCH: '86400' })).stdout).toContain('"1970-01-02T00:00:00.000Z"');
    expect((await sbom(['--now', now], { SOURCE_DATE_EPOCH: '1' })).stdout).toBe(stdout);
    expectNothing(await sbom([], { SOURCE_DATE_EPOCH: 'today' }), 2, 'USAGE');
  });

  it('of a manifest alone says that nobody is known to have vouched', async () => {
    await rm(join(directory, 'evidence'), { recursive: true });
    const { stdout, stderr } = expectDone(await sbom());
    expect(stderr).toContain('there is no evidence beside');
    expect(stdout).toContain('"value": "none recorded"');
    expect(cyclonedxProblems(JSON.parse(stdout))).toEqual([]);
  });

  it('refuses evidence of other bytes', async () => {
    await edit(fileName, (text) => text.replace('"size": 84000', '"size": 84001'));
    expectNothing(await sbom(), 5, 'SUBJECT_MISMATCH');
  });

  it('has the licences of a staged .deb, which has to be the right one', async () => {
    const copyright =
      'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+\n';
    const data = await makeTarball([{ name: './usr/share/doc/uidmap/copyright', content: copyright }]);
    const member = (name: string, content: Uint8Array) => [
      Buffer.from(`${name.padEnd(16)}${'0'.padEnd(32)}${String(content.length).padEnd(10)}\`\n`),
      content,
      Buffer.from(content.length % 2 === 0 ? '' : '\n'),
    ];
    const deb = Buffer.concat([
      Buffer.from('!<arch>\n'),
      ...member('debian-binary', Buffer.from('2.0\n')),
      ...member('data.tar.gz', data),
    ]);
    const staged = join(directory, 'staged');
    await mkdir(staged);
    await writeFile(join(staged, 'uidmap.deb'), deb);
    expectNothing(await sbom(['--staged', staged]), 5, 'SIZE_MISMATCH');
    // A manifest of that very file, without evidence: it would be about another.
    await rm(join(directory, 'evidence'), { recursive: true });
    await edit(fileName, (text) =>
      text.replace(
        /("uidmap": \{[^}]*"digest": ")[^"]*(",\s*"size": )\d+/,
        `$1${digestOf('sha256', deb)}$2${String(deb.length)}`,
      ),
    );
    const { stdout } = expectDone(await sbom(['--staged', staged]));
    expect(stdout).toContain('"id": "GPL-2.0-or-later"');
    expect(cyclonedxProblems(JSON.parse(stdout))).toEqual([]);
  });
});

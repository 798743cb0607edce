/**
 * `update-manifests --check` over the production catalogue: whatever is edited in manifests and evidence is noticed,
 * and a run without `--check` puts right what it can.
 */
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { publicationMirrorArgs, type Publication } from '../../scripts/upstream/publication.ts';
import type { UpstreamServer } from '../../scripts/upstream/server.ts';
import { unsignedHosts } from '../../scripts/upstream/sigstore/catalogue-upstream.ts';
import type { Catalogue } from '../../src/formats/own/catalogue.ts';
import type { EvidenceEntry } from '../../src/formats/own/evidence.ts';
import { createFileStore } from '../../src/io/file-store.ts';
import {
  parseManifest,
  renderManifest,
  type Manifest,
  type ManifestDependency,
} from '../../src/formats/own/manifest.ts';
import type { Digest } from '../../src/model/digest.ts';
import { UsageError } from '../../src/model/errors.ts';
import type { FileStore } from '../../src/model/ports.ts';
import { loadCatalogue } from '../../src/pipeline/manifests/catalogue.ts';
import { judgeState, type Fault, type FaultInput } from '../../src/pipeline/manifests/faults.ts';
import { KeptDocuments } from '../../src/pipeline/shared/kept-documents.ts';
import { KeptProofs } from '../../src/pipeline/shared/kept-proof.ts';
import { readState, type TargetState } from '../../src/pipeline/manifests/manifest-state.ts';
import { targetsOf } from '../../src/pipeline/manifests/targets.ts';
import { readTrust } from '../../src/pipeline/trust/anchors.ts';
import { openTrust } from '../../src/verify/anchors/trust.ts';
import type { TrustSource } from '../../src/verify/method.ts';
import { edited, places, type Json } from '../support/edits.ts';
import { expectDone } from '../support/outcomes.ts';
import { now, openProductionUpstream } from '../support/production-upstream.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { root, type Outcome } from '../support/run-assay.ts';
import { changedPaths, snapshot } from '../support/snapshot.ts';

const fileName = 'knc.debian-13.amd64.json';
const evil = `sha256:${'ee'.repeat(32)}`;

let directory: string;
let manifestsDir: string;
let publication: Publication;
let server: UpstreamServer;
let trust: TrustSource;
let judging: FaultInput;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-check-'));
  ({ publication, server } = await openProductionUpstream(directory));
  const trustDir = join(directory, 'trust');
  manifestsDir = join(directory, 'seed');
  expectDone(await update());
  const file = join(root, 'manifests/catalogue.yaml');
  const catalogue = loadCatalogue(await readFile(file), file);
  trust = openTrust(await readTrust(trustDir, createFileStore()), new Date(now));
  const documents = new KeptDocuments(manifestsDir, createFileStore());
  judging = { catalogue, proofs: proofsWith({}), documents };
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

function update(args: readonly string[] = []): Promise<Outcome> {
  return runInProcess([
    ...['update-manifests', '--now', now, '--manifests-dir', manifestsDir],
    ...['--trust-dir', join(directory, 'trust'), '--cache-dir', join(directory, 'cache')],
    ...publicationMirrorArgs(publication, server.url, unsignedHosts),
    ...args,
  ]);
}

async function readJson(path: string): Promise<Json> {
  return JSON.parse(await readFile(path, 'utf8')) as Json;
}

function written(value: Json): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}

type Edits = Readonly<Record<string, Uint8Array>>;

/** The files of the good run, with some of them replaced. */
function filesWith(edits: Edits): FileStore {
  const store = createFileStore();
  return { ...store, read: async (path) => edits[path] ?? (await store.read(path)) };
}

function stateOf(catalogue: Catalogue, edits: Edits = {}): Promise<TargetState> {
  const target = targetsOf(catalogue, {}).find((one) => one.fileName === fileName)!;
  return readState(target, { manifestsDir: join(directory, 'seed') }, filesWith(edits));
}

function proofsWith(edits: Edits): KeptProofs {
  return new KeptProofs(new KeptDocuments(join(directory, 'seed'), filesWith(edits)), trust);
}

/** Of everything; with `only`, of one entry. */
async function faultsWith(edits: Edits, only?: string): Promise<readonly Fault[]> {
  const state = await stateOf(judging.catalogue, edits);
  return (await judgeState(only === undefined ? state : selecting(state, only), judging)).faults;
}

function selecting(state: TargetState, entry: string): TargetState {
  return { ...state, target: { ...state.target, selected: new Set([entry]) } };
}

/** The entry that a place of a manifest or its evidence is of. */
function entryAt([first, second, third]: readonly (string | number)[]): string | undefined {
  if (first === 'entries') return second?.toString();
  return second === 'dependencies' ? third?.toString() : undefined;
}

/** Entries that are as another one of their source is. */
const likeOthers = [
  ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl', 'nstance-agent'],
  ...['libsubid5', 'uidmap', 'zot'],
];

/** Every edit of one field that nothing finds fault with, as a path. */
async function unnoticed(file: string, how: 'changed' | 'removed'): Promise<string[]> {
  const document = await readJson(file);
  const passed: string[] = [];
  for (const path of places(document)) {
    if (path[0] === 'entries' && likeOthers.includes(String(path[1]))) continue;
    const edit = edited(document, path, how);
    if (edit === undefined) continue;
    try {
      const edits = { [file]: written(edit) };
      // What is noticed where only this entry is judged, is noticed where all are: that takes a tenth of the time.
      const entry = entryAt(path);
      const isNoticed = entry !== undefined && (await faultsWith(edits, entry)).length > 0;
      if (!isNoticed && (await faultsWith(edits)).length === 0) passed.push(path.join(' '));
    } catch (error) {
      // The file's own rules refuse it: the run ends there, with exit code 2.
      if (!(error instanceof UsageError)) throw error;
    }
  }
  return passed;
}

describe('every field of the files of a manifest', () => {
  it('is as it should be after a run', async () => {
    expect(await faultsWith({})).toEqual([]);
  });

  it.each(['changed', 'removed'] as const)('is noticed where it is %s in the manifest', async (how) => {
    const passed = await unnoticed(join(directory, 'seed', fileName), how);
    // The version of the whole is for who releases it to say. An entry that is not there is resolved, and so is
    // changed: that needs no fault. The stub is compared with what a run would write.
    const isJudgedElsewhere = (path: string) =>
      path === 'vmconfig version' ||
      path.startsWith('vmconfig dependencies vmconfig') ||
      (how === 'removed' && /^vmconfig (?:os image|dependencies \S+|images \d+)$/.test(path));
    expect(passed.filter((path) => !isJudgedElsewhere(path))).toEqual([]);
  });

  it.each(['changed', 'removed'] as const)('is noticed where it is %s in the evidence', async (how) => {
    const passed = await unnoticed(join(directory, 'seed/evidence', fileName), how);
    const isJudgedElsewhere = (path: string) =>
      // When what nobody signed was looked at is nobody's word.
      /^entries (?:cni-plugins|crictl|os-image|zot) judgedAt$/.test(path) ||
      // An index of apt that has another digest now is upstream's news, too.
      /^entries (?:libpq5|libsubid5|uidmap|fluent-bit) watermark \S+$/.test(path);
    expect(passed.filter((path) => !isJudgedElsewhere(path))).toEqual([]);
  });

  const namesOf = ({ documents, anchors }: EvidenceEntry) =>
    [...documents, ...anchors].map(({ digest }) => digest.replace(':', '-'));

  it('is noticed where a document of the evidence is gone, cut or another', async () => {
    const folder = join(directory, 'seed/evidence/documents');
    const named = Object.values((await stateOf(judging.catalogue)).evidence).flatMap(namesOf);
    const names = (await readdir(folder)).filter((name) => named.includes(name));
    expect(names.length).toBeGreaterThan(10);
    const state = await stateOf(judging.catalogue);
    for (const [at, name] of names.entries()) {
      const file = join(folder, name);
      const bytes = await readFile(file);
      const others = [bytes.subarray(1), Buffer.concat([bytes, Buffer.from('\n')]), Buffer.alloc(0)];
      const proofs = proofsWith({ [file]: others[at % others.length]! });
      // One entry that rests on it is enough.
      const [entry] = Object.entries(state.evidence).find(([, why]) => namesOf(why).includes(name))!;
      expect((await judgeState(selecting(state, entry), { ...judging, proofs })).faults, name).not.toEqual(
        [],
      );
    }
  });
});

type Vmconfig = Manifest['vmconfig'];
type Entries = Record<string, Record<string, unknown>>;
type Edit = (vmconfig: Vmconfig, entries: Entries) => void;

function alike(name: string, key: string, value: unknown): Edit {
  return ({ dependencies }, entries) => {
    Object.assign(dependencies[name]!, { [key]: value });
    Object.assign(entries[name]!, { [key]: value });
  };
}

const boot = {
  cmdline: 'init=/bin/sh',
  kernel: { partition: 1, path: '/vmlinuz', digest: evil as Digest },
  initrd: { partition: 1, path: '/initrd.img', digest: evil as Digest },
};

/** What is wrong, and the entry that it is wrong with. */
const edits: readonly (readonly [what: string, name: string | undefined, edit: Edit])[] = [
  ['a URL alike in both', 'kubelet', alike('kubelet', 'url', 'https://dl.k8s.io/release/v1.36.0/kubelet')],
  ['another host alike in both', 'runc', alike('runc', 'url', 'https://evil.example.org/runc')],
  ['another archive alike in both', 'libpq5', alike('libpq5', 'url', 'https://evil.example.org/libpq5.deb')],
  ['a version alike in both', 'runc', alike('runc', 'version', '9.9.9')],
  ['a version that is none of the catalogue’s', 'containerd', alike('containerd', 'version', '1.7.0')],
  ['providers', 'runc', (c) => Object.assign(c.dependencies['runc']!, { providers: ['aws'] })],
  ['another type', 'runc', (c) => Object.assign(c.dependencies['runc']!, { type: 'tar.gz' })],
  ['an added file', 'rootkit', (c) => (c.dependencies['rootkit'] = { ...c.dependencies['runc']! })],
  ['an added image', 'evil.example.org/x:1', (c) => addImage(c, 'evil.example.org/x:1')],
  ['a second image of a repository', undefined, (c) => addImage(c, 'registry.k8s.io/pause:3.9')],
  ['an added boot section', 'os.boot', (c) => (c.os.boot = boot)],
  ['the platform of an image', 'pause', (c) => (c.images[0]!.platform = 'linux/amd64/v2')],
  ['another URL of the OS image', 'os-image', (c) => (c.os.image!.url = 'https://evil.example.org/a.qcow2')],
  ['evidence of nothing', 'gone', (_, entries) => (entries['gone'] = { ...entries['runc']! })],
  ['no evidence', 'runc', (_, entries) => delete entries['runc']],
  ['another file’s evidence', 'runc', (_, entries) => (entries['runc'] = { ...entries['crictl']! })],
  ['another kind', undefined, (c) => (c.kind = 'knd')],
  ['another OS', undefined, (c) => (c.os.name = 'debian-12')],
];

function addImage({ images }: Vmconfig, image: string): void {
  images.push({ ...images[0]!, image });
}

async function editFiles(folder: string, edit: Edit): Promise<Edits> {
  const [file, evidenceFile] = [join(folder, fileName), join(folder, 'evidence', fileName)];
  const manifest = await readJson(file);
  const evidence = await readJson(evidenceFile);
  edit(
    (manifest as unknown as Manifest).vmconfig,
    (evidence as unknown as { readonly entries: Entries }).entries,
  );
  return { [file]: written(manifest), [evidenceFile]: written(evidence) };
}

describe('what does not follow from the catalogue', () => {
  it.each(edits)('is noticed: %s', async (_, name, edit) => {
    const faults = await faultsWith(await editFiles(join(directory, 'seed'), edit));
    expect(faults.map((fault) => [fault.fileName, fault.name])).toContainEqual([fileName, name]);
  });

  it('is noticed where the digest of an image is another everywhere, since its document is not there', async () => {
    const other = `sha256:${'ab'.repeat(32)}` as const;
    const { image, index } = (await stateOf(judging.catalogue)).manifest!.vmconfig.images[0]!;
    const replaceAll = (bytes: Uint8Array) => Buffer.from(bytes.toString().replaceAll(index!, other));
    const files = await editFiles(join(directory, 'seed'), () => undefined);
    const changed = Object.fromEntries(
      Object.entries(files).map(([path, bytes]) => [path, replaceAll(Buffer.from(bytes))]),
    );
    expect(image).toMatch(/^registry\.k8s\.io\/pause:/);
    expect(await faultsWith(changed)).toMatchObject([{ name: 'pause' }]);
  });

  it.each<[string, (text: string) => string]>([
    ['white space', (text) => text.replace('{', '{ ')],
    ['the order of entries', (text) => written(reversed(JSON.parse(text) as Json)).toString()],
    ['a line end', (text) => `${text}\n`],
  ])('is noticed in the bytes: %s', async (_, edit) => {
    for (const folder of ['seed', 'seed/evidence']) {
      const file = join(directory, folder, fileName);
      const text = edit(await readFile(file, 'utf8'));
      expect(await faultsWith({ [file]: Buffer.from(text) })).toMatchObject([{ name: undefined }]);
    }
  });
});

/** The same entries the other way round. */
function reversed(file: Json): Json {
  const { vmconfig, ...others } = file as Record<string, Record<string, Json>>;
  const turned = (record: Json) =>
    Object.fromEntries(Object.entries(record as object).reverse() as [string, Json][]);
  return vmconfig === undefined
    ? { ...others, entries: turned(others['entries']!) }
    : { vmconfig: { ...vmconfig, dependencies: turned(vmconfig['dependencies']!) } };
}

describe('the command', () => {
  /** Each test has files of its own, with the state of the good run. */
  beforeEach(async () => {
    manifestsDir = await mkdtemp(join(directory, 'manifests-'));
    await cp(join(directory, 'seed'), manifestsDir, { recursive: true });
  });

  async function change(edit: Edit): Promise<void> {
    const files = await editFiles(manifestsDir, edit);
    for (const [path, bytes] of Object.entries(files)) await writeFile(path, bytes);
  }

  it('--check exits with 0 where nothing was changed', async () => {
    expectDone(await update(['--check']));
  });

  it.each<[string, () => Promise<void>]>([
    ['an edited type', () => change((c) => Object.assign(c.dependencies['runc']!, { type: 'deb' }))],
    ['another kind', () => change((c) => (c.kind = 'knd'))],
    ['an edited index', () => change((c) => (c.images[0]!.index = evil as Digest))],
    ['another host alike in both', () => change(alike('runc', 'url', 'https://evil.example.org/runc'))],
    [
      'another signer',
      () => change((_, e) => Object.assign((e['runc']!['signers'] as object[])[0]!, forged)),
    ],
    ['no documents', () => rm(join(manifestsDir, 'evidence/documents'), { recursive: true })],
    ['white space', async () => writeFile(join(manifestsDir, fileName), ` ${await seed()}`)],
  ])('exits with 3 for %s and writes nothing; a run without --check repairs it', async (_, arrange) => {
    await arrange();
    const before = await snapshot(manifestsDir);
    const { exitCode, stderr } = await update(['--check']);
    expect([exitCode, stderr]).toEqual([3, expect.stringMatching(/would be (?:repaired|written)/)]);
    expect(await snapshot(manifestsDir)).toEqual(before);
    expectDone(await update());
    // A log is asked anew, and proves the same entry by a larger tree.
    const changed = changedPaths(await snapshot(join(directory, 'seed')), await snapshot(manifestsDir));
    expect(changed.filter((path) => !path.startsWith('evidence/'))).toEqual([]);
    expectDone(await update(['--check']));
  });

  const forged = { primaryFingerprint: 'A'.repeat(40), fingerprint: 'A'.repeat(40) };
  const seed = () => readFile(join(directory, 'seed', fileName), 'utf8');

  it('leaves what the catalogue does not have, says so, and --check exits with 3 unless it is kept', async () => {
    const manifest = parseManifest(Buffer.from(await seed()), fileName);
    const { dependencies } = manifest.vmconfig;
    dependencies['rootkit'] = { ...(dependencies['runc'] as object), digest: evil } as ManifestDependency;
    await writeFile(join(manifestsDir, fileName), renderManifest(manifest));
    const before = await snapshot(manifestsDir);
    const done = expectDone(await update());
    expect(done.stderr).toContain(`warning: ${fileName}: rootkit: the catalogue has no such entry`);
    expect(done.stderr).toContain('1 fault left');
    expect(await snapshot(manifestsDir)).toEqual(before);
    expect((await update(['--check'])).exitCode).toBe(3);

    const catalogue = join(manifestsDir, 'catalogue.yaml');
    const text = await readFile(join(root, 'manifests/catalogue.yaml'), 'utf8');
    await writeFile(catalogue, text.replace('\nsources:', '\nkeep:\n  rootkit: a test keeps it\nsources:'));
    expectDone(await update(['--check', '--catalogue', catalogue]));
  });

  it('refuses to repair what is another file under the same version: a person decides', async () => {
    await change((vmconfig, entries) => {
      alike('runc', 'url', 'https://evil.example.org/runc')(vmconfig, entries);
      alike('runc', 'digest', evil)(vmconfig, entries);
    });
    const before = await snapshot(manifestsDir);
    for (const flags of [['--check'], []]) {
      const { exitCode, stderr } = await update(flags);
      expect([exitCode, stderr]).toEqual([6, expect.stringContaining('[ARTIFACT_MUTATED]')]);
      expect(stderr).toContain('its URL is "https://evil.example.org/runc"');
      expect(await snapshot(manifestsDir)).toEqual(before);
    }
  });

  it('--json has the faults', async () => {
    await change((c) => Object.assign(c.dependencies['runc']!, { providers: ['aws'] }));
    const { stdout } = await update(['--check', '--json', '--only', 'runc']);
    expect((JSON.parse(stdout) as { faults: unknown[] }).faults).toEqual([
      {
        fileName,
        name: 'runc',
        message: 'its list of providers is ["aws"], expected none',
        isRepaired: true,
      },
    ]);
  });
});

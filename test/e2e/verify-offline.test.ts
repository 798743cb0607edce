/**
 * `verify --offline` over the production catalogue: what a good run kept is enough for every entry, years later and
 * without a network; and whatever is changed of it is noticed, and named.
 */
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { flipBit } from '../../scripts/upstream/bits.ts';
import { publicationMirrorArgs } from '../../scripts/upstream/publication.ts';
import { unsignedHosts } from '../../scripts/upstream/sigstore/catalogue-upstream.ts';
import { parseEvidence, renderEvidence, type EvidenceEntry } from '../../src/formats/own/evidence.ts';
import { parseManifest, renderManifest, type Manifest } from '../../src/formats/own/manifest.ts';
import type { OfflineReport } from '../../src/formats/own/offline-report.ts';
import { createFileStore } from '../../src/io/file-store.ts';
import type { Digest } from '../../src/model/digest.ts';
import { UsageError } from '../../src/model/errors.ts';
import { judgeOffline } from '../../src/pipeline/proofs/judge-offline.ts';
import { readManifests } from '../../src/pipeline/proofs/read-manifests.ts';
import type { OfflineEntry } from '../../src/pipeline/proofs/verdict.ts';
import { sealed } from '../../src/pipeline/shared/seal.ts';
import { readTrust } from '../../src/pipeline/trust/anchors.ts';
import type { Trust } from '../../src/verify/anchors/trust.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { edited, places, type Json } from '../support/edits.ts';
import { expectDone } from '../support/outcomes.ts';
import { now, openProductionUpstream } from '../support/production-upstream.ts';
import { readDocument } from '../support/json-documents.ts';

const fileName = 'knc.debian-13.amd64.json';
const later = '2031-11-28T00:00:00Z';
/** One of each method. */
const names = [
  ...['libpq5', 'kubelet', 'containerd', 'nstance-agent', 'runc', 'crictl', 'pause', 'os-image'],
] as const;

let directory: string;
let seed: string;
let trust: Trust;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-offline-'));
  seed = join(directory, 'manifests');
  const { publication, server } = await openProductionUpstream(directory);
  try {
    const network = publicationMirrorArgs(publication, server.url, unsignedHosts);
    const flags = ['--now', now, '--manifests-dir', seed, '--trust-dir', join(directory, 'trust')];
    const cache = ['--cache-dir', join(directory, 'cache')];
    expectDone(await runInProcess(['update-manifests', ...flags, ...cache, ...network]));
  } finally {
    // From here on there is nobody to ask.
    await server.close();
  }
  trust = await readTrust(join(directory, 'trust'), createFileStore());
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function verify(files: readonly string[], args: readonly string[] = []) {
  const trustDir = ['--trust-dir', join(directory, 'trust')];
  return runInProcess(['verify', '--offline', ...files, ...trustDir, '--now', later, ...args]);
}

async function reportOf(files: readonly string[], args: readonly string[] = []) {
  const { stdout, exitCode } = await verify(files, ['--json', ...args]);
  return { exitCode, report: readDocument('verify-offline', stdout) };
}

type Edits = Readonly<Record<string, Uint8Array | undefined>>;

/** The entry, and everything else of the good run, with these files in place of its own. */
async function judge(edits: Edits, at = later, of = fileName): Promise<readonly OfflineEntry[]> {
  const store = createFileStore();
  const files = { ...store, read: async (path: string) => (path in edits ? edits[path] : store.read(path)) };
  const [judged] = await judgeOffline(await readManifests([join(seed, of)], files), {
    files,
    trust,
    now: new Date(at),
  });
  return judged!.entries;
}

/** A manifest of this entry alone, and its evidence: what is judged of many at a time takes as long. */
async function alone(name: string, of = fileName) {
  const [file, evidenceFile] = [join(seed, of), join(seed, 'evidence', of)];
  const { vmconfig } = parseManifest(await readFile(file), of);
  const all = parseEvidence(await readFile(evidenceFile), of);
  const { os, dependencies, images } = vmconfig;
  const { image, ...platform } = os;
  const { [name]: dependency } = dependencies;
  const manifest: Manifest = {
    vmconfig: {
      ...vmconfig,
      os: name === 'os-image' && image !== undefined ? { ...platform, image } : platform,
      dependencies: dependency === undefined ? {} : { [name]: dependency },
      images: name === 'pause' ? images : [],
    },
  };
  return { manifest, evidence: all[name]! };
}

function filesOf(
  manifest: Manifest,
  evidence: Readonly<Record<string, EvidenceEntry>>,
  of = fileName,
): Edits {
  return {
    [join(seed, of)]: renderManifest(manifest),
    [join(seed, 'evidence', of)]: renderEvidence(evidence),
  };
}

/** With the proof changed by `edit`, and sealed anew, as who means to deceive would. */
async function forged(name: string, edit: (proof: Json & object) => void, at = later): Promise<OfflineEntry> {
  const { manifest, evidence } = await alone(name);
  const proof = structuredClone(evidence);
  edit(proof as unknown as Json & object);
  return (await judge(filesOf(manifest, { [name]: sealed(proof) }), at))[0]!;
}

describe('five years on, without a network', () => {
  it('every entry is verified or recorded, and what has expired since is said', async () => {
    const files = (await readdir(seed)).filter((name) => name.endsWith('.json'));
    const { exitCode, report } = await reportOf(files.map((name) => join(seed, name)));
    expect([exitCode, report.manifests.length]).toEqual([0, 4]);
    const entries = report.manifests.flatMap((one) => one.entries);
    const verdictOf = (entry: OfflineReport['manifests'][number]['entries'][number]) => entry.verdict;
    const unsigned = ['cni-plugins', 'crictl', 'zot', 'os-image'];
    for (const entry of entries) {
      const expected = unsigned.includes(entry.name) ? 'recorded' : 'verified';
      expect(verdictOf(entry), entry.name).toBe(entry.name === 'vmconfig' ? 'no file' : expected);
    }
    const since = entries.filter((entry) => entry.since !== undefined).map(({ name }) => name);
    expect([...new Set(since)].sort()).toEqual(['fluent-bit', 'libpq5', 'libsubid5', 'uidmap']);
  });

  it('is told with the weakest first, and with what rests on the time of judging alone', async () => {
    const { stdout, exitCode } = await verify([join(seed, fileName)]);
    const verdicts = stdout.split('\n').map((line) => line.split('  ')[0]);
    expect(exitCode).toBe(0);
    expect(verdicts).toContain('recorded');
    expect(verdicts.indexOf('recorded')).toBeLessThan(verdicts.indexOf('verified'));
    expect(stdout).toContain('libpq5, libsubid5, uidmap: would be refused at 2031-11-28');
    expect(stdout).toContain('nobody signs that time');
    expect(stdout).toMatch(/4 recorded, \d+ verified, 1 no file\n$/);
  });

  it('says nothing of the kind while everything is as fresh as it was', async () => {
    const entries = await judge({}, now);
    expect(entries.filter(({ since }) => since !== undefined)).toEqual([]);
  });
});

describe('every kept document', () => {
  it('is missed where it is gone, and noticed where one bit of it is another, or it is another document', async () => {
    const folder = join(seed, 'evidence/documents');
    const left = new Set(await readdir(folder));
    expect(left.size).toBeGreaterThan(70);
    let previous = Buffer.from('another document');
    for (const of of (await readdir(seed)).filter((name) => name.endsWith('.json'))) {
      const evidence = parseEvidence(await readFile(join(seed, 'evidence', of)), of);
      for (const [name, { documents, anchors }] of Object.entries(evidence)) {
        const own = [...documents, ...anchors].map(({ digest }) => digest);
        const only = await alone(name, of);
        const around = filesOf(only.manifest, { [name]: only.evidence }, of);
        for (const digest of own.filter((one) => left.delete(one.replace(':', '-')))) {
          const file = join(folder, digest.replace(':', '-'));
          const bytes = await readFile(file);
          for (const [code, changed] of [
            ['EVIDENCE_MISSING', undefined],
            ['DIGEST_MISMATCH', flipBit(bytes, (bytes.length * 5) % (bytes.length * 8))],
            ['DIGEST_MISMATCH', previous],
          ] as const) {
            const [entry] = await judge({ ...around, [file]: changed }, later, of);
            const { link, error } = entry!.refusal!;
            const isFound = link === 'document' || link === 'anchor';
            expect([isFound, error.code], `${of} ${name} ${digest}`).toEqual([true, code]);
            expect(error.message).toContain(digest);
          }
          previous = bytes;
        }
      }
    }
    // None is kept that nothing rests on.
    expect([...left]).toEqual([]);
  });

  it('may be a file where it is an excerpt, as it was before it stood in its proof', async () => {
    const { manifest, evidence } = await alone('libpq5');
    const excerpt = evidence.documents.find(({ text }) => text !== undefined)!;
    const documents = evidence.documents.map(({ role, url, digest, size }) => ({ role, url, digest, size }));
    const around = filesOf(manifest, { libpq5: { ...evidence, documents } });
    const file = join(seed, 'evidence/documents', excerpt.digest.replace(':', '-'));
    const [[whole], [missing]] = await Promise.all([
      judge({ ...around, [file]: Buffer.from(excerpt.text!.join('\n')) }),
      judge(around),
    ]);
    expect(whole!.verdict).toBe('verified');
    expect(missing!.refusal!.error.code).toBe('EVIDENCE_MISSING');
  });
});

describe.each(names)('every field of the files, of %s', (name) => {
  it.each(['changed', 'removed'] as const)('is noticed where it is %s in its proof', async (how) => {
    const { manifest, evidence } = await alone(name);
    const file = join(seed, 'evidence', fileName);
    const document = JSON.parse(Buffer.from(renderEvidence({ [name]: evidence })).toString()) as Json;
    const passed: string[] = [];
    for (const path of places(document)) {
      const edit = edited(document, path, how);
      if (edit === undefined) continue;
      const files = { ...filesOf(manifest, {}), [file]: Buffer.from(JSON.stringify(edit)) };
      try {
        const entries = await judge(files);
        if (entries.every(({ verdict }) => verdict !== 'refused')) passed.push(path.join(' '));
      } catch (error) {
        // The file's own rules refuse it: the run ends there, with exit code 2.
        if (!(error instanceof UsageError)) throw error;
      }
    }
    // What upstream looked like last is remembered for the next run alone, and changes without a new judgement.
    const isRemembered = (path: string) => /^entries \S+ watermark \S+$/.test(path);
    expect(passed.filter((path) => !isRemembered(path))).toEqual([]);
  });

  it('is noticed where it is changed in the manifest', async () => {
    const { manifest, evidence } = await alone(name);
    const files = filesOf(manifest, { [name]: evidence });
    const file = join(seed, fileName);
    const document = JSON.parse(Buffer.from(files[file]!).toString()) as Json;
    const passed: string[] = [];
    for (const path of places(document)) {
      const edit = edited(document, path, 'changed');
      if (edit === undefined) continue;
      try {
        const store = filesWith({ ...files, [file]: Buffer.from(JSON.stringify(edit, undefined, 2)) });
        const read = await readManifests([file], store);
        const [judged] = await judgeOffline(read, { files: store, trust, now: new Date(later) });
        const isRefused = judged!.entries.some(({ verdict }) => verdict === 'refused');
        if (!isRefused && judged!.refusals.length === 0) passed.push(path.join(' '));
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
      }
    }
    // The version of the whole is for who releases it to say.
    expect(passed).toEqual(['vmconfig version']);
  });
});

function filesWith(edits: Edits) {
  const store = createFileStore();
  return { ...store, read: async (path: string) => (path in edits ? edits[path] : store.read(path)) };
}

type Proof = Record<string, never>;

describe('a proof that was forged, and sealed anew', () => {
  it.each<[string, string, string, (proof: Proof) => void, string?]>([
    ['judged before it was signed', 'kubelet', 'time', (p) => set(p, 'judgedAt', '2026-11-18T08:59:59.000Z')],
    ['judged before its Release', 'libpq5', 'time', (p) => set(p, 'judgedAt', '2026-09-01T00:00:00.000Z')],
    ['judged when that had expired', 'libpq5', 'time', (p) => set(p, 'judgedAt', '2027-11-20T12:00:00.000Z')],
    ['judged later than now', 'crictl', 'time', (p) => set(p, 'judgedAt', '2031-11-28T00:00:00.001Z')],
    [
      'another identity asked for',
      'kubelet',
      'signature',
      (p) => set(p, 'question verification identity', 'a@example.org'),
    ],
    [
      'another issuer asked for',
      'nstance-agent',
      'signature',
      (p) => set(p, 'question verification issuer', 'https://example.org'),
    ],
    [
      'another anchor asked for',
      'libpq5',
      'anchor',
      (p) => set(p, 'question source suites 0 signedBy', 'runc'),
    ],
    [
      'an anchor that there is not',
      'runc',
      'anchor',
      (p) => set(p, 'question verification signedBy', 'gone'),
    ],
    [
      'no signature asked for',
      'libpq5',
      'question',
      (p) => set(p, 'question verification', { method: 'checksum', file: 'x' }),
    ],
    ['a method of tomorrow', 'runc', 'question', (p) => set(p, 'question verification method', 'hearsay')],
    ['another suite', 'libpq5', 'document', (p) => set(p, 'question source suites 0 suite', 'sid')],
    ['another package', 'libpq5', 'document', (p) => set(p, 'question entry package', 'libpq6')],
    ['another architecture', 'libpq5', 'question', (p) => set(p, 'question arch', 'arm64')],
    ['another name', 'runc', 'question', (p) => set(p, 'question name', 'crun')],
    ['another signer', 'runc', 'entry', (p) => set(p, 'signers 0 primaryFingerprint', 'A'.repeat(40))],
    ['a higher assurance', 'crictl', 'entry', (p) => set(p, 'assurance', 'signed')],
  ])('is refused: %s', async (_, name, link, edit) => {
    const { verdict, refusal } = await forged(name, edit as never);
    expect([verdict, refusal?.link]).toEqual(['refused', link]);
  });
});

function set(proof: Proof, path: string, value: string | object): void {
  const keys = path.split(' ');
  let parent = proof as Record<string, unknown>;
  for (const key of keys.slice(0, -1)) parent = parent[key] as Record<string, unknown>;
  parent[keys.at(-1)!] = value;
}

describe('what has no proof', () => {
  const boot = { partition: 1, path: '/vmlinuz', digest: `sha256:${'ee'.repeat(32)}` as Digest };
  type Edit = (manifest: Manifest['vmconfig'], evidence: Record<string, EvidenceEntry>) => void;

  it.each<[string, string, Edit]>([
    ['an added file', 'rootkit', ({ dependencies: d }) => (d['rootkit'] = { ...d['runc']! })],
    [
      'an image of another tag',
      'registry.k8s.io/pause:9',
      ({ images }) => images.push({ ...images[0]!, image: 'registry.k8s.io/pause:9' }),
    ],
    [
      'a boot section',
      'os.boot',
      ({ os }) => (os.boot = { cmdline: 'init=/bin/sh', kernel: boot, initrd: boot }),
    ],
    ['an entry whose evidence is gone', 'runc', (_, evidence) => delete evidence['runc']],
    ['evidence whose entry is gone', 'runc', ({ dependencies }) => delete dependencies['runc']],
    ['another entry’s evidence', 'runc', (_, evidence) => (evidence['runc'] = evidence['crictl']!)],
    [
      'evidence of a stub',
      'vmconfig',
      (_, evidence) =>
        (evidence['vmconfig'] = {
          ...evidence['runc']!,
          question: { ...evidence['runc']!.question, name: 'vmconfig' },
        }),
    ],
  ])('is refused: %s', async (_, name, edit) => {
    const { vmconfig } = parseManifest(await readFile(join(seed, fileName)), fileName);
    const evidence = { ...parseEvidence(await readFile(join(seed, 'evidence', fileName)), fileName) };
    edit(vmconfig, evidence);
    const entries = await judge(filesOf({ vmconfig }, evidence));
    const refused = entries.filter(({ verdict }) => verdict === 'refused');
    expect(refused.map((one) => one.name)).toEqual([name]);
  });
});

describe('the command', () => {
  let manifestsDir: string;
  beforeEach(async () => {
    manifestsDir = await mkdtemp(join(directory, 'manifests-'));
    await cp(seed, manifestsDir, { recursive: true });
  });

  it('exits with 5 for a manifest under another name, and says what it is of', async () => {
    const file = join(manifestsDir, 'knd.debian-13.amd64.json');
    await cp(join(seed, fileName), file);
    await cp(join(seed, 'evidence', fileName), join(manifestsDir, 'evidence/knd.debian-13.amd64.json'));
    const { exitCode, stderr } = await verify([file]);
    expect([exitCode, stderr]).toEqual([5, expect.stringContaining('of knc, debian-13 and amd64')]);
  });

  it('exits with 5 where there is no evidence at all', async () => {
    await rm(join(manifestsDir, 'evidence'), { recursive: true });
    const { exitCode, report } = await reportOf([join(manifestsDir, fileName)]);
    const open = report.manifests[0]!.entries.filter(({ verdict }) => verdict !== 'refused');
    expect([exitCode, open.map(({ name }) => name)]).toEqual([5, ['vmconfig']]);
  });

  it('exits with 2 for a file that is not there, or is none, and for half a question', async () => {
    await writeFile(join(manifestsDir, 'evidence', fileName), '{}');
    expect((await verify([join(manifestsDir, fileName)])).exitCode).toBe(2);
    expect((await verify([join(manifestsDir, 'gone.json')])).exitCode).toBe(2);
    expect((await verify([])).exitCode).toBe(2);
    expect((await verify([join(seed, fileName)], ['--staged', directory])).exitCode).toBe(2);
  });

  it('--json names link, document, what was expected and found', async () => {
    const { evidence } = await alone('runc');
    const { digest } = evidence.documents[0]!;
    const file = join(manifestsDir, 'evidence/documents', digest.replace(':', '-'));
    await writeFile(file, flipBit(await readFile(file), 3));
    const { exitCode, report } = await reportOf([join(manifestsDir, fileName)]);
    const refused = report.manifests[0]!.entries.filter(({ verdict }) => verdict === 'refused');
    expect([exitCode, refused.map(({ name }) => name)]).toEqual([5, ['runc']]);
    expect(refused[0]!.refusal).toMatchObject({
      ...{ link: 'document', which: evidence.documents[0]!.role, code: 'DIGEST_MISMATCH' },
      ...{ expected: digest, found: expect.stringMatching(/^sha256:/) as string },
    });
  });
});

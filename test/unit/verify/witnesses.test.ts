/**
 * Witnesses of a released file, through whole runs: a key signs a checksum file, another checksum file and another key's
 * signature over the file itself have to give the same digest.
 */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startUpstreamServer, type UpstreamServer } from '../../../scripts/upstream/server.ts';
import { renderEvidence, type EvidenceEntry } from '../../../src/formats/own/evidence.ts';
import { parseMirror, parseTrustedMirror } from '../../../src/io/http/mirrors.ts';
import { UsageError } from '../../../src/model/errors.ts';
import { loadCatalogue } from '../../../src/pipeline/manifests/catalogue.ts';
import { sealed } from '../../../src/pipeline/shared/seal.ts';
import { runInProcess } from '../../support/command-in-process.ts';
import { refusal } from '../../support/refusals.ts';
import { snapshot } from '../../support/snapshot.ts';
import { updateInProcess } from '../../support/update-in-process.ts';

const [ours, another] = [0, 1].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' })) as [Pair, Pair];
type Pair = Readonly<Record<'publicKey' | 'privateKey', KeyObject>>;

const tool = Buffer.from('a tool');
const hexOf = (bytes: Buffer, algorithm = 'sha256') => createHash(algorithm).update(bytes).digest('hex');
const digest = `sha256:${hexOf(tool)}` as const;
const signed = (bytes: Buffer, { privateKey }: Pair) =>
  Buffer.from(`${sign('sha256', bytes, privateKey).toString('base64')}\n`);
const fingerprintOf = ({ publicKey }: Pair) => hexOf(publicKey.export({ type: 'spki', format: 'der' }));

const sums = Buffer.from(`${hexOf(tool)}  tool\n`);
const byList = "{ method: checksum, checksums: '{asset}.sha256', reason: the host lists it besides }";
const byKey = "{ method: cosign-key, signature: '{asset}.sig', cosignKey: builder }";
const base = 'dl.example.org/1.0.0';

let directory: string;
let files: Map<string, Buffer>;
let server: UpstreamServer;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-witness-'));
  files = new Map([
    [`${base}/tool`, tool],
    [`${base}/SHA256SUMS`, sums],
    [`${base}/SHA256SUMS.sig`, signed(sums, ours)],
    [`${base}/tool.sha256`, sums],
    [`${base}/tool.sig`, signed(tool, another)],
  ]);
  server = await startUpstreamServer({ files });
  await mkdir(join(directory, 'trust'));
  const anchors: Record<string, unknown> = {};
  for (const [name, pair] of Object.entries({ owner: ours, builder: another })) {
    const pem = pair.publicKey.export({ type: 'spki', format: 'pem' });
    await writeFile(join(directory, 'trust', `${name}.pub`), pem);
    const pin = { type: 'cosign-key', file: `${name}.pub`, fingerprint: fingerprintOf(pair) };
    anchors[name] = { ...pin, scope: ['https://dl.example.org/'], learnt: 'made here' };
  }
  await writeFile(join(directory, 'trust/pins.yaml'), JSON.stringify({ version: 1, anchors }));
  await writeCatalogue([byList, byKey]);
});
afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

function catalogueText(witnesses: readonly string[], more = ''): string {
  const named = witnesses.length === 0 ? '' : `, witnesses: [${witnesses.join(', ')}]`;
  return `version: 1
kinds: [knd]
platforms: [{ os: debian-13, architectures: [amd64] }]
${more}
sources:
  tools: { type: release-server, uri: https://dl.example.org, path: '{version}', tag: '{version}', version: 1.0.0 }
dependencies:
  tool:
    kinds: [knd]
    type: binary
    source: { from: tools, asset: tool }
    verification: { method: cosign-key, checksums: SHA256SUMS, signature: SHA256SUMS.sig, cosignKey: owner${named} }
`;
}

async function writeCatalogue(witnesses: readonly string[], more = ''): Promise<void> {
  await writeFile(join(directory, 'catalogue.yaml'), catalogueText(witnesses, more));
}

const manifest = () => join(directory, 'manifests/knd.debian-13.amd64.json');
const evidenceFile = () => join(directory, 'manifests/evidence/knd.debian-13.amd64.json');

function update({
  isTrusted = true,
  ...options
}: Parameters<typeof updateInProcess>[1] & { isTrusted?: boolean } = {}) {
  const mirror = `https://dl.example.org=${server.url}/dl.example.org`;
  const rehearsal = {
    ...{
      directory,
      manifestsDir: join(directory, 'manifests'),
      catalogue: join(directory, 'catalogue.yaml'),
    },
    ...{ trustDir: join(directory, 'trust'), mirrorArgs: [] },
  };
  const mirrors = [isTrusted ? parseTrustedMirror(mirror) : parseMirror(mirror)];
  return updateInProcess(rehearsal, { refresh: [], fetcher: { mirrors }, ...options });
}

const judgeOffline = () =>
  runInProcess(['verify', '--offline', '--json', manifest(), '--trust-dir', join(directory, 'trust')], {
    now: new Date('2031-01-01T00:00:00Z'),
  });

async function readEvidence(): Promise<EvidenceEntry> {
  const { entries } = JSON.parse(await readFile(evidenceFile(), 'utf8')) as {
    entries: Record<string, EvidenceEntry>;
  };
  return entries['tool']!;
}

/** As somebody does who means it: with a seal that fits. */
async function edit(change: (entry: EvidenceEntry) => Partial<EvidenceEntry>): Promise<void> {
  const entry = await readEvidence();
  await writeFile(evidenceFile(), renderEvidence({ tool: sealed({ ...entry, ...change(entry) }) }));
}

describe('witnesses that agree', () => {
  it('are listed in the proof, which is judged again without the network', async () => {
    expect(await update()).toMatchObject({ failures: [], changes: [{ name: 'tool', assurance: 'signed' }] });
    const evidence = await readEvidence();
    expect(evidence.witnesses).toEqual([
      { method: 'checksum', digest, assurance: 'checksum', signers: [] },
      {
        ...{ method: 'cosign-key', digest, assurance: 'signed', digestOnly: true },
        signers: [{ method: 'public-key', fingerprint: fingerprintOf(another), anchor: 'builder' }],
      },
    ]);
    expect(evidence.signers).toMatchObject([{ anchor: 'owner' }]);
    expect(evidence.documents.map(({ url }) => url.replace('https://', ''))).toEqual(
      expect.arrayContaining([`${base}/SHA256SUMS`, `${base}/tool.sha256`, `${base}/tool.sig`]),
    );
    expect(evidence.anchors.map(({ name }) => name)).toEqual(['builder', 'owner']);
    const [before, asked] = [await snapshot(join(directory, 'manifests')), server.log.length];
    expect(await update({ write: false })).toMatchObject({ changes: [], faults: [], failures: [] });
    expect(server.log.length).toBe(asked);
    expect(await judgeOffline()).toMatchObject({ exitCode: 0 });
    await update();
    expect(await snapshot(join(directory, 'manifests'))).toEqual(before);
  });
});

describe('a run refuses', () => {
  const other = hexOf(Buffer.from('another tool'));
  it('a witness that gives another digest, and names both and what they say', async () => {
    files.set(`${base}/tool.sha256`, Buffer.from(`${other}  tool\n`));
    const { failures, changes } = await update();
    expect([failures.map(({ error }) => error.code), changes]).toEqual([['DIGEST_MISMATCH'], []]);
    const message = failures[0]?.error.message;
    for (const part of ['(cosign-key)', digest, 'witness checksum', `sha256:${other}`]) {
      expect(message).toContain(part);
    }
    expect(await snapshot(directory)).not.toHaveProperty(['manifests/knd.debian-13.amd64.json']);
  });

  it.each<[string, () => unknown, string]>([
    ['a verification that agrees with none', () => sign2(`${other}  tool\n`), 'DIGEST_MISMATCH'],
    ['a witness that is missing', () => files.delete(`${base}/tool.sha256`), 'NOT_FOUND'],
    ['a signature that is missing', () => files.delete(`${base}/tool.sig`), 'NOT_FOUND'],
    [
      'a signature by the key of the verification',
      () => files.set(`${base}/tool.sig`, signed(tool, ours)),
      'SIGNATURE_INVALID',
    ],
    [
      'a witness that lists other files',
      () => files.set(`${base}/tool.sha256`, Buffer.from(`${other}  fool\n`)),
      'EVIDENCE_MISSING',
    ],
    [
      'a witness that cannot be read',
      () => files.set(`${base}/tool.sha256`, Buffer.from('no digest')),
      'EVIDENCE_MALFORMED',
    ],
    [
      'a witness by another algorithm',
      () => files.set(`${base}/tool.sha256`, Buffer.from(`${hexOf(tool, 'sha512')}  tool\n`)),
      'ALGORITHM_REFUSED',
    ],
  ])('%s', async (_, arrange, code) => {
    arrange();
    const { failures, changes } = await update();
    expect([failures.map(({ error }) => error.code), changes]).toEqual([[code], []]);
  });

  it('a checksum file, as a witness, through a mirror that nobody answers for', async () => {
    const { failures } = await update({ isTrusted: false });
    expect(failures.map(({ error }) => error.code)).toEqual(['UNTRUSTED_MIRROR']);
    await writeCatalogue([byKey]);
    expect(await update({ isTrusted: false })).toMatchObject({ failures: [] });
  });

  function sign2(text: string): void {
    files.set(`${base}/SHA256SUMS`, Buffer.from(text));
    files.set(`${base}/SHA256SUMS.sig`, signed(Buffer.from(text), ours));
  }
});

describe('what was kept of a witness', () => {
  const forged = `sha256:${'e'.repeat(64)}` as const;
  it.each<[string, (entry: EvidenceEntry) => Partial<EvidenceEntry>]>([
    ['is gone', ({ witnesses }) => ({ witnesses: witnesses!.slice(1) })],
    [
      'is another',
      ({ witnesses }) => ({ witnesses: [{ ...witnesses![0]!, digest: forged }, witnesses![1]!] }),
    ],
    [
      'is stronger',
      ({ witnesses }) => ({ witnesses: [{ ...witnesses![0]!, assurance: 'signed' }, witnesses![1]!] }),
    ],
    [
      'has no signer',
      ({ witnesses }) => ({ witnesses: [witnesses![0]!, { ...witnesses![1]!, signers: [] }] }),
    ],
    ['is invented', ({ witnesses }) => ({ witnesses: [...witnesses!, witnesses![0]!] })],
    [
      'is a host that said something else',
      ({ witnesses }) => ({ witnesses: [...witnesses!, { method: 'host', digest: forged, signers: [] }] }),
    ],
    [
      'is a host that signs',
      ({ witnesses }) => ({
        witnesses: [...witnesses!, { method: 'host', digest, signers: witnesses![1]!.signers }],
      }),
    ],
    [
      'is not asked for any more',
      ({ question: { verification, ...question } }) => ({
        question: { ...question, verification: { ...verification, witnesses: undefined } },
      }),
    ],
    [
      'is none of its documents',
      ({ documents }) => ({ documents: documents.filter(({ url }) => !url.endsWith('/tool.sha256')) }),
    ],
  ])('%s: with a seal that fits, it is noticed', async (_, change) => {
    await update();
    await edit(change);
    expect(await judgeOffline()).toMatchObject({ exitCode: 5 });
    expect((await update({ write: false })).faults).toMatchObject([{ name: 'tool' }]);
  });

  it('is gone with the host, and the seal says so', async () => {
    await update();
    await edit(({ witnesses }) => ({ witnesses: [...witnesses!, { method: 'host', digest, signers: [] }] }));
    expect(await judgeOffline()).toMatchObject({ exitCode: 0 });
    const entry = await readEvidence();
    const witnesses = entry.witnesses!.filter(({ method }) => method !== 'host');
    await writeFile(evidenceFile(), renderEvidence({ tool: { ...entry, witnesses } }));
    const outcome = await judgeOffline();
    expect([outcome.exitCode, outcome.stdout]).toEqual([5, expect.stringContaining('is sealed as')]);
  });

  it.each(['tool.sha256', 'tool.sig'])('as %s was changed, or is gone', async (name) => {
    await update();
    const { documents } = await readEvidence();
    const found = documents.find(({ url }) => url.endsWith(`/${name}`))!;
    const path = join(directory, 'manifests/evidence/documents', found.digest.replace(':', '-'));
    const bytes = await readFile(path);
    bytes[0]! ^= 1;
    await writeFile(path, bytes);
    expect(await judgeOffline()).toMatchObject({ exitCode: 5 });
    await rm(path);
    expect(await judgeOffline()).toMatchObject({ exitCode: 5 });
  });
});

describe('the ratchet', () => {
  const codesOf = async () => (await update()).failures.map(({ error }) => error.code);
  it('refuses to lose a witness, or to have another, until a waiver names it', async () => {
    await update();
    await writeCatalogue([byList]);
    expect(await codesOf()).toEqual(['WITNESS_CHANGED']);
    const change = "{ entry: tool, change: witness, from: 'checksum, cosign-key by builder', to: checksum";
    await writeCatalogue([byList], `waivers: [${change}, reason: it is decided, expires: 2027-01-31 }]`);
    expect(await codesOf()).toEqual([]);
    expect((await readEvidence()).witnesses).toMatchObject([{ method: 'checksum' }]);
    await writeCatalogue([]);
    expect(await codesOf()).toEqual(['WITNESS_CHANGED']);
  });

  it('lets one more speak', async () => {
    await writeCatalogue([byList]);
    await update();
    await writeCatalogue([byKey, byList]);
    expect(await codesOf()).toEqual([]);
    expect((await readEvidence()).witnesses).toMatchObject([
      { method: 'cosign-key' },
      { method: 'checksum' },
    ]);
  });
});

describe('the catalogue', () => {
  it.each([
    ['none', '[]', 'verification.witnesses: must not be empty'],
    ['one that is no method', '[{ method: rumour }]', 'verification.witnesses[0].method'],
    ['one without its fields', '[{ method: cosign-key }]', 'verification.witnesses[0].signature'],
    ['one that does not fit', '[{ method: apt }]', 'verification.witnesses[0].method'],
    [
      'the verification again',
      '[{ method: cosign-key, checksums: SHA256SUMS, signature: SHA256SUMS.sig, cosignKey: owner }]',
      'verification.witnesses[0]: is the verification itself',
    ],
    ['one twice', `[${byList}, ${byList}]`, 'verification.witnesses[1]: is the verification itself'],
    ['one of a witness', `[${byKey.replace(' }', `, witnesses: [${byList}] }`)}]`, 'witnesses[0]'],
  ])('names %s: it is told where', async (_, witnesses, where) => {
    const text = catalogueText(['HERE']).replace('[HERE]', witnesses);
    const error = await refusal(
      () => loadCatalogue(Buffer.from(text), 'catalogue.yaml'),
      UsageError,
      'CATALOGUE_INVALID',
    );
    expect(error.message).toContain(where);
  });
});

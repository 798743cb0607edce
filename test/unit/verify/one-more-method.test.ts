/**
 * A verification method more, through a whole run: added by one file (`signed-digest-method.ts`) and one line of the
 * registry. Nothing else knows of it.
 */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startUpstreamServer, type UpstreamServer } from '../../../scripts/upstream/server.ts';
import { snapshot } from '../../support/snapshot.ts';
import { updateInProcess } from '../../support/update-in-process.ts';

vi.mock(import('../../../src/verify/registry.ts'), async (original) => {
  const registry = await original();
  const { signedDigest } = await import('../../support/signed-digest-method.ts');
  const { method } = signedDigest;
  return {
    ...registry,
    methods: [...registry.methods, signedDigest],
    releaseMethodNames: [...registry.releaseMethodNames, method],
    methodOf: (name) => (name === method ? signedDigest : registry.methodOf(name)),
  };
});

const [ours, another] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
const tool = Buffer.from('a tool');
const digest = createHash('sha256').update(tool).digest('hex');
const keyText = ours.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

let directory: string;
let files: Map<string, Buffer>;
let server: UpstreamServer;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-method-'));
  files = new Map();
  publish(ours.privateKey);
  server = await startUpstreamServer({ files });
  await writeFile(
    join(directory, 'catalogue.yaml'),
    `version: 1
kinds: [knd]
platforms: [{ os: debian-13, architectures: [amd64] }]
sources:
  tools: { type: release-server, uri: https://dl.example.org, path: '{version}', tag: '{version}', version: 1.0.0 }
dependencies:
  tool:
    kinds: [knd]
    type: binary
    source: { from: tools, asset: tool }
    verification: { method: signed-digest, key: ${keyText} }
`,
  );
});
afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

function publish(key: typeof ours.privateKey, said = digest): void {
  const text = Buffer.from(said);
  files.set('dl.example.org/1.0.0/tool', tool);
  files.set('dl.example.org/1.0.0/tool.digest', text);
  files.set('dl.example.org/1.0.0/tool.digest.sig', sign(null, text, key));
}

const manifestsDir = () => join(directory, 'manifests');
const evidenceFile = () => join(manifestsDir(), 'evidence/knd.debian-13.amd64.json');

function update(options: Parameters<typeof updateInProcess>[1] = {}) {
  const rehearsal = {
    ...{ directory, manifestsDir: manifestsDir(), catalogue: join(directory, 'catalogue.yaml') },
    trustDir: join(import.meta.dirname, '../../../trust'),
    mirrorArgs: ['--mirror', `https://dl.example.org=${server.url}/dl.example.org`],
  };
  return updateInProcess(rehearsal, { refresh: [], ...options });
}

describe('a verification method more', () => {
  it('vouches for an entry, and its proof is judged again without the network', async () => {
    const { changes, failures } = await update();
    expect([changes.map(({ name, assurance }) => [name, assurance]), failures]).toEqual([
      [['tool', 'signed']],
      [],
    ]);
    const { entries } = JSON.parse(await readFile(evidenceFile(), 'utf8')) as {
      entries: Record<string, { digest: string; documents: { role: string }[] }>;
    };
    expect(entries['tool']).toMatchObject({
      digest: `sha256:${digest}`,
      documents: [{ role: 'digest' }, { role: 'signature' }],
      signers: [{ method: 'public-key', anchor: 'catalogue' }],
    });
    const before = await snapshot(manifestsDir());
    const asked = server.log.length;
    expect(await update({ write: false })).toMatchObject({ changes: [], faults: [], failures: [] });
    expect(server.log.length).toBe(asked);
    await update();
    expect(await snapshot(manifestsDir())).toEqual(before);
  });

  it.each([
    ['by another key', () => publish(another.privateKey), 'SIGNATURE_INVALID'],
    ['over what is no digest', () => publish(ours.privateKey, 'x'), 'EVIDENCE_MALFORMED'],
    ['that is not there', () => files.delete('dl.example.org/1.0.0/tool.digest.sig'), 'NOT_FOUND'],
  ])('refuses a signature %s, and nothing is written', async (_, arrange, code) => {
    arrange();
    const { failures, changes } = await update();
    expect([failures.map(({ error }) => error.code), changes]).toEqual([[code], []]);
    expect(await snapshot(directory)).not.toHaveProperty(['manifests/knd.debian-13.amd64.json']);
  });

  it('finds fault with a document that was changed, though the proof was good before', async () => {
    await update();
    expect(await update()).toMatchObject({ faults: [], changes: [] });
    const documents = join(manifestsDir(), 'evidence/documents');
    const [name = ''] = (await readdir(documents)).sort();
    const bytes = await readFile(join(documents, name));
    await writeFile(join(documents, name), bytes.subarray(1));
    expect(await update()).toMatchObject({ faults: [{ name: 'tool', isRepaired: true }] });
    expect(await readFile(join(documents, name))).toEqual(bytes);
    await rm(join(documents, name));
    expect(await update({ write: false })).toMatchObject({ faults: [{ name: 'tool' }] });
  });

  it('finds fault with a proof that was changed', async () => {
    await update();
    const text = await readFile(evidenceFile(), 'utf8');
    await writeFile(evidenceFile(), text.replaceAll(digest, 'e'.repeat(64)));
    const { faults } = await update({ write: false });
    expect(faults).toMatchObject([{ name: 'tool' }]);
  });
});

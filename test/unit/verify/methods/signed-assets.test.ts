/** Signatures over released files themselves, through a whole run: also of a file that is too large to be kept. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enums } from 'openpgp';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startUpstreamServer, type UpstreamServer } from '../../../../scripts/upstream/server.ts';
import { binarySignature, makeKey, publicKeyFile, signData } from '../../../support/openpgp.ts';
import { snapshot } from '../../../support/snapshot.ts';
import { updateInProcess } from '../../../support/update-in-process.ts';

const [ed, ec] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ec', { namedCurve: 'P-256' })];
const large = Buffer.alloc((1 << 20) + 1, 7);
const larger = Buffer.alloc((1 << 20) + 2, 7);
const largest = Buffer.alloc((1 << 20) + 3, 7);
const base64 = (...parts: readonly Uint8Array[]) => Buffer.concat(parts).toString('base64');
const id = Buffer.from('assay-id');
const raw = Buffer.from(ed.publicKey.export({ format: 'jwk' }).x!, 'base64url');
const minisignKey = base64(Buffer.from('Ed'), id, raw);
const spki = ec.publicKey.export({ type: 'spki', format: 'der' });

const pgp = await makeKey();

let directory: string;
let files: Map<string, Buffer>;
let server: UpstreamServer;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-assets-'));
  files = new Map();
  const signature = sign(null, createHash('blake2b512').update(large).digest(), ed.privateKey);
  const all = sign(null, Buffer.concat([signature, Buffer.from('x')]), ed.privateKey);
  const minisig = `untrusted comment: x\n${base64(Buffer.from('ED'), id, signature)}\ntrusted comment: x\n${base64(all)}\n`;
  for (const [name, bytes] of [
    ['one', large],
    ['one.minisig', Buffer.from(minisig)],
    ['two', larger],
    ['two.sig', Buffer.from(sign('sha256', larger, ec.privateKey).toString('base64'))],
    ['three', largest],
    ['three.sig', binarySignature(await signData(largest, { key: pgp, type: enums.signature.binary }))],
  ] as const) {
    files.set(`dl.example.org/1.0.0/${name}`, Buffer.from(bytes));
  }
  server = await startUpstreamServer({ files });
  await mkdir(join(directory, 'trust'));
  const write = (name: string, text: string | Buffer) => writeFile(join(directory, name), text);
  await write('trust/one.pub', `untrusted comment: x\n${minisignKey}\n`);
  await write('trust/two.pub', ec.publicKey.export({ type: 'spki', format: 'pem' }));
  await write('trust/three.asc', Buffer.from(publicKeyFile(pgp)));
  const fingerprint = createHash('sha256').update(spki).digest('hex');
  const common = 'scope: ["https://dl.example.org"], learnt: here';
  await write(
    'trust/pins.yaml',
    `version: 1
anchors:
  one: { type: minisign, file: one.pub, key: '${minisignKey}', ${common} }
  two: { type: cosign-key, file: two.pub, fingerprint: '${fingerprint}', ${common} }
  three: { type: openpgp, file: three.asc, sources: ['https://dl.example.org/key'], fingerprints: ['${pgp.getFingerprint()}'], ${common} }
`,
  );
  const entry = (name: string, verification: string) =>
    `  ${name}: { kinds: [knd], type: binary, source: { from: tools, asset: ${name} }, verification: { ${verification} } }\n`;
  await write(
    'catalogue.yaml',
    `version: 1
kinds: [knd]
platforms: [{ os: debian-13, architectures: [amd64] }]
sources:
  tools: { type: release-server, uri: https://dl.example.org, path: '{version}', tag: '{version}', version: 1.0.0 }
dependencies:
${entry('one', "method: minisign, signature: '{asset}.minisig', minisignKey: one")}${entry('two', "method: cosign-key, signature: '{asset}.sig', cosignKey: two")}${entry('three', "method: openpgp-signature, signature: '{asset}.sig', signedBy: three")}`,
  );
});
afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

function update(options: Parameters<typeof updateInProcess>[1] = {}) {
  const rehearsal = {
    ...{
      directory,
      manifestsDir: join(directory, 'manifests'),
      catalogue: join(directory, 'catalogue.yaml'),
    },
    trustDir: join(directory, 'trust'),
    mirrorArgs: ['--mirror', `https://dl.example.org=${server.url}/dl.example.org`],
  };
  return updateInProcess(rehearsal, { refresh: [], ...options });
}

it('vouches for them, keeps what a proof needs, and finds the same again', async () => {
  const { changes, failures } = await update();
  expect(failures).toEqual([]);
  expect(changes.map(({ name, assurance }) => [name, assurance])).toEqual([
    ['one', 'signed'],
    ['two', 'signed'],
    ['three', 'signed'],
  ]);
  const before = await snapshot(join(directory, 'manifests'));
  const documents = Object.keys(before).filter((path) => path.includes('documents/'));
  // Three signatures, three lists of digests and one of what is signed, three keys; the files themselves are not kept.
  expect(documents).toHaveLength(10);
  expect(await update({ write: false })).toMatchObject({ changes: [], faults: [], failures: [] });
  expect(await update()).toMatchObject({ changes: [], faults: [], failures: [] });
  expect(await snapshot(join(directory, 'manifests'))).toEqual(before);
});

it('finds fault with a proof whose digest was changed', async () => {
  await update();
  const evidence = join(directory, 'manifests/evidence/knd.debian-13.amd64.json');
  let text = await readFile(evidence, 'utf8');
  for (const bytes of [large, larger, largest]) {
    text = text.replaceAll(createHash('sha256').update(bytes).digest('hex'), 'e'.repeat(64));
  }
  await writeFile(evidence, text);
  const { faults } = await update({ write: false });
  expect(new Set(faults.map(({ name }) => name))).toEqual(new Set(['one', 'two', 'three']));
});

it('refuses another file under the same name, and writes nothing', async () => {
  for (const [name, bytes] of [
    ['one', large],
    ['two', larger],
    ['three', largest],
  ] as const) {
    const other = Buffer.from(bytes);
    other[5] = 8;
    files.set(`dl.example.org/1.0.0/${name}`, other);
  }
  const { failures, changes } = await update();
  expect(failures.map(({ error }) => error.code)).toEqual(Array(3).fill('SIGNATURE_INVALID'));
  expect(changes).toEqual([]);
});

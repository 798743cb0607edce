/** `assay stage oci://…:TAG`: a tag is believed for its proofs, by the user's own catalogue and trust, or not at all. */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, expect, onTestFinished } from 'vitest';
import { startLoopbackRegistry } from '../../scripts/upstream/loopback-registry.ts';
import { readContent } from '../../scripts/upstream/virtual-file.ts';
import { parseManifest } from '../../src/formats/own/manifest.ts';
import { stagedName } from '../../src/formats/own/vm-paths.ts';
import { body, file } from '../support/fault-server.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { startPushedRegistry, type Pushed, type PushedRegistry } from '../support/pushed-registry.ts';
import { now, removeSeed, test as base, type Rehearsal } from '../support/rehearsal.ts';
import { runProgram, type Outcome } from '../support/run-assay.ts';
import { snapshot } from '../support/snapshot.ts';

const tag = 'knd.debian-13.amd64';

interface Scene {
  readonly ours: Rehearsal;
  readonly registry: PushedRegistry;
  /** What `push` would write of a rehearsal's manifest. */
  read(
    from?: Rehearsal,
    name?: string,
  ): Promise<Pushed & { readonly evidence: ReadonlyMap<string, Uint8Array> }>;
  stage(...args: readonly string[]): Promise<Outcome>;
}

const test = base.extend<{ scene: Scene }>({
  scene: async ({ seeded: ours }, use) => {
    const registry = await startPushedRegistry();
    await use({
      ours,
      registry,
      read: (from = ours, name = tag) => readPushed(from, `${name}.json`),
      stage: (...args) =>
        runInProcess([
          ...['stage', `${registry.place}:${tag}`, '--dir', join(ours.directory, 'artifacts')],
          ...['--trust-dir', ours.trustDir, '--catalogue', ours.catalogue, '--now', now],
          ...['--cache-dir', join(ours.directory, 'stage-cache'), ...args],
        ]),
    });
    await registry.close();
  },
});
afterAll(removeSeed);

async function readPushed({ manifestsDir, files }: Rehearsal, fileName: string) {
  const bytes = await readFile(join(manifestsDir, fileName));
  const { dependencies } = parseManifest(bytes, fileName).vmconfig;
  const layers = Object.entries(dependencies).flatMap(([key, { type, url }]) => {
    const content = files.get(url.replace('https://', ''));
    return content === undefined ? [] : [[stagedName(key, type), readContent(content)] as const];
  });
  const evidence = new Map<string, Uint8Array>();
  for (const path of [fileName, ...(await documentsOf(manifestsDir))]) {
    evidence.set(`evidence/${path}`, await readFile(join(manifestsDir, 'evidence', path)));
  }
  return { manifest: [fileName, bytes] as const, files: new Map(layers), tag, evidence };
}

async function documentsOf(manifestsDir: string): Promise<readonly string[]> {
  return (await readdir(join(manifestsDir, 'evidence/documents'))).map((name) => `documents/${name}`);
}

async function expectRefused(scene: Scene, outcome: Outcome, code: string): Promise<void> {
  expect(outcome.stderr).toContain(`[${code}]`);
  expect(outcome.exitCode).toBe(5);
  expect(await readdir(scene.ours.directory)).not.toContain('artifacts');
}

test('stages what the proofs vouch for, and asks the tag once', async ({ scene }) => {
  const { registry } = scene;
  const pushed = await scene.read();
  registry.refer(registry.push(pushed), pushed.evidence);
  // Whatever the tag leads to afterwards.
  const first = registry.server;
  first.on(registry.manifest(tag), file(registry.artifact(registry.push(pushed))), body('moved'));
  const outcome = await scene.stage();
  expect(outcome.stderr).toContain(`pulled ${tag}.json  ${registry.place}@sha256:`);
  expect(outcome.exitCode).toBe(0);
  expect(await readdir(join(scene.ours.directory, 'artifacts'))).toEqual([...pushed.files.keys()].sort());
  expect(registry.server.requestsTo(registry.manifest(tag))).toHaveLength(1);
});

test('finds evidence by the tag of a digest, in a registry without a list, and passes over what others added', async ({
  scene,
}) => {
  const { registry } = scene;
  const pushed = await scene.read();
  const digest = registry.push(pushed);
  registry.refer(digest, new Map([[`evidence/${tag}.json`, Buffer.from('{}')]]));
  // One that is listed and not there, and one whose only file is not.
  registry.refer(digest, new Map([['evidence/gone.json', Buffer.from('gone')]]));
  const { manifests: listed } = JSON.parse(Buffer.from(registry.referrers(digest)).toString()) as {
    manifests: { digest: string }[];
  };
  registry.server.on(`/v2/team/assay/manifests/${listed.at(-1)!.digest}`);
  const missing = Buffer.from('{"missing":true}');
  registry.refer(digest, new Map([[`evidence/${tag}.json`, missing]]));
  registry.server.on(registry.blob(missing));
  registry.refer(digest, pushed.evidence);
  const list = `/v2/team/assay/referrers/${digest}`;
  const index = registry.referrers(digest);
  registry.server.on(list);
  registry.server.on(registry.manifest(digest.replace(':', '-')), file(index));
  expect(await scene.stage()).toMatchObject({ exitCode: 0 });
});

test('refuses a manifest without evidence, or with that of another', async ({ scene }) => {
  const { registry } = scene;
  const pushed = await scene.read();
  const digest = registry.push(pushed);
  await expectRefused(scene, await scene.stage(), 'EVIDENCE_MISSING');
  const other = registry.push({ ...pushed, files: new Map(), tag: 'other' });
  registry.refer(other, pushed.evidence);
  registry.server.on(`/v2/team/assay/referrers/${digest}`, file(registry.referrers(other)));
  await expectRefused(scene, await scene.stage(), 'SUBJECT_MISMATCH');
});

test('refuses another manifest of our own behind the tag', async ({ scene }) => {
  const { registry } = scene;
  const pushed = await scene.read(scene.ours, 'knc.debian-13.amd64');
  registry.refer(registry.push(pushed), pushed.evidence);
  await expectRefused(scene, await scene.stage(), 'SUBJECT_MISMATCH');
});

test('refuses real packages that a stranger asked for', async ({ scene, fresh }) => {
  // The same publishers vouch for all of it: but nobody here wanted that under this name.
  await fresh.editCatalogue(({ dependencies }) => {
    dependencies['uidmap']!['source'] = { from: 'debian', package: 'libsubid5' };
    dependencies['libsubid5']!['source'] = { from: 'debian', package: 'uidmap' };
  });
  const made = await fresh.update();
  expect(made.exitCode, made.stderr).toBe(0);
  const pushed = await scene.read(fresh);
  scene.registry.refer(scene.registry.push(pushed), pushed.evidence);
  const outcome = await scene.stage();
  await expectRefused(scene, outcome, 'SUBJECT_MISMATCH');
  expect(outcome.stderr).toContain('uidmap: it was resolved when the catalogue asked otherwise');
});

test('refuses other bytes, and the evidence that was edited with them', async ({ scene }) => {
  const { registry } = scene;
  const pushed = await scene.read();
  const name = `evidence/${tag}.json`;
  const [title, bytes] = pushed.manifest;
  const before = parseManifest(bytes, title).vmconfig.dependencies['uidmap']!.digest;
  const evil = Buffer.from('evil');
  const digest = registry.putBlob(evil);
  const edited = (of: Uint8Array) => Buffer.from(Buffer.from(of).toString().replaceAll(before, digest));
  const files = new Map([...pushed.files, ['uidmap.deb', evil]]);
  const size = pushed.files.get('uidmap.deb')!.length;
  const sized = (of: Uint8Array) =>
    Buffer.from(edited(of).toString().replaceAll(`"size": ${size}`, '"size": 4'));
  const evidence = new Map([...pushed.evidence, [name, sized(pushed.evidence.get(name)!)]]);
  registry.refer(registry.push({ ...pushed, manifest: [title, sized(bytes)], files }), evidence);
  const outcome = await scene.stage();
  expect(outcome.exitCode).toBe(5);
  expect(await readdir(scene.ours.directory)).not.toContain('artifacts');
});

test('refuses what would not hold now: an old manifest may have been put back', async ({ scene }) => {
  const pushed = await scene.read();
  scene.registry.refer(scene.registry.push(pushed), pushed.evidence);
  await expectRefused(scene, await scene.stage('--now', '2026-12-31T12:00:00Z'), 'METADATA_EXPIRED');
});

test('refuses a document of the evidence that is not what its layer says', async ({ scene }) => {
  const { registry } = scene;
  const pushed = await scene.read();
  registry.refer(registry.push(pushed), pushed.evidence);
  const [, bytes] = [...pushed.evidence].find(([title]) => basename(title).startsWith('sha256-'))!;
  registry.server.on(registry.blob(bytes), body(Buffer.alloc(bytes.length, 'x')));
  await expectRefused(scene, await scene.stage(), 'DIGEST_MISMATCH');
});

test.for([true, false])(
  'takes what push has put there (a list of referrers: %s), by tag, digest and script',
  async (referrers, { scene: { ours } }) => {
    const auth = { scheme: 'token', username: 'robot', password: 'pass "word' } as const;
    const registry = await startLoopbackRegistry({ auth, referrers });
    onTestFinished(() => registry.close());
    const authFile = join(ours.directory, 'auth.json');
    const basic = Buffer.from(`${auth.username}:${auth.password}`).toString('base64');
    await writeFile(authFile, JSON.stringify({ auths: { [registry.host]: { auth: basic } } }));
    const env = { HOME: ours.directory, REGISTRY_AUTH_FILE: authFile };
    const assay = (...args: readonly string[]) =>
      runInProcess([...args, '--cache-dir', join(ours.directory, 'push-cache')], { env });
    const pushed = await assay(
      ...['push', join(ours.manifestsDir, `${tag}.json`), `${registry.host}/team/assay`, '--json'],
      ...ours.mirrorArgs,
    );
    expect(pushed.exitCode, pushed.stderr).toBe(0);
    const [artifact] = (JSON.parse(pushed.stdout) as { artifacts: { digest: string }[] }).artifacts;
    const place = `oci://${registry.host}/team/assay`;
    const at = (name: string) => join(ours.directory, name);
    const judge = ['--trust-dir', ours.trustDir, '--catalogue', ours.catalogue, '--now', now];
    const byTag = await assay('stage', `${place}:${tag}`, '--dir', at('by-tag'), ...judge);
    expect(byTag.exitCode, byTag.stderr).toBe(0);
    const from = `${place}@${artifact?.digest ?? ''}`;
    expect(await assay('stage', from, '--dir', at('by-digest'))).toMatchObject({ exitCode: 0 });
    const script = at('fetch.sh');
    const rendered = await assay(
      'render',
      'fetch-script',
      '--from',
      from,
      '--dir',
      at('by-script'),
      '-o',
      script,
    );
    expect(rendered.exitCode, rendered.stderr).toBe(0);
    const ran = await runProgram('sh', [script], { env });
    expect(ran.exitCode, ran.stderr).toBe(0);
    const staged = await snapshot(at('by-tag'));
    expect(Object.keys(staged)).toContain('uidmap.deb');
    expect(await snapshot(at('by-digest'))).toEqual(staged);
    expect(await snapshot(at('by-script'))).toEqual(staged);
  },
);

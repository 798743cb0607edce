/** The main job, in this process: what it leaves alone, what it takes over, and what a refusal keeps back. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { atFirst, cut, refuse } from '../../../../scripts/upstream/behaviours.ts';
import { parseManifest, renderManifest, type Manifest } from '../../../../src/formats/own/manifest.ts';
import { createFileStore } from '../../../../src/io/file-store.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';
import { now, removeSeed, test, type Rehearsal } from '../../../support/rehearsal.ts';
import { changedPaths, snapshot } from '../../../support/snapshot.ts';
import { updateInProcess } from '../../../support/update-in-process.ts';

afterAll(removeSeed);

test('a disk that is full is the error, and nothing was written', async ({ seeded }) => {
  await seeded.publish({ at: now, versions: { libpq5Security: '17.13-0+deb13u1' } });
  const before = await snapshot(seeded.manifestsDir);
  const full = new UsageError('FILE_UNWRITABLE', 'cannot write: ENOSPC');
  const files = { ...createFileStore(), replaceAll: () => Promise.reject(full) };
  await expect(updateInProcess(seeded, { files })).rejects.toBe(full);
  expect(await snapshot(seeded.manifestsDir)).toEqual(before);
});

test('a good run over the same upstream succeeds: the refusals are no accident', async ({ seeded }) => {
  const before = await snapshot(seeded.manifestsDir);
  const { failures, changes } = await updateInProcess(seeded);
  expect([...failures, ...changes]).toEqual([]);
  expect(changedPaths(before, await snapshot(seeded.manifestsDir))).toEqual([]);
});

test('an answer that breaks once is asked for again', async ({ seeded }) => {
  const path = 'ftp.debian.org/debian/dists/trixie/InRelease';
  const file = seeded.files.get(path)!;
  seeded.server.override(path, atFirst(cut(file, 100)));
  expect((await updateInProcess(seeded)).failures).toEqual([]);
  expect(seeded.server.log.filter((request) => request.path === path)).toHaveLength(2);
});

test('leaves entries that the catalogue no longer has, byte for byte, and says so', async ({ seeded }) => {
  await seeded.editCatalogue(({ dependencies }) => {
    delete dependencies['uidmap'];
  });
  const before = await snapshot(seeded.manifestsDir);
  const { changes, faults } = await updateInProcess(seeded);
  expect(changes).toEqual([]);
  expect(faults.map(({ name, isRepaired }) => [name, isRepaired])).toEqual(Array(4).fill(['uidmap', false]));
  // Only the evidence about it is gone.
  const changed = changedPaths(before, await snapshot(seeded.manifestsDir));
  expect(changed.filter((path) => !path.startsWith('evidence/'))).toEqual([]);
});

test('a newer index without newer packages changes no manifest', async ({ seeded }) => {
  const later = '2026-11-21T12:00:00Z';
  const before = await snapshot(seeded.manifestsDir);
  await seeded.publish({ at: later, fillers: 12 });
  expect(await updateInProcess(seeded, { now: later, refresh: [] })).toMatchObject({
    changes: [],
    failures: [],
  });
  const changed = changedPaths(before, await snapshot(seeded.manifestsDir));
  expect(changed.filter((path) => !path.startsWith('evidence/'))).toEqual([]);
  expect(changed).toContain('evidence/metadata-dates.json');
});

test('resolves again what the catalogue describes otherwise, and nothing else', async ({ seeded }) => {
  await seeded.editCatalogue(({ dependencies }) => {
    dependencies['uidmap']!['providers'] = ['aws', 'local'];
  });
  const { changes } = await updateInProcess(seeded, { refresh: [] });
  expect(changes.map(({ name }) => name)).toEqual(Array(4).fill('uidmap'));
  expect(changes[0]?.after).toMatchObject({ providers: ['aws', 'local'] });
});

/** Edited by hand: what upstream has under this version are other bytes. */
async function forge(rehearsal: Rehearsal, fileName: string, name: string): Promise<void> {
  await editManifest(rehearsal, fileName, ({ vmconfig }) => {
    vmconfig.dependencies[name]!.digest = `sha256:${'0'.repeat(64)}`;
  });
}

async function editManifest(
  { manifestsDir }: Rehearsal,
  fileName: string,
  edit: (manifest: Manifest) => void,
): Promise<void> {
  const file = join(manifestsDir, fileName);
  const manifest = parseManifest(await readFile(file), file);
  edit(manifest);
  await writeFile(file, renderManifest(manifest));
}

const later = '2026-11-21T12:00:00Z';
const refusedFile = 'knc.debian-13.arm64.json';

test('a manifest with a refused entry stays as it was, and the others are written', async ({ seeded }) => {
  await seeded.publish({ at: later, versions: { libpq5Security: '17.13-0+deb13u1' } });
  await forge(seeded, refusedFile, 'uidmap');
  const before = await snapshot(seeded.manifestsDir);
  const { failures, changes, manifests } = await updateInProcess(seeded, { now: later, refresh: [] });
  expect(failures.map(({ name, platforms, error }) => [name, platforms, error.code])).toEqual([
    ['uidmap', ['debian-13 arm64'], 'ARTIFACT_MUTATED'],
  ]);
  expect(manifests.filter(({ status }) => status === 'refused')).toMatchObject([
    { fileName: refusedFile, name: { kind: 'knc', arch: 'arm64' }, status: 'refused', missing: [] },
  ]);
  expect(changes.map(({ fileName, name }) => [fileName, name])).toEqual([
    ['knd.debian-13.amd64.json', 'libpq5'],
    ['knd.debian-13.arm64.json', 'libpq5'],
    ['knc.debian-13.amd64.json', 'libpq5'],
  ]);
  const changed = changedPaths(before, await snapshot(seeded.manifestsDir));
  expect(changed.filter((path) => path.endsWith(refusedFile))).toEqual([]);
});

test('a run that keeps going writes what was verified; what failed keeps its value', async ({ seeded }) => {
  await seeded.publish({ at: later, versions: { libpq5Security: '17.13-0+deb13u1' } });
  await forge(seeded, refusedFile, 'uidmap');
  const options = { now: later, refresh: [], keepGoing: true };
  const { failures, changes } = await updateInProcess(seeded, options);
  expect(failures.map(({ error }) => error.code)).toEqual(['ARTIFACT_MUTATED']);
  expect(changes.map(({ name }) => name)).toEqual(Array(4).fill('libpq5'));
  const file = join(seeded.manifestsDir, refusedFile);
  const { libpq5, uidmap } = parseManifest(await readFile(file), file).vmconfig.dependencies;
  expect(libpq5?.version).toBe('17.13-0+deb13u1');
  expect(uidmap?.digest).toBe(`sha256:${'0'.repeat(64)}`);
});

test('keeping going does not write a manifest that would lack an entry', async ({ seeded }) => {
  await editManifest(seeded, refusedFile, ({ vmconfig }) => {
    delete vmconfig.dependencies['uidmap'];
  });
  seeded.server.override('security.debian.org/debian-security/dists/trixie-security/InRelease', refuse(404));
  const before = await snapshot(seeded.manifestsDir);
  const { failures, manifests } = await updateInProcess(seeded, { refresh: [], keepGoing: true });
  expect(new Set(failures.map(({ error }) => error.code))).toEqual(new Set(['EVIDENCE_MISSING']));
  expect(manifests.map(({ status }) => status)).toEqual(['unchanged', 'unchanged', 'unchanged', 'refused']);
  expect(manifests.at(-1)?.missing).toEqual(['uidmap']);
  expect(await snapshot(seeded.manifestsDir)).toEqual(before);
});

test('says what a manifest lacks that was asked for in part', async ({ fresh }) => {
  const { manifests, failures } = await updateInProcess(fresh, { filters: { only: ['uidmap'] } });
  expect(failures).toEqual([]);
  expect(manifests.map(({ missing }) => missing)).toEqual(Array(4).fill(['libpq5', 'libsubid5']));
});

test('a refused downgrade is accepted once its entry was removed', async ({ seeded }) => {
  await seeded.publish({ at: now, versions: { shadow: '1:4.17.4-1' } });
  await rm(seeded.manifestsDir, { recursive: true });
  const { failures, changes } = await updateInProcess(seeded);
  expect(failures).toEqual([]);
  expect(changes).toHaveLength(12);
});

test('a catalogue that names no such platform selects nothing', async ({ seeded }) => {
  await refusal(updateInProcess(seeded, { filters: { os: ['debian-12'] } }), UsageError, 'USAGE');
});

/** The ratchet in a whole run: refused until the catalogue waives it, and what a waiver does then. */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { parse, stringify } from 'yaml';
import type { UpdateResult } from '../../../../src/pipeline/manifests/update-manifests.ts';
import { removeSeed, test, type Rehearsal } from '../../../support/rehearsal.ts';
import { silentReporter } from '../../../support/silent-reporter.ts';
import { changedPaths, snapshot } from '../../../support/snapshot.ts';
import { updateInProcess } from '../../../support/update-in-process.ts';

afterAll(removeSeed);

const waiver = {
  ...{ entry: 'uidmap', change: 'signer', from: 'debian-archive', to: 'debian-anew' },
  ...{ reason: 'the pin has another name', expires: '2026-11-30' },
};

/** The same key under another name: to a reader of evidence another anchor. */
async function renameAnchor(rehearsal: Rehearsal): Promise<void> {
  const { trustDir } = rehearsal;
  const file = join(trustDir, 'pins.yaml');
  const pins = parse(await readFile(file, 'utf8')) as { anchors: Record<string, unknown> };
  pins.anchors['debian-anew'] = { ...(pins.anchors['debian-archive'] as object), file: 'debian-anew.asc' };
  await cp(join(trustDir, 'debian-archive.asc'), join(trustDir, 'debian-anew.asc'));
  await writeFile(file, stringify(pins, { aliasDuplicateObjects: false }));
  await rehearsal.editCatalogue(({ sources }) => {
    for (const suite of sources['debian']!.suites) {
      if (suite['signedBy'] === 'debian-archive') suite['signedBy'] = 'debian-anew';
    }
  });
}

async function waive({ catalogue }: Rehearsal, ...waivers: readonly object[]): Promise<void> {
  const file = parse(await readFile(catalogue, 'utf8')) as object;
  await writeFile(catalogue, stringify({ ...file, waivers }));
}

function codesOf({ failures }: UpdateResult): readonly string[] {
  return failures.map(({ name, error }) => `${name} ${error.code}`);
}

test('another anchor is refused until each entry is waived, and an idle waiver is said', async ({
  seeded,
}) => {
  const before = await snapshot(seeded.manifestsDir);
  await renameAnchor(seeded);
  const refused = await updateInProcess(seeded, { refresh: [] });
  expect(new Set(codesOf(refused))).toEqual(new Set(['libsubid5 SIGNER_CHANGED', 'uidmap SIGNER_CHANGED']));
  expect(changedPaths(before, await snapshot(seeded.manifestsDir))).toEqual([]);

  // For another entry, and one that has expired: said, and no use.
  const expired = { ...waiver, entry: 'libsubid5', expires: '2026-11-19' };
  await waive(seeded, waiver, expired);
  const half = await updateInProcess(seeded, { refresh: [] });
  expect(new Set(codesOf(half))).toEqual(new Set(['libsubid5 SIGNER_CHANGED']));
  expect(half.failures[0]?.error.message).toContain('its waiver has expired on 2026-11-19');

  await waive(seeded, waiver, { ...waiver, entry: 'libsubid5' });
  expect(codesOf(await updateInProcess(seeded, { refresh: [] }))).toEqual([]);
  const said: string[] = [];
  const reporter = { ...silentReporter, warn: (text: string) => void said.push(text) };
  expect(codesOf(await updateInProcess(seeded, { refresh: [], reporter }))).toEqual([]);
  expect(said).toHaveLength(2);
  expect(said[0]).toContain(
    'waiver for uidmap (signer from "debian-archive" to "debian-anew"): nothing needs',
  );
});

test('an entry that is taken out of a manifest has a past all the same', async ({ seeded }) => {
  await renameAnchor(seeded);
  for (const kind of ['knc', 'knd']) {
    const file = join(seeded.manifestsDir, `${kind}.debian-13.amd64.json`);
    const manifest = JSON.parse(await readFile(file, 'utf8')) as {
      vmconfig: { dependencies: Record<string, unknown> };
    };
    delete manifest.vmconfig.dependencies['uidmap'];
    await writeFile(file, JSON.stringify(manifest));
  }
  const filters = { only: ['uidmap'], architectures: ['amd64'] };
  expect(codesOf(await updateInProcess(seeded, { filters }))).toEqual(['uidmap SIGNER_CHANGED']);
});

test('a manifest of another kind does not get other bytes under the same version', async ({ seeded }) => {
  const names = ['knc', 'knd'].map((kind) => join(seeded.manifestsDir, `${kind}.debian-13.amd64.json`));
  const text = await readFile(names[0]!, 'utf8');
  const digest = /"uidmap": \{[^}]*"digest": "([^"]+)"/.exec(text)?.[1] ?? '';
  await writeFile(names[0]!, text.replace(digest, `sha256:${'0'.repeat(64)}`));
  await rm(names[1]!);
  const result = await updateInProcess(seeded, { filters: { only: ['uidmap'], architectures: ['amd64'] } });
  expect(codesOf(result)).toEqual(['uidmap ARTIFACT_MUTATED']);
  expect(result.manifests.map(({ status }) => status)).toEqual(['refused', 'refused']);
});

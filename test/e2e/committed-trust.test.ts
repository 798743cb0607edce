/** Every run of `update-manifests` checks the committed anchors of its entries before it asks anybody anything. */
import { access, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { refuse, substitute } from '../../scripts/upstream/behaviours.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { enableFluentBit, test } from '../support/rehearsal.ts';

test('an edited key file is refused, also where upstream has nothing new', async ({ seeded }) => {
  const file = join(seeded.trustDir, 'debian-archive.asc');
  await writeFile(file, seeded.keys['debian-security'].publicKeyArmored);
  for (const args of [[], ['--only', 'uidmap'], ['--check'], ['--dry-run']]) {
    expectRefused(await seeded.update([...args, '--json']), 5, 'PIN_MISMATCH');
  }
  expect(seeded.server.log).toEqual([]);
});

test('an anchor that no entry of the run names has no veto, and is refused to who names it', async ({
  fresh,
}) => {
  const file = join(fresh.trustDir, 'fluent-bit.asc');
  await writeFile(file, fresh.keys['debian-security'].publicKeyArmored);
  const { stderr } = expectDone(await fresh.update(['--only', 'uidmap', '--dry-run']));
  expect(stderr).toContain(`no entry of this run needs the anchor fluent-bit, which is refused: ${file}: `);
  // Disabled, it is wanted by nobody.
  expectDone(await fresh.update(['--dry-run']));

  await enableFluentBit(fresh);
  const requests = fresh.server.log.length;
  for (const args of [[], ['--only', 'fluent-bit'], ['--only', 'uidmap,fluent-bit'], ['--keep-going']]) {
    expectRefused(await fresh.update([...args, '--json']), 5, 'PIN_MISMATCH');
  }
  expect(fresh.server.log).toHaveLength(requests);
  expectDone(await fresh.update(['--only', 'uidmap', '--dry-run']));
});

test('keys that are pinned and not committed are fetched, and have to be the pinned ones', async ({
  fresh,
}) => {
  await enableFluentBit(fresh);
  const file = join(fresh.trustDir, 'fluent-bit.asc');
  const published = 'packages.fluentbit.io/fluentbit.key';
  await rm(file);
  const args = ['--only', 'fluent-bit', '--json'];

  const other = Buffer.from(fresh.keys['debian-security'].publicKeyArmored);
  fresh.server.override(published, substitute(other));
  expectRefused(await fresh.update(args), 5, 'PIN_MISMATCH');
  const both = Buffer.concat([fresh.files.get(published)!, other]);
  fresh.server.override(published, substitute(both));
  expectRefused(await fresh.update(args), 5, 'PIN_MISMATCH');
  fresh.server.override(published, refuse(404));
  expectRefused(await fresh.update(args), 4, 'NOT_FOUND');

  fresh.server.override(published);
  const { stderr } = expectDone(await fresh.update(['--only', 'fluent-bit']));
  expect(stderr).toContain('keep them with update-trust');
  // Shown and used, and never written in passing.
  await expect(access(file)).rejects.toThrow('ENOENT');
});

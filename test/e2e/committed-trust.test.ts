/** Every run of `update-manifests` checks all committed anchors before it asks anybody anything. */
import { access, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { refuse, substitute } from '../../scripts/upstream/behaviours.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { enableFluentBit, test } from '../support/rehearsal.ts';

test('an edited key file is refused, also where nothing of the run relies on it', async ({ fresh }) => {
  await writeFile(join(fresh.trustDir, 'fluent-bit.asc'), fresh.keys['debian-security'].publicKeyArmored);
  expectRefused(await fresh.update(['--only', 'uidmap', '--json']), 5, 'PIN_MISMATCH');
  expect(fresh.server.log).toEqual([]);
  // One that is not there yet is missed only by who asks for it.
  await rm(join(fresh.trustDir, 'fluent-bit.asc'));
  expect(await fresh.update(['--only', 'uidmap', '--dry-run'])).toMatchObject({ exitCode: 0 });
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

/** Every run of `update-manifests` checks all committed anchors before it asks anybody anything. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { expectRefused } from '../support/outcomes.ts';
import { test } from '../support/rehearsal.ts';

test('an edited key file is refused, also where nothing of the run relies on it', async ({ fresh }) => {
  await writeFile(join(fresh.trustDir, 'fluent-bit.asc'), fresh.keys['debian-security'].publicKeyArmored);
  expectRefused(await fresh.update(['--only', 'uidmap', '--json']), 5, 'PIN_MISMATCH');
  expect(fresh.server.log).toEqual([]);
  // One that is not there yet can vouch for nothing, and is missed only by who asks for it.
  await rm(join(fresh.trustDir, 'fluent-bit.asc'));
  expect(await fresh.update(['--only', 'uidmap', '--dry-run'])).toMatchObject({ exitCode: 0 });
});

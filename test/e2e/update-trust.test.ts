/** `update-trust` as its users run it: the built command, its exit codes, and what is left when it is killed. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrivateKey } from 'openpgp';
import { expect } from 'vitest';
import { stalled } from '../support/fault-server.ts';
import { test, type KeyPublisher } from '../support/key-publisher.ts';
import { makeKey, publicKeyFile } from '../support/openpgp.ts';
import { cli, runAssay } from '../support/run-assay.ts';
import { changedPaths } from '../support/snapshot.ts';

const pin = (key: PrivateKey) => key.getFingerprint().toUpperCase();

const [alpha, beta] = [await makeKey({ name: 'Alpha \x1b[31m' }), await makeKey({ name: 'Beta' })];

function update({ flags }: KeyPublisher, args: readonly string[] = [], env: Record<string, string> = {}) {
  return runAssay(['update-trust', ...flags, ...args], { env });
}

test('fetches, shows, waits for a person, writes, and checks', async ({ publisher }) => {
  await publisher.pin({ alpha: { fingerprints: [pin(alpha)] } });
  publisher.publish('alpha.asc', publicKeyFile(alpha));
  const before = await publisher.snapshot();
  expect(await update(publisher, ['--check'])).toMatchObject({ exitCode: 3, stdout: '' });
  expect(changedPaths(before, await publisher.snapshot())).toEqual([]);
  const summary = join(publisher.directory, 'summary.md');
  const first = await update(publisher, [], { GITHUB_STEP_SUMMARY: summary });
  expect(first.exitCode).toBe(0);
  for (const text of [first.stderr, await readFile(summary, 'utf8')]) {
    expect(text).toContain(String.raw`+   user ID Alpha \x1b[31m`);
  }
  expect(changedPaths(before, await publisher.snapshot())).toEqual(['PROVENANCE.md', 'alpha.asc']);

  publisher.publish('alpha.asc', publicKeyFile(beta));
  expect(await update(publisher)).toMatchObject({ exitCode: 5 });
  const accepted = ['--accept', pin(alpha), '--accept', pin(beta)];
  expect(await update(publisher, accepted)).toMatchObject({ exitCode: 0 });
  expect(await update(publisher, ['--offline', '--json'])).toMatchObject({ exitCode: 0 });
});

test('killed half-way, it leaves the files as they were', async ({ publisher }) => {
  await publisher.pin({ alpha: { fingerprints: [pin(alpha)] }, beta: { fingerprints: [pin(beta)] } });
  publisher.publish('alpha.asc', publicKeyFile(alpha));
  let reached: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => (reached = resolve));
  const bytes = publicKeyFile(beta);
  publisher.server.on('/beta.asc', (request, response) => {
    stalled(bytes, bytes.length - 1)(request, response);
    reached();
  });
  const before = await publisher.snapshot();
  const args = [cli, 'update-trust', ...publisher.flags];
  const child = spawn(process.execPath, args, { stdio: 'ignore', env: { PATH: process.env['PATH'] } });
  const ended = new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)));
  await waiting;
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
  expect(await publisher.snapshot()).toEqual(before);
  publisher.publish('beta.asc', bytes);
  expect(await update(publisher)).toMatchObject({ exitCode: 0 });
});

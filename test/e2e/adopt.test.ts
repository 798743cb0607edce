/**
 * docs/adopt.md, followed word by word: its console blocks, in their order, in a repository as podplane/vmconfig is without
 * assay. The second word of a fence says what happens at upstreams before it.
 */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { assayProgram, consoleBlocks, firstDifference, play } from '../support/console-blocks.ts';
import { now } from '../support/production-upstream.ts';
import { openVmconfigRepository, type VmconfigRepository } from '../support/vmconfig-repository.ts';

let place: string;
let bin: string;
let repository: VmconfigRepository;

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'assay-adopt-'));
  repository = await openVmconfigRepository(place);
  bin = join(place, 'bin');
  await mkdir(bin);
  const { network } = repository;
  const program = assayProgram({
    'update-*--offline*': ['--now', now],
    'update-*': ['--now', now, ...network],
    'stage*': network,
    'verify*--offline*': ['--now', now],
    '*': [],
  });
  await writeFile(join(bin, 'assay'), program);
  await chmod(join(bin, 'assay'), 0o755);
});
afterAll(async () => {
  await repository.close();
  await rm(place, { recursive: true, force: true });
});

it('does what the page says, step by step', async () => {
  const { directory, runcKey, nextKey } = repository;
  const happenings: Readonly<Record<string, () => unknown>> = {
    '': () => undefined,
    'next-key': () => repository.announceKey(),
    'signed-anew': () => repository.signAnew(),
  };
  const substitutes = {
    '0AFD7B96C2BAAE5F1D1E7D0F4B2A1C9E8D3F6A51': runcKey.fingerprint,
    '51C7A9E4D2F08B6E3A5D90C1F7B46E28A1D3059C': nextKey.fingerprint,
  };
  const blocks = consoleBlocks('docs/adopt.md');
  expect(blocks.length).toBeGreaterThan(8);
  for (const block of blocks) {
    await happenings[block.scene]!();
    const printed = await play(block, { directory, bin, substitutes });
    for (const [index, { command, prints }] of block.steps.entries()) {
      const found = printed[index]?.printed ?? '';
      expect(firstDifference(prints, found), `$ ${command}\n${found}`).toBeUndefined();
    }
  }
});

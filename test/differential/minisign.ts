/** Signatures as minisign judges them, by the same key. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AssayError } from '../../src/model/errors.ts';
import { judge, readMaterial, trustOf } from '../fuzz/material.ts';
import { mutate } from '../fuzz/mutate.ts';
import { count, noVerdicts, versionOf, type Comparison } from './comparison.ts';

export const minisignatures: Comparison = {
  name: 'minisign, a signature beside the file',
  program: () => versionOf('minisign', '-v'),
  async compare(random, times) {
    const verdicts = noVerdicts();
    const material = readMaterial();
    const trust = trustOf(material);
    const one = material.cases.find(({ name }) => name === 'minisign, over the file')!;
    const file = Buffer.from(one.genuine['asset']!);
    const seeds = [one.genuine, one.other, one.stranger].map((set) =>
      Buffer.from(set['minisign-signature']!),
    );
    const folder = mkdtempSync(join(tmpdir(), 'assay-differential-'));
    writeFileSync(join(folder, 'tool.pub'), material.trust['tool-minisign.pub']!);
    writeFileSync(join(folder, 'file'), file);
    for (let time = 0; time < times; time += 1) {
      const signature = time === 0 ? seeds[0]! : Buffer.from(mutate(random.of(seeds)!, random, seeds));
      writeFileSync(join(folder, 'file.minisig'), signature);
      const args = ['-V', '-q', '-p', join(folder, 'tool.pub'), '-m', join(folder, 'file')];
      const theirs = spawnSync('minisign', args).status === 0 ? file : undefined;
      const ours = await judge(
        one,
        { asset: file, 'minisign-signature': signature },
        trust,
        material.now,
      ).then(
        () => file,
        (error: unknown) => {
          if (error instanceof AssayError) return undefined;
          throw error;
        },
      );
      count(verdicts, ours, theirs, signature.toString('base64'));
    }
    rmSync(folder, { recursive: true });
    return verdicts;
  },
};

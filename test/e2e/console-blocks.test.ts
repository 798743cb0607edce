/** Every console block of the documentation is played, but for those that are named here; each prints what it says. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { globSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  assayProgram,
  consoleBlocks,
  fencedBlocks,
  firstDifference,
  play,
} from '../support/console-blocks.ts';
import { openScenes, type Scenes } from '../support/console-scenes.ts';
import { root } from '../support/run-assay.ts';

const pages = ['README.md', ...globSync('docs/*.md', { cwd: root }).sort(), 'examples/k3s/README.md'];
/** In one checkout, in their order: first-run.test.ts and adopt.test.ts. */
const elsewhere = ['docs/first-run.md', 'docs/adopt.md'];

/** Page and first command, with the reason. */
const notPlayed: Readonly<Record<string, string>> = {
  'README.md: apt-get update': 'make install-check does, word by word, in a root of its own',
  'README.md: curl -fsSLO': 'make install-check does, with a throwaway Sigstore in place of the real one',
  'README.md: npm install': 'make install-check does, word by word, in a root of its own',
  'README.md: make demo': 'make runs all of this checkout',
  'docs/add.md: assay add': 'of a public repository, and a person answers; add.test.ts has such upstreams',
  'docs/add.md: assay trust': "of a publisher's key; trust-add.test.ts has such",
  'docs/mirror.md: assay mirror': 'of make mirror-check, which serves the tree with nginx',
  'docs/mirror.md: assay package': 'package.test.ts has such a tree',
  'docs/mirror.md: assay verify': 'package.test.ts has such a tree',
  'docs/operations.md: assay explain': 'of an image that programs have read which tests do without',
  'docs/popsink.md: assay verify': 'of a private registry; example-popsink.test.ts has such a chart',
  'docs/popsink.md: isoinfo -d': 'genisoimage and cloud-localds are other programs',
  'docs/reach.md: assay import':
    "of aqua's registry, which is another project's; aqua.test.ts has such rules",
  'docs/reach.md: make reach': "of aqua's registry, which is another project's",
  'docs/registries.md: assay render': 'of a registry by its public name; e2e tests have one on loopback',
  'docs/registries.md: assay stage': 'of a registry by its public name; e2e tests have one on loopback',
  'docs/sigstore.md: assay verify-bundle': 'of files of make demo; verify-sigstore.test.ts has such',
  'docs/sigstore.md: assay verify-blob': 'of files of make demo; verify-sigstore.test.ts has such',
  'docs/staging.md: assay stage': 'a person interrupts it; staging-faults.test.ts does',
  'docs/trust.md: assay update-trust': 'update-trust.test.ts has such keys',
  'docs/trust.md: gh attestation': 'gh is another program, and asks GitHub',
  'docs/vm.md: assay render': 'cloud-init and cloud-localds are other programs',
};

const all = pages.flatMap(consoleBlocks);
const nameOf = ({ page, steps: [first] }: (typeof all)[number]) =>
  `${page}: ${(first?.command ?? '').split(' ').slice(0, 2).join(' ')}`;
const played = all.filter(({ page, scene }) => !elsewhere.includes(page) && scene !== 'not-played');

let scenes: Scenes;
beforeAll(async () => void (scenes = await openScenes()));
afterAll(() => scenes.close());

describe('console blocks', () => {
  it('are all blocks that have a command and what it prints', () => {
    const others = pages.flatMap((page) =>
      fencedBlocks(page)
        .filter(({ info, text }) => !info.startsWith('console') && /^\$ /m.test(text))
        .map(({ line }) => `${page}:${line}`),
    );
    expect(others).toEqual([]);
  });

  it('are played, but for those that are known not to be', () => {
    const marked = all.filter(({ scene }) => scene === 'not-played').map(nameOf);
    expect([...new Set(marked)].sort()).toEqual(Object.keys(notPlayed).sort());
    expect(marked).toHaveLength(24);
    expect(played.length).toBeGreaterThanOrEqual(15);
  });

  it('fail where something else is printed', () => {
    expect(firstDifference(['a', 'b'], 'a\nb\n')).toBeUndefined();
    expect(firstDifference(['a', '…', 'd…f'], 'a\nb\nc\ndef\n')).toBeUndefined();
    expect(firstDifference(['a', '…'], 'a\n')).toBeUndefined();
    expect(firstDifference(['a', 'c'], 'a\nb\nc\n')).toBe('c');
    expect(firstDifference(['a'], 'a\nb\n')).toBe('(nothing more) but: b');
    expect(firstDifference(['…', 'b', 'a'], 'a\nb\n')).toBe('a');
    expect(firstDifference([], 'a\n')).toBe('(nothing more) but: a');
  });
});

describe.each(played.map((block) => [`${block.page}:${block.line}`, block] as const))('%s', (_, block) => {
  it('prints what it says', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'assay-console-'));
    try {
      const { flags, substitutes } = await scenes.set(block.scene, directory);
      const bin = join(directory, '.bin');
      await mkdir(bin);
      await writeFile(join(bin, 'assay'), assayProgram(flags));
      await chmod(join(bin, 'assay'), 0o755);
      const printed = await play(block, { directory, bin, substitutes });
      expect(printed).toHaveLength(block.steps.length);
      for (const [index, { command, prints }] of block.steps.entries()) {
        const found = printed[index]?.printed ?? '';
        const difference = firstDifference(prints, found);
        expect(
          difference,
          `$ ${command}
${found}`,
        ).toBeUndefined();
      }
    } finally {
      scenes.strike();
      await rm(directory, { recursive: true, force: true });
    }
  });
});

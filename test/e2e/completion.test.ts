/** Completion in the shells themselves. bash is everywhere; of the others, those that are here. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderWithAssay, shells, type Offers } from '../support/completion-shells.ts';
import { cli, root } from '../support/run-assay.ts';

const directory = mkdtempSync(join(tmpdir(), 'assay-completion-'));
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** What runs if a name of a catalogue is ever read by a shell. */
const trap = join(directory, 'executed');
const hostileNames = [
  `$(touch ${trap})`,
  `\`touch ${trap}\``,
  `a;touch ${trap}`,
  "it's",
  'two words',
  '"quoted"',
  'back\\slash',
  '*',
];

const own = folderWithAssay(join(directory, 'own'), `exec '${process.execPath}' '${cli}' "$@"`);
const hostile = folderWithAssay(
  join(directory, 'hostile'),
  `cat <<'END'\n${hostileNames.join('\n')}\nfine-one\nEND\necho noise >&2`,
);

const work = join(directory, 'work');
mkdirSync(join(work, 'manifests'), { recursive: true });
cpSync(join(root, 'trust/pins.yaml'), join(work, 'trust/pins.yaml'));
writeFileSync(
  join(work, 'manifests/catalogue.yaml'),
  `kinds: [knd, knc]
platforms: [{ os: debian-13, architectures: [amd64, arm64] }]
dependencies:
  libpq5: {}
  libsubid5: {}
  runc: { providers: [aws] }
${hostileNames.map((name) => `  ${JSON.stringify(name)}: { providers: [${JSON.stringify(name)}] }`).join('\n')}
`,
);
writeFileSync(join(work, 'other.yaml'), 'kinds: [other]\ndependencies: { from-elsewhere: {} }\n');
writeFileSync(join(work, 'broken.yaml'), 'kinds: [unfinished\n\tdependencies: {');
writeFileSync(join(work, 'knc.debian-13.amd64.json'), '{"dependencies":{"of-the-manifest":{}}}');
mkdirSync(join(work, 'artifacts'));

const expected: readonly (readonly [line: string, offers: readonly string[]])[] = [
  ['assay up', ['update-manifests', 'update-trust']],
  ['assay render u', ['user-data']],
  ['assay render image-refs --fo', ['--format']],
  ['assay help render u', ['user-data']],
  ['assay render help u', ['user-data']],
  ['assay man verify-b', ['verify-blob', 'verify-bundle']],
  ['assay stage --os', ['--os-image']],
  ['assay package --arch a', ['amd64', 'arm64']],
  ['assay completion ', ['bash', 'fish', 'zsh']],
  ['assay update-manifests --kind kn', ['knc', 'knd']],
  ['assay update-manifests --os ', ['debian-13']],
  ['assay update-manifests --arch ', ['amd64', 'arm64']],
  ['assay update-manifests --only lib', ['libpq5', 'libsubid5']],
  ['assay update-manifests --catalogue other.yaml --only ', ['from-elsewhere']],
  ['assay update-manifests --catalogue=other.yaml --kind ', ['other']],
  ['assay update-manifests --catalogue broken.yaml --only ', []],
  ['assay update-manifests --catalogue no-such-file --only ', []],
  ['assay update-trust --only debian-', ['debian-archive', 'debian-security']],
  ['assay stage knc.debian-13.amd64.json --only ', ['of-the-manifest']],
  ['assay stage --providers ', ['aws']],
  ['assay stage --jobs ', []],
];

describe.each(Object.entries(shells))('completion in %s', (shell, complete) => {
  const isHere = spawnSync(shell, ['--version']).status === 0;
  const told = isHere ? '' : ` (skipped: there is no ${shell} here)`;
  let offered: Offers;

  async function offersOf(lines: readonly string[], path: string): Promise<Offers> {
    const scratch = mkdtempSync(join(directory, 'scratch-'));
    return complete(lines, { scratch, cwd: work, path: `${path}:${process.env['PATH'] ?? ''}` });
  }

  beforeAll(async () => {
    if (isHere) offered = await offersOf([...expected.map(([line]) => line), 'assay stage --dir art'], own);
  });

  it.skipIf(!isHere)(`offers what there is, and says nothing else${told}`, () => {
    const found = expected.map(([line]) => [line, offered.offers.get(line) ?? []]);
    expect(found).toEqual(expected);
    expect(offered.stderr).toBe('');
    expect(existsSync(trap)).toBe(false);
  });

  // readline looks for files itself, behind the script.
  it.skipIf(!isHere || shell === 'bash')(`offers folders where a flag takes one${told}`, () => {
    expect(offered.offers.get('assay stage --dir art')?.join()).toMatch(/^artifacts\/?$/);
  });

  it.skipIf(!isHere)(`runs nothing that a name holds, and offers it as one word${told}`, async () => {
    const line = 'assay update-manifests --only ';
    const { offers, stderr } = await offersOf([line], hostile);
    const words = offers.get(line) ?? [];
    expect(stderr).toBe('');
    expect(existsSync(trap)).toBe(false);
    expect(words).toContain('fine-one');
    // fish quotes when it inserts; the others have done it.
    const inserted =
      shell === 'fish'
        ? words
        : words.map((word) => execFileSync(shell, ['-c', `printf %s ${word}`]).toString());
    expect(existsSync(trap)).toBe(false);
    expect(inserted.toSorted()).toEqual([...hostileNames, 'fine-one'].sort());
  });
});

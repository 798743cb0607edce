/** The example of a toolbox: made by `assay add` from an upstream on loopback, and resolved from it. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { minisignKeyText, type ToolRelease } from '../../../scripts/upstream/toolbox.ts';
import { toolboxReleases } from '../../../scripts/upstream/toolbox-releases.ts';
import { expectRefused } from '../../support/outcomes.ts';
import { root } from '../../support/run-assay.ts';
import { openpgpKey, openToolbox, type ToolboxRehearsal } from '../../support/toolbox-rehearsal.ts';

const example = join(root, 'examples/toolbox');
const script = await readFile(join(example, 'add.sh'), 'utf8');
const catalogue = join(example, 'catalogue.yaml');

/** Of each command, what follows `assay add`. */
const commands = script
  .replaceAll('\\\n', '')
  .split('\n')
  .flatMap((line) => (line.startsWith('assay add ') ? [line.slice('assay add '.length)] : []))
  .map((line) => line.match(/'[^']*'|\S+/g)!.map((word) => word.replaceAll("'", '')));

/** Nobody has the real keys here: what is published is signed by others, and theirs are accepted in their place. */
const forRehearsal = (args: readonly string[]) =>
  args.map((word, at) => {
    if (args[at - 1] !== '--accept') return word;
    if (/^[0-9A-F]{40}$/.test(word)) return openpgpKey.fingerprint;
    return word.startsWith('RW') ? minisignKeyText : word;
  });
const keys = Object.fromEntries(
  [...script.matchAll(/--key https:\/\/(\S+)/g)].map(([, path = '']) => [path, openpgpKey.publicKeyArmored]),
);

const open = (releases: readonly ToolRelease[]) => openToolbox(releases, keys);

/** From the example itself, with the rehearsal's anchors. */
const update = (box: ToolboxRehearsal, ...args: readonly string[]) =>
  box.run('update-manifests', ['--json', ...args]);
const manifests = (box: ToolboxRehearsal) =>
  Promise.all(
    ['amd64', 'arm64'].map((arch) => readFile(`${box.directory}/tools.debian-13.${arch}.json`, 'utf8')),
  );

describe('examples/toolbox', () => {
  let box: ToolboxRehearsal;
  beforeAll(async () => {
    box = await open(toolboxReleases);
    const [head = ''] = (await readFile(catalogue, 'utf8')).split(/^sources:/m);
    await writeFile(box.catalogue, `${head.trimEnd()}\n\nsources: {}\ndependencies: {}\n`);
    for (const args of commands) {
      const { exitCode, stderr } = await box.add(...forRehearsal(args));
      expect([exitCode, exitCode === 0 ? '' : stderr], args[0]).toEqual([0, '']);
    }
  });
  afterAll(() => box.close());

  it('is what twenty times `add` writes (`vitest run FILE --update` writes it anew)', async () => {
    expect(commands).toHaveLength(20);
    await expect(await readFile(box.catalogue, 'utf8')).toMatchFileSnapshot(catalogue);
  });

  it('resolves, twice byte for byte', async () => {
    await writeFile(box.catalogue, await readFile(catalogue));
    const outcome = await update(box);
    expect(outcome).toMatchObject({ exitCode: 0 });
    const { changes } = JSON.parse(outcome.stdout) as { changes: readonly unknown[] };
    // minisign is for one architecture.
    expect(changes).toHaveLength(39);
    const first = await manifests(box);
    expect(await update(box, '--refresh', 'all')).toMatchObject({ exitCode: 0 });
    expect(await manifests(box)).toEqual(first);
  });

  it('refuses a release that another repository signed, and so does `add`', async () => {
    const liars = toolboxReleases
      .filter(({ at }) => at === 'FiloSottile/age')
      .map((release) => ({ ...release, signedFor: 'mallory/age' }));
    const lying = await open(liars);
    try {
      await writeFile(lying.catalogue, await readFile(catalogue));
      await cp(box.trustDir, lying.trustDir, { recursive: true });
      const outcome = await update(lying, '--only', 'age');
      expectRefused(outcome, 5, 'SIGNER_UNTRUSTED');
      const add = await lying.add('github:FiloSottile/age', '--name', 'other', '--yes');
      expect(add.stderr).toContain('mallory/age');
      expect(add).toMatchObject({ exitCode: 5 });
      expect(await readFile(lying.catalogue)).toEqual(await readFile(catalogue));
    } finally {
      await lying.close();
    }
  });
});

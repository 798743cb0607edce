/** `assay trust add` and `assay init`: files of a new repository, whole or not at all. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { minisignKeyText } from '../../../scripts/upstream/toolbox.ts';
import { loadCatalogue } from '../../../src/pipeline/manifests/catalogue.ts';
import { parseTrustPins } from '../../../src/verify/anchors/pins.ts';
import { runInProcess } from '../../support/command-in-process.ts';

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const der = pair.publicKey.export({ type: 'spki', format: 'der' });
const fingerprint = createHash('sha256').update(der).digest('hex');

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-trust-'));
  await writeFile(join(directory, 'cosign.pub'), pem);
  await writeFile(join(directory, 'minisign.pub'), `untrusted comment: x\n${minisignKeyText}\n`);
  await writeFile(join(directory, 'none'), 'no key\n');
});
afterAll(() => rm(directory, { recursive: true }));

const add = (name: string, file: string, print: string, scope = 'https://github.com/o/tool') =>
  runInProcess([
    ...['trust', 'add', name, join(directory, file), '--fingerprint', print],
    ...['--scope', scope, '--trust-dir', join(directory, 'trust')],
  ]);
const pins = () => readFile(join(directory, 'trust/pins.yaml'), 'utf8');

describe('trust add', () => {
  it('writes key and pin, once', async () => {
    expect(await add('tool', 'cosign.pub', fingerprint.toUpperCase())).toMatchObject({ exitCode: 0 });
    expect(await add('mini', 'minisign.pub', minisignKeyText)).toMatchObject({ exitCode: 0 });
    const text = await pins();
    const { anchors } = parseTrustPins(text, 'pins.yaml');
    expect(Object.keys(anchors)).toEqual(['tool', 'mini']);
    expect(anchors['tool']).toMatchObject({ fingerprint, file: 'tool.pub' });
    expect(await add('tool', 'cosign.pub', fingerprint)).toMatchObject({ exitCode: 0 });
    expect(await pins()).toBe(text);
  });

  it('writes the key that a pin names and that is gone', async () => {
    const before = await pins();
    await rm(join(directory, 'trust/tool.pub'));
    expect(await add('tool', 'cosign.pub', fingerprint)).toMatchObject({ exitCode: 0 });
    expect(await readFile(join(directory, 'trust/tool.pub'), 'utf8')).toBe(pem);
    expect(await pins()).toBe(before);
  });

  it('does not pass over another scope of a key that is there', async () => {
    const before = await pins();
    const outcome = await add('tool', 'cosign.pub', fingerprint, 'https://github.com/o/other');
    expect(outcome).toMatchObject({ exitCode: 6 });
    expect(outcome.stderr).toContain('[TRUST_CHANGED]');
    expect(await pins()).toBe(before);
  });

  it.each([
    ['another fingerprint', 'other', 'cosign.pub', '0'.repeat(64), 5, 'PIN_MISMATCH'],
    ['another minisign key', 'other', 'minisign.pub', minisignKeyText.replace(/.$/, 'A'), 5, 'PIN_MISMATCH'],
    ['a key ID', 'other', 'cosign.pub', fingerprint.slice(-16), 5, 'PIN_MISMATCH'],
    ['another key under the name', 'tool', 'minisign.pub', minisignKeyText, 6, 'TRUST_CHANGED'],
    ['what is no key', 'other', 'none', fingerprint, 2, 'TRUST_INVALID'],
    ['no such file', 'other', 'nowhere', fingerprint, 2, 'FILE_UNREADABLE'],
    ['a name that is a path', '../x', 'cosign.pub', fingerprint, 2, 'USAGE'],
  ])('refuses %s, and writes nothing', async (_, name, file, print, exitCode, code) => {
    const before = [await pins(), ...(await readdir(join(directory, 'trust'))).sort()];
    const outcome = await add(name, file, print);
    expect(outcome).toMatchObject({ exitCode });
    expect(outcome.stderr).toContain(`[${code}]`);
    expect([await pins(), ...(await readdir(join(directory, 'trust'))).sort()]).toEqual(before);
  });
});

describe('init', () => {
  it('writes a catalogue and pins that are valid, and replaces nothing', async () => {
    const place = join(directory, 'new');
    expect(await runInProcess(['init', place])).toMatchObject({ exitCode: 0 });
    const path = join(place, 'manifests/catalogue.yaml');
    const text = await readFile(path);
    expect(loadCatalogue(text, 'catalogue.yaml').dependencies.map(({ name }) => name)).toEqual(['etcd']);
    parseTrustPins(await readFile(join(place, 'trust/pins.yaml'), 'utf8'), 'pins.yaml');
    const workflow = await readFile(join(place, '.github/workflows/manifests.yml'), 'utf8');
    const { repository, version } = JSON.parse(await readFile('package.json', 'utf8')) as {
      repository: { url: string };
      version: string;
    };
    const [, ownName = ''] = /github\.com\/(.+)\.git$/.exec(repository.url) ?? [];
    expect(workflow).toContain(`uses: ${ownName}@v${version}\n`);
    await writeFile(path, `# Mine.\n${text.toString()}`);
    const again = await runInProcess(['init', place, '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ written: [] });
    expect(await readFile(path, 'utf8')).toMatch(/^# Mine\./);
  });

  it('takes kinds and platforms from manifests, and lists their upstreams', async () => {
    const outcome = await runInProcess([
      'init',
      join(directory, 'from'),
      ...['--from', 'test/fixtures/golden', '--json'],
    ]);
    expect(outcome.exitCode).toBe(0);
    const { known, others } = JSON.parse(outcome.stdout) as { known: object; others: unknown[] };
    expect(Object.keys(known)).toContain('github:containerd/containerd');
    expect(others.length).toBeGreaterThan(0);
    const catalogue = loadCatalogue(
      await readFile(join(directory, 'from/manifests/catalogue.yaml')),
      'catalogue.yaml',
    );
    expect(catalogue.kinds).toContain('knd');
    expect(catalogue.dependencies).toEqual([]);
    // Of both architectures, once.
    const all = Object.values(known as Record<string, string[]>).flat();
    expect(new Set(all).size).toBe(all.length);
    expect(Object.keys(catalogue.keep)).toEqual(expect.arrayContaining([...all, 'vmconfig', 'os.image']));
  });
});

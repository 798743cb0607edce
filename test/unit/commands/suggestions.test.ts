/** A slip in any name, on the command line and in files, is answered by the name that is near. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runInProcess } from '../../support/command-in-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'assay-suggestions-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const manifest = 'test/fixtures/golden/knd.debian-13.amd64.json';
const update = ['update-manifests', '--check'];
const packaged = [
  'package',
  '--kind',
  'knd',
  '--tree',
  't',
  '--version',
  '1',
  '--out',
  'o',
  '--base-url',
  'https://a.example',
];

function edited(name: string, from: string, before: string | RegExp, after: string): string {
  const text = readFileSync(from, 'utf8');
  const changed = text.replace(before, after);
  if (changed === text) throw new TypeError(`${from} does not have ${String(before)}`);
  writeFileSync(join(directory, name), changed);
  return join(directory, name);
}

function catalogue(before: string | RegExp, after: string): string[] {
  const file = edited('catalogue.yaml', 'manifests/catalogue.yaml', before, after);
  return [...update, '--catalogue', file];
}

function pins(before: string | RegExp, after: string): string[] {
  edited('pins.yaml', 'trust/pins.yaml', before, after);
  return ['update-trust', '--offline', '--trust-dir', directory];
}

describe.each<[what: string, args: () => readonly string[], near: string]>([
  ['a command', () => ['stgae'], '"stage"'],
  ['a command, in capitals', () => ['STAGE'], '"stage"'],
  ['a sub-command', () => ['render', 'userdata'], '"user-data"'],
  ['a command that help is wanted of', () => ['help', 'verfy'], '"verify"'],
  ['a command whose page is wanted', () => ['man', 'udpate-trust'], '"update-trust"'],
  ['a flag', () => ['stage', '--onyl', 'x', manifest], '--only?'],
  ['a flag, with a value', () => ['stage', '--trustdir=x', manifest], '--trust-dir?'],
  ['a flag of the program', () => ['--verion'], '--version?'],
  ['a choice of a flag', () => [...packaged, '--arch', 'amd46'], '"amd64"'],
  ['a choice of a flag, in capitals', () => [...packaged, '--arch', 'ARM64'], '"arm64"'],
  ['a form', () => ['render', 'user-data', manifest, '--format', 'cloudconfig'], '"cloud-config"'],
  ['a form of references', () => ['render', 'image-refs', manifest, '--format', 'hlem'], '"helm"'],
  ['an architecture of a package', () => ['fetch-deb', '--arch', 'amd4'], '"amd64"'],
  ['a shell', () => ['completion', 'bahs'], '"bash"'],
  ['an entry of the catalogue', () => [...update, '--only', 'libpq'], '"libpq5"'],
  ['entries of the catalogue', () => [...update, '--only', 'libpq,runk'], '"libpq5" and "runc"'],
  ['an entry to be resolved again', () => [...update, '--refresh', 'contianerd'], '"containerd"'],
  ['a kind', () => [...update, '--kind', 'kdn'], '"knd"'],
  ['an OS', () => [...update, '--os', 'debain-13'], '"debian-13"'],
  ['an architecture', () => [...update, '--arch', 'amd46'], '"amd64"'],
  ['an entry of a manifest', () => ['stage', manifest, '--only', 'kubelt'], '"kubelet"'],
  ['a provider', () => ['stage', manifest, '--providers', 'nonee'], '"none"'],
  ['an entry to be explained', () => ['explain', manifest, 'kubelt'], '"kubelet"'],
  ['an anchor', () => ['update-trust', '--offline', '--only', 'debian-archiv'], '"debian-archive"'],
  ['a kind to add for', () => ['add', 'github:a/b', '--kind', 'kdn'], '"knd"'],
  ['a kind to import for', () => ['import', 'aqua', manifest, '--kind', 'kdn'], '"knd"'],
  [
    'a manifest',
    () => ['stage', 'test/fixtures/golden/knd.debain-13.amd64.json'],
    '"knd.debian-13.amd64.json"',
  ],
  ['a catalogue', () => ['add', 'github:a/b', '--catalogue', 'manifests/catalog.yaml'], '"catalogue.yaml"'],
  ['a key of the catalogue', () => catalogue('platforms:', 'platform:'), '"platforms"'],
  ['a key, in capitals', () => catalogue('kinds:', 'KINDS:'), '"kinds"'],
  ['a kind in the catalogue', () => catalogue(/kinds: \[knc\]/, 'kinds: [kncc]'), '"knc"'],
  ['an architecture in the catalogue', () => catalogue('[amd64, arm64]', '[amd64, amr64]'), '"arm64"'],
  ['a type of source', () => catalogue('type: apt', 'type: atp'), '"apt"'],
  ['a source', () => catalogue(/from: debian\b/, 'from: debain'), '"debian"'],
  ['a method', () => catalogue(/method: cosign-[a-z]+/, 'method: cosing-signature'), '"cosign-signature"'],
  [
    'an anchor in the catalogue',
    () => catalogue('signedBy: debian-archive', 'signedBy: debian-archiv'),
    '"debian-archive"',
  ],
  ['a type of entry', () => catalogue(/type: deb\n/, 'type: dbe\n'), '"deb"'],
  ['a key of pins', () => pins('scope:', 'scopes:'), '"scope"'],
  ['a type of anchor', () => pins('type: openpgp', 'type: opengpg'), '"openpgp"'],
])('%s', (_, args, near) => {
  it(`is answered by ${near}`, async () => {
    const { exitCode, stderr } = await runInProcess(args());
    expect(stderr).toMatch(/[Dd]id you mean /);
    expect(stderr).toContain(near);
    expect(exitCode).toBe(2);
  });
});

describe('what is near nothing', () => {
  it.each([
    [['--nonsense']],
    [['stage', '--xyz', manifest]],
    [[...update, '--only', 'xyzzy']],
    [['render', 'xyz']],
  ])('%j is not guessed at', async (args) => {
    const { exitCode, stderr } = await runInProcess(args);
    expect(stderr).not.toContain('did you mean');
    expect(stderr).not.toContain('Did you mean');
    expect(exitCode).toBe(2);
  });
});

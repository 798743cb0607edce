/** `assay package` and `assay verify --extracted`: what is packed, the same everywhere, and found again. */
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import {
  chmod,
  cp,
  link,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test as base } from 'vitest';
import { parseManifest } from '../../src/formats/own/manifest.ts';
import { runCommand, type CommandAnswer } from '../support/answer-in-process.ts';
import { bytesOf, manifestText } from '../support/manifest-sample.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { cli, runAssay, runProgram } from '../support/run-assay.ts';
import { snapshot } from '../support/snapshot.ts';
import { makeTarball, type MadeMember } from '../support/tarball-maker.ts';

const exec = promisify(execFile);
const epoch = { SOURCE_DATE_EPOCH: '1700000000' };
const baseUrl = 'https://releases.example/v1.4.0';
const tarballName = 'vmconfig_1.4.0_knc_debian-13_amd64.tar.gz';
const manifestName = 'vmconfig_1.4.0_knc_debian-13_amd64.json';
const checksumsName = 'vmconfig_1.4.0_checksums.txt';

interface Packing {
  readonly directory: string;
  readonly tree: string;
  readonly out: string;
  readonly tarball: string;
  readonly args: readonly string[];
  /** With the flags above, and in place of them what is given. */
  pack(...args: readonly string[]): Promise<CommandAnswer>;
  /** The tarball, extracted by tar(1) into a directory of this name. */
  extract(name: string): Promise<string>;
}

/** In another order each time: what a directory lists first depends on the file system. */
async function makeTree(tree: string, reversed = false): Promise<void> {
  const files: [string, string, number][] = [
    ['opt/podplane/bin/install.sh', '#!/bin/sh\n', 0o700],
    ['opt/podplane/bin-x', 'sorted before what is in bin/\n', 0o600],
    ['etc/systemd/system/naïve.service', '[Unit]\n', 0o664],
    [`usr/share/${'deep/'.repeat(30)}file`, 'a long path\n', 0o444],
    ['usr/share/blob', 'x'.repeat(200_000), 0o644],
  ];
  for (const [path, content, mode] of reversed ? files.reverse() : files) {
    await mkdir(join(tree, path, '..'), { recursive: true });
    await writeFile(join(tree, path), content);
    await chmod(join(tree, path), mode);
  }
  await symlink('../../opt/podplane', join(tree, 'etc/systemd/podplane'));
  await symlink('/usr/bin/env', join(tree, 'etc/absolute'));
  await mkdir(join(tree, 'var/lib/empty'), { recursive: true });
  await link(join(tree, 'usr/share/blob'), join(tree, 'usr/share/again'));
}

const test = base.extend<{ packing: Packing }>({
  packing: async ({}, use) => {
    const directory = await mkdtemp(join(tmpdir(), 'assay-package-'));
    const [tree, out, manifests] = ['tree', 'out', 'manifests'].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    await makeTree(tree);
    await mkdir(manifests);
    await writeFile(join(manifests, 'knc.debian-13.amd64.json'), manifestText);
    const args = [
      ...['package', '--kind', 'knc', '--os', 'debian-13', '--arch', 'amd64', '--version', '1.4.0'],
      ...['--manifests-dir', manifests, '--base-url', baseUrl, '--tree', tree, '--out', out],
    ];
    const tarball = join(out, tarballName);
    await use({
      ...{ directory, tree, out, args, tarball },
      pack: (...more) => runCommand([...args, ...more], epoch),
      extract: async (name) => {
        const root = join(directory, name);
        await mkdir(root);
        await exec('tar', [
          '--extract',
          '--gzip',
          '--preserve-permissions',
          '--file',
          tarball,
          '--directory',
          root,
        ]);
        return root;
      },
    });
    await rm(directory, { recursive: true, force: true });
  },
});

const done = (answer: CommandAnswer) => {
  expect(answer).toMatchObject({ exitCode: 0, code: undefined });
  return answer;
};
const sha = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex');

describe('package', () => {
  test('gives the same bytes for the same tree, wherever and whenever it stands', async ({ packing }) => {
    done(await packing.pack());
    const first = await snapshot(packing.out);
    expect(Object.keys(first)).toEqual([checksumsName, manifestName, tarballName]);

    const other = join(packing.directory, 'elsewhere');
    await makeTree(other, true);
    await utimes(join(other, 'usr/share/blob'), 1, 1);
    await chmod(join(other, 'opt'), 0o700);
    await chmod(join(other, 'opt/podplane/bin/install.sh'), 0o755);
    await packing.pack('--tree', other, '--out', join(packing.directory, 'second'));
    expect(await snapshot(join(packing.directory, 'second'))).toEqual(first);
  });

  test('is read by tar(1): owner 0, one time, sorted, modes as git has them', async ({ packing }) => {
    done(await packing.pack());
    const { stdout } = await exec('tar', [
      '--list',
      '--verbose',
      '--numeric-owner',
      '--utc',
      '--quoting-style=literal',
      '-zf',
      packing.tarball,
    ]);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/ +/g, ' '));
    const at = '2023-11-14 22:13';
    expect(lines).toEqual([
      `lrwxrwxrwx 0/0 0 ${at} etc/absolute -> /usr/bin/env`,
      `lrwxrwxrwx 0/0 0 ${at} etc/systemd/podplane -> ../../opt/podplane`,
      `-rw-r--r-- 0/0 7 ${at} etc/systemd/system/naïve.service`,
      `-rw-r--r-- 0/0 30 ${at} opt/podplane/bin-x`,
      `-rwxr-xr-x 0/0 10 ${at} opt/podplane/bin/install.sh`,
      expect.stringMatching(/^-rw-r--r-- 0\/0 \d+ .* opt\/podplane\/share\/vmconfig-manifest\.json$/),
      expect.stringMatching(/^-rw-r--r-- 0\/0 \d+ .* opt\/podplane\/share\/vmconfig-manifest\.sh$/),
      `-rw-r--r-- 0/0 200000 ${at} usr/share/again`,
      `-rw-r--r-- 0/0 200000 ${at} usr/share/blob`,
      `-rw-r--r-- 0/0 12 ${at} usr/share/${'deep/'.repeat(30)}file`,
      `drwxr-xr-x 0/0 0 ${at} var/lib/empty/`,
    ]);
    // No name, no time, and no operating system in gzip's header.
    expect((await readFile(packing.tarball)).subarray(0, 10).toString('hex')).toBe('1f8b08000000000000ff');
  });

  test('names the tarball in the release manifest, and the stub in the one that it holds', async ({
    packing,
  }) => {
    done(await packing.pack());
    const root = await packing.extract('root');
    const tarball = await readFile(packing.tarball);
    const released = parseManifest(await readFile(join(packing.out, manifestName)), manifestName).vmconfig;
    const inner = await readFile(join(root, 'opt/podplane/share/vmconfig-manifest.json'));
    const packed = parseManifest(inner, 'inner').vmconfig;
    expect(released.dependencies['vmconfig']).toEqual({
      ...{ version: '1.4.0', url: `${baseUrl}/${tarballName}`, type: 'tar.gz' },
      ...{ digest: `sha512:${sha('sha512', tarball)}`, size: tarball.length },
    });
    const stub = { version: 'dev', url: '', type: 'tar.gz', digest: '', size: 0 };
    expect(packed.dependencies['vmconfig']).toEqual(stub);
    expect([released.version, packed.version]).toEqual(['1.4.0', '1.4.0']);
    // Apart from that they are the resolved manifest.
    const resolved = parseManifest(bytesOf(manifestText), 'resolved').vmconfig;
    const rest = { ...resolved, version: '1.4.0' };
    expect({ ...released, dependencies: { ...released.dependencies, vmconfig: stub } }).toEqual(rest);
    expect(packed).toEqual(rest);
    const plan = await readFile(join(root, 'opt/podplane/share/vmconfig-manifest.sh'), 'utf8');
    expect(plan).toMatch(new RegExp(`^VMCONFIG_MANIFEST_JSON_SHA256=${sha('sha256', inner)}$`, 'm'));
    expect(plan).toContain("VMCONFIG_KIND='knc'\n");
  });

  test('adds to the checksum file, which sha512sum reads', async ({ packing }) => {
    done(await packing.pack());
    const manifests = join(packing.directory, 'manifests');
    const arm = manifestText
      .replace('"arch": "amd64"', '"arch": "arm64"')
      .replaceAll('linux/amd64', 'linux/arm64');
    await writeFile(join(manifests, 'knc.debian-13.arm64.json'), arm);
    await packing.pack('--arch', 'arm64');
    await packing.pack('--arch', 'amd64');
    const names = (await readFile(join(packing.out, checksumsName), 'utf8')).match(/vmconfig.*$/gm);
    const armName = 'vmconfig_1.4.0_knc_debian-13_arm64';
    expect(names).toEqual([manifestName, tarballName, `${armName}.json`, `${armName}.tar.gz`]);
    await exec('sha512sum', ['--check', '--strict', checksumsName], { cwd: packing.out });
    done(
      await runCommand([
        'verify-checksums',
        '--checksums',
        join(packing.out, checksumsName),
        packing.tarball,
      ]),
    );
  });

  test('loses no line of the checksum file to another run', async ({ packing }) => {
    const manifests = join(packing.directory, 'manifests');
    const kinds = ['kna', 'knb', 'knd', 'kne', 'knf', 'kng'];
    for (const kind of kinds) {
      const text = manifestText.replace('"kind": "knc"', `"kind": "${kind}"`);
      await writeFile(join(manifests, `${kind}.debian-13.amd64.json`), text);
    }
    for (const answer of await Promise.all(kinds.map((kind) => packing.pack('--kind', kind)))) done(answer);
    const names = (await readFile(join(packing.out, checksumsName), 'utf8')).match(/vmconfig.*$/gm);
    const bases = kinds.map((kind) => `vmconfig_1.4.0_${kind}_debian-13_amd64`);
    expect(names).toEqual(bases.flatMap((base) => [`${base}.json`, `${base}.tar.gz`]));
    await exec('sha512sum', ['--check', '--strict', checksumsName], { cwd: packing.out });
    expect((await readdir(packing.out)).sort()).toEqual([...names!, checksumsName].sort());
  });

  test('takes OS and place of publication from the catalogue', async ({ packing }) => {
    const catalogue = join(packing.directory, 'manifests/catalogue.yaml');
    await writeFile(
      catalogue,
      `version: 1
kinds: [knc]
platforms: [{ os: debian-13, architectures: [amd64] }]
sources:
  own: { type: github-release, repository: example/own, tag: 'v{version}' }
dependencies:
  vmconfig:
    stub: true
    kinds: [knc]
    type: tar.gz
    source: { from: own, asset: 'vmconfig_{version}_{arch}.tar.gz' }
    verification:
      method: sigstore-checksums
      checksums: vmconfig_{version}_checksums.txt
      bundle: vmconfig_{version}_checksums.txt.bundle
      identity: https://github.com/example/own/.github/workflows/release.yml@refs/tags/v{version}
      issuer: https://token.actions.githubusercontent.com
`,
    );
    const args = packing.args.filter((arg, index, all) => {
      const flags = ['--os', '--base-url'];
      return !flags.includes(arg) && !flags.includes(all[index - 1] ?? '');
    });
    const answer = done(await runCommand([...args, '--json']));
    const { tarball } = JSON.parse(answer.stdout) as { tarball: { url: string } };
    expect(tarball.url).toBe(`https://github.com/example/own/releases/download/v1.4.0/${tarballName}`);
    await writeFile(
      catalogue,
      (await readFile(catalogue, 'utf8')).replace('  vmconfig:', '  other:').replace('    stub: true\n', ''),
    );
    expect(await runCommand(args)).toMatchObject({ exitCode: 2, code: 'USAGE' });
  });
});

describe('package refuses', () => {
  test.for([
    ['a pipe', (tree: string) => exec('mkfifo', [join(tree, 'pipe')])],
    ['a setuid file', (tree: string) => chmod(join(tree, 'opt/podplane/bin/install.sh'), 0o4755)],
    ['a link out of the tree', (tree: string) => symlink('../../../etc/passwd', join(tree, 'etc/out'))],
    ['a name with a line feed', (tree: string) => writeFile(join(tree, 'a\nb'), '')],
    [
      'a name that is no UTF-8',
      (tree: string) => writeFile(Buffer.concat([Buffer.from(`${tree}/`), Buffer.of(0xff)]), ''),
    ],
    [
      'a manifest of its own',
      async (tree: string) => {
        await mkdir(join(tree, 'opt/podplane/share'));
        await writeFile(join(tree, 'opt/podplane/share/vmconfig-manifest.json'), '{}');
      },
    ],
    [
      'a link where its own manifest belongs',
      (tree: string) => symlink('/tmp', join(tree, 'opt/podplane/share')),
    ],
  ] as const)('%s in the tree', async ([, spoil], { packing }) => {
    await spoil(packing.tree);
    expect(await packing.pack()).toMatchObject({ exitCode: 2, code: 'TREE_INVALID' });
    expect(await readdir(packing.directory)).not.toContain('out');
  });

  test('wrong words, before anything is written', async ({ packing }) => {
    for (const flags of [
      ['--version', '../1'],
      ['--version', 'v1.0'],
      ['--base-url', 'http://releases.example'],
      ['--arch', 'riscv64'],
      ['--mtime', '2040-01-01T00:00:00Z'],
    ]) {
      expect(await packing.pack(...flags), flags.join(' ')).toMatchObject({ exitCode: 2 });
    }
    const bad = await runCommand(packing.args, { SOURCE_DATE_EPOCH: 'yesterday' });
    expect(bad).toMatchObject({ exitCode: 2, code: 'USAGE' });
    expect(await packing.pack('--tree', join(packing.directory, 'none'))).toMatchObject({
      code: 'FILE_UNREADABLE',
    });
    expect(await packing.pack('--kind', 'knd')).toMatchObject({ code: 'FILE_UNREADABLE' });
    expect(
      (await readdir(packing.out).catch(() => [])).filter((name) => !name.includes('checksums')),
    ).toEqual([]);
  });

  test('to write into the tree that it packs, by whatever path', async ({ packing }) => {
    const { directory, tree } = packing;
    await symlink(tree, join(directory, 'way-in'));
    await symlink(directory, join(directory, 'way-round'));
    const before = await snapshot(tree);
    for (const out of [tree, join(tree, 'dist/new'), join(directory, 'way-in/dist'), `${tree}/../tree/etc`]) {
      expect(await packing.pack('--out', out), out).toMatchObject({ exitCode: 2, code: 'USAGE' });
    }
    const roundabout = ['--tree', join(directory, 'way-in'), '--out', join(directory, 'way-round/tree/x')];
    expect(await packing.pack(...roundabout)).toMatchObject({ exitCode: 2, code: 'USAGE' });
    expect(await snapshot(tree)).toEqual(before);
    // Beside it, and around it.
    for (const out of [`${tree}-out`, join(directory, '..tree'), directory]) {
      done(await packing.pack('--out', out));
    }
  });

  test('to add to a checksum file of others, and leaves what was there', async ({ packing }) => {
    await mkdir(packing.out);
    await writeFile(join(packing.out, checksumsName), `${'a'.repeat(128)}  ../other\n`);
    const before = await snapshot(packing.out);
    expect(await packing.pack()).toMatchObject({ exitCode: 2, code: 'STATE_INVALID' });
    expect(await snapshot(packing.out)).toEqual(before);
  });
});

interface ExtractedDocument {
  readonly verified: boolean;
  readonly compared: number;
  /** Undefined where the tarball itself was refused. */
  readonly differences?: readonly { readonly path: string; readonly about: string }[];
}

describe('verify --extracted', () => {
  const compare = async (root: string, tarball: string, ...more: readonly string[]) => {
    const args = ['verify', '--extracted', root, '--tarball', tarball, '--json', '--no-owner', ...more];
    const answer = await runCommand(args);
    const document = JSON.parse(answer.stdout) as ExtractedDocument;
    return {
      ...answer,
      document,
      found: document.differences?.map(({ path, about }) => `${path}: ${about}`),
    };
  };

  test('finds a tree as tar(1) extracted it, and every way that it can differ', async ({ packing }) => {
    done(await packing.pack());
    const root = await packing.extract('root');
    await writeFile(join(root, 'besides'), 'not looked at');
    expect(await compare(root, packing.tarball)).toMatchObject({
      exitCode: 0,
      document: { verified: true, compared: 11, differences: [] },
    });
    const blob = 'usr/share/blob';
    const changes: readonly [string, string[], (root: string) => Promise<unknown>][] = [
      ['one byte', [`${blob}: content`], (to) => writeFile(join(to, blob), `${'x'.repeat(199_999)}y`)],
      ['cut', [`${blob}: size`], (to) => truncate(join(to, blob), 100)],
      ['mode', [`${blob}: mode`], (to) => chmod(join(to, blob), 0o666)],
      ['setuid', [`${blob}: mode`], (to) => chmod(join(to, blob), 0o4644)],
      ['gone', [`${blob}: presence`], (to) => rm(join(to, blob))],
      [
        'no directory',
        ['var/lib/empty: type'],
        async (to) => {
          await rm(join(to, 'var/lib/empty'), { recursive: true });
          await writeFile(join(to, 'var/lib/empty'), '');
        },
      ],
      [
        'target',
        ['etc/absolute: link'],
        async (to) => {
          await rm(join(to, 'etc/absolute'));
          await symlink('/usr/bin/evil', join(to, 'etc/absolute'));
        },
      ],
      // The same content, but by a link: what is behind it can change.
      [
        'a link to the same',
        [`${blob}: type`],
        async (to) => {
          await rm(join(to, blob));
          await symlink('again', join(to, blob));
        },
      ],
      [
        'a link above',
        ['etc/systemd/system/naïve.service: presence', 'etc/systemd/podplane: presence'].sort(),
        async (to) => {
          await cp(join(to, 'etc/systemd'), join(to, 'moved'), { recursive: true, verbatimSymlinks: true });
          await rm(join(to, 'etc/systemd'), { recursive: true });
          await symlink('../moved', join(to, 'etc/systemd'));
        },
      ],
      [
        'a pipe',
        [`${blob}: type`],
        async (to) => {
          await rm(join(to, blob));
          await exec('mkfifo', [join(to, blob)]);
        },
      ],
    ];
    for (const [name, expected, change] of changes) {
      const copy = join(packing.directory, 'copy');
      await cp(root, copy, { recursive: true, verbatimSymlinks: true, mode: 0 });
      await change(copy);
      const { exitCode, found } = await compare(copy, packing.tarball);
      expect({ name, exitCode, found: found?.sort() }).toEqual({ name, exitCode: 5, found: expected });
      await rm(copy, { recursive: true });
    }
  });

  test('never follows a link out of the tree', async ({ packing }) => {
    const root = join(packing.directory, 'root');
    const outside = join(packing.directory, 'outside');
    await mkdir(root);
    await mkdir(outside);
    await writeFile(join(outside, 'secret'), 'abc');
    await symlink(outside, join(root, 'dir'));
    await symlink(join(outside, 'secret'), join(root, 'file'));
    const members: MadeMember[] = ['dir/secret', 'file'].map((name) => ({
      name,
      content: 'abc',
      mode: 0o644,
    }));
    await writeFile(join(packing.directory, 't.tar.gz'), await makeTarball(members));
    const { exitCode, found } = await compare(root, join(packing.directory, 't.tar.gz'));
    expect({ exitCode, found }).toEqual({ exitCode: 5, found: ['dir/secret: presence', 'file: type'] });
  });

  test('compares owners, unless told not to', async ({ packing }) => {
    const root = join(packing.directory, 'root');
    const tarball = join(packing.directory, 't.tar.gz');
    await mkdir(root);
    await writeFile(join(root, 'f'), 'abc', { mode: 0o644 });
    await chmod(join(root, 'f'), 0o644);
    const { uid, gid } = await import('node:os').then(({ userInfo }) => userInfo());
    const of = (owner: { uid: number; gid: number }) =>
      makeTarball([{ name: 'f', content: 'abc', mode: 0o644, ...owner }]);
    await writeFile(tarball, await of({ uid, gid }));
    expect(await compare(root, tarball)).toMatchObject({ exitCode: 0 });
    expect(done(await runCommand(['verify', '--extracted', root, '--tarball', tarball])).stdout).toContain(
      'verified: true',
    );
    await writeFile(tarball, await of({ uid: uid + 1, gid }));
    expect(await compare(root, tarball)).toMatchObject({ exitCode: 0 });
    const answer = await runCommand(['verify', '--extracted', root, '--tarball', tarball]);
    expect(answer).toMatchObject({
      exitCode: 5,
      stdout: expect.stringContaining('f: owner expected') as string,
    });
  });

  test('compares hard links by the file that they name', async ({ packing }) => {
    const root = join(packing.directory, 'root');
    const tarball = join(packing.directory, 't.tar.gz');
    await mkdir(root);
    await writeFile(join(root, 'f'), 'abc');
    await chmod(join(root, 'f'), 0o644);
    await link(join(root, 'f'), join(root, 'g'));
    const members: MadeMember[] = [
      { name: './', type: 'directory', mode: 0o755 },
      { name: './f', content: 'abc', mode: 0o644 },
      { name: './g', type: 'link', linkname: './f', mode: 0o644 },
    ];
    await chmod(root, 0o755);
    await writeFile(tarball, await makeTarball(members));
    expect(await compare(root, tarball)).toMatchObject({ exitCode: 0 });
    await rm(join(root, 'g'));
    await writeFile(join(root, 'g'), 'abc');
    expect(await compare(root, tarball)).toMatchObject({ exitCode: 5, found: ['g: link'] });
  });

  const member = (name: string, rest: Partial<MadeMember> = {}): MadeMember => ({
    name,
    content: 'abc',
    ...rest,
  });
  test.for([
    ['a name that climbs', [member('../etc/passwd')]],
    ['an absolute name', [member('/etc/passwd')]],
    ['a name that goes up and down', [member('a/../b')]],
    ['a name with a line feed', [member('a\nb')]],
    ['a member twice', [member('a'), member('a')]],
    ['a member twice, once as ./', [member('a'), member('./a')]],
    ['a hard link out of the tree', [member('a', { type: 'link', linkname: '../../etc/passwd' })]],
    ['a hard link to an absolute name', [member('a', { type: 'link', linkname: '/etc/passwd' })]],
    ['a device', [member('a', { type: 'character-device' })]],
    ['a pipe', [member('a', { type: 'fifo' })]],
  ] as const)('refuses a tarball with %s', async ([, members], { packing }) => {
    const root = join(packing.directory, 'root');
    const tarball = join(packing.directory, 't.tar.gz');
    await mkdir(root);
    await writeFile(join(root, 'a'), 'abc');
    await writeFile(tarball, await makeTarball(members));
    expect(await compare(root, tarball)).toMatchObject({
      exitCode: 5,
      code: 'EVIDENCE_MALFORMED',
      document: { verified: false },
      found: undefined,
    });
  });

  test('refuses a tarball that is cut anywhere, or is none', async ({ packing }) => {
    const root = join(packing.directory, 'root');
    const tarball = join(packing.directory, 't.tar.gz');
    await mkdir(root);
    const bytes = await makeTarball([member('a'), member('b', { content: Buffer.alloc(5000, 'b') })]);
    for (let length = 0; length < bytes.length; length += 17) {
      await writeFile(tarball, bytes.subarray(0, length));
      expect(await compare(root, tarball), String(length)).toMatchObject({ code: 'EVIDENCE_MALFORMED' });
    }
    await writeFile(tarball, gunzipSync(bytes));
    expect(await compare(root, tarball)).toMatchObject({ code: 'EVIDENCE_MALFORMED' });
    expect(await compare(root, join(packing.directory, 'none'))).toMatchObject({ code: 'FILE_UNREADABLE' });
    expect(await compare(join(packing.directory, 'none'), tarball)).toMatchObject({
      code: 'FILE_UNREADABLE',
    });
  });

  test('takes one mode, whole', async ({ packing }) => {
    const manifest = join(packing.directory, 'manifests/knc.debian-13.amd64.json');
    for (const args of [
      [],
      ['--extracted', packing.tree],
      ['--tarball', packing.tarball],
      [manifest, '--extracted', packing.tree, '--tarball', packing.tarball],
      ['--staged', packing.tree, '--extracted', packing.tree, '--tarball', packing.tarball],
      ['--only', 'x', '--extracted', packing.tree, '--tarball', packing.tarball],
      [manifest, '--staged', packing.tree, '--no-owner'],
    ]) {
      expect(await runCommand(['verify', ...args]), args.join(' ')).toMatchObject({
        exitCode: 2,
        code: 'USAGE',
      });
    }
  });
});

describe('the built command', () => {
  test('packs the same bytes under any umask, time zone and locale', async ({ packing }) => {
    done(await packing.pack());
    const expected = await snapshot(packing.out);
    for (const [umask, env] of [
      ['000', { TZ: 'Pacific/Kiritimati', LC_ALL: 'C' }],
      ['077', { TZ: 'America/St_Johns', LC_ALL: 'tr_TR.UTF-8' }],
    ] as const) {
      const tree = join(packing.directory, `tree-${umask}`);
      const out = join(packing.directory, `out-${umask}`);
      const script = 'umask "$1"; cp -R "$2" "$3"; shift 3; exec "$@"';
      const program = [process.execPath, cli, ...packing.args, '--tree', tree, '--out', out];
      const args = ['-c', script, 'sh', umask, packing.tree, tree, ...program];
      expectDone(await runProgram('sh', args, { env: { ...epoch, ...env } }));
      expect(await snapshot(out), umask).toEqual(expected);
    }
  });

  test('packs, verifies, and refuses', async ({ packing }) => {
    expectDone(await runAssay(packing.args, { env: epoch }));
    const args = [
      'verify',
      '--extracted',
      packing.tree,
      '--tarball',
      packing.tarball,
      '--no-owner',
      '--json',
    ];
    expectRefused(await runAssay(args), 5, 'TREE_MISMATCH');
  });
});

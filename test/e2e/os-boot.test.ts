/**
 * `os.boot`: read out of OS images with --boot, judged again without them, and refused where it is not what the image
 * says. The image is laid out as Debian's: made here without root, and skipped where the programs for that are not there.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { publishDebianCloud } from '../../scripts/upstream/debian-cloud.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import type { Content } from '../../scripts/upstream/virtual-file.ts';
import { parseManifest, renderManifest, type Manifest } from '../../src/formats/own/manifest.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { makeQcow2, whyNoImages, type Tree } from '../support/disk-image.ts';
import { root, type Outcome } from '../support/run-assay.ts';
import { snapshot } from '../support/snapshot.ts';
import { readDocument } from '../support/json-documents.ts';

const now = '2026-11-20T12:00:00Z';
const [fileName, other] = ['knc.debian-13.amd64.json', 'knd.debian-13.amd64.json'];
const version = '6.12.117+deb13-cloud-amd64';
const kernel = Buffer.from('the kernel\n'.repeat(1000));
const initrd = Buffer.from('the initrd\n'.repeat(1000));
const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const skipped = await whyNoImages();
if (skipped !== undefined) console.warn(`os.boot of images is not tested: ${skipped}`);

let work: string;
let image: Buffer;
let menu: string;
let files: Map<string, Content>;
let server: UpstreamServer;
/** After a good run. */
let seed: string;
let directory: string;

const tree = (config: string): Tree => ({
  'boot/grub/grub.cfg': config,
  // As Debian has them at the root, and one on the way that leads nowhere else.
  'boot/initrd-link': { link: '../boot/./deeper' },
  'boot/deeper': { link: `/boot/initrd.img-${version}` },
  [`boot/vmlinuz-${version}`]: kernel,
  [`boot/initrd.img-${version}`]: initrd,
  'etc/passwd': 'root:x:0:0',
  escape: { link: '../../../../../../etc/passwd' },
});

async function imageOf(config: string): Promise<Buffer> {
  const path = join(work, 'image.qcow2');
  await makeQcow2(path, [
    { number: 14, sizeBytes: 1 << 20 },
    { number: 1, sizeBytes: 8 << 20, tree: tree(config), uuid: '71a9d2e7-24f8-4a7e-bb3a-7d6f7d67cc25' },
  ]);
  return readFile(path);
}

function publish(build: string, content: Uint8Array): void {
  for (const [path, bytes] of publishDebianCloud({ version: build, image: content })) files.set(path, bytes);
}

describe.skipIf(skipped !== undefined)('os.boot', () => {
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'assay-os-boot-'));
    menu = await readFile(join(root, 'test/fixtures/boot/debian-13-grub.cfg'), 'utf8');
    image = await imageOf(menu);
    files = new Map();
    publish('20261112-2590', image);
    server = await startUpstreamServer({ files });
    seed = join(work, 'seed');
    directory = seed;
    await mkdir(join(seed, 'trust'), { recursive: true });
    await writeFile(join(seed, 'trust/pins.yaml'), 'version: 1\nanchors: {}\n');
    await writeFile(join(seed, 'catalogue.yaml'), await catalogue());
    expectDone(await update('--boot'));
  });
  afterAll(async () => {
    await server.close();
    await rm(work, { recursive: true, force: true });
  });
  beforeEach(async () => {
    directory = await mkdtemp(join(work, 'run-'));
    await cp(seed, directory, { recursive: true });
  });

  it('is read out of the image that two manifests share, which is fetched once and kept by its digest', async () => {
    const boot = {
      cmdline:
        'root=PARTUUID=80a1ecba-97ea-4db3-8cb2-4e892a6ed797 ro console=tty0 console=ttyS0,115200 ' +
        'earlyprintk=ttyS0,115200 consoleblank=0',
      kernel: { partition: 1, path: `/boot/vmlinuz-${version}`, digest: sha256(kernel) },
      initrd: { partition: 1, path: `/boot/initrd.img-${version}`, digest: sha256(initrd) },
    };
    for (const name of [fileName, other]) expect((await read(name)).vmconfig.os.boot).toEqual(boot);
    expect(imageRequests()).toBe(1);
    const digest = createHash('sha512').update(image).digest('hex');
    expect(await readFile(join(directory, 'cache/blobs/sha512', digest))).toEqual(image);
    expect(await readdir(join(directory, 'cache/disks'))).toEqual([]);

    const before = await state(directory);
    expectDone(await update('--boot'));
    expectDone(await update('--boot', '--refresh', 'os-image'));
    expectDone(await update());
    for (const flags of [['--check'], ['--check', '--boot']]) expectDone(await update(...flags));
    expect(await state(directory)).toEqual(before);
    expect(imageRequests()).toBe(1);
  });

  it('is judged again without the image, and explained', async () => {
    const manifest = join(directory, 'manifests', fileName);
    const offline = await assay('verify', manifest, '--offline', '--json');
    const { manifests } = readDocument('verify-offline', expectDone(offline).stdout);
    const entry = manifests[0]?.entries.find(({ name }) => name === 'os.boot');
    expect(entry).toEqual({ name: 'os.boot', verdict: 'recorded', judgedAt: '2026-11-20T12:00:00.000Z' });

    const text = expectDone(await assay('explain', manifest, 'os.boot')).stdout;
    expect(text).toContain('os.boot  recorded: nobody signed');
    expect(text).toContain(`kernel  /boot/vmlinuz-${version} on partition 1`);
    const json = expectDone(await assay('explain', manifest, 'os.boot', '--json')).stdout;
    const { boot, entries } = readDocument('explain', json);
    expect(entries).toEqual([]);
    expect(boot).toMatchObject([
      { name: 'os.boot', kernel: { digest: sha256(kernel), size: kernel.length } },
    ]);
    const both = readDocument(
      'explain',
      expectDone(await assay('explain', manifest, 'os-image', 'os.boot', '--json')).stdout,
    );
    expect([both.entries.length, both.boot?.length]).toEqual([1, 1]);
  });

  type Os = Manifest['vmconfig']['os'];
  it.each<[what: string, edit: (boot: NonNullable<Os['boot']>) => unknown]>([
    ['the command line', (boot) => (boot.cmdline += ' init=/bin/sh')],
    ['the kernel', (boot) => (boot.kernel.digest = `sha256:${'e'.repeat(64)}`)],
    ['its path', (boot) => (boot.kernel.path = '/boot/vmlinuz-6.1')],
    ['its partition', (boot) => (boot.kernel.partition = 2)],
    ['the initrd', (boot) => (boot.initrd = boot.kernel)],
  ])('is refused where a manifest has another: %s', async (_, edit) => {
    await editManifest(({ boot }) => edit(boot!));
    const offline = await assay('verify', join(directory, 'manifests', fileName), '--offline');
    expectRefused(offline, 'SUBJECT_MISMATCH');
    const checked = await update('--check');
    expect([checked.exitCode, checked.stderr]).toEqual([
      3,
      expect.stringContaining(`${fileName}: os.boot: its `),
    ]);
    expectDone(await update('--boot'));
    expectDone(await assay('verify', join(directory, 'manifests', fileName), '--offline'));
    expect(await state(directory)).toEqual(await state(seed));
  });

  it('is refused where the image of the manifest is another', async () => {
    await editManifest(({ image: found }) => (found!.digest = `sha512:${'e'.repeat(128)}`));
    const offline = await assay('verify', join(directory, 'manifests', fileName), '--offline');
    expect(offline.stderr).toContain('os.boot');
    expectRefused(offline, 'EVIDENCE_MISSING');
  });

  it('is refused where the kept configuration was changed, or says something else', async () => {
    const digest = createHash('sha256').update(menu).digest('hex');
    const document = join(directory, `manifests/evidence/documents/sha256-${digest}`);
    await writeFile(document, menu.replace(' ro ', ' rw '));
    const offline = () => assay('verify', join(directory, 'manifests', fileName), '--offline');
    expectRefused(await offline(), 'DIGEST_MISMATCH');
    await rm(document);
    expectRefused(await offline(), 'EVIDENCE_MISSING');
    expectDone(await update('--boot'));
    expectDone(await offline());
    const proofs = join(directory, 'manifests/evidence/os-boot.json');
    const text = await readFile(proofs, 'utf8');
    await writeFile(proofs, text.replace('consoleblank=0', 'consoleblank=1'));
    expectRefused(await offline(), 'SUBJECT_MISMATCH');
    await writeFile(proofs, text.replace('"version": 1', '"version": 2'));
    expect((await offline()).exitCode).toBe(2);
  });

  it('is told from a forged proof by the image alone', async () => {
    const [found, forged] = [sha256(kernel), `sha256:${'e'.repeat(64)}`];
    const places = ['evidence/os-boot.json', fileName, other].map((name) =>
      join(directory, 'manifests', name),
    );
    for (const path of places)
      await writeFile(path, (await readFile(path, 'utf8')).replaceAll(found, forged));
    expectDone(await assay('verify', places[1]!, '--offline'));
    expect((await update('--check', '--boot')).exitCode).toBe(3);
    expectDone(await update('--boot', '--refresh', 'os-image'));
    expect(await state(directory)).toEqual(await state(seed));
  });

  it('needs programs, and says so before anything is fetched', async () => {
    const requests = server.log.length;
    const bare = await assayIn({ PATH: join(work, 'nothing') }, ...updateArgs(), '--boot');
    expect([bare.exitCode, bare.stdout]).toEqual([2, '']);
    expect(bare.stderr).toMatch(/no 7zz or 7z, and no qemu-img.*\[TOOL_MISSING\]/s);
    const out = await update('--boot', '--only', 'nothing');
    expect(out.exitCode).toBe(2);
    expect(server.log.length).toBe(requests);
  });

  const sevenZip = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => ['7zz', '7z'].map((name) => join(folder, name)))
    .find((path) => existsSync(path));
  it.skipIf(sevenZip === undefined)('is the same by 7-Zip', async () => {
    const bin = join(directory, 'bin');
    await mkdir(bin);
    await symlink(sevenZip!, join(bin, '7zz'));
    expectDone(await assayIn({ PATH: bin }, ...updateArgs(), '--boot', '--refresh', 'os-image'));
    expect(await state(directory)).toEqual(await state(seed));
  });

  describe('of another build', () => {
    const build = '20261119-2600';
    const publishAnew = (content: Uint8Array) => publish(build, content);

    it('goes with its image, and comes with --boot', async () => {
      publishAnew(await imageOf(menu.replaceAll(' ro ', ' rw ')));
      const without = expectDone(await update());
      expect(without.stderr).toContain(`${fileName}: os.boot is gone`);
      expect((await read(fileName)).vmconfig.os.boot).toBeUndefined();
      expect(await readFile(join(directory, 'manifests/evidence/os-boot.json'), 'utf8')).not.toContain(
        'kernel',
      );
      expectDone(await update('--check'));
      const { stdout } = await update('--boot', '--check', '--json');
      expect(JSON.parse(stdout)).toMatchObject({ manifests: [{ status: 'changed' }, { status: 'changed' }] });
      expectDone(await update('--boot'));
      expect((await read(fileName)).vmconfig.os.boot?.cmdline).toContain(' rw ');
    });

    it.each<[what: string, config: () => string, code: string]>([
      ['no menu', () => 'set default=0\n', 'EVIDENCE_MALFORMED'],
      [
        'a kernel that is not there',
        () => menu.replaceAll('/boot/vmlinuz-', '/boot/vmlinux-'),
        'EVIDENCE_MALFORMED',
      ],
      [
        'a kernel that is a folder',
        () => menu.replaceAll(`/boot/vmlinuz-${version}`, '/boot/grub'),
        'EVIDENCE_MALFORMED',
      ],
      [
        'a path for a shell',
        () => menu.replaceAll(`/boot/vmlinuz-${version}`, "'/boot/$(id); x'"),
        'EVIDENCE_MALFORMED',
      ],
      [
        'a path for a program',
        () => menu.replaceAll(`/boot/vmlinuz-${version}`, "'/boot/<12>'"),
        'EVIDENCE_MALFORMED',
      ],
      ['a configuration too large', () => menu + '#'.repeat(1 << 20), 'LIMIT_EXCEEDED'],
    ])('is refused, and nothing is written: %s', async (_, config, code) => {
      publishAnew(await imageOf(config()));
      const refused = await update('--boot');
      expectRefused(refused, code);
      expect(await state(directory)).toEqual(await state(seed));
      expect(await readdir(join(directory, 'cache/disks'))).toEqual([]);
      const going = await update('--boot', '--keep-going');
      expect(going.exitCode).toBe(5);
      expect((await read(fileName)).vmconfig.os).toMatchObject({ image: { version: build } });
      expect((await read(fileName)).vmconfig.os.boot).toBeUndefined();
    });

    it('follows links within the image, and never out of it', async () => {
      publishAnew(await imageOf(menu.replaceAll(`/boot/initrd.img-${version}`, '/boot/initrd-link')));
      expectDone(await update('--boot'));
      const { boot } = (await read(fileName)).vmconfig.os;
      expect(boot?.initrd).toEqual({
        partition: 1,
        path: `/boot/initrd.img-${version}`,
        digest: sha256(initrd),
      });
      publish('20261119-2601', await imageOf(menu.replaceAll(`/boot/initrd.img-${version}`, '/escape')));
      expectDone(await update('--boot'));
      const passwd = sha256(Buffer.from('root:x:0:0'));
      expect((await read(fileName)).vmconfig.os.boot?.initrd).toEqual({
        partition: 1,
        path: '/etc/passwd',
        digest: passwd,
      });
      for (const path of [...files.keys()].filter((one) => one.includes('20261119-2601'))) files.delete(path);
    });

    it('is refused where the image is not what was resolved', async () => {
      publishAnew(await imageOf(menu));
      expectDone(await update());
      const path = [...files.keys()].find((one) => one.endsWith(`amd64-${build}.qcow2`))!;
      const good = files.get(path) as Buffer;
      files.set(path, Buffer.alloc(good.length));
      const refused = await update('--boot');
      expectRefused(refused, 'DIGEST_MISMATCH');
      files.set(path, Buffer.from('no image at all'));
      expectRefused(await update('--boot'), 'SIZE_MISMATCH');
    });

    it('is refused where the image leads to a file of this machine', async () => {
      const bytes = await imageOf(menu);
      const backing = '/etc/passwd';
      bytes.writeBigUInt64BE(512n, 8);
      bytes.writeUInt32BE(backing.length, 16);
      bytes.write(backing, 512);
      publishAnew(bytes);
      const refused = await update('--boot');
      expectRefused(refused, 'EVIDENCE_MALFORMED');
      expect(refused.stderr).toContain('backing file');
    });
  });
});

/** The production catalogue, but for what is no OS image. */
async function catalogue(): Promise<string> {
  const text = await readFile(join(root, 'manifests/catalogue.yaml'), 'utf8');
  const {
    version: form,
    kinds,
    sources,
    dependencies,
  } = parse(text) as Record<string, Record<string, unknown>>;
  return stringify({
    ...{ version: form, kinds, platforms: [{ os: 'debian-13', architectures: ['amd64'] }] },
    sources: { 'debian-cloud': sources?.['debian-cloud'] },
    dependencies: { 'os-image': dependencies?.['os-image'] },
  });
}

function updateArgs(): string[] {
  const host = 'cloud.debian.org';
  return [
    ...['update-manifests', '--now', now, '--catalogue', join(directory, 'catalogue.yaml')],
    ...['--manifests-dir', join(directory, 'manifests'), '--trust-dir', join(directory, 'trust')],
    // As a relative path: programs run in other folders.
    ...[
      '--cache-dir',
      relative('', join(directory, 'cache')),
      '--trusted-mirror',
      `https://${host}=${server.url}/${host}`,
    ],
  ];
}

function assayIn(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Outcome> {
  return runInProcess(args, { env, now: new Date(now) });
}

async function assay(...args: readonly string[]): Promise<Outcome> {
  const [command = '', ...rest] = args;
  const trust = ['--trust-dir', join(directory, 'trust')];
  return assayIn({ PATH: process.env['PATH'] ?? '' }, command, ...rest, ...trust);
}

function update(...flags: readonly string[]): Promise<Outcome> {
  return assayIn({ PATH: process.env['PATH'] ?? '' }, ...updateArgs(), ...flags);
}

/** Digests of what is there, by path. */
async function state(place: string): Promise<Readonly<Record<string, string>>> {
  const files = Object.entries(await snapshot(join(place, 'manifests')));
  return Object.fromEntries(files.map(([path, content]) => [path, sha256(Buffer.from(content))]));
}

function imageRequests(): number {
  return server.log.filter(({ method, path }) => method === 'GET' && path.endsWith('2590.qcow2')).length;
}

async function read(name: string): Promise<Manifest> {
  return parseManifest(await readFile(join(directory, 'manifests', name)), name);
}

async function editManifest(edit: (os: Manifest['vmconfig']['os']) => unknown): Promise<void> {
  const manifest = await read(fileName);
  edit(manifest.vmconfig.os);
  await writeFile(join(directory, 'manifests', fileName), renderManifest(manifest));
}

function expectDone(outcome: Outcome): Outcome {
  expect(outcome.exitCode, outcome.stderr).toBe(0);
  return outcome;
}

function expectRefused({ exitCode, stderr }: Outcome, code: string): void {
  expect([exitCode, stderr]).toEqual([5, expect.stringContaining(`[${code}]`)]);
}

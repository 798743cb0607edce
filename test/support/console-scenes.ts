/** What the console blocks of the documentation find around them: a checkout against the embedded upstream, and more. */
import { createHash } from 'node:crypto';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { substitute } from '../../scripts/upstream/behaviours.ts';
import { flipBit } from '../../scripts/upstream/bits.ts';
import { buildDebianUpstream } from '../../scripts/upstream/debian.ts';
import { publicationMirrorArgs } from '../../scripts/upstream/publication.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { unsignedHosts } from '../../scripts/upstream/sigstore/catalogue-upstream.ts';
import { readContent } from '../../scripts/upstream/virtual-file.ts';
import { loopbackCertificate } from './fault-server.ts';
import { now, openProductionUpstream, type ProductionUpstream } from './production-upstream.ts';
import { root, runAssay, runProgram } from './run-assay.ts';

/** What the program `assay` is given besides, by subcommand, and what of the page this run has another of. */
export interface Scene {
  readonly flags: Readonly<Record<string, readonly string[]>>;
  readonly substitutes?: Readonly<Record<string, string>>;
}

export interface Scenes {
  /** Fills the directory. */
  set(name: string, directory: string): Promise<Scene>;
  /** The upstream is honest again. */
  strike(): void;
  close(): Promise<void>;
}

const manifest = 'manifests/knd.debian-13.amd64.json';
const packages = 'libpq5,libsubid5,uidmap';

export async function openScenes(): Promise<Scenes> {
  const seed = await mkdtemp(join(tmpdir(), 'assay-scenes-'));
  const upstream = await openProductionUpstream(seed);
  await mkdir(join(seed, 'manifests'));
  await cp(join(root, 'manifests/catalogue.yaml'), join(seed, 'manifests/catalogue.yaml'));
  const work = new Stagehand(seed, upstream);
  return {
    async set(name, directory) {
      const scene = scenes[name];
      if (scene === undefined) throw new Error(`there is no scene ${name}`);
      await copyCheckout(seed, directory);
      work.scene = { flags: work.flags() };
      await scene(directory, work);
      return work.scene;
    },
    strike: () => work.strike(),
    async close() {
      await work.close();
      await rm(seed, { recursive: true });
    },
  };
}

/** Fills a checkout; what else it changes it says to `work`. */
type Setting = (directory: string, work: Stagehand) => unknown;

const scenes: Readonly<Record<string, Setting>> = {
  '': () => undefined,
  resolved: (directory, work) => work.resolve(directory),
  staged: async (directory, work) => {
    await work.resolve(directory);
    await work.run(directory, ['stage', manifest, '--dir', 'artifacts']);
  },
  attacked: async (directory, work) => {
    await work.resolve(directory);
    work.tamper(/trixie-security\/main\/binary-amd64\/(?:by-hash|Packages)/);
  },
  superseded: async (directory, work) => {
    await work.resolve(directory);
    await work.publishSecurityUpdate('17.13-0+deb13u1');
  },
  'days-later': (_, work) => (work.scene = { flags: work.flags({ at: '2026-11-26T06:00:00Z' }) }),
  'untrusted-mirror': (_, work) => (work.scene = { flags: work.flags({ trusted: [] }) }),
  'other-keys': async (directory) => {
    const [pins, real] = await Promise.all(
      [directory, root].map(
        async (place) => parse(await readFile(join(place, 'trust/pins.yaml'), 'utf8')) as Pins,
      ),
    );
    pins!.anchors['runc'] = real!.anchors['runc'];
    await writeFile(join(directory, 'trust/pins.yaml'), stringify(pins));
    await cp(join(root, 'trust/runc.asc'), join(directory, 'trust/runc.asc'));
  },
  edited: async (directory, work) => {
    await work.resolve(directory);
    await editManifest(join(directory, 'manifests/knc.debian-13.amd64.json'), (dependencies) => {
      const runc = dependencies['runc']!;
      runc['url'] = 'https://evil.example.org/runc';
      dependencies['rootkit'] = { ...runc, digest: `sha256:${hexOf('a rootkit')}` };
    });
  },
  'wrong-bytes': async (directory, work) => {
    await work.resolve(directory);
    await work.run(directory, ['mirror', manifest, '--dir', 'tree', '--no-os-image']);
    const tree = join(directory, 'tree');
    const name = 'vmconfig/artifacts/uidmap/4.17.4-2/uidmap_4.17.4-2_amd64.deb';
    await writeFile(join(tree, name), flipBit(await readFile(join(tree, name)), 100));
    const substitutes = { 'http://127.0.0.1:8097': await work.serve(tree) };
    work.scene = { ...work.scene, substitutes };
  },
  'wrong-files': async (directory, work) => {
    await work.resolve(directory);
    await work.run(directory, ['stage', manifest, '--dir', 'artifacts', '--only', `${packages},kubelet`]);
    const at = (name: string) => join(directory, 'artifacts', name);
    await writeFile(at('kubelet'), flipBit(await readFile(at('kubelet')), 100));
    await rm(at('uidmap.deb'));
    await writeFile(at('old.deb'), 'of another day');
  },
  // Kubernetes and runc a version back, the latter by another of its keys.
  before: async (directory, work) => {
    await work.resolve(directory);
    const [from, to] = [join(directory, 'manifests'), join(directory, 'before')];
    await cp(from, to, { recursive: true });
    for (const name of (await readdir(to)).filter((one) => one.endsWith('.json'))) {
      const evidence = JSON.parse(await readFile(join(to, 'evidence', name), 'utf8')) as EvidenceDocument;
      const key = evidence.entries.runc.signers[0].primaryFingerprint;
      for (const file of [join(to, name), join(to, 'evidence', name)]) {
        const text = await readFile(file, 'utf8');
        const older = text.replaceAll('1.37.0', '1.36.4').replaceAll('1.4.2', '1.4.1');
        await writeFile(file, older.replaceAll(key, 'A'.repeat(40)));
      }
    }
  },
  values: async (directory, work) => {
    await work.resolve(directory);
    await writeFile(
      join(directory, 'node-1.yaml'),
      'hostname: node-1.example\nenv:\n  PROVIDER_KIND: aws\n  AWS_ACCOUNT_ID: "123456789012"\n' +
        '  NSTANCE_SERVER_AGENT_ADDR: agent.example:8444\n',
    );
  },
  'more-values': async (directory, work) => {
    await scenes['values']!(directory, work);
    const rest = stringify({
      registration: { url: 'https://register.example:8443' },
      nonce: 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJub2RlLTEifQ.c2lnbmF0dXJl',
      caCertificate: loopbackCertificate,
    });
    await appendFile(join(directory, 'node-1.yaml'), `  CLUSTER_ID: production\n${rest}`);
    await editManifest(join(directory, manifest), (dependencies) => {
      const digest = `sha512:${'0'.repeat(128)}`;
      const url = 'https://releases.example.org/vmconfig/vmconfig_1.4.0_knd_debian-13_amd64.tar.gz';
      dependencies['vmconfig'] = { version: '1.4.0', url, type: 'tar.gz', digest, size: 300_000 };
    });
  },
  image: (directory) =>
    writeWithSums(directory, 'debian-13.qcow2.sha256', { 'debian-13.qcow2': 'debian-13.qcow2' }),
  'paths-in-front': (directory) =>
    writeWithSums(directory, 'SHA256SUMS', {
      'dist/tool.tar.gz': 'tool.tar.gz',
      'dist/tool.zip': 'tool.zip',
    }),
  k3s: (directory) => cp(join(root, 'examples'), join(directory, 'examples'), { recursive: true }),
  ova: async (directory) => {
    const members = { 'vm.ovf': 'a description', 'vm.mf': '', 'vm-disk1.vmdk': 'a disk' };
    members['vm.mf'] =
      `SHA256(vm.ovf)= ${hexOf(members['vm.ovf'])}\nSHA256(vm-disk1.vmdk)= ${hexOf('another')}\n`;
    for (const [name, text] of Object.entries(members)) await writeFile(join(directory, name), text);
    await runProgram('tar', ['--format=ustar', '-cf', 'vm.ova', ...Object.keys(members)], { cwd: directory });
  },
};

interface Pins {
  readonly anchors: Record<string, unknown>;
}

interface EvidenceDocument {
  readonly entries: {
    readonly runc: { readonly signers: readonly [{ readonly primaryFingerprint: string }] };
  };
}

interface ManifestFile {
  readonly vmconfig: { dependencies: Record<string, Record<string, unknown>> };
}

async function copyCheckout(from: string, to: string): Promise<void> {
  for (const name of ['trust', 'manifests']) await cp(join(from, name), join(to, name), { recursive: true });
}

async function editManifest(
  file: string,
  edit: (dependencies: ManifestFile['vmconfig']['dependencies']) => void,
): Promise<void> {
  const document = JSON.parse(await readFile(file, 'utf8')) as ManifestFile;
  const { vmconfig } = document;
  edit(vmconfig.dependencies);
  vmconfig.dependencies = Object.fromEntries(Object.entries(vmconfig.dependencies).sort());
  await writeFile(file, `${JSON.stringify(document, undefined, 2)}\n`);
}

function hexOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Files, and a checksum file with the names that it has for them. */
async function writeWithSums(
  directory: string,
  sums: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const name of Object.values(files)) await writeFile(join(directory, name), name);
  const lines = Object.entries(files).map(([listed, name]) => `${hexOf(name)}  ${listed}\n`);
  await writeFile(join(directory, sums), lines.join(''));
}

/** Who prepares a scene. */
class Stagehand {
  scene: Scene = { flags: {} };
  readonly #seed: string;
  readonly #upstream: ProductionUpstream;
  readonly #broken = new Set<string>();
  readonly #undo: (() => unknown)[] = [];
  readonly #servers: UpstreamServer[] = [];
  #resolved: Promise<unknown> | undefined;

  constructor(seed: string, upstream: ProductionUpstream) {
    this.#seed = seed;
    this.#upstream = upstream;
  }

  flags({ at = now, trusted = unsignedHosts } = {}): Scene['flags'] {
    const { publication, server } = this.#upstream;
    const network = publicationMirrorArgs(publication, server.url, trusted);
    return {
      // Nobody is asked.
      '*--offline*|*--mirror-base*': [],
      'update-*|verify*--upstream*': ['--now', at, ...network],
      'stage*|mirror*': network,
      'attest*': ['--now', at],
      '*': [],
    };
  }

  async run(directory: string, [command = '', ...args]: readonly string[]): Promise<void> {
    const network = publicationMirrorArgs(
      this.#upstream.publication,
      this.#upstream.server.url,
      unsignedHosts,
    );
    const time = command.startsWith('update-') ? ['--now', now] : [];
    const env = { XDG_CACHE_HOME: join(directory, '.cache') };
    const done = await runAssay([command, ...time, ...network, ...args], { cwd: directory, env });
    if (done.exitCode !== 0) throw new Error(`a scene could not be set: ${done.stderr}`);
  }

  /** Resolves once, for all scenes that begin so. */
  async resolve(directory: string): Promise<void> {
    const made = join(this.#seed, 'resolved');
    this.#resolved ??= copyCheckout(this.#seed, made).then(() => this.run(made, ['update-manifests']));
    await this.#resolved;
    await copyCheckout(made, directory);
  }

  /** One bit of every file of this name. */
  tamper(name: RegExp): void {
    const { publication, server } = this.#upstream;
    for (const [path, content] of publication.files) {
      if (!name.test(path)) continue;
      const bytes = readContent(content);
      server.override(path, substitute(flipBit(bytes, bytes.length >> 1)));
      this.#broken.add(path);
    }
  }

  async publishSecurityUpdate(libpq5Security: string): Promise<void> {
    const { keys, publication } = this.#upstream;
    const newer = await buildDebianUpstream({ now: new Date(now), keys, versions: { libpq5Security } });
    for (const [path, bytes] of newer) {
      const before = publication.files.get(path);
      this.#undo.push(() => before === undefined || publication.files.set(path, before));
      publication.files.set(path, bytes);
    }
  }

  async serve(directory: string): Promise<string> {
    const server = await startUpstreamServer({ directory });
    this.#servers.push(server);
    return server.url;
  }

  strike(): void {
    for (const undo of this.#undo.splice(0)) undo();
    for (const path of this.#broken) this.#upstream.server.override(path);
    this.#broken.clear();
  }

  async close(): Promise<void> {
    await Promise.all([this.#upstream.server, ...this.#servers].map((server) => server.close()));
  }
}

/**
 * A first boot in a directory: a manifest with a vmconfig tarball of stand-in scripts, a server that has all of it,
 * and the user-data rendered for paths under that directory. The machine's own host name stays: `hostname` is a stand-in
 * too. The stand-ins write down that they ran, and what they saw.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  parseManifest,
  renderManifest,
  type Manifest,
  type ManifestDependency,
} from '../../src/formats/own/manifest.ts';
import { stagingItems } from '../../src/pipeline/staging/staging-items.ts';
import { defaultFetchOptions, type FetchItem } from '../../src/render/fetch-script/fetch-script.ts';
import type { UserDataValues } from '../../src/render/user-data-schema.ts';
import { bootSteps } from '../../src/render/user-data-shell.ts';
import { userDataValuesOf } from '../../src/render/user-data-values.ts';
import { renderUserData, type UserDataInput } from '../../src/render/user-data.ts';
import * as server from './fault-server.ts';
import type { PosixShell } from './posix-shells.ts';
import { runProgram, type Outcome } from './run-assay.ts';

export interface FirstBoot {
  readonly root: string;
  readonly manifest: Manifest;
  readonly items: readonly FetchItem[];
  /** What a run is given. */
  readonly env: Readonly<Record<string, string>>;
  /** Paths under the root. */
  at(path: string): string;
  render(values?: Partial<UserDataValues>, more?: Partial<UserDataInput>): string;
  /** `steps`: in place of all of the boot's. */
  run(shell: PosixShell, values?: Partial<UserDataValues>, steps?: string): Promise<Outcome>;
  /** Without waiting for its end. */
  start(shell: PosixShell, values?: Partial<UserDataValues>): Promise<StartedBoot>;
  /** The stand-ins, in the order in which they ran. */
  steps(): Promise<readonly string[]>;
  /** A program of this name is a shell script from now on. */
  standIn(name: string, text: string): Promise<void>;
  /** As a machine image is made: the tarball extracted, install.sh run, and nothing configured. */
  bake(): Promise<void>;
  /** What was fetched, so far. */
  requests(): number;
  /** From now on the tarball is answered for so. */
  answerTarball(behaviour: server.Behaviour): void;
  close(): Promise<void>;
}

export interface StartedBoot {
  kill(signal: NodeJS.Signals): void;
  /** On standard error, so far. */
  said(): string;
  readonly exitCode: Promise<number>;
}

/**
 * `failing`: a stand-in that ends with 7 for as long as the file `ROOT/fail` exists. install.sh waits for as long as
 * `ROOT/hold` does.
 */
export async function openFirstBoot({ failing = '' } = {}): Promise<FirstBoot> {
  const directory = await mkdtemp(join(tmpdir(), 'assay-boot-'));
  const root = join(directory, 'root');
  const bin = join(directory, 'bin');
  await mkdir(root);
  await mkdir(bin);
  await writeScript(join(bin, 'hostname'), `echo "hostname $*" >>'${directory}/steps'`);
  const tarball = await makeTarball(directory, root, failing);
  const running = await server.startFaultServer();
  const files = { kubelet: Buffer.from('a kubelet'), 'vmconfig.tar.gz': tarball };
  const dependencies: Record<string, ManifestDependency> = {};
  const pathOf = (key: string, name: string) => `/vmconfig/artifacts/${key}/1.0%2B1/${name}`;
  for (const [name, bytes] of Object.entries(files)) {
    const key = name.replace(/\..*/, '');
    running.on(pathOf(key, name), server.file(bytes, { etag: `"${key}"` }));
    dependencies[key] = {
      version: '1.0+1',
      url: `https://files.example.invalid/v1.0/${name}`,
      type: name === key ? 'binary' : 'tar.gz',
      digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
      size: bytes.length,
    };
  }
  const os = { name: 'debian-13', arch: 'amd64' } as const;
  const bytes = renderManifest({ vmconfig: { version: '1.0', kind: 'knd', os, dependencies, images: [] } });
  const manifest = parseManifest(bytes, 'manifest.json');
  const items = stagingItems(manifest, {}, { url: running.origin, fallsBack: false });
  const fetched = items.map((item) => ({ ...item, url: item.sources![0]!.url }));
  const render = (values: Partial<UserDataValues> = {}, more: Partial<UserDataInput> = {}) =>
    renderUserData({
      ...{ manifest, root },
      items: fetched,
      values: { ...userDataValuesOf({ hostname: 'node-1.example' }), ...values },
      fetch: { ...defaultFetchOptions, attempts: 1, allowsHttp: true },
      ...more,
    });
  const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: directory };
  let runs = 0;
  // A file for each: shells read theirs while they run.
  const write = async (values?: Partial<UserDataValues>, steps = bootSteps) => {
    const script = join(directory, `user-data-${(runs += 1)}.sh`);
    await writeFile(
      script,
      render(values).replace(bootSteps, () => steps),
    );
    return script;
  };
  return {
    ...{ root, manifest, items: fetched, render, env },
    at: (path) => join(root, path),
    run: async ({ argv: [program, ...args] }, values, steps) =>
      runProgram(program, [...args, await write(values, steps)], { env, cwd: directory }),
    start: async ({ argv: [program, ...args] }, values) =>
      start(program, [...args, await write(values)], env, directory),
    steps: async () =>
      (await readFile(join(directory, 'steps'), 'utf8').catch(() => '')).split('\n').slice(0, -1),
    async bake() {
      await runProgram('tar', ['-xzf', join(directory, 'vmconfig.tar.gz'), '-C', root]);
      await writeFile(join(root, 'opt/podplane/share/vmconfig-installed.json'), '{}');
    },
    requests: () => running.requests.length,
    standIn: (name, text) => writeScript(join(bin, name), text),
    answerTarball: (behaviour) => running.on(pathOf('vmconfig', 'vmconfig.tar.gz'), behaviour),
    async close() {
      await running.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function start(program: string, args: readonly string[], env: FirstBoot['env'], cwd: string): StartedBoot {
  const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  return {
    kill: (signal) => void child.kill(signal),
    said: () => said,
    exitCode: new Promise((resolve) => child.on('close', (code) => resolve(code ?? -1))),
  };
}

async function writeScript(path: string, text: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
}

/** Relative to the root, packed by somebody whose files and directories are not everybody's. */
async function makeTarball(directory: string, root: string, failing: string): Promise<Buffer> {
  const tree = join(directory, 'tree');
  await mkdir(join(tree, 'opt/podplane/bin'), { recursive: true });
  await mkdir(join(tree, 'opt/podplane/share'));
  const share = `${root}/opt/podplane/share`;
  for (const name of ['install', 'configure', 'restart']) {
    const fail = name === failing ? `if [ -e '${root}/fail' ]; then exit 7; fi\n` : '';
    const complete =
      name === 'install'
        ? `while [ -e '${root}/hold' ]; do sleep 0.1; done\nmkdir '${root}/made'; echo '{}' >'${share}/vmconfig-installed.json'\n` +
          // vmconfig's removes all of them; tests look at the others.
          `rm -f '${root}/opt/podplane/artifacts/'*.oci.tar\n`
        : '';
    const staged = `test -f '${root}/opt/podplane/artifacts/kubelet' || exit 8\n`;
    const sees = `. '${root}/opt/podplane/etc/user-data.env'\n${name === 'install' ? staged : ''}`;
    const text = `${sees}printf '%s\\n' "${name}.sh \${GREETING-}" >>'${directory}/steps'\n${fail}${complete}`;
    await writeScript(join(tree, `opt/podplane/bin/${name}.sh`), text);
  }
  await chmod(join(tree, 'opt'), 0o700);
  const path = join(directory, 'vmconfig.tar.gz');
  await runProgram('tar', ['-czf', path, '--owner=1234', '--group=1234', '-C', tree, 'opt']);
  return readFile(path);
}

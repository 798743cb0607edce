/**
 * `make scale`: fifty fetch scripts and fifty stagers against one nginx, and as many against one registry (Debian's
 * docker-registry), all of them right, their requests and bytes counted from nginx's log, which stands before the registry too;
 * and what that comes to for 10,000 VMs in five regions (docs/scale.md).
 *
 *   make scale                  print both
 *   make scale ARGS=--write     and write them into docs/scale.md
 *
 * Loopback only, no root. Says SKIPPED where there is no nginx, or no registry.
 */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { startDockerRegistry } from './real-servers/docker-registry.ts';
import { startNginx, type NginxOptions } from './real-servers/nginx.ts';
import { exec, findProgram, stopServer } from './real-servers/programs.ts';
import { host, makeSmallCatalogue, runFleet, type Counted, type Fleet } from './scale/fleet.ts';
import { assumptions } from './scale/simulation.ts';
import { renderCounted, renderSimulation } from './scale/tables.ts';
import { startUpstreamServer } from './upstream/server.ts';

const cli = join(import.meta.dirname, '../dist/cli.js');
const page = join(import.meta.dirname, '../docs/scale.md');
const machines = 50;

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const needed = ['nginx', 'docker-registry'];
const [nginx, registry] = await Promise.all(needed.map(findProgram));
if (nginx === undefined || registry === undefined) {
  const missing = needed.filter((_, at) => [nginx, registry][at] === undefined);
  console.log(`scale: SKIPPED, nothing was tested: no ${missing.join(', no ')} here`);
} else {
  const work = await mkdtemp(join(tmpdir(), 'assay-scale-'));
  try {
    // A worker of root's nginx is another user.
    await chmod(work, 0o755);
    const counted = await countFleets(work, { nginx, registry });
    const [scripts] = counted;
    if (scripts === undefined) throw new TypeError('nothing was counted');
    const perFile = scripts.machines * scripts.files;
    const simulation = renderSimulation({
      ...assumptions,
      requestsPerFile: scripts.requests / perFile,
      overheadBytesPerFile: (scripts.sentBytes - scripts.fileBytes) / perFile,
    });
    const parts = { counted: renderCounted(counted), simulation };
    for (const lines of Object.values(parts)) console.log(lines.join('\n'));
    if (values.write) await writePage(parts);
    console.log(
      `scale: ok: ${machines} fetch scripts and ${machines} stagers at each server, all of them right`,
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

interface Programs {
  readonly nginx: string;
  readonly registry: string;
}

async function countFleets(work: string, programs: Programs): Promise<readonly Counted[]> {
  const manifest = join(work, 'knc.debian-13.amd64.json');
  const tree = join(work, 'tree');
  const upstream = await startUpstreamServer({ files: await makeSmallCatalogue(manifest) });
  try {
    const mirror = ['--mirror', `https://${host}=${upstream.url}/${host}`];
    await exec(process.execPath, [cli, 'mirror', manifest, '--dir', tree, ...mirror]);
  } finally {
    await upstream.close();
  }
  const accessLog = join(work, 'access.log');
  const { host: registry, child: registryChild } = await startDockerRegistry(
    programs.registry,
    join(work, 'registry'),
  );
  const children = [registryChild];
  const start = async (name: string, options: NginxOptions) => {
    const served = join(work, name);
    await mkdir(served);
    const { url, child } = await startNginx(programs.nginx, served, tree, { ...options, accessLog });
    children.push(child);
    return url;
  };
  try {
    const mirror = await start('nginx', {});
    const front = await start('front', { upstream: `http://${registry}` });
    const repository = `${front.replace('http://', '')}/vmconfig`;
    await exec(process.execPath, [cli, 'push', manifest, repository, '--from', tree, '--no-evidence']);
    const counted: Counted[] = [];
    for (const [server, base] of [
      ['nginx', mirror],
      ['docker-registry', `oci://${repository}`],
    ] as const) {
      const fleets = [await fetchScripts(work, manifest, base), stagers(manifest, base)];
      for (const fleet of fleets)
        counted.push(await runFleet({ ...fleet, server }, { work, accessLog, manifest }));
    }
    return counted;
  } finally {
    for (const child of children) await stopServer(child);
  }
}

/** One script, as user-data is one for all VMs: the directory is the only thing that differs here. */
async function fetchScripts(work: string, manifest: string, url: string): Promise<Omit<Fleet, 'server'>> {
  const script = join(work, 'fetch.sh');
  const options = ['--mirror-base', url, '--dir', './artifacts', '-o', script];
  await exec(process.execPath, [cli, 'render', 'fetch-script', manifest, ...options]);
  const inDirectory = 'mkdir -p "$1" && cd "$1" && sh "$2" && mv artifacts/* . && rmdir artifacts';
  return {
    name: 'fetch script',
    machines,
    command: (directory) => ['sh', '-c', inDirectory, 'sh', directory, script],
  };
}

function stagers(manifest: string, url: string): Omit<Fleet, 'server'> {
  return {
    name: 'assay stage',
    machines,
    command: (directory) => [
      ...([process.execPath, cli, 'stage', manifest] as const),
      ...['--dir', directory, '--mirror-base', url, '--quiet'],
    ],
  };
}

/** Between `<!-- generated: NAME -->` and the next `<!-- end -->`. */
async function writePage(parts: Readonly<Record<string, readonly string[]>>): Promise<void> {
  let text = await readFile(page, 'utf8');
  for (const [name, lines] of Object.entries(parts)) {
    const begin = `<!-- generated: ${name} -->`;
    const from = text.indexOf(begin);
    const to = text.indexOf('<!-- end -->', from);
    if (from < 0 || to < 0) throw new Error(`${page} has no place for ${name}`);
    text = `${text.slice(0, from + begin.length)}\n\n${lines.join('\n')}\n${text.slice(to)}`;
  }
  await writeFile(page, await format(text, { parser: 'markdown' }));
}

/**
 * `make real-servers [ARGS=NAME]`: other people's servers as upstreams, in place of the embedded one: apt repositories as aptly,
 * reprepro and apt-ftparchive make them, behind nginx; the distribution project's registry, filled by skopeo; containerd and
 * skopeo with images; and as what mirrors are published to: rclone with an S3 server. Loopback only; root for containerd alone. What is
 * not installed is said to be SKIPPED.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkRepository, closeWorkshop, makers, openWorkshop } from './real-servers/apt-repositories.ts';
import { checkContainerd, checkImagesBySkopeo } from './real-servers/image-programs.ts';
import { checkObjectStore } from './real-servers/object-store.ts';
import { exec, findProgram } from './real-servers/programs.ts';
import { checkPulled } from './real-servers/pulled.ts';
import { checkRegistry } from './real-servers/registry.ts';
import { installS3Server } from './real-servers/s3-server.ts';
import { checkStrangers } from './real-servers/strangers.ts';

const cli = join(import.meta.dirname, '../dist/cli.js');
/** Debian 13 has it, which this host need not be. */
async function installOras(): Promise<string | undefined> {
  const home = join(import.meta.dirname, '../.cache/oras');
  return exec(join(import.meta.dirname, 'real-servers/install-oras.sh'), [home]).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}

/** What no package of an older Debian has is brought here; undefined where it cannot be. */
async function find(program: string): Promise<string | undefined> {
  if (program === 's3rver') return installS3Server();
  return program === 'oras' ? installOras() : findProgram(program);
}

/** Those whose name has this in it; all without it. */
const [wanted = ''] = process.argv.slice(2);
let failures = 0;

/** Runs `check` in a folder of its own, where all programs are here. */
async function attempt(
  name: string,
  programs: readonly string[],
  check: (directory: string, paths: readonly string[]) => Promise<void>,
): Promise<void> {
  if (!name.includes(wanted)) return;
  const paths = await Promise.all(programs.map(find));
  const missing = programs.filter((_, at) => paths[at] === undefined);
  if (missing.length > 0) {
    console.log(`real-servers: ${name}: SKIPPED, nothing was tested: no ${missing.join(', no ')} here`);
    return;
  }
  const directory = await mkdtemp(join(tmpdir(), 'assay-real-servers-'));
  try {
    // A worker of root's nginx is another user.
    await chmod(directory, 0o755);
    await check(
      directory,
      paths.filter((path) => path !== undefined),
    );
    console.log(`real-servers: ${name}: ok`);
  } catch (error) {
    failures += 1;
    const { message, stderr } = error as Error & { stderr?: string };
    console.log(`real-servers: ${name}: FAILED: ${stderr ?? message}`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

for (const maker of makers) {
  await attempt(maker.name, ['nginx', ...maker.programs], async (directory, [nginx = '']) => {
    const workshop = await openWorkshop(directory);
    try {
      await checkRepository(maker, workshop, nginx, cli);
    } finally {
      await closeWorkshop(workshop);
    }
  });
}
await attempt('docker-registry with skopeo', ['docker-registry', 'skopeo'], (directory, [registry = '']) =>
  checkRegistry(directory, registry, cli),
);
await attempt('stage from docker-registry', ['docker-registry', 'skopeo'], (directory, [registry = '']) =>
  checkPulled(directory, registry, cli),
);
await attempt(
  'oras and skopeo with docker-registry',
  ['docker-registry', 'oras', 'skopeo'],
  (directory, paths) => checkStrangers(directory, paths, cli),
);
await attempt('skopeo with images', ['docker-registry', 'skopeo'], (directory, [registry = '']) =>
  checkImagesBySkopeo(directory, registry, cli),
);
if (process.getuid?.() === 0) {
  await attempt('containerd with images', ['containerd', 'ctr'], (directory, [containerd = '']) =>
    checkContainerd(directory, containerd, cli),
  );
} else if ('containerd with images'.includes(wanted)) {
  console.log('real-servers: containerd with images: SKIPPED, nothing was tested: it needs root');
}
// No package of Debian has it: whoever has put one on PATH, that is asked.
await attempt('skopeo with images in zot', ['zot', 'skopeo'], (directory, [zot = '']) =>
  checkImagesBySkopeo(directory, zot, cli),
);
await attempt('rclone with an S3 server', ['rclone', 's3rver'], (directory, [, s3rver = '']) =>
  checkObjectStore(directory, s3rver, cli),
);
process.exitCode = failures === 0 ? 0 : 1;

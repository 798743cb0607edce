/**
 * `make year`: how much a year of evidence takes in git. The production catalogue is resolved every week, with the built
 * command, against the embedded upstream, which publishes new versions as often as the real ones do; what changes is
 * committed each week. Ends with exit code 1 where the repository has grown beyond the limit.
 *
 * On the side of more: each InRelease is as large as the real one (140, 47 and 43 kB) and all of its digests are new at
 * every publication; Kubernetes' bill of materials is the largest that is kept whole. On the side of less: a proof of
 * inclusion has 20 hashes fewer than in the real log, 1 kB packed for each of a release's dozen entries.
 *
 * Options: --weeks N (52), --keep DIR (leave the repository there).
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildDebianUpstream, generateDebianKeys, runcAnchor, writeDebianTrust } from './upstream/debian.ts';
import { mergePublications, publicationMirrorArgs, type Publication } from './upstream/publication.ts';
import { startUpstreamServer } from './upstream/server.ts';
import { publishCatalogueUpstream, unsignedHosts } from './upstream/sigstore/catalogue-upstream.ts';
import { createSigstore } from './upstream/sigstore/instance.ts';
import { generateSigningKey } from './upstream/signing-key.ts';

const root = join(import.meta.dirname, '..');
const weekMs = 7 * 86_400_000;
const begin = new Date('2026-01-05T12:00:00Z');
const limitBytes = 10_000_000;
/** Of the bill of materials: with these it has a little less than 1 MiB, the most that is kept whole. */
const otherFiles = 1800;

const { values } = parseArgs({ options: { weeks: { type: 'string' }, keep: { type: 'string' } } });
const weeks = Number(values.weeks ?? 52);
if (!Number.isSafeInteger(weeks) || weeks < 1) throw new RangeError('--weeks takes a number from 1 on');
const work = values.keep ?? (await mkdtemp(join(tmpdir(), 'assay-year-')));
await mkdir(work, { recursive: true });

/** A number that grows by one every so many weeks. */
const every = (period: number, week: number) => String(Math.floor(week / period));

function versionsAt(week: number) {
  const kubernetes = `1.${String(36 + Math.floor(week / 17))}.${String(Math.floor((week % 17) / 4))}`;
  const day = new Date(begin.getTime() + Math.floor(week / 2) * 2 * weekMs);
  const debianCloud = `${day.toISOString().slice(0, 10).replaceAll('-', '')}-2500`;
  return {
    debian: {
      libpq5Security: `17.${String(5 + Math.floor(week / 13))}-0+deb13u1`,
      libpq5: '17.4-0+deb13u1',
      shadow: `1:4.17.4-2+deb13u${every(26, week)}`,
      fluentBit: `5.0.${every(4, week)}`,
    },
    catalogue: {
      ...{ kubernetes, debianCloud, containerd: `2.3.${every(4, week)}`, runc: `1.4.${every(8, week)}` },
      ...{
        crictl: `1.36.${every(8, week)}`,
        cniPlugins: `1.9.${every(12, week)}`,
        zot: `2.1.${every(6, week)}`,
      },
      ...{
        netsy: `1.1.${every(4, week)}`,
        nstance: `1.2.${every(4, week)}`,
        kube2iam: `0.12.${every(8, week)}`,
      },
    },
  };
}

const keys = await generateDebianKeys(begin);
const runcKey = await generateSigningKey({
  owner: 'Year <year@example.org>',
  createdAt: new Date(begin.getTime() - 52 * weekMs),
});
const sigstore = createSigstore({ validFrom: new Date(begin.getTime() - weekMs), fillers: 2000 });
const publication: Publication = { files: new Map(), routes: new Map() };
const server = await startUpstreamServer(publication);
let catalogueText = '';

async function publish(week: number): Promise<void> {
  const now = new Date(begin.getTime() + week * weekMs);
  const { debian, catalogue } = versionsAt(week);
  const files = await buildDebianUpstream({ now, keys, versions: debian, isFullSize: true });
  const isNews = catalogueText !== JSON.stringify(catalogue);
  catalogueText = JSON.stringify(catalogue);
  const at = new Date(now.getTime() - 86_400_000);
  const releases = isNews
    ? await publishCatalogueUpstream(sigstore, { at, runcKey, versions: catalogue, otherFiles })
    : {};
  const next = mergePublications({ files }, releases);
  for (const [path, content] of next.files) publication.files.set(path, content);
  for (const [path, route] of next.routes) publication.routes.set(path, route);
}

async function update(week: number): Promise<void> {
  const now = new Date(begin.getTime() + week * weekMs).toISOString();
  const args = [
    ...['update-manifests', '--catalogue', join(root, 'manifests/catalogue.yaml'), '--now', now],
    ...['--manifests-dir', join(work, 'manifests'), '--trust-dir', join(work, 'trust')],
    ...['--cache-dir', join(work, '.cache'), '--quiet'],
    ...publicationMirrorArgs(publication, server.url, unsignedHosts),
  ];
  const env = { PATH: process.env['PATH'], GITHUB_TOKEN: 'of a rehearsal' };
  const child = spawn(process.execPath, [join(root, 'dist/cli.js'), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`week ${String(week)}: exit code ${String(code)}`);
}

function git(...args: readonly string[]): string {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  const who = ['-c', 'user.name=year', '-c', 'user.email=year@example.org', '-c', 'gc.auto=0'];
  return execFileSync('git', ['-C', work, ...who, ...args], { env, encoding: 'utf8' });
}

async function sizeOf(directory: string): Promise<{ files: number; bytes: number }> {
  const names = await readdir(directory, { recursive: true });
  const found = await Promise.all(names.map((name) => stat(join(directory, name))));
  const files = found.filter((one) => one.isFile());
  return { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
}

/** Of all that git has, after `git gc` with what it does by itself. In bytes. */
function packedBytes(): number {
  git('gc', '--quiet', '--prune=now');
  return 1024 * Number(/^size-pack: (\d+)$/m.exec(git('count-objects', '-v'))?.[1]);
}

function shown(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

try {
  await writeDebianTrust(join(work, 'trust'), keys, sigstore.trustedRoot(), { runc: runcAnchor(runcKey) });
  git('init', '--quiet', '-b', 'main');
  let commits = 0;
  for (let week = 0; week < weeks; week++) {
    await publish(week);
    await update(week);
    git('add', 'manifests');
    if (git('status', '--porcelain', '--', 'manifests') !== '') {
      git('commit', '--quiet', '-m', `week ${String(week)}`);
      commits += 1;
    }
    if (week % 13 === 0 || week === weeks - 1) {
      const tree = await sizeOf(join(work, 'manifests'));
      console.log(
        `week ${String(week).padStart(2)}: ${shown(packedBytes())} in git, ${shown(tree.bytes)} in ${String(tree.files)} files`,
      );
    }
  }
  const packed = packedBytes();
  const isUnder = packed < limitBytes;
  console.log(
    `${String(weeks)} runs, ${String(commits)} commits: ${shown(packed)}, ${isUnder ? 'under' : 'OVER'} ${shown(limitBytes)}`,
  );
  if (!isUnder) process.exitCode = 1;
} finally {
  await server.close();
  if (values.keep === undefined) await rm(work, { recursive: true, force: true });
}

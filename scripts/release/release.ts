/**
 * `make release`: all that a release publishes, in one folder: executables, the npm package, the bill of materials, the
 * licences of others, and SHA256SUMS of these. What the workflow signs is SHA256SUMS alone.
 *
 *   node scripts/release/release.ts [--dir DIR]
 */
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checksumFile, checksumsOf } from './checksums.ts';
import { architectures, buildExecutable, type Architecture } from './executable.ts';
import { notices } from './notices.ts';
import { ownSbom, type Released } from './own-sbom.ts';
import { fetchPinnedNode } from './pinned-node.ts';
import { root, run } from './run.ts';
import type { Lock } from './shrinkwrap.ts';

const readJson = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8')) as unknown;

const { values } = parseArgs({ options: { dir: { type: 'string' } } });
const directory = resolve(values.dir ?? join(root, 'release'));
const lock = readJson('package-lock.json') as Lock;
const toolchain = readJson('scripts/toolchain/package-lock.json') as Lock;
// What an earlier build left would be published too.
await rm(directory, { recursive: true, force: true });
await mkdir(directory, { recursive: true });
// First, since it builds dist/ anew.
await run('npm', ['pack', '--loglevel=error', '--ignore-scripts=false', '--pack-destination', directory]);
for (const arch of Object.keys(architectures) as Architecture[]) await buildExecutable(arch, directory);
const sbom = ownSbom(readJson('package.json') as Released, lock, toolchain);
await writeFile(join(directory, 'assay.cdx.json'), sbom);
const node = await fetchPinnedNode({ os: 'linux', cpu: 'x64' });
await writeFile(join(directory, 'THIRD-PARTY-NOTICES.txt'), notices(root, lock, node));
const checksums = await checksumsOf(directory);
await writeFile(join(directory, checksumFile), checksums);
process.stdout.write(checksums);

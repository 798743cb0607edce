/** An npm registry on loopback, with a package that is not published yet and the dependencies that its shrinkwrap pins. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { run } from './run.ts';
import { dependenciesOf, type Lock } from './shrinkwrap.ts';

interface Packed {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  readonly integrity: string;
}

export interface NpmRegistry {
  readonly url: string;
  close(): Promise<void>;
}

/** The dependencies as npm itself fetches them, compared with the lock. */
async function fetchDependencies(lock: Lock, directory: string): Promise<readonly Packed[]> {
  const wanted = dependenciesOf(lock);
  const names = wanted.map(({ name, locked: { version = '' } }) => `${name}@${version}`);
  const quiet = ['--json', '--loglevel=error', '--ignore-scripts'];
  const packed = JSON.parse(
    await run('npm', ['pack', ...quiet, '--pack-destination', directory, ...names]),
  ) as Packed[];
  for (const { path, name, locked } of wanted) {
    const found = packed.find((one) => one.name === name && one.version === locked.version);
    if (found?.integrity !== locked.integrity) throw new Error(`${path} is not what the lock pins`);
  }
  return packed;
}

/** `tarball`: of the package, with `packageJson` in it. `directory`: for what is fetched. */
export async function startNpmRegistry(
  tarball: string,
  packageJson: { readonly name: string; readonly version: string },
  lock: Lock,
  directory: string,
): Promise<NpmRegistry> {
  const bytes = readFileSync(tarball);
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  const own = { ...packageJson, filename: 'own.tgz', integrity };
  const packages: readonly (Packed & { readonly file: string; readonly manifest: object })[] = [
    { ...own, file: tarball, manifest: packageJson },
    ...(await fetchDependencies(lock, directory)).map((one) => ({
      ...{ ...one, file: join(directory, one.filename) },
      manifest: manifestOf(lock, one),
    })),
  ];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    const file = packages.find(({ filename }) => path === `-/${filename}`)?.file;
    if (file !== undefined) {
      void readFile(file).then((content) => response.end(content));
      return;
    }
    const versions = packages.filter(({ name }) => name === path);
    if (versions.length === 0) response.statusCode = 404;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(packument(versions, `http://${request.headers.host ?? ''}`)));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Of a dependency, what its lock says of it. */
function manifestOf(lock: Lock, { name, version }: Packed): object {
  const found = dependenciesOf(lock).find((one) => one.name === name && one.locked.version === version);
  return found?.locked ?? {};
}

/** https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md */
function packument(versions: readonly (Packed & { readonly manifest: object })[], base: string): object {
  const [first] = versions;
  return {
    ...{ name: first?.name, 'dist-tags': { latest: first?.version } },
    versions: Object.fromEntries(
      versions.map(({ name, version, filename, integrity, manifest }) => [
        version,
        { ...manifest, name, version, dist: { tarball: `${base}/-/${filename}`, integrity } },
      ]),
    ),
  };
}

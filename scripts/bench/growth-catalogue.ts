/** Catalogues of many packages, or of many kinds of VMs, out of trixie as it is. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface CatalogueSize {
  /** Of packages, spread over the index. */
  readonly count: number;
  readonly kinds: number;
  /** For arm64 as well: of few packages, that both have. */
  readonly isOfBoth: boolean;
}

/** Of packages for amd64, in the order of the index. */
export async function packageNames(debian: string): Promise<readonly string[]> {
  const file = join(debian, 'debian/dists/trixie/main/binary-amd64/Packages.gz');
  const text = gunzipSync(await readFile(file)).toString('latin1');
  return [...new Set([...text.matchAll(/^Package: (\S+)$/gm)].map(([, name = '']) => name))];
}

const source = `sources:
  debian:
    type: apt
    suites:
      - uri: https://ftp.debian.org/debian
        suite: trixie
        codename: trixie
        components: [main]
        signedBy: debian-archive
        maxAge: 400d
dependencies:
`;

/** Where it is, and the manifests that a run makes of it. */
export async function writeCatalogue(
  place: string,
  names: readonly string[],
  { count, kinds, isOfBoth }: CatalogueSize,
): Promise<{ readonly file: string; readonly manifests: readonly string[] }> {
  const step = Math.floor(names.length / count);
  const architectures = isOfBoth ? ['amd64', 'arm64'] : ['amd64'];
  const chosen = isOfBoth
    ? ['libpq5', 'libsubid5', 'uidmap']
    : Array.from({ length: count }, (_, at) => names[at * step] ?? '');
  const kindNames = Array.from({ length: kinds }, (_, at) => `n${String(at)}`);
  const list = `[${kindNames.join(', ')}]`;
  const head = `version: 1\nkinds: ${list}\nplatforms: [{ os: debian-13, architectures: [${architectures.join(', ')}] }]\n`;
  const entries = chosen.map(
    (name) =>
      `  ${name}:\n    kinds: ${list}\n    type: deb\n    source: { from: debian, package: ${name} }\n    verification: { method: apt }\n`,
  );
  const file = join(place, 'catalogue.yaml');
  await mkdir(place, { recursive: true });
  await writeFile(file, head + source + entries.join(''));
  const manifests = kindNames.flatMap((kind) =>
    architectures.map((arch) => join(place, `manifests/${kind}.debian-13.${arch}.json`)),
  );
  return { file, manifests };
}

/** A run that did not do its work has no time. */
export async function requireEntries(manifests: readonly string[], count: number): Promise<void> {
  for (const file of manifests) {
    const { vmconfig } = JSON.parse(await readFile(file, 'utf8')) as { vmconfig: { dependencies: object } };
    const found = Object.keys(vmconfig.dependencies).length;
    if (found !== count) throw new Error(`${file}: ${String(found)} packages of ${String(count)}`);
  }
}

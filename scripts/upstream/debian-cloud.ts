/**
 * cloud.debian.org, as far as the generic cloud image of Debian 13 goes: a folder for each build, `SHA512SUMS` in it
 * that nobody signs, and `latest/`, whose JSON files say which build that is.
 */
import type { Architecture } from '../../src/model/artifact.ts';
import { contentHex, virtualFile, type Content } from './virtual-file.ts';

export interface DebianCloudOptions {
  /** Of the build: a date and a number, `20261112-2590`. */
  readonly version: string;
  /** Images are as large as the real ones; without, a thousandth of that. */
  readonly isFullSize?: boolean;
  /** The qcow2 of all architectures, in place of one made of nothing. */
  readonly image?: Content;
}

const root = 'cloud.debian.org/images/cloud/trixie';

/** The parts of a file's name before and behind the build's version, and about how large it is. */
const forms = [
  ['.qcow2', 345_000_000],
  ['.raw', 3_221_225_472],
  ['.tar.xz', 232_000_000],
] as const;

/** By host and path. */
export function publishDebianCloud({ version, isFullSize, image }: DebianCloudOptions): Map<string, Content> {
  const files = new Map<string, Content>();
  const lines: string[] = [];
  for (const arch of ['amd64', 'arm64'] as const) {
    const name = `debian-13-genericcloud-${arch}`;
    const build = Buffer.from(describeBuild(arch, version));
    for (const [suffix, sizeBytes] of forms) {
      const file = `${name}-${version}${suffix}`;
      // Only the image is ever looked at, and hashing three gigabytes takes its time.
      const isScaled = isFullSize !== true || suffix !== '.qcow2';
      const made = suffix === '.qcow2' ? image : undefined;
      const content =
        made ?? virtualFile(`${root} ${file}`, Math.ceil(isScaled ? sizeBytes / 1000 : sizeBytes));
      files.set(`${root}/${version}/${file}`, content);
      lines.push(`${contentHex(content, 'sha512')}  ${file}\n`);
    }
    files.set(`${root}/${version}/${name}-${version}.json`, build);
    files.set(`${root}/latest/${name}.json`, build);
    lines.push(`${contentHex(build, 'sha512')}  ${name}-${version}.json\n`);
  }
  files.set(`${root}/${version}/SHA512SUMS`, Buffer.from(lines.join('')));
  return files;
}

/** Some 50 kB: the packages that are in the image, and behind the build what was uploaded of it. */
function describeBuild(arch: Architecture, version: string): string {
  const apiVersion = 'cloud.debian.org/v1alpha1';
  const metadata = { labels: { 'cloud.debian.org/vendor': 'genericcloud', 'debian.org/arch': arch } };
  const info = {
    ...{ arch, build_id: `job-${version}`, release: 'official', release_id: '13' },
    ...{ type: 'release', vendor: 'genericcloud', version },
  };
  const packages = Array.from({ length: 300 }, (_, at) => ({
    name: `package-${String(at)}`,
    version: `1:${String(at)}.0-1+deb13u1`,
  }));
  const build = { apiVersion, kind: 'Build', metadata, data: { info, packages } };
  const uploads = forms.map(([suffix]) => ({
    ...{ apiVersion, kind: 'Upload', metadata: { ...metadata, annotations: {} } },
    data: {
      provider: 'cloud.debian.org',
      ref: `${version}/debian-13-genericcloud-${arch}-${version}${suffix}`,
    },
  }));
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [build, ...uploads] }, null, 4)}\n`;
}

/**
 * Real .deb files (deb(5)): an ar archive of `debian-binary`, `control.tar.gz` and `data.tar.gz`. The same
 * description always gives the same bytes.
 */
import { createCipheriv, createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Architecture } from '../../src/model/artifact.ts';

export interface PackageSpec {
  readonly package: string;
  /** With its epoch, if any. */
  readonly version: string;
  readonly architecture: Architecture | 'all';
  /** The source package, where its name is another. */
  readonly source?: string;
  /** More control fields, for example `Depends`. */
  readonly fields?: Readonly<Record<string, string>>;
  /** The size of the one file inside. Its content does not compress. */
  readonly payloadBytes?: number;
  /** Fields of its Packages stanza, to be written in place of the true ones: a way to lie. */
  readonly stanza?: Readonly<Record<string, string>>;
}

/** Everything inside of a package is dated the same. */
const mtime = new Date('2026-01-01T00:00:00Z');

interface TarFile {
  readonly name: string;
  readonly content: Buffer;
}

export async function buildDeb(spec: PackageSpec): Promise<Buffer> {
  const payload = { name: `./usr/share/${spec.package}/payload`, content: payloadOf(spec) };
  const md5 = createHash('md5').update(payload.content).digest('hex');
  const control = [
    { name: './control', content: Buffer.from(renderFields(controlFields(spec))) },
    { name: './md5sums', content: Buffer.from(`${md5}  ${payload.name.slice(2)}\n`) },
  ];
  return arArchive([
    { name: 'debian-binary', content: Buffer.from('2.0\n') },
    { name: 'control.tar.gz', content: gzipSync(await tarArchive([], control)) },
    {
      name: 'data.tar.gz',
      content: gzipSync(
        await tarArchive(['./', './usr/', './usr/share/', `./usr/share/${spec.package}/`], [payload]),
      ),
    },
  ]);
}

/** The control file's fields, which the Packages stanza repeats. */
export function controlFields(spec: PackageSpec): Readonly<Record<string, string>> {
  return {
    Package: spec.package,
    ...(spec.source === undefined ? {} : { Source: spec.source }),
    Version: spec.version,
    Architecture: spec.architecture,
    Maintainer: 'Nobody <nobody@example.org>',
    'Installed-Size': String(Math.ceil((spec.payloadBytes ?? 0) / 1024) + 4),
    Section: 'misc',
    Priority: 'optional',
    ...spec.fields,
    Description: `${spec.package}, as a rehearsal has it\n It holds one file, and does nothing.`,
  };
}

export function renderFields(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

/** The same whenever the package is. */
function payloadOf({ package: name, version, architecture, payloadBytes = 0 }: PackageSpec): Buffer {
  return keyStream(`${name} ${version} ${architecture}`, payloadBytes);
}

/** Incompressible, and the same for the same seed. */
export function keyStream(seed: string, sizeBytes: number): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}

async function tarArchive(directories: readonly string[], files: readonly TarFile[]): Promise<Buffer> {
  const archive = pack();
  const owner = { uid: 0, gid: 0, uname: 'root', gname: 'root', mtime };
  for (const name of directories) archive.entry({ ...owner, name, type: 'directory', mode: 0o755 });
  for (const { name, content } of files) archive.entry({ ...owner, name, mode: 0o644 }, content);
  archive.finalize();
  return buffer(archive);
}

function arArchive(members: readonly TarFile[]): Buffer {
  const seconds = String(mtime.getTime() / 1000);
  const parts = members.flatMap(({ name, content }) => [
    Buffer.from(
      name.padEnd(16) +
        seconds.padEnd(12) +
        '0'.padEnd(6) +
        '0'.padEnd(6) +
        '100644'.padEnd(8) +
        String(content.length).padEnd(10) +
        '`\n',
    ),
    content,
    // Members begin at even offsets.
    Buffer.from('\n'.repeat(content.length % 2)),
  ]);
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}

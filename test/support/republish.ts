/**
 * What a publisher may say under its own good signature: a Release or an index, edited and signed anew.
 * A mirror cannot do that; a careless or a hostile publisher can.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { UpstreamFiles } from '../../scripts/upstream/apt-repository.ts';
import type { SigningKey } from '../../scripts/upstream/signing-key.ts';
import { storeXz } from '../../scripts/upstream/xz-store.ts';
import { decompress } from '../../src/formats/decompress.ts';

export interface Publication {
  readonly files: UpstreamFiles;
  /** Host and path of the suite: `ftp.debian.org/debian/dists/trixie`. */
  readonly suite: string;
  readonly key: SigningKey;
  readonly signedAt: Date;
}

/** Signs `edit` of the suite's Release. */
export async function republishRelease(
  { files, suite, key, signedAt }: Publication,
  edit: (release: string) => string,
): Promise<void> {
  const release = edit(fileOf(files, `${suite}/Release`).toString());
  files.set(`${suite}/Release`, Buffer.from(release));
  files.set(`${suite}/InRelease`, Buffer.from(await key.clearsign(release, signedAt)));
}

/** Puts `edit` of both architectures' indexes of the component `main` in place, in all of their forms, and signs that. */
export async function republishIndexes(
  publication: Publication,
  edit: (packages: string) => string,
): Promise<void> {
  const { files, suite } = publication;
  let release = fileOf(files, `${suite}/Release`).toString();
  for (const architecture of ['amd64', 'arm64']) {
    const path = `main/binary-${architecture}/Packages`;
    const plain = Buffer.from(edit(await readXz(fileOf(files, `${suite}/${path}.xz`))));
    const forms = { '': plain, '.gz': gzipSync(plain), '.xz': storeXz(plain) };
    for (const [suffix, bytes] of Object.entries(forms)) {
      const hex = createHash('sha256').update(bytes).digest('hex');
      const name = path + suffix;
      release = release.replace(listed(name), ` ${hex} ${bytes.length} ${name}`);
      if (!files.has(`${suite}/${name}`)) continue;
      files.set(`${suite}/${name}`, bytes);
      files.set(`${suite}/main/binary-${architecture}/by-hash/SHA256/${hex}`, bytes);
    }
  }
  await republishRelease(publication, () => release);
}

/** A file's line in the SHA256 section. */
export function listed(name: string): RegExp {
  return new RegExp(`^ [0-9a-f]{64} +\\d+ ${name.replaceAll('.', '\\.')}$`, 'm');
}

function fileOf(files: UpstreamFiles, path: string): Buffer {
  const bytes = files.get(path);
  if (bytes === undefined) throw new TypeError(`nothing is published at ${path}`);
  return bytes;
}

async function readXz(bytes: Buffer): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of decompress(bytes, 'xz', 1 << 20, 'an index')) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

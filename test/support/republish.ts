/**
 * What a publisher may say under its own good signature: a Release or an index, edited and signed anew.
 * A mirror cannot do that; a careless or a hostile publisher can.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { UpstreamFiles } from '../../scripts/upstream/apt-repository.ts';
import type { SigningKey } from '../../scripts/upstream/signing-key.ts';
import { storeXz } from '../../scripts/upstream/xz-store.ts';
import { decompress } from '../../src/formats/upstream/decompress.ts';

export interface SignedSuite {
  readonly files: UpstreamFiles;
  /** Host and path of the suite: `ftp.debian.org/debian/dists/trixie`. */
  readonly path: string;
  readonly key: SigningKey;
  readonly signedAt: Date;
}

/** Signs `edit` of the suite's Release. */
export async function republishRelease(
  { files, path, key, signedAt }: SignedSuite,
  edit: (release: string) => string,
): Promise<void> {
  const release = changed(fileOf(files, `${path}/Release`).toString(), edit);
  files.set(`${path}/Release`, Buffer.from(release));
  files.set(`${path}/InRelease`, Buffer.from(await key.clearsign(release, signedAt)));
}

/** Puts `edit` of both architectures' indexes of the component `main` in place, in all of their forms, and signs that. */
export async function republishIndexes(
  suite: SignedSuite,
  edit: (packages: string) => string,
): Promise<void> {
  const { files, path } = suite;
  let release = fileOf(files, `${path}/Release`).toString();
  for (const architecture of ['amd64', 'arm64']) {
    const folder = `main/binary-${architecture}`;
    const before = await readXz(fileOf(files, `${path}/${folder}/Packages.xz`));
    const plain = Buffer.from(changed(before, edit));
    const forms = { '': plain, '.gz': gzipSync(plain), '.xz': storeXz(plain) };
    for (const [suffix, bytes] of Object.entries(forms)) {
      const hex = createHash('sha256').update(bytes).digest('hex');
      const name = `${folder}/Packages${suffix}`;
      release = release.replace(listed(name), ` ${hex} ${bytes.length} ${name}`);
      if (!files.has(`${path}/${name}`)) continue;
      files.set(`${path}/${name}`, bytes);
      files.set(`${path}/${folder}/by-hash/SHA256/${hex}`, bytes);
    }
  }
  await republishRelease(suite, () => release);
}

/** An edit that misses what it aims at would make a test of nothing. */
function changed(text: string, edit: (text: string) => string): string {
  const edited = edit(text);
  if (edited === text) throw new TypeError('the edit changed nothing');
  return edited;
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

/**
 * cloud-images.ubuntu.com, as far as Ubuntu 24.04's server image goes: a folder for each release, and `SHA256SUMS` in
 * it with a detached OpenPGP signature beside it.
 */
import type { SigningKey } from './signing-key.ts';
import { contentHex, virtualFile, type Content } from './virtual-file.ts';

export interface UbuntuCloudOptions {
  /** Of the release: its date, `20260826`. */
  readonly serial: string;
  /** When it was signed. */
  readonly at: Date;
  readonly key: SigningKey;
}

/** By host and path. Images are a thousandth as large as the real ones. */
export async function publishUbuntuCloud(options: UbuntuCloudOptions): Promise<Map<string, Content>> {
  const { serial, at, key } = options;
  const folder = `cloud-images.ubuntu.com/releases/noble/release-${serial}`;
  const images = new Map<string, Content>();
  for (const arch of ['amd64', 'arm64']) {
    for (const suffix of ['.img', '-root.tar.xz']) {
      const file = `ubuntu-24.04-server-cloudimg-${arch}${suffix}`;
      images.set(file, virtualFile(`${folder} ${file}`, 600_000));
    }
  }
  const lines = [...images].map(([file, content]) => `${contentHex(content, 'sha256')} *${file}\n`);
  const checksums = Buffer.from(lines.join(''));
  return new Map([
    ...[...images].map(([file, content]) => [`${folder}/${file}`, content] as const),
    [`${folder}/SHA256SUMS`, checksums],
    [`${folder}/SHA256SUMS.gpg`, Buffer.from(await key.signDetached(checksums, at))],
  ]);
}

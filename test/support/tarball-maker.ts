/** Tar archives as a program, or an attacker, would make them: any header, in any order. */
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

export interface MadeMember {
  readonly name: string;
  readonly type?: 'file' | 'contiguous-file' | 'directory' | 'symlink' | 'link' | 'fifo' | 'character-device';
  readonly content?: string | Uint8Array;
  readonly linkname?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

export async function makeTar(members: readonly MadeMember[]): Promise<Buffer> {
  const archive = pack();
  for (const { name, type = 'file', content = '', ...rest } of members) {
    const mtime = new Date(0);
    const header = { name, type, mtime, ...rest };
    if (type.endsWith('file')) archive.entry(header, Buffer.from(content));
    else archive.entry(header);
  }
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function makeTarball(members: readonly MadeMember[]): Promise<Buffer> {
  return gzipSync(await makeTar(members));
}

/** Changes a header and corrects its checksum. */
export function forgeHeader(tar: Buffer, offset: number, change: (header: Buffer) => void): Buffer {
  const forged = Buffer.from(tar);
  const header = forged.subarray(offset, offset + 512);
  change(header);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return forged;
}

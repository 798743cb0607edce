/** SHA256SUMS of a release, as sha256sum(1) reads and writes it. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export const checksumFile = 'SHA256SUMS';

/** In hex. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Of all files in `directory` but the checksums themselves and what signs them, by name. */
export async function checksumsOf(directory: string): Promise<string> {
  const names = (await readdir(directory)).filter((name) => !name.startsWith(checksumFile)).sort();
  const lines = await Promise.all(
    names.map(async (name) => `${await sha256Of(join(directory, name))}  ${name}\n`),
  );
  return lines.join('');
}

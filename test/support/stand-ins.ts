/** Paths on which a program is another one, or none. */
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A PATH on which this program runs `text` first, and then is what it was. `bin`: a folder for the stand-ins of a test. */
export async function standIn(bin: string, program: string, text: string): Promise<string> {
  await mkdir(bin, { recursive: true });
  const path = process.env['PATH'] ?? '';
  const script = `#!/bin/sh\n${text}\nPATH='${path}'\nexec ${program} "$@"\n`;
  await writeFile(join(bin, program), script, { mode: 0o755 });
  return `${bin}:${path}`;
}

/** A PATH of one folder, which does not exist yet: all programs of the machine but one. */
export async function pathWithout(bin: string, program: string): Promise<string> {
  await mkdir(bin);
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (name !== program) await symlink(join(folder, name), join(bin, name)).catch(() => undefined);
    }
  }
  return bin;
}

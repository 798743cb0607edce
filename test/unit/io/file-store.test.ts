import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore } from '../../../src/io/file-store.ts';
import { UsageError } from '../../../src/model/errors.ts';
import { refusal } from '../../support/refusals.ts';
import { root } from '../../support/run-assay.ts';

const exec = promisify(execFile);

let directory: string;
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), 'assay-test-'))));
afterEach(() => rm(directory, { recursive: true }));
const at = (name: string) => join(directory, name);
const files = createFileStore();

describe('reading', () => {
  it('gives a file, also through a link, and undefined where there is none', async () => {
    await writeFile(at('a'), 'text');
    await symlink('a', at('link'));
    for (const name of ['a', 'link'])
      expect(Buffer.from((await files.read(at(name)))!).toString()).toBe('text');
    expect(await files.read(at('none'))).toBeUndefined();
  });

  it('refuses a pipe, a device and a directory in place of a file, and waits for nothing', async () => {
    await exec('mkfifo', [at('pipe')]);
    await symlink('pipe', at('link'));
    for (const path of [at('pipe'), at('link'), '/dev/zero', directory]) {
      const error = await refusal(files.read(path), UsageError, 'FILE_UNREADABLE');
      expect(error.message).toContain('not a regular file');
    }
  });

  it('reads the pipes that a shell gives by name', async () => {
    const program = `import { createFileStore } from ${JSON.stringify(`${root}/src/io/file-store.ts`)};
      for (const path of process.argv.slice(1)) process.stdout.write(await createFileStore().read(path));`;
    const node = `"${process.execPath}" --input-type=module -e '${program}'`;
    const shell = spawn('bash', ['-c', `printf one | ${node} /dev/stdin <(printf two) <(printf three)`]);
    const chunks: Buffer[] = [];
    for await (const chunk of shell.stdout) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe('onetwothree');
  });
});

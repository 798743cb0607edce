/**
 * An S3 server on loopback, with one bucket: the npm package s3rver, which is no dependency of assay's. Its versions and
 * digests are pinned by s3rver/package-lock.json, and no install script runs.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exec, freePort, startServer } from './programs.ts';

const home = join(import.meta.dirname, '../../.cache/s3rver');

/** Where it is; undefined where npm cannot have it. */
export async function installS3Server(): Promise<string | undefined> {
  const program = join(home, 'node_modules/s3rver/bin/s3rver.js');
  if (existsSync(program)) return program;
  await mkdir(home, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) {
    await copyFile(join(import.meta.dirname, 's3rver', name), join(home, name));
  }
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  return exec('npm', ['ci', ...flags], { cwd: home }).then(
    () => program,
    () => undefined,
  );
}

export interface S3Server {
  /** Of the bucket, for whoever reads. */
  readonly url: string;
  /** What makes the bucket `remote:bucket` for rclone. */
  readonly env: Readonly<Record<string, string>>;
  readonly child: ChildProcess;
}

/** `directory`: for what is stored. */
export async function startS3Server(program: string, directory: string): Promise<S3Server> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const args = ['--silent', '--directory', directory, '--address', '127.0.0.1', '--port', String(port)];
  const child = await startServer(
    process.execPath,
    [program, ...args, '--configure-bucket', 'bucket'],
    `${endpoint}/bucket`,
  );
  const settings = {
    TYPE: 's3',
    PROVIDER: 'Other',
    ACCESS_KEY_ID: 'S3RVER',
    SECRET_ACCESS_KEY: 'S3RVER',
    ENDPOINT: endpoint,
    FORCE_PATH_STYLE: 'true',
  };
  const env = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [`RCLONE_CONFIG_REMOTE_${name}`, value]),
  );
  // Listed by delimiter, s3rver leaves out whatever is more than a level below; a whole listing is right.
  return { url: `${endpoint}/bucket`, env: { ...env, RCLONE_FAST_LIST: 'true' }, child };
}

/** The distribution project's registry (Debian's docker-registry) on loopback. */
import type { ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort, startServer } from './programs.ts';

export interface RunningRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly child: ChildProcess;
}

/** `directory`: for its configuration and what is stored. */
export async function startDockerRegistry(program: string, directory: string): Promise<RunningRegistry> {
  await mkdir(directory, { recursive: true });
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(directory, 'registry.yml');
  const storage = { filesystem: { rootdirectory: join(directory, 'storage') } };
  await writeFile(
    config,
    stringify({ version: 0.1, log: { level: 'error' }, storage, http: { addr: host } }),
  );
  const child = await startServer(program, ['serve', config], `http://${host}/v2/`, {
    env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
    // It calls each blob that skopeo asks for and has to send an error.
    stdio: 'ignore',
  });
  return { host, child };
}

/** A registry on loopback: the distribution project's (Debian's docker-registry), or zot where that is the program. */
import type { ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
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
  const rootdirectory = join(directory, 'storage');
  const text =
    basename(program) === 'zot'
      ? zotConfig(host, rootdirectory)
      : {
          version: 0.1,
          log: { level: 'error' },
          storage: { filesystem: { rootdirectory } },
          http: { addr: host },
        };
  await writeFile(config, stringify(text));
  const child = await startServer(program, ['serve', config], `http://${host}/v2/`, {
    env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
    // It calls each blob that skopeo asks for and has to send an error.
    stdio: 'ignore',
  });
  return { host, child };
}

/** As docs/vm.md has it beside podplane's VMs: nothing but images. */
function zotConfig(host: string, rootDirectory: string): object {
  const [address, port] = host.split(':');
  return {
    distSpecVersion: '1.1.1',
    storage: { rootDirectory },
    http: { address, port },
    log: { level: 'error' },
  };
}

/** nginx in front of a folder: as little of it as it needs, and nothing that knows of assay. */
import type { ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, startServer } from './programs.ts';

export interface Nginx {
  readonly url: string;
  readonly child: ChildProcess;
}

function configuration(directory: string, root: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log stderr crit;
events { worker_connections 64; }
http {
  access_log off;
${temporary.map((name) => `  ${name}_temp_path ${directory}/nginx-${name};`).join('\n')}
  server {
    listen 127.0.0.1:${port};
    root ${root};
    default_type application/octet-stream;
    gzip on;
    gzip_types *;
  }
}
`;
}

/** `directory`: for what nginx writes; `root`: what it serves. A worker of root's nginx is another user, and must read both. */
export async function startNginx(program: string, directory: string, root: string): Promise<Nginx> {
  const port = await freePort();
  const file = join(directory, 'nginx.conf');
  await writeFile(file, configuration(directory, root, port));
  const url = `http://127.0.0.1:${port}`;
  return { url, child: await startServer(program, ['-p', directory, '-c', file], `${url}/`) };
}

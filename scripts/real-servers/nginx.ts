/** nginx in front of a folder: as little of it as it needs, and nothing that knows of assay. */
import type { ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, startServer } from './programs.ts';

export interface Nginx {
  readonly url: string;
  readonly child: ChildProcess;
}

export interface NginxOptions {
  /** Each request as a line of `method status bytes`, the bytes with those of the answer's head. */
  readonly accessLog?: string;
  /** A server behind it, by URL, in place of the folder. */
  readonly upstream?: string;
}

const logFormat = "log_format counted '$request_method $status $bytes_sent';";

function configuration(
  directory: string,
  root: string,
  port: number,
  { accessLog, upstream }: NginxOptions,
): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log stderr crit;
events { worker_connections 512; }
http {
  ${logFormat}
  access_log ${accessLog === undefined ? 'off' : `${accessLog} counted`};
${temporary.map((name) => `  ${name}_temp_path ${directory}/nginx-${name};`).join('\n')}
  server {
    listen 127.0.0.1:${port};
    ${upstream === undefined ? `root ${root};` : proxied(upstream)}
    default_type application/octet-stream;
    gzip on;
    gzip_types *;
  }
}
`;
}

function proxied(upstream: string): string {
  return `client_max_body_size 0; location / { proxy_pass ${upstream}; proxy_set_header Host $http_host; }`;
}

/** `directory`: for what nginx writes; `root`: what it serves. A worker of root's nginx is another user, and must read both. */
export async function startNginx(
  program: string,
  directory: string,
  root: string,
  options: NginxOptions = {},
): Promise<Nginx> {
  const port = await freePort();
  const file = join(directory, 'nginx.conf');
  await writeFile(file, configuration(directory, root, port, options));
  const url = `http://127.0.0.1:${port}`;
  return { url, child: await startServer(program, ['-p', directory, '-c', file], `${url}/`) };
}
